//! The steps of a build, from `--progress=rawjson`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A step of a build.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Its name in progress.
    pub name: String,
    /// Whether it came from the cache.
    pub cached: bool,
    /// Whether it started.
    pub started: bool,
    /// Whether it completed.
    pub completed: bool,
    /// Its error, if it failed.
    pub error: Option<String>,
    /// The number of bytes transferred from the client.
    pub transferred: u64,
}

/// The steps of a build, its warnings and logs.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    steps: BTreeMap<String, Step>,
    order: Vec<String>,
    /// The short text and the details of each warning.
    pub warnings: Vec<String>,
    /// The output of the steps.
    pub log: String,
}

impl Progress {
    /// Reads a line. Returns the names of steps that ended; nothing if the line
    /// is not progress.
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

    /// The steps, in the order of their first mention.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.order.iter().map(|id| &self.steps[id])
    }

    /// The steps with a text in their names.
    pub fn named<'a>(&'a self, part: &'a str) -> impl Iterator<Item = &'a Step> {
        self.steps().filter(move |step| step.name.contains(part))
    }

    /// The number of bytes transferred from the client, over all steps.
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
