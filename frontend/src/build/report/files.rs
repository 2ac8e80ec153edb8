//! Packages whose file is missing or is another one.

use crate::facts::NoFile;
use crate::lower::PythonSteps;
use crate::plan::Plan;
use crate::python::{Hash, Pin};
use crate::source::{Diagnostic, Location};

/// Points at the lines that ask for something.
pub(in crate::build) fn at_places(error: Diagnostic, places: &[&Location]) -> Diagnostic {
    let mut places = places.iter().copied().cloned();
    let error = match places.next() {
        Some(first) => error.at(first).label("required here"),
        None => error,
    };
    places
        .take(6)
        .fold(error, |error, place| error.related(place, "and here"))
}

/// Points at the lines of a package.
pub(in crate::build) fn at_package(plan: &Plan, name: &str, error: Diagnostic) -> Diagnostic {
    let lines = plan.all_requirements().filter(|line| line.is_of(name));
    let places: Vec<&Location> = lines.map(|line| &line.location).collect();
    at_places(error, &places)
}

/// A pin without a file that the image can use.
pub(in crate::build) fn no_file(python: &PythonSteps<'_>, pin: &Pin, why: &NoFile) -> Diagnostic {
    let name = pin.name.as_ref().map_or("", |name| name.as_str());
    let label = pin.label();
    match why {
        NoFile::Missing => {
            let (version, platform) = (python.version, &python.plan.platform);
            let error = Diagnostic::error(format!(
                "`{label}` has no file for Python {version} on {platform}"
            ));
            let error = error.help("require a version that has a wheel for it");
            at_package(python.plan, name, error)
        }
        NoFile::Hashes(files) => {
            let file = files.first();
            let found = file
                .iter()
                .flat_map(|file| &file.hashes)
                .map(ToString::to_string);
            let file = file.map_or("", |file| file.name.as_str());
            other_hashes(python.plan, &label, file, found, &pin.hashes)
        }
    }
}

/// A file that has none of the hashes that lines give for its package.
pub(in crate::build) fn other_hashes(
    plan: &Plan,
    label: &str,
    file: &str,
    found: impl IntoIterator<Item = String>,
    expected: &[Hash],
) -> Diagnostic {
    let found: Vec<String> = found.into_iter().collect();
    let found = found.first().map_or("none", String::as_str);
    let first = expected
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let expected = match expected.len() {
        0 | 1 => first,
        count => format!("one of {count}, the first one {first}"),
    };
    let mut lines = plan.all_requirements();
    let is_asked = |line: &&crate::python::Requirement| {
        !line.hashes.is_empty() && (line.to_string() == label || is_named(label, line))
    };
    let error = Diagnostic::error(format!(
        "`{label}`: the hash of `{file}` is not the expected one: expected {expected}, found {found}"
    ))
    .help(
        "the file is not the one that was locked: do not use it before you know why, then add \
         its hash",
    );
    match lines.find(is_asked) {
        Some(line) => error.at(line.location.clone()).label("this hash"),
        None => error,
    }
}

/// Whether a line is of the package of `name==version`.
fn is_named(label: &str, line: &crate::python::Requirement) -> bool {
    let name = &label[..label.find("==").unwrap_or(label.len())];
    line.is_of(name)
}
