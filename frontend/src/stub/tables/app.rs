//! `[app]`: files, how to run them, and what the image says about itself.

mod copy;
mod healthcheck;

pub use copy::Copy;
pub use healthcheck::{Healthcheck, Probe, Timing};

use std::collections::BTreeSet;

use toml::de::DeValue;

use super::{Context, Level, Table};
use crate::source::Spanned;
use crate::stub::collector::Collector;
use crate::stub::inherit::{List, inherit, inherit_list, inherit_pairs};
use crate::stub::reader::{Entry, Reader};
use crate::stub::words::Split;
use crate::stub::{Template, limits, values};

/// The application: files and how to run them.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// Files from the context, in order.
    pub copy: Vec<Copy>,
    /// The image's entrypoint; the base image's where there is none.
    pub entrypoint: Option<Vec<String>>,
    /// The image's command; with an entrypoint and no command there is none.
    pub cmd: Option<Vec<String>>,
    /// Ports as the image configuration names them: `8000/tcp`.
    pub expose: Vec<String>,
    /// Volumes: absolute paths.
    pub volumes: Vec<String>,
    /// How to tell whether it works.
    pub healthcheck: Option<Healthcheck>,
    /// The signal that stops it.
    pub stop_signal: Option<String>,
    /// Labels, in the order of their first mention.
    pub labels: Vec<(String, Spanned<Template>)>,
}

/// The table as it was typed.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct Typed {
    copy: Option<List<Copy>>,
    entrypoint: Option<List<String>>,
    cmd: Option<List<String>>,
    expose: Option<List<Vec<String>>>,
    volumes: Option<List<String>>,
    healthcheck: Option<healthcheck::Typed>,
    stop_signal: Option<String>,
    labels: Vec<(String, Spanned<Template>)>,
}

impl Table for Typed {
    type Value = App;

    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut app = Self::default();
        let Some(mut section) = r.table(entry) else {
            return app;
        };
        app.copy = section.take("copy").and_then(|e| copy::read(r, &e));
        app.entrypoint = section.take("entrypoint").and_then(|e| read_words(r, &e));
        app.cmd = section.take("cmd").and_then(|e| read_words(r, &e));
        app.expose = section
            .take("expose")
            .and_then(|e| r.list(&e, "ports", read_ports));
        app.volumes = section
            .take("volumes")
            .and_then(|e| r.list(&e, "strings", read_volume));
        app.healthcheck = section
            .take("healthcheck")
            .and_then(|e| healthcheck::Typed::read(r, &e));
        app.stop_signal = section
            .take("stop_signal")
            .and_then(|e| r.parsed(&e, values::signal))
            .map(|signal| signal.value);
        app.labels = section
            .take("labels")
            .map(|e| read_labels(r, &e))
            .unwrap_or_default();
        r.reject_unavailable(&mut section, ["install"]);
        r.finish(
            section,
            &[
                ("env", "environment variables are `[base.env]`"),
                ("user", "the user is `user` in `[base]`"),
                ("workdir", "the working directory is `workdir` in `[base]`"),
                ("command", "did you mean `cmd`?"),
                ("ports", "did you mean `expose`?"),
            ],
        );
        app
    }

    fn inherit(&self, parent: &Self, _child: &Level) -> Self {
        Self {
            copy: inherit_list(self.copy.as_ref(), parent.copy.as_ref()),
            entrypoint: inherit_list(self.entrypoint.as_ref(), parent.entrypoint.as_ref()),
            cmd: inherit_list(self.cmd.as_ref(), parent.cmd.as_ref()),
            expose: inherit_list(self.expose.as_ref(), parent.expose.as_ref()),
            volumes: inherit_list(self.volumes.as_ref(), parent.volumes.as_ref()),
            healthcheck: match (&self.healthcheck, &parent.healthcheck) {
                (Some(own), Some(inherited)) => Some(own.inherit(inherited)),
                (own, inherited) => own.clone().or_else(|| inherited.clone()),
            },
            stop_signal: inherit(self.stop_signal.as_ref(), parent.stop_signal.as_ref()),
            labels: inherit_pairs(&self.labels, &parent.labels),
        }
    }

    fn resolve(&self, context: &Context<'_>, diagnostics: &mut Collector) -> Option<App> {
        let healthcheck = match &self.healthcheck {
            None => None,
            Some(typed) => Some(typed.resolve(diagnostics)?),
        };
        let copy = if context.conventions.app {
            copy::by_convention(context)
        } else {
            self.copy.as_ref().map(List::to_vec).unwrap_or_default()
        };
        let ports = self.expose.iter().flat_map(List::own).flatten();
        let volumes = self.volumes.iter().flat_map(List::own);
        Some(App {
            copy,
            entrypoint: self.entrypoint.as_ref().map(List::to_vec),
            cmd: self.cmd.as_ref().map(List::to_vec),
            expose: unique(ports),
            volumes: unique(volumes),
            healthcheck,
            stop_signal: self.stop_signal.clone(),
            labels: self.labels.clone(),
        })
    }

    fn follows_convention(&self) -> bool {
        self.copy.is_none()
    }
}

/// Each text once.
fn unique<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    texts.filter(|text| known.insert(*text)).cloned().collect()
}

/// Arguments of a program: they belong to the image, `${…}` and all.
fn read_words(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<List<String>> {
    r.words(
        entry,
        Split::Command,
        |_| true,
        |r, item| r.string(item).map(|word| word.value),
    )
}

fn read_volume(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<String> {
    r.parsed(entry, values::volume).map(|path| path.value)
}

/// A port, or a range of them.
fn read_ports(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<String>> {
    let ports = match entry.value.get_ref() {
        DeValue::Integer(_) => {
            let port = r.integer(entry, |_| Ok(()))?;
            let text = port.value.to_string();
            r.checked(&text, &text, &port.location, values::ports(&text))?
        }
        DeValue::String(_) => r.parsed(entry, values::ports)?.value,
        _ => {
            let help = "write `expose = [8000, \"53/udp\"]`";
            r.wrong_type(entry, "a number or a string", help.to_owned());
            return None;
        }
    };
    r.count(limits::COST_OF_PORT * ports.len(), &entry.value.span())?;
    Some(ports)
}

fn read_labels(r: &mut Reader<'_>, entry: &Entry<'_>) -> Vec<(String, Spanned<Template>)> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    let mut labels = Vec::new();
    for (key, value) in section.rest() {
        if value.value.get_ref().is_table() {
            let key = crate::stub::quote::shortened(key);
            let help = format!("put the key in quotes: `\"{key}.…\" = \"…\"`");
            r.wrong_type(&value, "a string", help);
            continue;
        }
        let at = r.at(value.key.clone());
        let valid_key = r.checked(key, key, &at, values::label_key(key));
        let text = r.template(&value, |_| Ok(()));
        labels.extend(valid_key.and(text).map(|text| (key.to_owned(), text)));
    }
    labels
}
