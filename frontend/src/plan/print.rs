//! The plan for people and for programs: `lamina plan`.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::Plan;
use crate::python::Requirement;
use crate::stub::{App, Healthcheck, Probe};

impl Plan {
    /// The plan as a tree: what is built on what, and where it runs.
    pub fn tree(&self) -> String {
        let mut branches = vec![self.system_branch()];
        if self.installed > 0 {
            branches.push(self.resolve_branch());
        }
        for (_, layer) in self.image_layers() {
            let title = format!("layer {}", layer.name);
            let verb = format!("{} install, without dependencies", self.installer.program());
            let lines = layer.requirements.iter().map(ToString::to_string).collect();
            branches.push((title, verb, lines));
        }
        if let Some(branch) = self.application_branch() {
            branches.push(branch);
        }
        let mut out = format!("{} from {}\n", self.label(), self.base.image);
        let last = branches.len() - 1;
        for (index, (title, verb, lines)) in branches.iter().enumerate() {
            let (corner, bar) = if index == last {
                ("└─", "  ")
            } else {
                ("├─", "│ ")
            };
            let _ = writeln!(out, "{corner} {title}: {verb}");
            for line in lines {
                let _ = writeln!(out, "{bar}    {line}");
            }
        }
        out
    }

    /// The plan as JSON: stable keys, sorted, no positions.
    pub fn json(&self) -> Value {
        let texts = |list: &[Requirement]| -> Vec<String> {
            list.iter().map(ToString::to_string).collect()
        };
        let layers: Vec<Value> = self
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| {
                json!({
                    "name": layer.name.as_str(),
                    "requirements": texts(&layer.requirements),
                    "app": layer.app,
                    "in_image": index < self.installed,
                })
            })
            .collect();
        let options = &self.options;
        json!({
            "variant": self.variant.as_str(),
            "platform": self.platform.to_string(),
            "stage": self.stage.suffix(),
            "accelerator": self.cuda.then_some("cuda"),
            "base": {
                "image": self.base.image,
                "apt": self.base.apt.iter().map(|p| &p.value).collect::<Vec<_>>(),
                "user": { "name": self.base.user.name, "uid": self.base.user.uid },
                "workdir": self.base.workdir.value.to_string(),
                "dirs": self.base.dirs.iter().map(|d| d.value.to_string()).collect::<Vec<_>>(),
                "env": self.base.env.iter()
                    .map(|(name, value)| json!({ "name": name, "value": value.value.to_string() }))
                    .collect::<Vec<_>>(),
            },
            "python": {
                "version": self.python.map(|v| v.to_string()),
                "installer": self.installer.program(),
                "index": options.index_url.as_ref().map(|index| &index.url),
                "extra_indexes": options.extra_index_urls.iter().map(|index| &index.url).collect::<Vec<_>>(),
                "find_links": options.find_links.iter().map(|u| &u.value).collect::<Vec<_>>(),
                "constraints": texts(&self.constraints),
                "layers": layers,
            },
            "app": self.app.as_ref().map(application),
        })
    }

    fn system_branch(&self) -> (String, String, Vec<String>) {
        let user = &self.base.user;
        let mut lines = vec![format!("account {} ({})", user.name, user.uid)];
        if !self.base.apt.is_empty() {
            let names: Vec<&str> = self.base.apt.iter().map(|p| p.value.as_str()).collect();
            lines.push(format!(
                "apt-get install {} (runs as {})",
                names.join(" "),
                self.platform
            ));
        }
        ("base".to_owned(), self.base.image.clone(), lines)
    }

    fn resolve_branch(&self) -> (String, String, Vec<String>) {
        let count: usize = self.layers.iter().map(|l| l.requirements.len()).sum();
        let verb = format!(
            "{} of {}, once, for Python {} on {}",
            counted(count, "requirement"),
            counted(self.layers.len(), "layer"),
            self.python
                .map_or("of the base image".to_owned(), |v| v.to_string()),
            self.platform
        );
        let index = self
            .options
            .index_url
            .iter()
            .map(|u| format!("index {}", u.url));
        let extra = self
            .options
            .extra_index_urls
            .iter()
            .map(|u| format!("extra index {}", u.url));
        let links = self
            .options
            .find_links
            .iter()
            .map(|u| format!("find links {}", u.value));
        let limits = self.constraints.iter().map(|c| format!("constraint {c}"));
        (
            "resolve".to_owned(),
            verb,
            index.chain(extra).chain(links).chain(limits).collect(),
        )
    }

    fn application_branch(&self) -> Option<(String, String, Vec<String>)> {
        let app = self.app.as_ref()?;
        let copies = app
            .copy
            .iter()
            .map(|c| format!("{} → {}", c.from.value, c.to.value));
        let dirs = self
            .base
            .dirs
            .iter()
            .map(|d| format!("directory {}", d.value));
        let lines: Vec<String> = copies.chain(dirs).collect();
        let verb = format!("files of {}", self.base.user.name);
        (!lines.is_empty()).then(|| ("application".to_owned(), verb, lines))
    }
}

/// `1 layer`, `2 layers`
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn application(app: &App) -> Value {
    let copies = app.copy.iter().map(|copy| {
        json!({
            "from": copy.from.value,
            "to": copy.to.value.to_string(),
            "mode": copy.mode.map(|mode| format!("{mode:04o}")),
        })
    });
    let labels = app.labels.iter();
    let labels = labels.map(|(name, value)| (name.clone(), json!(value.value.to_string())));
    json!({
        "copy": copies.collect::<Vec<_>>(),
        "entrypoint": app.entrypoint,
        "cmd": app.cmd,
        "expose": app.expose,
        "volumes": app.volumes,
        "stop_signal": app.stop_signal,
        "healthcheck": app.healthcheck.as_ref().map(healthcheck),
        "labels": labels.collect::<serde_json::Map<_, _>>(),
    })
}

fn healthcheck(check: &Healthcheck) -> Value {
    let Healthcheck::Check { probe, timing } = check else {
        return json!(false);
    };
    let seconds = |duration: Option<Duration>| duration.map(|d| d.as_secs_f64());
    json!({
        "probe": match probe {
            Probe::Command(command) => json!({ "cmd": command }),
            Probe::Http(address) => json!({ "http": address }),
        },
        "interval_seconds": seconds(timing.interval),
        "timeout_seconds": seconds(timing.timeout),
        "start_period_seconds": seconds(timing.start_period),
        "retries": timing.retries,
    })
}
