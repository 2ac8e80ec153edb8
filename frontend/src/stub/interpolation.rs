//! `${…}` in the values of the stub.
//!
//! `${NAME}` is a declared build argument, `${env:NAME}` a variable of the base
//! image, `$${` a literal `${`; any other `$` stands for itself. A value that is
//! filled in is not looked at again. (Requirement files follow pip instead:
//! capitals alone, and no escape. See `python::requirements_txt`.)

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::limits;
use super::quote::shortened;
use crate::source::{Diagnostic, Location, Severity, binary_size, nearest, rules};

/// A text in which variables of the base image are still to be filled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template(pub Vec<Part>);

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Stands for itself.
    Literal(String),
    /// `${env:NAME}`: a variable of the base image.
    BaseEnv(String),
}

impl Template {
    /// A text with nothing to fill in.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Part::Literal(text.into())])
    }

    /// Fills in, or names the first variable that the base image lacks.
    pub fn fill(&self, lookup: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Ok(text.clone()),
                Part::BaseEnv(name) => lookup(name).ok_or_else(|| name.clone()),
            })
            .collect()
    }

    /// About what it takes in memory.
    pub(super) fn cost(&self) -> usize {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) | Part::BaseEnv(text) => text.len() + size_of::<Part>(),
        });
        parts.sum()
    }
}

/// As the user wrote it.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::BaseEnv(name) => write!(f, "${{env:{name}}}"),
        })
    }
}

/// The declared arguments and their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments(BTreeMap<String, Value>);

/// What is known of an argument's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// The value.
    Known(String),
    /// It is missing or invalid, which has been reported.
    Reported,
}

impl Arguments {
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The values that are known, by name.
    pub(super) fn values(&self) -> BTreeMap<String, String> {
        let known = self.0.iter().filter_map(|(name, value)| match value {
            Value::Known(text) => Some((name.clone(), text.clone())),
            Value::Reported => None,
        });
        known.collect()
    }
}

/// Which variables a text may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Arguments alone: the value is needed before the base image is known.
    Arguments,
    /// Also the environment of the base image.
    BaseEnv,
}

/// Something wrong within a text, at a range of its bytes.
#[derive(Clone, Debug)]
pub(super) struct Issue<'a> {
    pub(super) range: Range<usize>,
    kind: IssueKind<'a>,
    arguments: &'a Arguments,
    scope: Scope,
}

#[derive(Clone, Debug)]
enum IssueKind<'a> {
    Unclosed,
    InvalidName(&'a str),
    InvalidVariable(&'a str),
    BaseEnvUnknown(&'a str),
    Undeclared(&'a str),
    TooLong,
    /// `$NAME`, which other tools substitute and lamina does not; with what
    /// would stand before the name in braces.
    Bare(&'a str, &'static str),
}

impl Issue<'_> {
    pub(super) fn severity(&self) -> Severity {
        match self.kind {
            IssueKind::Bare(..) => Severity::Warning,
            _ => Severity::Error,
        }
    }

    pub(super) fn diagnostic(&self, at: Location) -> Diagnostic {
        let (message, help) = self.words();
        let diagnostic = match self.severity() {
            Severity::Warning => Diagnostic::warning(&rules::PLAIN_DOLLAR, message),
            Severity::Error => Diagnostic::error(message),
        };
        diagnostic.at(at).help(help)
    }

    fn words(&self) -> (String, String) {
        match self.kind {
            IssueKind::Unclosed => (
                "unclosed `${`".to_owned(),
                "write `${NAME}`; a literal `${` is written `$${`".to_owned(),
            ),
            IssueKind::InvalidName(name) => (
                format!("invalid argument name in `${{{}}}`", shortened(name)),
                "write `${NAME}`; defaults belong in `[args]`, \
                 and a literal `${` is written `$${`"
                    .to_owned(),
            ),
            IssueKind::InvalidVariable(name) => (
                format!("invalid variable name in `${{env:{}}}`", shortened(name)),
                "write `${env:NAME}`".to_owned(),
            ),
            IssueKind::BaseEnvUnknown(name) => (
                format!("`${{env:{}}}` is not known here yet", shortened(name)),
                "variables of the base image can be used in `workdir`, `dirs`, `env`, `labels` \
                 and the `to` of `copy`; here, use an argument of `[args]`"
                    .to_owned(),
            ),
            IssueKind::Undeclared(name) => (
                format!("undeclared argument `{}`", shortened(name)),
                self.declare(name),
            ),
            IssueKind::TooLong => (
                format!(
                    "value of more than {}, with its arguments filled in",
                    binary_size(limits::VALUE as u64)
                ),
                "shorten the arguments that it names".to_owned(),
            ),
            IssueKind::Bare(name, prefix) => {
                let name = shortened(name);
                (
                    format!("`${name}` is not substituted"),
                    format!("to insert the value, write `${{{prefix}{name}}}`"),
                )
            }
        }
    }

    fn declare(&self, name: &str) -> String {
        if let Some(near) = nearest(name, self.arguments.names()) {
            return format!("did you mean `${{{near}}}`?");
        }
        let name = shortened(name);
        let declare = format!("declare it: `{name} = \"…\"` in `[args]`");
        match self.scope {
            Scope::Arguments => declare,
            Scope::BaseEnv => {
                format!("{declare}; the base image's variable would be `${{env:{name}}}`")
            }
        }
    }
}

impl Arguments {
    /// A text with its arguments filled in; `None` where a value is missing, or
    /// something is wrong, which is reported.
    pub(super) fn fill<'a>(
        &'a self,
        text: &'a str,
        scope: Scope,
        report: impl FnMut(&Issue<'a>),
    ) -> Option<Template> {
        let mut filling = Filling {
            arguments: self,
            scope,
            literal: String::new(),
            parts: Vec::new(),
            length: 0,
            report,
            complete: true,
        };
        let mut at = 0;
        while let Some(found) = text[at..].find('$') {
            let dollar = at + found;
            filling.push(&text[at..dollar], dollar..text.len());
            at = filling.variable(text, dollar);
        }
        filling.push(&text[at..], at..text.len());
        filling.flush();
        filling.complete.then_some(Template(filling.parts))
    }
}

struct Filling<'a, R> {
    arguments: &'a Arguments,
    scope: Scope,
    literal: String,
    parts: Vec<Part>,
    /// Of what has been pushed.
    length: usize,
    report: R,
    complete: bool,
}

impl<'a, R: FnMut(&Issue<'a>)> Filling<'a, R> {
    /// Reads what a dollar sign begins; returns where the text goes on.
    fn variable(&mut self, text: &'a str, dollar: usize) -> usize {
        let rest = &text[dollar + 1..];
        if rest.starts_with("${") {
            self.push("${", dollar..dollar + 3);
            return dollar + 3;
        }
        let Some(inner) = rest.strip_prefix('{') else {
            self.bare(rest, dollar);
            self.push("$", dollar..dollar + 1);
            return dollar + 1;
        };
        let Some(length) = inner.find('}') else {
            self.error(dollar..text.len(), IssueKind::Unclosed);
            return text.len();
        };
        let end = dollar + 2 + length + 1;
        self.named(&inner[..length], dollar..end);
        end
    }

    fn named(&mut self, name: &'a str, range: Range<usize>) {
        if let Some(variable) = name.strip_prefix("env:") {
            self.base_env(variable, range);
            return;
        }
        match self.arguments.get(name) {
            Some(Value::Known(value)) => self.push(value, range),
            Some(Value::Reported) => self.complete = false,
            None if is_identifier(name) => self.error(range, IssueKind::Undeclared(name)),
            None => self.error(range, IssueKind::InvalidName(name)),
        }
    }

    fn base_env(&mut self, variable: &'a str, range: Range<usize>) {
        if !is_identifier(variable) {
            self.error(range, IssueKind::InvalidVariable(variable));
        } else if self.scope == Scope::Arguments {
            self.error(range, IssueKind::BaseEnvUnknown(variable));
        } else {
            self.flush();
            self.parts.push(Part::BaseEnv(variable.to_owned()));
        }
    }

    fn bare(&mut self, rest: &'a str, dollar: usize) {
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let name = &rest[..length];
        let declared = self.arguments.get(name).is_some();
        let variable = self.scope == Scope::BaseEnv && is_identifier(name);
        if declared || variable {
            let prefix = if declared { "" } else { "env:" };
            let range = dollar..dollar + 1 + length;
            self.report(range, IssueKind::Bare(name, prefix));
        }
    }

    fn error(&mut self, range: Range<usize>, kind: IssueKind<'a>) {
        self.complete = false;
        self.report(range, kind);
    }

    fn report(&mut self, range: Range<usize>, kind: IssueKind<'a>) {
        (self.report)(&Issue {
            range,
            kind,
            arguments: self.arguments,
            scope: self.scope,
        });
    }

    /// Adds a piece that is written at a range, unless the value gets too long.
    fn push(&mut self, text: &str, range: Range<usize>) {
        let before = self.length;
        self.length = self.length.saturating_add(text.len());
        if self.length <= limits::VALUE {
            self.literal.push_str(text);
        } else if before <= limits::VALUE {
            self.error(range, IssueKind::TooLong);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn arguments() -> Arguments {
        let mut arguments = Arguments::default();
        arguments.insert("CUDA", Value::Known("12.4.1".into()));
        arguments.insert("ODD", Value::Known("${CUDA} $${".into()));
        arguments.insert("LONG", Value::Known("x".repeat(limits::VALUE / 2 + 1)));
        arguments.insert("MISSING", Value::Reported);
        arguments
    }

    fn filled(text: &str) -> String {
        let arguments = arguments();
        let template = arguments.fill(text, Scope::BaseEnv, |issue| panic!("{issue:?}"));
        template.unwrap().to_string()
    }

    #[test]
    fn values_are_filled_in_once() {
        assert_eq!(filled("nvidia/cuda:${CUDA}-x"), "nvidia/cuda:12.4.1-x");
        assert_eq!(filled("${ODD}"), "${CUDA} $${");
        assert_eq!(filled("$${CUDA}"), "${CUDA}");
        assert_eq!(filled("a$ b$1 $"), "a$ b$1 $");
        assert_eq!(filled(""), "");
        assert_eq!(filled("${env:HOME}/x"), "${env:HOME}/x");
    }

    #[test]
    fn issues_have_places() {
        let issues = |text: &str| {
            let arguments = arguments();
            let mut found = Vec::new();
            let template = arguments.fill(text, Scope::Arguments, |issue| {
                let at = SourceFile::new("a", text).at(issue.range.clone());
                found.push(format!("{} at {:?}", issue.diagnostic(at), issue.range));
            });
            assert_eq!(template, None);
            found.join("\n")
        };
        insta::assert_snapshot!(
            [
                "a ${CUDDA} b",
                "${OTHER}",
                "ä${CUDA:-1}",
                "${CUDA",
                "${}",
                "${env:HOME}",
                "${env:}",
                "${LONG}${LONG}${LONG}",
            ]
            .map(issues)
            .join("\n")
        );
        assert_eq!(issues("${MISSING}"), "");
    }
}
