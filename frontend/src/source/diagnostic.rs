//! One message about one place in the user's files.

use std::fmt;

use super::{Location, Rule, escaped, masked};

/// Whether a build goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The build stops.
    Error,
    /// The build goes on; the message is shown with its progress.
    Warning,
}

/// One message about one place in the user's files.
///
/// Its texts may quote whatever a file or a command line holds: they show no
/// credentials of URLs ([`masked`]), and no character that is unsafe on a
/// terminal ([`escaped`]). So they are set by these methods alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub(super) severity: Severity,
    pub(super) rule: Option<&'static Rule>,
    pub(super) message: String,
    pub(super) location: Option<Location>,
    pub(super) label: Option<String>,
    pub(super) related: Vec<(Location, String)>,
    pub(super) help: Option<String>,
}

impl Diagnostic {
    /// An error: what is wrong, in a sentence without a full stop that makes
    /// sense alone.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            rule: None,
            message: clean(message),
            location: None,
            label: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning: what a rule has found. Every warning belongs to one, so that
    /// users can look it up, and say that they do not want it.
    pub fn warning(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            rule: Some(rule),
            ..Self::error(message)
        }
    }

    /// Adds to the message why it is so: `message: reason`.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.message.push_str(": ");
        self.message.push_str(&clean(reason));
        self
    }

    /// Says where it is, if it is anywhere: a wrong `--target` is in no file.
    #[must_use]
    pub fn at(mut self, location: impl Into<Option<Location>>) -> Self {
        self.location = location.into();
        self
    }

    /// Adds a few words that are shown at the place itself.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(clean(label));
        self
    }

    /// Points at another place that explains the first, with a few words.
    #[must_use]
    pub fn related(mut self, location: Location, label: impl Into<String>) -> Self {
        self.related.push((location, clean(label)));
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clean(help));
        self
    }

    /// Whether the build goes on.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether the build stops.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The rule that a warning comes from.
    pub fn rule(&self) -> Option<&'static Rule> {
        self.rule
    }

    /// Where it is, if it is in a file.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// All places that it points at, its own first.
    pub fn places(&self) -> impl Iterator<Item = &Location> {
        let related = self.related.iter().map(|(location, _)| location);
        self.location.iter().chain(related)
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What is wrong and what to do, in one line: `message (help)`.
    pub fn summary(&self) -> String {
        match &self.help {
            Some(help) => format!("{} ({help})", self.message),
            None => self.message.clone(),
        }
    }
}

fn clean(text: impl Into<String>) -> String {
    escaped(&masked(&text.into())).into_owned()
}

/// One line: `file:line: message (help)`, as it stands in BuildKit's error.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            let (name, line) = (location.file.shown_name(), location.start().line);
            write!(f, "{name}:{line}: ")?;
        }
        f.write_str(&self.summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, rules};

    #[test]
    fn all_texts_are_clean() {
        let bad = "https://user:s3cret@host/\n::error::\u{1b}[31m\u{202e}";
        let file = SourceFile::new(bad, "a\n");
        let diagnostic = Diagnostic::error(bad)
            .at(file.at(0..1))
            .label(bad)
            .related(file.at(0..1), bad)
            .help(bad);
        let debug = format!("{:?}", (&diagnostic.message, &diagnostic.label));
        let debug = format!("{debug}{:?}{:?}", diagnostic.related, diagnostic.help);
        for text in [debug, diagnostic.to_string(), diagnostic.summary()] {
            assert!(!text.contains(char::is_control), "{text:?}");
            assert!(!text.contains('\u{202e}'), "{text:?}");
        }
        assert!(!diagnostic.summary().contains("s3cret"));
    }

    #[test]
    fn credentials_are_masked() {
        let url = "https://user:s3cret@host/x";
        let file = SourceFile::new("a", "b");
        let diagnostic = Diagnostic::error(format!("`{url}` is wrong"))
            .at(file.at(0..1))
            .label(url)
            .related(file.at(0..1), url)
            .help(format!("not {url}"));
        let shown = format!("{diagnostic:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("`https://****:******@host/x` is wrong"));
    }

    #[test]
    fn warnings_have_a_rule_and_errors_have_none() {
        let warning = Diagnostic::warning(&rules::UNDECLARED_ARGUMENT, "x");
        assert_eq!(warning.rule(), Some(&rules::UNDECLARED_ARGUMENT));
        assert!(!warning.is_error());
        assert_eq!(Diagnostic::error("x").rule(), None);
    }

    #[test]
    fn places_begin_with_its_own() {
        let file = SourceFile::new("a", "abc");
        let (one, two) = (file.at(2..3), file.at(0..1));
        let diagnostic = Diagnostic::error("x")
            .related(two.clone(), "there")
            .at(one.clone());
        assert_eq!(diagnostic.places().collect::<Vec<_>>(), [&one, &two]);
    }
}
