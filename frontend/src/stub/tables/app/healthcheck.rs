//! `healthcheck` of `[app]`: switched off, or what is run and how often.

use std::time::Duration;

use toml::de::DeValue;

use crate::source::{Diagnostic, Location, Spanned};
use crate::stub::collector::Collector;
use crate::stub::inherit::{List, inherit_list};
use crate::stub::reader::{Entry, Reader};
use crate::stub::values;

/// A health check of the image configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    /// Switches off that of the base image.
    Disabled,
    /// Runs something.
    Check {
        /// What is run.
        probe: Probe,
        /// How often, and how patiently.
        timing: Timing,
    },
}

/// What a health check runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// An argument vector, run in the container.
    Command(Vec<String>),
    /// `PORT/PATH` on the container's own loopback, requested with its Python.
    Http(Spanned<String>),
}

/// How often a health check runs, and how patiently; what is `None` is the
/// engine's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Time between two checks.
    pub interval: Option<Duration>,
    /// Time after which a check has failed.
    pub timeout: Option<Duration>,
    /// Time to start up, in which failures do not count.
    pub start_period: Option<Duration>,
    /// Failures in a row that make the container unhealthy.
    pub retries: Option<u32>,
}

impl Timing {
    fn inherit(self, parent: Self) -> Self {
        Self {
            interval: self.interval.or(parent.interval),
            timeout: self.timeout.or(parent.timeout),
            start_period: self.start_period.or(parent.start_period),
            retries: self.retries.or(parent.retries),
        }
    }
}

/// The key as it was typed.
#[derive(Clone, Debug)]
pub(super) enum Typed {
    Off,
    Keys {
        location: Location,
        probe: Option<TypedProbe>,
        timing: Timing,
    },
}

/// What is run; a command may inherit.
#[derive(Clone, Debug)]
pub(super) enum TypedProbe {
    Http(Spanned<String>),
    Command(List<String>),
}

impl Typed {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
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
        let (http, cmd) = (section.take("http"), section.take("cmd"));
        if let (Some(http), Some(cmd)) = (&http, &cmd) {
            let error = Diagnostic::error("`healthcheck` has both `http` and `cmd`")
                .at(r.at(cmd.key.clone()))
                .related(r.at(http.key.clone()), "`http` is here")
                .help("keep one of `http` and `cmd`");
            r.report(error);
        }
        let has_both = http.is_some() && cmd.is_some();
        let has_probe = http.is_some() || cmd.is_some();
        let http = http.and_then(|e| r.verbatim(&e, values::http_probe));
        let cmd = cmd.and_then(|e| super::read_words(r, &e));
        let probe = cmd.map(TypedProbe::Command).or(http.map(TypedProbe::Http));
        let mut duration =
            |name: &'static str| section.take(name).and_then(|e| read_duration(r, &e));
        let timing = Timing {
            interval: duration("interval"),
            timeout: duration("timeout"),
            start_period: duration("start_period"),
            retries: section.take("retries").and_then(|e| read_retries(r, &e)),
        };
        r.finish(section, &[]);
        if has_both || has_probe && probe.is_none() {
            // Reported as invalid: do not also report it as missing.
            return None;
        }
        Some(Self::Keys {
            location: r.at(entry.key.clone()),
            probe,
            timing,
        })
    }

    pub(super) fn inherit(&self, parent: &Self) -> Self {
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
            (Some(TypedProbe::Command(own)), Some(TypedProbe::Command(inherited))) => {
                inherit_list(Some(own), Some(inherited)).map(TypedProbe::Command)
            }
            (own, inherited) => own.clone().or_else(|| inherited.clone()),
        };
        Self::Keys {
            location: location.clone(),
            probe,
            timing: timing.inherit(*inherited_timing),
        }
    }

    pub(super) fn resolve(&self, diagnostics: &mut Collector) -> Option<Healthcheck> {
        let Self::Keys {
            location,
            probe,
            timing,
        } = self
        else {
            return Some(Healthcheck::Disabled);
        };
        let probe = match probe {
            Some(TypedProbe::Http(address)) => Some(Probe::Http(address.clone())),
            Some(TypedProbe::Command(words)) => {
                Some(Probe::Command(words.to_vec())).filter(|_| words.own().next().is_some())
            }
            None => None,
        };
        if probe.is_none() {
            let error = Diagnostic::error("`healthcheck` needs `http` or `cmd`")
                .at(location.clone())
                .help("add `http = \"8000/health\"` or `cmd = [\"…\"]`");
            diagnostics.push(error);
        }
        Some(Healthcheck::Check {
            probe: probe?,
            timing: *timing,
        })
    }
}

fn read_duration(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Duration> {
    if entry.value.get_ref().is_integer() {
        let seconds = r.written(entry).map(|text| format!("{text}s"));
        let seconds = seconds.filter(|text| values::duration(text).is_ok());
        let help = match seconds {
            Some(seconds) => format!("add the unit: `\"{seconds}\"`"),
            None => "write a number with a unit, as in `\"30s\"`".to_owned(),
        };
        r.wrong_type(entry, "a string", help);
        return None;
    }
    r.verbatim(entry, values::duration)
        .map(|duration| duration.value)
}

fn read_retries(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<u32> {
    let number = r.integer(entry, |number| values::retries(number).map(drop))?;
    let text = number.location.text().to_owned();
    r.checked(
        &text,
        &text,
        &number.location,
        values::retries(number.value),
    )
}
