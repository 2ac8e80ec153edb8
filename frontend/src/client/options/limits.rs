//! Resource limits of steps.

use super::csv::csv_fields;
use super::value::{integer, invalid};
use crate::source::{Diagnostic, Diagnostics, did_you_mean};

/// A resource limit of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// `nofile`, …
    pub name: String,
    /// What a process starts with; -1 is no limit.
    pub soft: i64,
    /// How far it may raise that; -1 is no limit.
    pub hard: i64,
}

/// The names that Docker's client knows (`go-units`).
const NAMES: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

const FLAG: &str = "`--ulimit`";
const FORM: &str = "`--ulimit NAME=SOFT[:HARD]`, as in `--ulimit nofile=1024:2048`";

/// `name=soft[:hard]`, with commas between several.
pub(super) fn ulimits(value: &str) -> Result<Vec<Ulimit>, Diagnostics> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let write = format!("write {FORM}");
    let fields = csv_fields(value).map_err(|why| invalid(FLAG, value, why).help(write))?;
    let mut diagnostics = Diagnostics::new();
    let ulimits = fields.iter().filter_map(|it| diagnostics.keep(ulimit(it)));
    let ulimits = ulimits.collect();
    diagnostics.into_result(ulimits)
}

fn ulimit(field: &str) -> Result<Ulimit, Diagnostic> {
    let Some((name, limits)) = field.split_once('=') else {
        return Err(invalid(FLAG, field, "it names no limit").help(format!("write {FORM}")));
    };
    if !NAMES.contains(&name) {
        let help = did_you_mean(name, NAMES, || {
            format!("the names are {}", NAMES.join(", "))
        });
        return Err(invalid(FLAG, field, format_args!("unknown limit `{name}`")).help(help));
    }
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    let (soft, hard): (i64, i64) = (integer(FLAG, soft, FORM)?, integer(FLAG, hard, FORM)?);
    if hard != -1 && (soft == -1 || soft > hard) {
        let why = "the soft limit is above the hard one";
        return Err(invalid(FLAG, field, why).help("raise the second number, or lower the first"));
    }
    Ok(Ulimit {
        name: name.to_owned(),
        soft,
        hard,
    })
}
