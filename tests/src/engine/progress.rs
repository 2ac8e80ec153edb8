//! What a build did: the steps in `--progress=rawjson`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A step of a build.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// What the user reads.
    pub name: String,
    /// Whether it was not run.
    pub cached: bool,
    /// Whether it was begun.
    pub started: bool,
    /// Whether it came to its end.
    pub completed: bool,
    /// Why it failed.
    pub error: Option<String>,
    /// The bytes that it got from the client.
    pub transferred: u64,
}

/// The steps of a build, its warnings and logs.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    steps: BTreeMap<String, Step>,
    order: Vec<String>,
    /// Short text and details of each warning.
    pub warnings: Vec<String>,
    /// What the steps wrote.
    pub log: String,
}

impl Progress {
    /// Takes a line; `false` if it is no progress. Names a step that ended.
    pub(super) fn line(&mut self, line: &str) -> Option<Vec<String>> {
        let value: Value = serde_json::from_str(line).ok().filter(Value::is_object)?;
        let list = |key: &str| value[key].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut ended = Vec::new();
        for vertex in list("vertexes") {
            let id = text(&vertex["digest"]);
            if !self.steps.contains_key(&id) {
                self.order.push(id.clone());
            }
            let step = self.steps.entry(id).or_default();
            step.name = text(&vertex["name"]);
            step.cached |= vertex["cached"] == true;
            step.started |= vertex["started"].is_string();
            if vertex["completed"].is_string() && !step.completed {
                step.completed = true;
                ended.push(step.name.clone());
            }
            if let Some(error) = vertex["error"].as_str() {
                step.error = Some(error.to_owned());
            }
        }
        for status in list("statuses") {
            let id = text(&status["id"]);
            if let (true, Some(step)) = (
                id.starts_with("transferring"),
                self.steps.get_mut(&text(&status["vertex"])),
            ) {
                step.transferred = step
                    .transferred
                    .max(status["current"].as_u64().unwrap_or(0));
            }
        }
        for log in list("logs") {
            self.log
                .push_str(&String::from_utf8_lossy(&bytes(&log["data"])));
        }
        for warning in list("warnings") {
            let mut lines = vec![String::from_utf8_lossy(&bytes(&warning["short"])).into_owned()];
            let details = warning["detail"].as_array().cloned().unwrap_or_default();
            lines.extend(
                details
                    .iter()
                    .map(|d| String::from_utf8_lossy(&bytes(d)).into_owned()),
            );
            self.warnings.push(lines.join("\n"));
        }
        Some(ended)
    }

    /// The steps, in the order in which they were first heard of.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.order.iter().map(|id| &self.steps[id])
    }

    /// The steps whose name has a text in it.
    pub fn named<'a>(&'a self, part: &'a str) -> impl Iterator<Item = &'a Step> {
        self.steps().filter(move |step| step.name.contains(part))
    }

    /// The bytes that all steps got from the client.
    pub fn transferred(&self) -> u64 {
        self.steps().map(|step| step.transferred).sum()
    }
}

/// Go's JSON writes bytes in base64.
fn bytes(value: &Value) -> Vec<u8> {
    STANDARD
        .decode(value.as_str().unwrap_or_default())
        .unwrap_or_default()
}
