//! What steps found out about the user's requirements, as diagnostics at their
//! lines.

mod ambiguous;
mod builds;
mod denied;
mod failure;
mod files;
mod libraries;

pub(super) use ambiguous::ambiguous;
pub(super) use builds::{failed_build, no_emulation, other_platform};
pub(super) use denied::warnings;
pub(super) use failure::no_resolution;
pub(super) use files::{at_package, at_places, no_file, other_hashes};
pub(super) use libraries::missing_libraries;

use crate::facts::Clash;
use crate::plan::Plan;
use crate::python::IndexUrl;
use crate::source::{Diagnostic, Diagnostics};

/// Points at the option that names an index.
fn at_index(plan: &Plan, index: &IndexUrl, diagnostic: Diagnostic) -> Diagnostic {
    let given = plan.indexes().find(|given| given.url == *index);
    match given.and_then(|given| given.location.as_ref()) {
        Some(location) => diagnostic.at(location.clone()).label("this index"),
        None => diagnostic,
    }
}

/// Packages that overwrite each other's files.
pub(super) fn clashes(plan: &Plan, clashes: &[Clash]) -> Diagnostics {
    clashes.iter().map(|it| clash(plan, it)).collect()
}

fn clash(plan: &Plan, clash: &Clash) -> Diagnostic {
    let (one, other) = &clash.packages;
    let files = match &clash.files[..] {
        [file] if clash.count == 1 => format!("`{file}`"),
        [file, ..] if clash.count == 2 => format!("`{file}` and 1 more file"),
        [file, ..] => format!("`{file}` and {} more files", clash.count - 1),
        [] => "a file".to_owned(),
    };
    let mut diagnostic = Diagnostic::error(format!(
        "packages `{one}` and `{other}` write different content to {files}"
    ))
    .help("keep one of them: which content the image has would depend on their order");
    for name in [one, other] {
        let Some(asked) = plan.all_requirements().find(|it| it.is_of(name)) else {
            continue;
        };
        let location = asked.location.clone();
        diagnostic = if diagnostic.location().is_none() {
            diagnostic.at(location).label(format!("brings `{name}`"))
        } else {
            diagnostic.related(location, format!("brings `{name}`"))
        };
    }
    diagnostic
}
