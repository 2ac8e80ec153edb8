//! Markers that only the patch release of Python decides.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{By, Comparison, Environment, Marker};

/// What is left of a marker when all but the patch release of Python is known:
/// `python_full_version < "3.11.3"`. The resolver evaluates it, for the
/// interpreter of the base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchMarker(Marker);

/// The value of a marker for a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::python) enum Evaluation {
    /// It holds, or does not, whatever the patch release is.
    Known(bool),
    /// The patch release decides.
    Patch(PatchMarker),
}

/// Patch releases at which the value of a text comparison is looked at: more
/// than there ever were of a minor version.
const PATCHES: u64 = 40;

impl Marker {
    /// Whether it holds for a target, as far as that is known.
    pub(in crate::python) fn evaluate(&self, environment: &Environment) -> Evaluation {
        match self {
            Self::Compare(comparison) => comparison.evaluate(environment),
            Self::And(all) => join(all, environment, false, Self::And),
            Self::Or(any) => join(any, environment, true, Self::Or),
        }
    }
}

/// The parts of an `and` (which one that does not hold decides) or an `or`
/// (which one that holds decides), without those that are known.
fn join(
    parts: &[Marker],
    environment: &Environment,
    deciding: bool,
    whole: fn(Vec<Marker>) -> Marker,
) -> Evaluation {
    let mut open = Vec::new();
    for part in parts {
        match part.evaluate(environment) {
            Evaluation::Known(value) if value == deciding => return Evaluation::Known(deciding),
            Evaluation::Known(_) => {}
            Evaluation::Patch(PatchMarker(marker)) => open.push(marker),
        }
    }
    match open.pop() {
        None => Evaluation::Known(!deciding),
        Some(only) if open.is_empty() => Evaluation::Patch(PatchMarker(only)),
        Some(last) => {
            open.push(last);
            Evaluation::Patch(PatchMarker(whole(open)))
        }
    }
}

impl Comparison {
    fn evaluate(&self, environment: &Environment) -> Evaluation {
        if !self.variable.has_patch() {
            return Evaluation::Known(self.holds(environment.get(self.variable)));
        }
        let minor = environment.minor();
        let holds = |patch: u64| self.holds(&format!("{minor}.{patch}"));
        let first = holds(0);
        if self
            .patches()
            .into_iter()
            .all(|patch| holds(patch) == first)
        {
            Evaluation::Known(first)
        } else {
            Evaluation::Patch(PatchMarker(Marker::Compare(self.clone())))
        }
    }

    /// The patch releases at which the value can change.
    fn patches(&self) -> Vec<u64> {
        let version = match &self.by {
            By::Text => return (1..=PATCHES).collect(),
            By::Specifier(specifier) => Some(specifier.version()),
            By::Version(version) => version.as_ref(),
        };
        let patch = version.and_then(|it| it.release().get(2)).copied();
        let patch = patch.unwrap_or_default();
        vec![
            1,
            patch.saturating_sub(1),
            patch,
            patch.saturating_add(1),
            1_000_000,
        ]
    }
}

/// As it stands in a requirement line.
impl fmt::Display for PatchMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&self.0, f, true)
    }
}

fn write(marker: &Marker, f: &mut fmt::Formatter<'_>, outermost: bool) -> fmt::Result {
    let (parts, word) = match marker {
        Marker::Compare(comparison) => return write!(f, "{comparison}"),
        Marker::And(parts) => (parts, " and "),
        Marker::Or(parts) => (parts, " or "),
    };
    f.write_str(if outermost { "" } else { "(" })?;
    for (index, part) in parts.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { word })?;
        write(part, f, false)?;
    }
    f.write_str(if outermost { "" } else { ")" })
}

impl Serialize for PatchMarker {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
