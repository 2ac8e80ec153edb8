//! What single values may look like: platforms, ports, paths, names and so on.
//!
//! Pure functions from a text to a value, or to why it is invalid.
//! Apt packages, account names and images do not begin with a dash.

mod container;
mod packages;
mod paths;
mod platform;
#[cfg(test)]
mod tests;

pub(super) use container::{
    build_env_name, duration, env_name, label_key, mode, ports, signal, uid, user_name,
};
pub(super) use packages::{
    apt_package, build_image, image, image_python, installer, package_pattern, python_version,
    requirement,
};
pub(super) use paths::{
    absolute, context_path, http_probe, image_directory, image_path, requirement_path, url_prefix,
    volume,
};
pub use paths::{check_filled_directory, check_filled_path};
pub use platform::ARCHITECTURES;
pub(super) use platform::{accelerator, architecture, is_architecture, platform};

use std::borrow::Cow;

use super::{Name, limits};

/// Why a text is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invalid {
    why: Why,
    /// What to write instead.
    pub(super) help: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// It is none of its kind (`port`), for a reason if it is not obvious. A
    /// reason that is made for the value may repeat it.
    Kind(&'static str, Option<Cow<'static, str>>),
    /// A later version has it (`as a base image`).
    Unavailable(&'static str),
}

impl Invalid {
    /// The message about a value: ``invalid port `80:80`: …``.
    pub(super) fn message(&self, value: &str) -> String {
        match &self.why {
            Why::Kind(kind, None) if value.is_empty() => format!("invalid {kind}: empty string"),
            Why::Kind(kind, None) => format!("invalid {kind} `{value}`"),
            Why::Kind(kind, Some(reason)) => format!("invalid {kind} `{value}`: {reason}"),
            Why::Unavailable(what) => format!("`{value}` is not available yet {what}"),
        }
    }

    /// The same without what may repeat the value, which is an argument's.
    pub(super) fn without_value(self) -> Self {
        let why = match self.why {
            Why::Kind(kind, Some(Cow::Owned(_))) => Why::Kind(kind, None),
            why => why,
        };
        Self {
            why,
            help: "check the arguments that it names".to_owned(),
        }
    }
}

type Parsed<T> = Result<T, Invalid>;

/// No value of its kind.
fn invalid<T>(kind: &'static str, help: impl Into<String>) -> Parsed<T> {
    Err(Invalid {
        why: Why::Kind(kind, None),
        help: help.into(),
    })
}

/// The same, for a reason.
fn invalid_because<T>(
    kind: &'static str,
    reason: impl Into<Cow<'static, str>>,
    help: impl Into<String>,
) -> Parsed<T> {
    Err(Invalid {
        why: Why::Kind(kind, Some(reason.into())),
        help: help.into(),
    })
}

/// What a later version has.
fn unavailable<T>(what: &'static str, help: impl Into<String>) -> Parsed<T> {
    Err(Invalid {
        why: Why::Unavailable(what),
        help: help.into(),
    })
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// How often a container may fail its health check.
pub(super) fn retries(value: i64) -> Parsed<u32> {
    match u32::try_from(value) {
        Ok(retries @ 1..=1000) => Ok(retries),
        _ => invalid(
            "number of retries",
            "write a number from 1 to 1000, or leave the key out for the engine's default",
        ),
    }
}

/// The name of a variant or layer.
pub(super) fn name(text: &str) -> Parsed<Name> {
    if let Some(name) = Name::new(text) {
        return Ok(name);
    }
    let rule = format!(
        "use at most {} lower-case letters, digits and `_`, starting with a letter",
        limits::NAME
    );
    let near = text.to_ascii_lowercase().replace(['-', '.', ' '], "_");
    let help = match Name::new(&near) {
        Some(near) => format!("{rule}: `{near}`"),
        None => rule,
    };
    invalid("name", help)
}

/// The name of a project, in the form of an image's repository.
pub(super) fn project_name(text: &str) -> Parsed<String> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b);
    let outer = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    if bytes.iter().all(|b| inner(*b))
        && bytes.first().is_some_and(outer)
        && bytes.last().is_some_and(outer)
        && bytes.len() <= 255
    {
        return Ok(text.to_owned());
    }
    invalid(
        "project name",
        "use lower-case letters, digits, `-`, `_`, `.` and `/`, as in the name of an image",
    )
}
