//! `[args]`: declared build arguments and their values.
//!
//! `${…}` in a passed value is not expanded: what `--build-arg` says
//! stands for itself, whatever it contains.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::collector::Collector;
use super::interpolation::{Arguments, Value, is_identifier};
use super::limits;
use super::quote::shortened;
use super::reader::{Entry, Reader};
use crate::source::{Diagnostic, Severity, did_you_mean, nearest, rules};

/// The build argument with mirrors of package indexes. It needs no declaration.
pub(super) const MIRRORS: &str = "LAMINA_MIRRORS";

/// Warns of each build argument that nothing uses. CI passes arguments in
/// common to many builds, so it is no error.
pub(super) fn warn_of_undeclared(
    arguments: &Arguments,
    passed: &BTreeMap<String, String>,
    diagnostics: &mut Collector,
) {
    for name in passed.keys() {
        if arguments.get(name).is_some() || has_other_meaning(name) {
            continue;
        }
        diagnostics.push_with(Severity::Warning, || {
            // The name alone: the value may be a credential.
            let short = shortened(name);
            let known = arguments.names().chain([MIRRORS]);
            let help = did_you_mean(name, known, || {
                format!("declare it in `[args]`, or leave out `--build-arg {short}=…`")
            });
            let message = format!("the stub declares no build argument `{short}`");
            Diagnostic::warning(&rules::UNDECLARED_ARGUMENT, message).help(help)
        });
    }
}

/// Reads the table; `passed` are the values of `--build-arg`.
pub(super) fn read(
    r: &mut Reader<'_>,
    entry: &Entry<'_>,
    passed: &BTreeMap<String, String>,
) -> Arguments {
    let mut arguments = Arguments::default();
    let Some(section) = r.table(entry) else {
        return arguments;
    };
    for (name, entry) in section.rest() {
        if name == MIRRORS {
            let error = Diagnostic::error(format!("`{MIRRORS}` cannot be declared"))
                .at(r.at(entry.key.clone()))
                .help("it needs no declaration: put mirrors of the project in `[python.mirrors]`");
            r.report(error);
            continue;
        }
        let value = read_argument(r, name, &entry, passed, &arguments);
        if is_identifier(name) {
            arguments.insert(name, value);
            continue;
        }
        let at = r.at(entry.key.clone());
        r.diagnostics.push_with(Severity::Error, || {
            Diagnostic::error(format!("invalid argument name `{}`", shortened(name)))
                .at(at)
                .help("use letters, digits and `_`, not starting with a digit")
        });
    }
    arguments
}

/// What a declaration says.
struct Declaration<'t> {
    default: Option<Entry<'t>>,
    required: bool,
}

impl<'t> Declaration<'t> {
    fn read(r: &mut Reader<'_>, entry: &Entry<'t>) -> Option<Self> {
        match entry.value.get_ref() {
            DeValue::String(_) => Some(Self {
                default: Some(entry.clone()),
                required: false,
            }),
            DeValue::Table(_) => {
                let mut section = r.table(entry)?;
                let default = section.take("default");
                let required = section.take("required").and_then(|e| r.boolean(&e));
                r.finish(section, &[]);
                Some(Self {
                    default,
                    required: required.unwrap_or_default(),
                })
            }
            other => {
                let help = match other {
                    DeValue::Array(_) => {
                        Some("write `\"default\"` or `{ required = true }`".to_owned())
                    }
                    _ => r
                        .written(entry)
                        .map(|text| format!("put it in quotes: `\"{text}\"`")),
                };
                r.wrong_type(entry, "a string or a table", help);
                None
            }
        }
    }
}

/// The value that was passed, or the default, which may name the arguments
/// above it.
fn read_argument(
    r: &mut Reader<'_>,
    name: &str,
    entry: &Entry<'_>,
    passed: &BTreeMap<String, String>,
    above: &Arguments,
) -> Value {
    let before = r.diagnostics.errors();
    let Some(Declaration { default, required }) = Declaration::read(r, entry) else {
        return Value::Reported;
    };
    if required && let Some(default) = &default {
        let message = format!(
            "argument `{}` is required and has a default",
            shortened(name)
        );
        let error = Diagnostic::error(message)
            .at(r.at(default.key.clone()))
            .help("keep one of `required` and `default`");
        r.report(error);
    }
    let has_default = default.is_some();
    let default = default.and_then(|e| {
        let mut inner = Reader::new(r.file, above);
        inner.cost = r.cost;
        let text = inner.parsed(&e, |text| Ok(text.to_owned()));
        r.cost = inner.cost;
        r.diagnostics.extend(inner.diagnostics);
        text
    });
    if r.diagnostics.errors() > before || r.cost > limits::PROJECT {
        return Value::Reported;
    }
    match (passed.get(name), default) {
        (Some(value), _) => Value::Known(value.clone()),
        (None, Some(default)) => Value::Known(default.value),
        // It names an argument whose value is missing.
        (None, None) if has_default => Value::Reported,
        (None, None) => {
            let at = r.at(entry.key.clone());
            r.diagnostics.push_with(Severity::Error, || {
                let (message, help) = if required {
                    not_passed(name, passed)
                } else {
                    (
                        format!("argument `{}` has no default", shortened(name)),
                        "write `{ required = true }`, or give it one: `\"…\"`".to_owned(),
                    )
                };
                Diagnostic::error(message).at(at).help(help)
            });
            Value::Reported
        }
    }
}

/// Whether BuildKit, its clients or lamina itself give an argument a meaning.
fn has_other_meaning(name: &str) -> bool {
    const PLATFORM: [&str; 4] = ["PLATFORM", "OS", "ARCH", "VARIANT"];
    const PROXIES: [&str; 5] = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "FTP_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
    ];
    let of_platform = |prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|r| PLATFORM.contains(&r))
    };
    name.starts_with("BUILDKIT_")
        || name == MIRRORS
        || name == "SOURCE_DATE_EPOCH"
        || matches!(name, "TARGETSTAGE" | "TARGETOSVERSION" | "BUILDOSVERSION")
        || of_platform("TARGET")
        || of_platform("BUILD")
        || PROXIES.iter().any(|proxy| name.eq_ignore_ascii_case(proxy))
}

/// The message about a required argument that was not passed, and its help.
fn not_passed(name: &str, passed: &BTreeMap<String, String>) -> (String, String) {
    let others = passed.keys().filter(|k| !has_other_meaning(k));
    let near = nearest(name, others.map(String::as_str));
    let name = shortened(name);
    let help = near.map_or_else(
        || format!("pass `--build-arg {name}=…`, or give it a default"),
        |near| format!("`{near}` was passed: did you mean `--build-arg {name}=…`?"),
    );
    (format!("missing required build argument `{name}`"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_arguments_of_others() {
        for name in [
            "BUILDKIT_INLINE_CACHE",
            "SOURCE_DATE_EPOCH",
            "http_proxy",
            "No_Proxy",
            "TARGETARCH",
            "BUILDPLATFORM",
            MIRRORS,
        ] {
            assert!(has_other_meaning(name), "{name}");
        }
        assert!(!has_other_meaning("BUILDER"));
        assert!(!has_other_meaning("LAMINA_MIRROR"));
    }
}
