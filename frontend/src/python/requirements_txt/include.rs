//! Files that requirement files include, and errors about them.

use std::collections::BTreeSet;

use super::paths;
use super::texts::{Texts, Unusable};
use crate::source::{Diagnostic, Location, nearest_file};

/// Another file that is read at this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Include {
    /// Relative to the context's root.
    pub(super) path: String,
    /// Whether it only limits versions.
    pub(super) constraint: bool,
    pub(super) location: Location,
}

/// Files that include each other; `stack` are those of the cycle, each with
/// the place where it is included.
pub(super) fn cycle(stack: &[(String, Location)], include: &Include) -> Diagnostic {
    let mut names: Vec<&str> = stack.iter().map(|(path, _)| path.as_str()).collect();
    names.push(&include.path);
    let message = if stack.len() == 1 {
        format!("{} includes itself", include.path)
    } else {
        format!(
            "requirement files include each other: {}",
            names.join(" → ")
        )
    };
    let mut diagnostic = Diagnostic::error(message)
        .at(include.location.clone())
        .label("closes the cycle")
        .help("remove one of these includes");
    // The first one of the cycle is included from outside of it.
    for (path, location) in stack.iter().skip(1) {
        diagnostic = diagnostic.related(location.clone(), format!("includes {path}"));
    }
    diagnostic
}

/// A file that is not there; `root` where the stub names it.
pub(super) fn missing(include: &Include, root: bool, texts: &Texts) -> Diagnostic {
    let path = &include.path;
    let what = if root {
        "requirement file"
    } else {
        "included file"
    };
    if let Some(invalid) = texts.invalid.get(path) {
        let invalid = invalid.clone();
        return match invalid.location() {
            Some(_) => invalid,
            None => invalid.at(include.location.clone()),
        };
    }
    if let Some(Unusable { reason, help }) = texts.unusable.get(path) {
        return Diagnostic::error(format!("{what} {path} {reason}"))
            .at(include.location.clone())
            .help(help);
    }
    let diagnostic =
        Diagnostic::error(format!("{what} {path} does not exist")).at(include.location.clone());
    if texts.is_broken_link(path) {
        return diagnostic.help(
            "it is a symbolic link, and its target is not in the build context: put a file there, \
             or link to one in the context",
        );
    }
    diagnostic.help(what_there_is(include, root, texts))
}

/// What to do about a file that is not there.
fn what_there_is(include: &Include, root: bool, texts: &Texts) -> String {
    let name = paths::file_name(&include.path);
    let known = || texts.exist.iter().chain(texts.files.keys());
    let relative = if root {
        ""
    } else {
        "; includes are relative to the file that they stand in"
    };
    if let Some(other) = known().find(|known| paths::file_name(known) == name) {
        return format!("there is {other}{relative}");
    }
    let directory = paths::directory(&include.path);
    let siblings: BTreeSet<&str> = known()
        .map(String::as_str)
        .filter(|known| {
            let includer = !root && *known == include.location.file.name();
            paths::directory(known) == directory && !includer
        })
        .collect();
    if let Some(near) = nearest_file(&include.path, siblings.iter().copied()) {
        return format!("there is {near}");
    }
    if siblings.is_empty() {
        return format!("check the name: it is a path in the build context{relative}");
    }
    let some: Vec<&str> = siblings.into_iter().take(8).collect();
    format!("its directory has {}", some.join(", "))
}
