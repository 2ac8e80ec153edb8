//! One message about one place in the user's files, and lists of them.

use std::collections::BTreeSet;
use std::fmt;

use super::{Location, escaped, masked, render};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The build stops.
    Error,
    /// The build goes on; the message is shown with its progress.
    Warning,
}

/// One message about one place in the user's files.
///
/// Whatever text it is made of, it shows no credentials of URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the build can go on.
    pub severity: Severity,
    /// What is wrong: a sentence without a full stop, that makes sense alone.
    pub message: String,
    /// Where, if it is anywhere: a wrong `--target` is in no file.
    pub location: Option<Location>,
    /// A few words shown at the place itself.
    pub label: Option<String>,
    /// Further places that explain it, each with a few words.
    pub related: Vec<(Location, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error that has no place in a file.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: clean(&message.into()),
            location: None,
            label: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning that has no place in a file.
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message)
        }
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds a few words that are shown at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(clean(&label.into()));
        self
    }

    /// Points at another place that explains the mistake.
    #[must_use]
    pub fn related(mut self, location: Location, words: impl Into<String>) -> Self {
        self.related.push((location, clean(&words.into())));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clean(&help.into()));
        self
    }
}

/// A text of a message, which may quote whatever a file or a command line
/// holds.
fn clean(text: &str) -> String {
    escaped(&masked(text)).into_owned()
}

/// One line: `file:line: message (help)`, as it stands in BuildKit's error.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(
                f,
                "{}:{}: ",
                location.file.shown_name(),
                location.start().line
            )?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

/// One or more mistakes, reported together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Nothing so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Takes over all of another list.
    pub fn extend(&mut self, other: Diagnostics) {
        self.0.extend(other.0);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them stops the build.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// In the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// The value if nothing stops the build, otherwise everything found.
    ///
    /// Warnings in `self` are lost in the first case: take them out before.
    pub fn into_result<T>(self, value: T) -> Result<T, Diagnostics> {
        if self.has_errors() {
            Err(self)
        } else {
            Ok(value)
        }
    }

    /// Keeps a value, or keeps its mistakes and goes on without it: so that
    /// several mistakes are reported together.
    pub fn keep<T>(&mut self, result: Result<T, impl Into<Diagnostics>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.extend(error.into());
                None
            }
        }
    }

    /// Each of them once: what is built for several platforms, say, reports
    /// what these have in common for each.
    #[must_use]
    pub fn unique(self) -> Self {
        let mut seen = BTreeSet::new();
        let mut is_new = |diagnostic: &Diagnostic| {
            let span = diagnostic.location.as_ref().map(|it| it.span.clone());
            seen.insert((span.map(|it| (it.start, it.end)), diagnostic.to_string()))
        };
        self.into_iter().filter(|it| is_new(it)).collect()
    }

    /// The annotated excerpts, as plain text for a terminal or a test.
    pub fn render(&self) -> String {
        render::render(self)
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The lines of all of them: the message of BuildKit's error.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
