//! The errors and warnings of one stub, limited to a useful number.
//!
//! A stub can contain a hundred thousand errors. Only
//! the first ones are formatted.

use super::limits::{KEPT, SHOWN};
use crate::source::{Diagnostic, Diagnostics, Severity, rules};

/// The errors and warnings found so far, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Collector {
    errors: Kept,
    warnings: Kept,
}

/// The first diagnostics, and whether there were more.
#[derive(Clone, Debug, Default)]
struct Kept {
    diagnostics: Vec<Diagnostic>,
    more: bool,
}

impl Collector {
    /// Adds one.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.push_with(diagnostic.severity(), || diagnostic);
    }

    /// Adds one, which is worded only if it is kept.
    pub(super) fn push_with(&mut self, severity: Severity, word: impl FnOnce() -> Diagnostic) {
        let kept = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        kept.push_with(word);
    }

    /// Takes over what another one has.
    pub(super) fn extend(&mut self, other: Self) {
        for (kept, other) in [
            (&mut self.errors, other.errors),
            (&mut self.warnings, other.warnings),
        ] {
            kept.more |= other.more;
            for diagnostic in other.diagnostics {
                kept.push_with(|| diagnostic);
            }
        }
    }

    /// Whether something stops the build.
    pub(super) fn has_errors(&self) -> bool {
        !self.errors.diagnostics.is_empty()
    }

    /// Whether there are more errors than are kept: further ones are dropped.
    pub(super) fn is_full(&self) -> bool {
        self.errors.more
    }

    /// How many errors there are, at least.
    pub(super) fn errors(&self) -> usize {
        self.errors.diagnostics.len() + usize::from(self.errors.more)
    }

    /// The errors, or just the warnings where there are none; in the order of
    /// the file, and not too many.
    pub(super) fn finish(self) -> Result<Diagnostics, Diagnostics> {
        // Warnings wait until there is a build.
        if self.has_errors() {
            Err(self.errors.shown("error", Diagnostic::error))
        } else {
            Ok(self.warnings.shown("warning", |message| {
                Diagnostic::warning(&rules::MORE_WARNINGS, message)
            }))
        }
    }
}

impl Kept {
    fn push_with(&mut self, word: impl FnOnce() -> Diagnostic) {
        if self.diagnostics.len() >= KEPT {
            self.more = true;
            return;
        }
        let diagnostic = word();
        // What several variants inherit is wrong once.
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn shown(mut self, what: &str, make: impl Fn(String) -> Diagnostic) -> Diagnostics {
        self.diagnostics.sort_by_key(|d| {
            let at = d.location().map(|location| location.span.start);
            (at.is_none(), at)
        });
        let rest = self.diagnostics.len().saturating_sub(SHOWN);
        self.diagnostics.truncate(SHOWN);
        let rest = match (rest, self.more) {
            (0, false) => None,
            (1, false) => Some(format!("1 more {what} is not shown")),
            (rest, false) => Some(format!("{rest} more {what}s are not shown")),
            (rest, true) => Some(format!("more than {rest} further {what}s are not shown")),
        };
        self.diagnostics.extend(rest.map(make));
        self.diagnostics.into_iter().collect()
    }
}
