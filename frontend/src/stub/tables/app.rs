//! `[app]`: files, how to run them, and what the image says about itself.

use std::time::Duration;

use toml::de::DeValue;

use crate::source::{Location, Spanned, holds_credentials};
use crate::stub::list::{List, over};
use crate::stub::reader::{Entry, Reader};
use crate::stub::words::Cut;
use crate::stub::{Copy, Probe, Template, Timing, values};

use super::over_pairs;
use super::python::required;

/// The table as it was written.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct RawApp {
    pub(in crate::stub) copy: Option<List<Copy>>,
    pub(in crate::stub) entrypoint: Option<List<String>>,
    pub(in crate::stub) cmd: Option<List<String>>,
    pub(in crate::stub) expose: Option<List<Vec<String>>>,
    pub(in crate::stub) volumes: Option<List<String>>,
    pub(in crate::stub) healthcheck: Option<RawHealthcheck>,
    pub(in crate::stub) stop_signal: Option<String>,
    pub(in crate::stub) labels: Vec<(String, Spanned<Template>)>,
}

/// `healthcheck`: switched off, or the keys that are given.
#[derive(Clone, Debug)]
pub(in crate::stub) enum RawHealthcheck {
    Off,
    Keys {
        location: Location,
        probe: Option<RawProbe>,
        timing: Timing,
    },
}

/// What is asked; a command may inherit.
#[derive(Clone, Debug)]
pub(in crate::stub) enum RawProbe {
    Http(String),
    Command(List<String>),
}

impl RawProbe {
    pub(in crate::stub) fn resolve(&self) -> Probe {
        match self {
            Self::Http(address) => Probe::Http(address.clone()),
            Self::Command(words) => Probe::Command(words.own().cloned().collect()),
        }
    }
}

impl RawApp {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut app = Self::default();
        let Some(mut section) = r.table(entry) else {
            return app;
        };
        app.copy = section.take("copy").and_then(|e| read_copies(r, &e));
        app.entrypoint = section.take("entrypoint").and_then(|e| words(r, &e));
        app.cmd = section.take("cmd").and_then(|e| words(r, &e));
        app.expose = section
            .take("expose")
            .and_then(|e| r.list(&e, "ports", read_port));
        app.volumes = section.take("volumes").and_then(|e| {
            r.list(&e, "strings", |r, item| {
                r.parsed(item, |text| {
                    values::image_directory(text).map(|()| text.to_owned())
                })
                .map(|path| path.value)
            })
        });
        app.healthcheck = section
            .take("healthcheck")
            .and_then(|e| RawHealthcheck::read(r, &e));
        app.stop_signal = section
            .take("stop_signal")
            .and_then(|e| r.parsed(&e, values::signal))
            .map(|signal| signal.value);
        app.labels = section
            .take("labels")
            .map(|e| read_labels(r, &e))
            .unwrap_or_default();
        r.later(&mut section, &["install"]);
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

    pub(super) fn over(&self, parent: &Self) -> Self {
        Self {
            copy: over(self.copy.as_ref(), parent.copy.as_ref()),
            entrypoint: over(self.entrypoint.as_ref(), parent.entrypoint.as_ref()),
            cmd: over(self.cmd.as_ref(), parent.cmd.as_ref()),
            expose: over(self.expose.as_ref(), parent.expose.as_ref()),
            volumes: over(self.volumes.as_ref(), parent.volumes.as_ref()),
            healthcheck: match (&self.healthcheck, &parent.healthcheck) {
                (Some(own), Some(inherited)) => Some(own.over(inherited)),
                (own, inherited) => own.clone().or_else(|| inherited.clone()),
            },
            stop_signal: self
                .stop_signal
                .clone()
                .or_else(|| parent.stop_signal.clone()),
            labels: over_pairs(&self.labels, &parent.labels),
        }
    }
}

impl RawHealthcheck {
    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        match entry.value.get_ref() {
            DeValue::Boolean(false) => return Some(Self::Off),
            DeValue::Table(_) => {}
            _ => {
                let help = "write `{ http = \"8000/health\" }`, `{ cmd = [\"…\"] }` or `false`";
                r.wrong_type(entry, "a table or `false`", help.to_owned());
                return None;
            }
        }
        let mut section = r.table(entry)?;
        let http = section.take("http");
        let cmd = section.take("cmd");
        let asks = usize::from(http.is_some()) + usize::from(cmd.is_some());
        let http = http.and_then(|e| Some((r.verbatim(&e, values::http_probe)?.value, e)));
        let cmd = cmd.and_then(|e| Some((words(r, &e)?, e)));
        let wrong = asks > usize::from(http.is_some()) + usize::from(cmd.is_some());
        if let (Some((_, http)), Some((_, cmd))) = (&http, &cmd) {
            let error = crate::source::Diagnostic::error("a health check asks one thing")
                .at(r.at(cmd.key.clone()))
                .related(r.at(http.key.clone()), "this is another one")
                .help("keep one of `http` and `cmd`");
            r.report(error);
        }
        let probe = cmd
            .map(|(words, _)| RawProbe::Command(words))
            .or(http.map(|(address, _)| RawProbe::Http(address)));
        let mut duration =
            |name: &'static str| section.take(name).and_then(|e| read_duration(r, &e));
        let timing = Timing {
            interval: duration("interval"),
            timeout: duration("timeout"),
            start_period: duration("start_period"),
            retries: section.take("retries").and_then(|e| read_retries(r, &e)),
        };
        r.finish(section, &[]);
        if wrong {
            // Told already; without it, the check would seem to ask nothing.
            return None;
        }
        Some(Self::Keys {
            location: r.at(entry.key.clone()),
            probe,
            timing,
        })
    }

    fn over(&self, parent: &Self) -> Self {
        let (
            Self::Keys {
                location,
                probe,
                timing,
            },
            Self::Keys {
                probe: inherited_probe,
                timing: inherited_timing,
                ..
            },
        ) = (self, parent)
        else {
            return self.clone();
        };
        let probe = match (probe, inherited_probe) {
            (Some(RawProbe::Command(own)), Some(RawProbe::Command(inherited))) => {
                over(Some(own), Some(inherited)).map(RawProbe::Command)
            }
            (own, inherited) => own.clone().or_else(|| inherited.clone()),
        };
        Self::Keys {
            location: location.clone(),
            probe,
            timing: timing.over(*inherited_timing),
        }
    }
}

fn read_copies(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<List<Copy>> {
    let value = entry.value.get_ref();
    let help = match value {
        DeValue::Array(_) => None,
        DeValue::Table(_) => {
            // One table in braces; a header says how to write it by itself.
            let written = r.at(entry.value.span());
            let inline = written.text().starts_with('{');
            inline.then(|| format!("write `copy = [{}]`", written.text()))
        }
        _ => Some(format!("write `copy = [{}]`", copy_of(value))),
    };
    if help.is_some() {
        r.wrong_type(entry, "an array of tables", help);
        return None;
    }
    r.list(entry, "tables", read_copy)
}

/// The table that a mere path stands for.
fn copy_of(value: &DeValue<'_>) -> String {
    let path = value
        .as_str()
        .filter(|path| values::context_path(path).is_ok() && !holds_credentials(path));
    let from = path.unwrap_or("src");
    let parts = from.split('/').filter(|part| !matches!(*part, "" | "."));
    let to: Vec<&str> = ["/app"].into_iter().chain(parts).collect();
    format!("{{ from = {from:?}, to = {:?} }}", to.join("/"))
}

fn read_copy(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Copy> {
    let value = entry.value.get_ref();
    let DeValue::Table(_) = value else {
        r.wrong_type(entry, "a table", format!("write `{}`", copy_of(value)));
        return None;
    };
    let mut section = r.table(entry)?;
    let from = section.take("from");
    let from = required(r, entry, from, "a copy", "from = \"src\"")
        .and_then(|e| r.parsed(&e, values::context_path));
    let to = section.take("to");
    let to = required(r, entry, to, "a copy", "to = \"/app/src\"")
        .and_then(|e| r.template(&e, values::image_path));
    let mode = section.take("mode").map(|e| read_mode(r, &e));
    r.finish(
        section,
        &[
            ("owner", "files belong to the user of the image"),
            ("chown", "files belong to the user of the image"),
            ("chmod", "did you mean `mode`?"),
        ],
    );
    Some(Copy {
        from: from?,
        to: to?,
        mode: mode.unwrap_or_default(),
    })
}

/// `mode = 755` would be the number 755, which is no mode at all.
fn read_mode(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<u32> {
    if entry.value.get_ref().is_integer() {
        let written = r.at(entry.value.span());
        let digits = written.text().trim_start_matches("0o");
        let help = format!("modes are octal: write `mode = \"0{digits}\"`");
        r.wrong_type(entry, "a string", help);
        return None;
    }
    r.parsed(entry, values::mode).map(|mode| mode.value)
}

/// Arguments of a program: they belong to the image, `${…}` and all.
fn words(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<List<String>> {
    r.words(entry, Cut::Command, |r, item| {
        r.string(item).map(|word| word.value)
    })
}

fn read_port(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<String>> {
    match entry.value.get_ref() {
        DeValue::Integer(_) => {
            let port = r.integer(entry)?;
            let text = port.value.to_string();
            r.checked(&text, &text, &port.location, values::ports(&text))
        }
        DeValue::String(_) => r.parsed(entry, values::ports).map(|ports| ports.value),
        _ => {
            let help = "write `expose = [8000, \"53/udp\"]`";
            r.wrong_type(entry, "a number or a string", help.to_owned());
            None
        }
    }
}

fn read_duration(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Duration> {
    if entry.value.get_ref().is_integer() {
        let written = r.at(entry.value.span());
        let help = format!("say which unit: `\"{}s\"`", written.text());
        r.wrong_type(entry, "a string", help);
        return None;
    }
    r.verbatim(entry, values::duration)
        .map(|duration| duration.value)
}

fn read_retries(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<u32> {
    let number = r.integer(entry)?;
    let text = number.location.text().to_owned();
    let result = u32::try_from(number.value)
        .ok()
        .filter(|n| (1..=1000).contains(n))
        .ok_or_else(|| values::Mistake {
            what: "is no number of failures".to_owned(),
            help: "write a number from 1 to 1000; leave the key out for the engine's default"
                .to_owned(),
        });
    r.checked(&text, &text, &number.location, result)
}

fn read_labels(r: &mut Reader<'_>, entry: &Entry<'_>) -> Vec<(String, Spanned<Template>)> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    let mut labels = Vec::new();
    for (key, value) in section.rest() {
        if value.value.get_ref().is_table() {
            let help = format!("put the key in quotes: `\"{key}.…\" = \"…\"`");
            r.wrong_type(&value, "a string", help);
            continue;
        }
        let at = r.at(value.key.clone());
        let key_is_right = r.checked(key, key, &at, values::label_key(key));
        let text = r.template(&value, |_| Ok(()));
        labels.extend(key_is_right.and(text).map(|text| (key.to_owned(), text)));
    }
    labels
}
