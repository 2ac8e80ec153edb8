//! The image's configuration: what it runs, as whom, with which environment.
//!
//! Pure data: a changed label or entrypoint rebuilds nothing.

use std::time::{Duration, UNIX_EPOCH};

use buildkit_llb::ContainerPath;
use serde_json::{Map, Value, json};

use super::step::DEFAULT_PATH;
use super::{VENV, VENV_BIN};
use crate::client::Options;
use crate::facts::BaseImage;
use crate::plan::{Plan, Run};
use crate::source::{Diagnostic, Diagnostics, Location, Spanned, escaped};
use crate::stub::{
    Accelerator, Healthcheck, Probe, Template, check_filled_directory, check_filled_path,
};

/// Makes the configuration from the base image's, without a history yet.
///
/// `uid` is the account's; labels of the command line win. `python` is the
/// interpreter for HTTP health checks, by its path in the image.
///
/// # Errors
///
/// Variables that the base image does not have, and an HTTP health check in an
/// image without Python.
pub fn image_config(
    plan: &Plan,
    base: &BaseImage,
    uid: u32,
    python: Option<&str>,
    options: &Options,
) -> Result<Value, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut image = base.config.as_object().cloned().unwrap_or_default();
    // Details of the base's own build, and keys of obsolete Docker versions.
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

    let variables = diagnostics.keep(environment(plan, base));
    config.insert("Env".to_owned(), json!(variables.unwrap_or_default()));
    config.insert("User".to_owned(), json!(uid.to_string()));
    if let Some(directory) = diagnostics.keep(fill(base, &plan.settings.workdir)) {
        config.insert("WorkingDir".to_owned(), json!(directory));
    }
    let mut labels = object(config.remove("Labels"));
    if let Some(run) = &plan.settings.run {
        diagnostics.keep(application(run, python, &mut config));
        for (name, value) in &run.labels {
            if let Some(value) = diagnostics.keep(fill(base, value)) {
                labels.insert(name.clone(), json!(value));
            }
        }
    }
    for (name, value) in &options.labels {
        labels.insert(name.clone(), json!(value));
    }
    if !labels.is_empty() {
        config.insert("Labels".to_owned(), Value::Object(labels));
    }
    image.insert("config".to_owned(), Value::Object(config));
    let platform = &plan.platform;
    image.insert("architecture".to_owned(), json!(platform.architecture()));
    image.insert("os".to_owned(), json!(platform.os()));
    if let Some(variant) = platform.variant() {
        image.insert("variant".to_owned(), json!(variant));
    }
    diagnostics.into_result(Value::Object(image))
}

/// Adds the layers that were put on the base, bottom first, to the history.
/// Dates are those of `SOURCE_DATE_EPOCH`, or else for the exporter to set.
pub fn add_history(config: &mut Value, layers: &[String], epoch: Option<i64>) {
    let created = epoch.and_then(rfc3339);
    let mut history = match config["history"].take() {
        Value::Array(entries) => entries,
        _ => Vec::new(),
    };
    history.extend(layers.iter().map(|created_by| {
        let mut entry = json!({ "created_by": escaped(created_by), "comment": "lamina" });
        if let Some(created) = &created {
            entry["created"] = json!(created);
        }
        entry
    }));
    config["history"] = Value::Array(history);
    if let Some(created) = created {
        config["created"] = json!(created);
    }
}

/// A path in the image, with the base image's variables filled in.
pub(super) fn image_path(
    base: &BaseImage,
    path: &Spanned<Template>,
) -> Result<ContainerPath, Diagnostic> {
    let text = fill(base, path)?;
    check_filled_path(path, &text)?;
    container_path(path, &text)
}

/// The same of a directory that is created.
pub(super) fn image_directory(
    base: &BaseImage,
    path: &Spanned<Template>,
) -> Result<ContainerPath, Diagnostic> {
    let text = fill(base, path)?;
    check_filled_directory(path, &text)?;
    container_path(path, &text)
}

fn container_path(path: &Spanned<Template>, text: &str) -> Result<ContainerPath, Diagnostic> {
    ContainerPath::new(text).map_err(|_| {
        Diagnostic::error(format!("`{text}` is not an absolute path"))
            .at(path.location.clone())
            .help("paths in the image begin with `/`")
    })
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
                .help(if known.is_empty() {
                    "it sets no variables".to_owned()
                } else {
                    format!("it sets {}", known.join(", "))
                })
        })
}

/// A date as image configurations write it (RFC 3339), by its seconds since
/// 1970: options hold none before that.
fn rfc3339(seconds: i64) -> Option<String> {
    let since = Duration::from_secs(u64::try_from(seconds).ok()?);
    let date = UNIX_EPOCH.checked_add(since)?;
    Some(humantime::format_rfc3339_seconds(date).to_string())
}

/// The base's variables, then lamina's, then the stub's; the environment's
/// programs are found first whatever they say.
fn environment(plan: &Plan, base: &BaseImage) -> Result<Vec<String>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
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
    let has_environment = plan.settings.virtual_environment;
    if has_environment {
        set("VIRTUAL_ENV", VENV.to_owned());
    }
    set("PYTHONUNBUFFERED", "1".to_owned());
    if plan.accelerator == Some(Accelerator::Cuda) || base.env("CUDA_VERSION").is_some() {
        set("NVIDIA_VISIBLE_DEVICES", "all".to_owned());
        set("NVIDIA_DRIVER_CAPABILITIES", "compute,utility".to_owned());
    }
    for (name, value) in &plan.settings.env {
        if let Some(value) = diagnostics.keep(fill(base, value)) {
            set(name, value);
        }
    }
    for (name, value) in &mut variables {
        let is_path = has_environment && name == "PATH";
        if is_path && value.split(':').next() != Some(VENV_BIN) {
            *value = format!("{VENV_BIN}:{value}");
        }
    }
    diagnostics.into_result(
        variables
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
    )
}

fn application(
    app: &Run,
    python: Option<&str>,
    config: &mut Map<String, Value>,
) -> Result<(), Diagnostic> {
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
        config.insert("Healthcheck".to_owned(), healthcheck(check, python)?);
    }
    add_keys(config, "ExposedPorts", &app.expose);
    add_keys(config, "Volumes", &app.volumes);
    Ok(())
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

fn healthcheck(check: &Healthcheck, python: Option<&str>) -> Result<Value, Diagnostic> {
    let Healthcheck::Check { probe, timing } = check else {
        return Ok(json!({ "Test": ["NONE"] }));
    };
    let mut test = vec!["CMD".to_owned()];
    match probe {
        Probe::Command(command) => test.extend(command.iter().cloned()),
        // Slim images have no curl, but they have a Python.
        Probe::Http(address) => test.extend([
            python
                .ok_or_else(|| no_python(&address.location))?
                .to_owned(),
            "-c".to_owned(),
            format!(
                "import urllib.request as u; \
                 u.build_opener(u.ProxyHandler({{}})).open('http://127.0.0.1:{}', timeout=60)",
                address.value
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
    Ok(value)
}

fn no_python(location: &Location) -> Diagnostic {
    Diagnostic::error("`healthcheck.http` needs Python, and the image has none")
        .at(location.clone())
        .help("write a command that the image has instead: `healthcheck = { cmd = [\"…\"] }`")
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
