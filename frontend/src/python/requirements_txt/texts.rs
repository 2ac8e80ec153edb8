//! What has been read from the build context.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Diagnostic, SourceFile};

/// What the caller has read, by paths relative to the context's root.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// Texts of files.
    pub files: BTreeMap<String, SourceFile>,
    /// Files that were asked for and do not exist.
    pub absent: BTreeSet<String>,
    /// What was asked for and is not a requirement file, and why not.
    pub unusable: BTreeMap<String, Unusable>,
    /// Files that are not text, and the error of each.
    pub invalid: BTreeMap<String, Diagnostic>,
    /// Further files that are known to exist, to suggest one.
    pub exist: BTreeSet<String>,
}

/// Why something that exists is not a requirement file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What it is, as text to follow its path: `is a directory`.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

impl Unusable {
    /// A reason, and a remedy.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            help: help.into(),
        }
    }
}

impl Texts {
    /// Whether something is at a path that is not a requirement file: a
    /// directory, a symbolic link to what the client does not send, or a file
    /// that is not text.
    pub fn is_not_a_file(&self, path: &str) -> bool {
        self.is_unusable(path) || self.is_broken_link(path)
    }

    /// Whether something was read that is not a requirement file.
    pub(super) fn is_unusable(&self, path: &str) -> bool {
        self.unusable.contains_key(path) || self.invalid.contains_key(path)
    }

    pub(super) fn is_broken_link(&self, path: &str) -> bool {
        self.exist.contains(path) && self.absent.contains(path)
    }
}
