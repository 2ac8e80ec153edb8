//! Packages that another index has, too, in other versions than the one chosen.

use crate::facts::AmbiguousIndex;
use crate::plan::Plan;
use crate::python::PackageName;
use crate::source::{Diagnostic, Diagnostics, rules};

/// How many packages of one index are reported.
const SHOWN: usize = 10;

/// Warnings about packages that could have come from another index.
///
/// # Errors
///
/// One for each package of a private index: whoever uploads a higher version
/// to a public index would have it installed (dependency confusion).
pub(in crate::build) fn ambiguous(
    plan: &Plan,
    found: &[AmbiguousIndex],
) -> Result<Diagnostics, Diagnostics> {
    let mut warnings = Diagnostics::new();
    let mut errors = Diagnostics::new();
    for index in found {
        for name in index.names.iter().take(SHOWN) {
            if index.is_private {
                errors.push(report(plan, index, name, Diagnostic::error));
            } else {
                let warning = |message| Diagnostic::warning(&rules::AMBIGUOUS_INDEX, message);
                warnings.push(report(plan, index, name, warning));
            }
        }
    }
    errors.into_result(warnings)
}

fn report(
    plan: &Plan,
    found: &AmbiguousIndex,
    name: &PackageName,
    make: impl Fn(String) -> Diagnostic,
) -> Diagnostic {
    let kind = if found.is_private {
        "the private index"
    } else {
        "the index"
    };
    let index = &found.index;
    let diagnostic = make(format!(
        "`{name}` comes from another index than {index}, and {kind} has the package in other versions"
    ));
    let diagnostic = diagnostic.help(format!(
        "say where it comes from: `packages = [\"{name}\"]` in a `[[python.index]]` of that index; \
         or pin a version that both have"
    ));
    let mut lines = plan.all_requirements();
    match lines.find(|line| line.is_of(name.as_str())) {
        Some(line) => diagnostic.at(line.location.clone()).label("required here"),
        None => super::at_index(plan, index, diagnostic),
    }
}
