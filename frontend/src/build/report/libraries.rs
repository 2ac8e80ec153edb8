//! Libraries that the image lacks.

use super::at_package;
use crate::facts::MissingLibrary;
use crate::plan::Plan;
use crate::source::{Diagnostic, Diagnostics};

/// How many of them are reported.
const SHOWN: usize = 20;

/// Libraries that packages need that were compiled here.
pub(in crate::build) fn missing_libraries(plan: &Plan, missing: &[MissingLibrary]) -> Diagnostics {
    let shown = missing.iter().take(SHOWN);
    shown.map(|it| missing_library(plan, it)).collect()
}

fn missing_library(plan: &Plan, missing: &MissingLibrary) -> Diagnostic {
    let MissingLibrary {
        package,
        file,
        library,
    } = missing;
    let name = file.rsplit('/').next().unwrap_or(file);
    let error = Diagnostic::error(format!(
        "`{name}` of `{package}`, which was compiled here, needs `{library}`, and the image does \
         not have it"
    ));
    let error = error.help(
        "add the package that has it to `[base] apt`: what `[build]` installs is not in the image",
    );
    at_package(plan, package, error)
}
