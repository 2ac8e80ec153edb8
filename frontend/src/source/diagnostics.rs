//! Lists of diagnostics, which are reported together.

use std::collections::BTreeSet;
use std::fmt;

use super::Diagnostic;

/// Diagnostics that are reported together.
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
        self.0.iter().any(Diagnostic::is_error)
    }

    /// In the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// The value if there is no error, otherwise all of them.
    ///
    /// This ends a list that collects errors alone. A list that may hold
    /// warnings ends with [`into_warnings`](Self::into_warnings): here they
    /// would be lost without a word, which debug builds do not let pass.
    pub fn into_result<T>(self, value: T) -> Result<T, Diagnostics> {
        if self.has_errors() {
            return Err(self);
        }
        debug_assert!(self.is_empty(), "warnings are lost:\n{self}");
        Ok(value)
    }

    /// The warnings if there is no error, otherwise all of them.
    pub fn into_warnings(self) -> Result<Diagnostics, Diagnostics> {
        if self.has_errors() {
            Err(self)
        } else {
            Ok(self)
        }
    }

    /// The value of a result. Of an error, the diagnostics are kept in this
    /// list, so that the caller goes on without the value and reports several
    /// errors together.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, rules};

    fn warning() -> Diagnostic {
        Diagnostic::warning(&rules::UNDECLARED_ARGUMENT, "warning")
    }

    #[test]
    fn errors_come_with_the_warnings_before_them() {
        let mut all = Diagnostics::from(warning());
        assert!(!all.has_errors());
        assert_eq!(all.clone().into_warnings(), Ok(all.clone()));
        all.push(Diagnostic::error("error"));
        assert_eq!(all.clone().into_warnings(), Err(all.clone()));
        assert_eq!(all.clone().into_result(1), Err(all));
        assert_eq!(Diagnostics::new().into_result(1), Ok(1));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "warnings are lost")]
    fn warnings_are_not_lost_in_a_result() {
        let _ = Diagnostics::from(warning()).into_result(1);
    }

    #[test]
    fn errors_are_kept_and_values_go_on() {
        let mut all = Diagnostics::new();
        assert_eq!(all.keep(Ok::<_, Diagnostic>(1)), Some(1));
        assert_eq!(all.keep(Err::<i32, _>(Diagnostic::error("no"))), None);
        assert_eq!(all.to_string(), "no");
    }

    #[test]
    fn equal_ones_are_reported_once() {
        let file = SourceFile::new("a", "ab");
        let at = |span| Diagnostic::error("no").at(file.at(span));
        let all: Diagnostics = [at(0..1), at(1..2), at(0..1)].into_iter().collect();
        assert_eq!(all.unique().iter().count(), 2);
    }
}
