//! Build arguments: their declarations, their values, and `${…}` in texts.
//!
//! A value that was passed is never parsed again: what `--build-arg` says
//! stands for itself, whatever it contains.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Part, Template};
use crate::source::{Diagnostic, Diagnostics, masked, rules, url_holds_credentials};
use crate::source::{did_you_mean, nearest};

/// The declared arguments and their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments(BTreeMap<String, Value>);

impl Arguments {
    /// What is known, by name.
    pub(super) fn values(&self) -> BTreeMap<String, String> {
        let known = self.0.iter().filter_map(|(name, value)| match value {
            Value::Known(text) => Some((name.clone(), text.clone())),
            Value::Reported => None,
        });
        known.collect()
    }
}

/// What is known of an argument's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// The value.
    Known(String),
    /// It is missing or wrong, which has been said already.
    Reported,
}

/// A mistake within a text, at a range of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) warning: bool,
}

/// Which variables a text may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Arguments alone: the value is needed before the base image is known.
    Arguments,
    /// Also the environment of the base image.
    BaseEnv,
}

impl Arguments {
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Warns of each build argument that nobody will look at. CI passes
    /// arguments in common to many builds, so it is no error.
    pub(super) fn undeclared(&self, passed: &BTreeMap<String, String>) -> Diagnostics {
        passed
            .keys()
            .filter(|name| !self.0.contains_key(*name) && !known_to_everybody(name))
            .map(|name| {
                // The name alone: the value may be a credential.
                let message = format!("the stub declares no build argument `{name}`");
                let help = did_you_mean(name, self.names(), || {
                    format!("declare it in `[args]`, or leave out `--build-arg {name}=…`")
                });
                Diagnostic::warning(&rules::UNDECLARED_ARGUMENT, message).help(help)
            })
            .collect()
    }

    /// A text with its arguments filled in; `None` where a value is missing
    /// for a reason that has been told.
    pub(super) fn fill(&self, text: &str, scope: Scope) -> (Option<Template>, Vec<Fault>) {
        let mut filling = Filling {
            arguments: self,
            scope,
            literal: String::new(),
            parts: Vec::new(),
            faults: Vec::new(),
            complete: true,
        };
        let mut at = 0;
        while let Some(found) = text[at..].find('$') {
            let dollar = at + found;
            filling.literal.push_str(&text[at..dollar]);
            at = filling.variable(text, dollar);
        }
        filling.literal.push_str(&text[at..]);
        filling.flush();
        let complete = filling.complete && filling.faults.iter().all(|f| f.warning);
        (complete.then_some(Template(filling.parts)), filling.faults)
    }
}

struct Filling<'a> {
    arguments: &'a Arguments,
    scope: Scope,
    literal: String,
    parts: Vec<Part>,
    faults: Vec<Fault>,
    complete: bool,
}

impl Filling<'_> {
    /// Reads what a dollar sign begins; answers where the text goes on.
    fn variable(&mut self, text: &str, dollar: usize) -> usize {
        let rest = &text[dollar + 1..];
        if rest.starts_with("${") {
            self.literal.push_str("${");
            return dollar + 3;
        }
        let Some(inner) = rest.strip_prefix('{') else {
            self.bare(rest, dollar);
            self.literal.push('$');
            return dollar + 1;
        };
        let Some(length) = inner.find('}') else {
            self.fault(
                dollar..text.len(),
                "`${` has no `}`".to_owned(),
                "write `${NAME}`; a literal `${` is written `$${`".to_owned(),
            );
            return text.len();
        };
        let end = dollar + 2 + length + 1;
        self.named(&inner[..length], dollar..end);
        end
    }

    fn named(&mut self, name: &str, range: Range<usize>) {
        if let Some(variable) = name.strip_prefix("env:") {
            self.base_env(variable, range);
            return;
        }
        match self.arguments.0.get(name) {
            Some(Value::Known(value)) => self.literal.push_str(value),
            Some(Value::Reported) => self.complete = false,
            None if is_identifier(name) => self.undeclared(name, range),
            None => self.fault(
                range,
                format!("`${{{name}}}` is no name of an argument"),
                "write `${NAME}`; defaults belong into `[args]`, \
                 and a literal `${` is written `$${`"
                    .to_owned(),
            ),
        }
    }

    fn base_env(&mut self, variable: &str, range: Range<usize>) {
        if !is_identifier(variable) {
            self.fault(
                range,
                format!("`${{env:{variable}}}` is no name of an environment variable"),
                "write `${env:NAME}`".to_owned(),
            );
        } else if self.scope == Scope::Arguments {
            self.fault(
                range,
                format!("`${{env:{variable}}}` is not known here yet"),
                "variables of the base image can stand in `workdir`, `dirs`, `env`, `labels` and \
                 the `to` of `copy`; here, use an argument of `[args]`"
                    .to_owned(),
            );
        } else {
            self.flush();
            self.parts.push(Part::BaseEnv(variable.to_owned()));
        }
    }

    fn undeclared(&mut self, name: &str, range: Range<usize>) {
        let near = nearest(name, self.arguments.names());
        let help = near.map_or_else(
            || {
                format!(
                    "declare it: `{name} = \"…\"` in `[args]`; \
                     the base image's variable would be `${{env:{name}}}`"
                )
            },
            |near| format!("did you mean `${{{near}}}`?"),
        );
        self.fault(range, format!("no argument `{name}` is declared"), help);
    }

    /// `$NAME` is what other tools substitute and lamina does not.
    fn bare(&mut self, rest: &str, dollar: usize) {
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let name = &rest[..length];
        let declared = self.arguments.0.contains_key(name);
        let variable = self.scope == Scope::BaseEnv && is_identifier(name);
        if declared || variable {
            let meant = if declared { "" } else { "env:" };
            self.faults.push(Fault {
                range: dollar..dollar + 1 + length,
                message: format!("`${name}` stays as it is"),
                help: format!("to have the value, write `${{{meant}{name}}}`"),
                warning: true,
            });
        }
    }

    fn fault(&mut self, range: Range<usize>, message: String, help: String) {
        self.faults.push(Fault {
            range,
            message,
            help,
            warning: false,
        });
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() || self.parts.is_empty() {
            self.parts
                .push(Part::Literal(std::mem::take(&mut self.literal)));
        }
    }
}

/// Letters, digits and underscores, not beginning with a digit.
pub(super) fn is_identifier(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether BuildKit, its clients or lamina itself give an argument a meaning.
fn known_to_everybody(name: &str) -> bool {
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
        || name.starts_with("LAMINA_")
        || name == "SOURCE_DATE_EPOCH"
        || matches!(name, "TARGETSTAGE" | "TARGETOSVERSION" | "BUILDOSVERSION")
        || of_platform("TARGET")
        || of_platform("BUILD")
        || PROXIES.iter().any(|proxy| name.eq_ignore_ascii_case(proxy))
}

/// What is said where a required argument was not passed.
pub(super) fn missing(name: &str, passed: &BTreeMap<String, String>) -> (String, String) {
    let message = format!("the build argument `{name}` is required and was not passed");
    let others = passed.keys().filter(|k| !known_to_everybody(k));
    let help = nearest(name, others.map(String::as_str)).map_or_else(
        || format!("pass `--build-arg {name}=…`, or give it a default"),
        |near| format!("`{near}` was passed: should that be `--build-arg {name}=…`?"),
    );
    (message, help)
}

/// The mirrors that `LAMINA_MIRRORS=FROM=TO,FROM=TO` names.
pub(super) fn mirrors(
    passed: &BTreeMap<String, String>,
    problems: &mut Diagnostics,
) -> Vec<(String, String)> {
    let mut mirrors = Vec::new();
    let text = passed.get("LAMINA_MIRRORS").map_or("", String::as_str);
    let pairs = text.split(',').map(str::trim).filter(|p| !p.is_empty());
    for (index, pair) in pairs.enumerate() {
        let (from, to) = pair.split_once('=').unwrap_or((pair, ""));
        if [pair, from, to].into_iter().any(url_holds_credentials) {
            problems.push(Diagnostic::credentials(format_args!(
                "entry {} of the build argument `LAMINA_MIRRORS`",
                index + 1
            )));
            continue;
        }
        let mirror = pair.split_once('=').and_then(|(from, to)| {
            let from = super::values::url_prefix(from.trim()).ok()?;
            let to = super::values::url_prefix(to.trim()).ok()?;
            Some((from, to))
        });
        match mirror {
            Some(mirror) => mirrors.push(mirror),
            // The value may hold a password: which one it is has to do.
            None => problems.push(
                Diagnostic::error(format!(
                    "entry {} of the build argument `LAMINA_MIRRORS` is no mirror",
                    index + 1
                ))
                .help(
                    "write `--build-arg LAMINA_MIRRORS=FROM=TO,FROM=TO`, both URLs: \
                     `https://pypi.org/simple=https://nexus.example/pypi/simple`",
                ),
            ),
        }
    }
    mirrors
}

/// A text of the stub as messages show it: with its arguments filled in, but
/// never with what may be a credential.
pub(super) fn shown(written: &str, value: &str) -> String {
    const SECRETS: [&str; 8] = [
        "TOKEN", "SECRET", "PASS", "KEY", "AUTH", "CRED", "NETRC", "PWD",
    ];
    let upper = written.to_ascii_uppercase();
    let secret = written != value
        && (SECRETS.iter().any(|s| upper.contains(s)) || value.split(separator).any(random));
    let text = if secret { written } else { value };
    let text = masked(text);
    let text: String = text
        .chars()
        .flat_map(|c| {
            let control = c.is_control().then(|| c.escape_default());
            let plain = (!c.is_control()).then_some(c);
            control.into_iter().flatten().chain(plain)
        })
        .collect();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn separator(c: char) -> bool {
    matches!(c, '/' | ':' | '@' | '.' | ',' | '=' | ' ')
}

/// Long words of letters and digits are mostly made by machines.
fn random(word: &str) -> bool {
    word.len() >= 20
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> Arguments {
        let mut arguments = Arguments::default();
        arguments.insert("CUDA", Value::Known("12.4.1".into()));
        arguments.insert("ODD", Value::Known("${CUDA} $${".into()));
        arguments.insert("MISSING", Value::Reported);
        arguments
    }

    fn filled(text: &str) -> String {
        let (template, faults) = arguments().fill(text, Scope::BaseEnv);
        assert_eq!(faults, []);
        template.unwrap().to_string()
    }

    #[test]
    fn texts_are_filled_once() {
        assert_eq!(filled("nvidia/cuda:${CUDA}-x"), "nvidia/cuda:12.4.1-x");
        assert_eq!(filled("${ODD}"), "${CUDA} $${");
        assert_eq!(filled("$${CUDA}"), "${CUDA}");
        assert_eq!(filled("a$ b$1 $"), "a$ b$1 $");
        assert_eq!(filled(""), "");
        assert_eq!(filled("${env:HOME}/x"), "${env:HOME}/x");
    }

    #[test]
    fn faults_have_places() {
        let faults = |text| {
            let (template, faults) = arguments().fill(text, Scope::Arguments);
            assert_eq!(template, None);
            let f = faults.first().unwrap();
            (f.range.clone(), format!("{} ({})", f.message, f.help))
        };
        insta::assert_debug_snapshot!([
            faults("a ${CUDDA} b"),
            faults("${OTHER}"),
            faults("ä${CUDA:-1}"),
            faults("${CUDA"),
            faults("${}"),
            faults("${env:HOME}"),
            faults("${env:}"),
        ]);
        let (template, faults) = arguments().fill("${MISSING}", Scope::Arguments);
        assert_eq!((template, faults), (None, vec![]));
    }

    #[test]
    fn values_that_may_be_secret_are_not_shown() {
        assert_eq!(shown("a-${X}", "a-b"), "a-b");
        assert_eq!(shown("a-${API_TOKEN}", "a-b"), "a-${API_TOKEN}");
        assert_eq!(shown("${X}", "hf_0123456789abcdefghij"), "${X}");
        assert_eq!(
            shown("http://me:pw@host/x", "http://me:pw@host/x"),
            "http://**:**@host/x"
        );
    }

    #[test]
    fn arguments_that_others_look_at() {
        for name in [
            "BUILDKIT_INLINE_CACHE",
            "SOURCE_DATE_EPOCH",
            "http_proxy",
            "No_Proxy",
            "TARGETARCH",
            "BUILDPLATFORM",
            "LAMINA_MIRRORS",
        ] {
            assert!(known_to_everybody(name), "{name}");
        }
        assert!(!known_to_everybody("BUILDER"));
    }
}
