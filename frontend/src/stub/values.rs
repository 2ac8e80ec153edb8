//! What single values may look like: platforms, ports, paths, names and so on.
//!
//! Pure functions from a text to a value, or to the two halves of a message:
//! what it is not, and what would be right. A value that passed is safe to be
//! an argument of a program: none begins with a dash.

mod container;
mod packages;
mod paths;
mod platform;
#[cfg(test)]
mod tests;

pub(super) use container::{duration, env_name, label_key, mode, ports, signal, uid, user_name};
pub(super) use packages::{
    apt_package, image, image_python, installer, python_version, requirement,
};
pub(super) use paths::{
    context_path, http_probe, image_directory, image_path, requirement_path, url_prefix,
};
pub(super) use platform::{accelerator, architecture, is_architecture, platform};

use super::Name;

/// Why a text is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Goes on after the text itself: "is no port".
    pub(super) what: String,
    /// What to write.
    pub(super) help: String,
}

type Parsed<T> = Result<T, Mistake>;

fn mistake<T>(what: impl Into<String>, help: impl Into<String>) -> Parsed<T> {
    Err(Mistake {
        what: what.into(),
        help: help.into(),
    })
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

pub(super) fn name(text: &str) -> Parsed<Name> {
    Name::new(text).map_or_else(
        || {
            let near = text.to_ascii_lowercase().replace(['-', '.', ' '], "_");
            let help = "a name is a lower-case letter, then letters, digits and `_`";
            let help = match Name::new(&near) {
                Some(near) => format!("{help}: `{near}`"),
                None => help.to_owned(),
            };
            mistake("is no name", help)
        },
        Ok,
    )
}

/// A project's name is the repository of its default tags.
pub(super) fn project_name(text: &str) -> Parsed<String> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b);
    let outer = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    if bytes.iter().all(|b| inner(*b))
        && bytes.first().is_some_and(outer)
        && bytes.last().is_some_and(outer)
    {
        Ok(text.to_owned())
    } else {
        mistake(
            "cannot be the name of an image",
            "use lower-case letters, digits, `-`, `_`, `.` and `/`",
        )
    }
}
