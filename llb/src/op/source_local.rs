//! Directories of the client.

use crate::attr;
use crate::caps::Cap;
use crate::op::source::{Source, source_methods};

/// How a transfer decides which files changed since an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differ {
    /// It does not: every file is sent. Right for a few small files.
    None,
    /// By size, time, mode and owner.
    Metadata,
}

/// A directory of the client; made by [`Source::local`].
///
/// Give it a session or a unique name: builds that run at one time share
/// operations of equal digest, and another client's directory of the same name
/// is not this one.
#[derive(Clone, Debug)]
pub struct LocalSource {
    inner: Source,
}

source_methods!(LocalSource);

impl LocalSource {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            inner: Source::with_identifier(format!("{}{name}", attr::LOCAL)),
        }
    }

    /// The session of the client that holds the directory.
    pub fn session(mut self, id: &str) -> Self {
        self.inner.set(attr::LOCAL_SESSION, id);
        self
    }

    /// What keeps it apart from directories of the same name, without a session.
    pub fn unique(mut self, id: &str) -> Self {
        self.inner.set(attr::LOCAL_UNIQUE, id);
        self
    }

    /// Only what matches one of these patterns is sent.
    pub fn include<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.inner.set_list(attr::LOCAL_INCLUDE, &texts(patterns));
        self
    }

    /// What matches one of these patterns is not sent.
    pub fn exclude<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.inner.set_list(attr::LOCAL_EXCLUDE, &texts(patterns));
        self
    }

    /// Only these paths are sent, and what they point to where they are links.
    pub fn follow<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.inner.set_list(attr::LOCAL_FOLLOW, &texts(paths));
        self
    }

    /// Transfers with the same hint build upon each other.
    pub fn shared_key(mut self, hint: &str) -> Self {
        self.inner.set(attr::LOCAL_SHARED_KEY, hint);
        self
    }

    /// How changes are found; a daemon that does not know it finds them by metadata.
    pub fn differ(mut self, differ: Differ) -> Self {
        let value = match differ {
            Differ::None => attr::LOCAL_DIFFER_NONE,
            Differ::Metadata => attr::LOCAL_DIFFER_METADATA,
        };
        self.inner.set(attr::LOCAL_DIFFER, value);
        self
    }

    /// As [`Self::differ`], and a daemon that does not know it refuses the build.
    pub fn differ_required(self, differ: Differ) -> Self {
        self.differ(differ).require(Cap::SOURCE_LOCAL_DIFFER)
    }

    /// Names, sizes and modes of files without their contents, but for those
    /// that match one of `except`.
    pub fn metadata_only<T: Into<String>>(mut self, except: impl IntoIterator<Item = T>) -> Self {
        self.inner.set(attr::LOCAL_METADATA_ONLY, attr::TRUE);
        self.inner
            .set_list(attr::LOCAL_METADATA_EXCEPT, &texts(except));
        self
    }
}

fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}
