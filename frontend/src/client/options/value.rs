//! Single values of options, and the errors that say what they should be.
//!
//! Messages call an option by the flag that the user typed, not by the key
//! that BuildKit's clients make of it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_llb::Platform;

use crate::source::{Diagnostic, Diagnostics, masked};

/// The end of the year 9999, the last that image configurations can write.
const LAST_SECOND: i64 = 253_402_300_799;

/// The value, or `None` if it is empty.
pub(super) fn present(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// An invalid value of `flag`, and what is wrong with it.
pub(super) fn invalid(flag: &str, value: &str, why: impl Display) -> Diagnostic {
    Diagnostic::error(format!(
        "invalid value `{}` for {flag}: {why}",
        short(&masked(value))
    ))
}

/// Values come from outside, and may be of any length. They are masked before:
/// credentials whose `@` is cut off are not recognized.
fn short(value: &str) -> &str {
    &value[..value.floor_char_boundary(200)]
}

/// What Go's `strconv.ParseBool` takes.
pub(super) fn boolean(flag: &str, value: &str) -> Result<bool, Diagnostic> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(invalid(flag, value, "expected `true` or `false`")
            .help("pass `true` or `false`, or leave it out")),
    }
}

/// A whole number; `form` is how the flag is written.
pub(super) fn integer<T: FromStr>(flag: &str, value: &str, form: &str) -> Result<T, Diagnostic> {
    value
        .parse()
        .map_err(|_| invalid(flag, value, "expected a whole number").help(format!("write {form}")))
}

/// Platforms in the order given, each once.
pub(crate) fn platforms(value: &str) -> Result<Vec<Platform>, Diagnostics> {
    let mut platforms = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for text in value.split(',') {
        if let Some(platform) = diagnostics.keep(platform(text.trim()))
            && !platforms.contains(&platform)
        {
            platforms.push(platform);
        }
    }
    diagnostics.into_result(platforms)
}

/// One platform of `--platform`.
fn platform(text: &str) -> Result<Platform, Diagnostic> {
    text.parse().map_err(|_| {
        invalid("`--platform`", text, "expected `os/architecture[/variant]`")
            .help("write `--platform linux/amd64`, several with commas between them")
    })
}

/// Other words that newer Dockerfile frontends take (`context`, stages) mean
/// nothing here.
pub(super) fn epoch(value: &str) -> Result<i64, Diagnostic> {
    let seconds = value.parse().ok();
    seconds
        .filter(|seconds| (0..=LAST_SECOND).contains(seconds))
        .ok_or_else(|| {
            let flag = "`--build-arg SOURCE_DATE_EPOCH`";
            invalid(
                flag,
                value,
                "expected the seconds since 1970, up to the year 9999",
            )
            .help(
                "pass `--build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)`, or unset the \
                 variable `SOURCE_DATE_EPOCH`, which buildx passes on",
            )
        })
}

/// A JSON object whose values are base64.
pub(super) fn metadata(value: &str) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let texts: Option<BTreeMap<String, Option<String>>> =
        serde_json::from_str(value).map_err(|error| error.to_string())?;
    let texts = texts.unwrap_or_default().into_iter();
    texts
        .map(|(field, text)| {
            let bytes = STANDARD.decode(text.unwrap_or_default());
            let bytes = bytes.map_err(|error| format!("`{field}`: {error}"))?;
            Ok((field, bytes))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_credentials_before_shortening() {
        let url = format!("https://me:{}@host", "pw".repeat(200));
        let message = invalid("`--x`", &url, "odd").to_string();
        assert!(!message.contains("pw"), "{message}");
        assert!(message.len() < 300, "{message}");
    }
}
