//! The image's configuration: what it runs, as whom, with which environment.
//!
//! Pure data: a changed label or entrypoint rebuilds nothing.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::date::rfc3339;
use super::{PATH_OF_VENV, VENV};
use crate::client::Options;
use crate::facts::BaseImage;
use crate::plan::Plan;
use crate::source::{Diagnostic, Diagnostics, Spanned};
use crate::stub::{App, Healthcheck, Probe, Template};

/// The search path of an image whose base sets none.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An entry of the image's history; each that is not empty is a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What made it, as `docker history` shows it.
    pub created_by: String,
    /// Whether it only changed the configuration.
    pub empty: bool,
}

impl HistoryEntry {
    /// A layer.
    pub fn layer(created_by: impl Into<String>) -> Self {
        Self {
            created_by: created_by.into(),
            empty: false,
        }
    }
}

/// Makes the configuration from the base image's.
///
/// `uid` is the account's; labels of the command line win; `layers` are the
/// layers that were put on the base, bottom first. Dates are those of
/// `SOURCE_DATE_EPOCH`, or else for the exporter to set.
pub fn image_config(
    plan: &Plan,
    base: &BaseImage,
    uid: u32,
    options: &Options,
    layers: &[HistoryEntry],
) -> Result<Value, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut image = base.config.as_object().cloned().unwrap_or_default();
    // Facts of the base's own build, or of long gone Docker versions.
    for stale in [
        "created",
        "container",
        "container_config",
        "docker_version",
        "id",
        "parent",
    ] {
        image.remove(stale);
    }
    let mut config = object(image.remove("config"));
    config.remove("OnBuild");
    config.remove("Image");

    let variables = problems.keep(environment(plan, base));
    config.insert("Env".to_owned(), json!(variables.unwrap_or_default()));
    config.insert("User".to_owned(), json!(uid.to_string()));
    if let Some(folder) = problems.keep(fill(base, &plan.base.workdir)) {
        config.insert("WorkingDir".to_owned(), json!(folder));
    }
    let mut all_labels = object(config.remove("Labels"));
    if let Some(app) = &plan.app {
        application(app, &mut config);
        for (name, value) in &app.labels {
            if let Some(value) = problems.keep(fill(base, value)) {
                all_labels.insert(name.clone(), json!(value));
            }
        }
    }
    for (name, value) in &options.labels {
        all_labels.insert(name.clone(), json!(value));
    }
    if !all_labels.is_empty() {
        config.insert("Labels".to_owned(), Value::Object(all_labels));
    }
    image.insert("config".to_owned(), Value::Object(config));
    image.insert(
        "architecture".to_owned(),
        json!(plan.platform.architecture()),
    );
    image.insert("os".to_owned(), json!(plan.platform.os()));
    if let Some(variant) = plan.platform.variant() {
        image.insert("variant".to_owned(), json!(variant));
    }
    let mut history = match image.remove("history") {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    let created = options.source_date_epoch.map(rfc3339);
    let created = created.as_deref();
    history.extend(layers.iter().map(|entry| history_entry(entry, created)));
    if let Some(created) = created {
        image.insert("created".to_owned(), json!(created));
    }
    image.insert("history".to_owned(), Value::Array(history));
    problems.into_result(Value::Object(image))
}

/// Fills in the base image's variables.
pub(super) fn fill(base: &BaseImage, text: &Spanned<Template>) -> Result<String, Diagnostic> {
    text.value
        .fill(|name| base.env(name).map(str::to_owned))
        .map_err(|name| {
            let known: Vec<&str> = base.environment().map(|(name, _)| name).collect();
            Diagnostic::error(format!("{} sets no variable `{name}`", base.reference))
                .at(text.location.clone())
                .label(format!("needs ${{env:{name}}}"))
                .help(format!("it sets {}", known.join(", ")))
        })
}

/// The base's variables, then lamina's, then the stub's; the environment's
/// programs are found first whatever they say.
fn environment(plan: &Plan, base: &BaseImage) -> Result<Vec<String>, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut set =
        |name: &str, value: String| match variables.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => variables.push((name.to_owned(), value)),
        };
    for (name, value) in base.environment() {
        set(name, value.to_owned());
    }
    if base.env("PATH").is_none() {
        set("PATH", DEFAULT_PATH.to_owned());
    }
    set("VIRTUAL_ENV", VENV.to_owned());
    set("PYTHONUNBUFFERED", "1".to_owned());
    if plan.cuda || base.env("CUDA_VERSION").is_some() {
        set("NVIDIA_VISIBLE_DEVICES", "all".to_owned());
        set("NVIDIA_DRIVER_CAPABILITIES", "compute,utility".to_owned());
    }
    for (name, value) in &plan.base.env {
        if let Some(value) = problems.keep(fill(base, value)) {
            set(name, value);
        }
    }
    for (name, value) in &mut variables {
        if name == "PATH" && value.split(':').next() != Some(PATH_OF_VENV) {
            *value = format!("{PATH_OF_VENV}:{value}");
        }
    }
    problems.into_result(
        variables
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
    )
}

fn application(app: &App, config: &mut Map<String, Value>) {
    if let Some(entrypoint) = &app.entrypoint {
        config.insert("Entrypoint".to_owned(), json!(entrypoint));
        // The base's command was meant for the base's entrypoint.
        config.remove("Cmd");
    }
    if let Some(cmd) = &app.cmd {
        config.insert("Cmd".to_owned(), json!(cmd));
    }
    if let Some(signal) = &app.stop_signal {
        config.insert("StopSignal".to_owned(), json!(signal));
    }
    if let Some(check) = &app.healthcheck {
        config.insert("Healthcheck".to_owned(), healthcheck(check));
    }
    add_keys(config, "ExposedPorts", &app.expose);
    add_keys(config, "Volumes", &app.volumes);
}

/// Ports and volumes are objects whose keys are the values.
fn add_keys(config: &mut Map<String, Value>, name: &str, keys: &[String]) {
    if keys.is_empty() {
        return;
    }
    let mut all = object(config.remove(name));
    for key in keys {
        all.insert(key.clone(), json!({}));
    }
    config.insert(name.to_owned(), Value::Object(all));
}

fn healthcheck(check: &Healthcheck) -> Value {
    let Healthcheck::Check { probe, timing } = check else {
        return json!({ "Test": ["NONE"] });
    };
    let mut test = vec!["CMD".to_owned()];
    match probe {
        Probe::Command(command) => test.extend(command.iter().cloned()),
        // Slim images have no curl; the environment's Python is always there.
        Probe::Http(rest) => test.extend([
            format!("{PATH_OF_VENV}/python"),
            "-c".to_owned(),
            format!(
                "import urllib.request as u; \
                 u.build_opener(u.ProxyHandler({{}})).open('http://127.0.0.1:{rest}', timeout=60)"
            ),
        ]),
    }
    let mut value = json!({ "Test": test });
    let durations = [
        ("Interval", timing.interval),
        ("Timeout", timing.timeout),
        ("StartPeriod", timing.start_period),
    ];
    for (name, duration) in durations {
        if let Some(duration) = duration {
            value[name] = json!(nanoseconds(duration));
        }
    }
    if let Some(retries) = timing.retries {
        value["Retries"] = json!(retries);
    }
    value
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn history_entry(entry: &HistoryEntry, created: Option<&str>) -> Value {
    let mut value = json!({ "created_by": entry.created_by, "comment": "lamina" });
    if let Some(created) = created {
        value["created"] = json!(created);
    }
    if entry.empty {
        value["empty_layer"] = json!(true);
    }
    value
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
