//! Directories of the client.

use crate::attr;
use crate::caps::Cap;
use crate::op::source::Source;
use crate::op::source_methods::source_methods;

/// How a transfer decides which files changed since an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Differ {
    /// It does not: every file is sent. Good for a few small files.
    None,
    /// By size, time, mode and owner.
    Metadata,
}

/// A directory of the client; made by [`Source::local`].
///
/// Set a session or a unique id: builds that run at the same time share operations
/// of equal digest, and another client's directory of the same name is not this
/// one. (Go's client sets a random unique id if there is no session.)
#[derive(Clone, Debug)]
pub struct LocalSource {
    inner: Source,
}

source_methods!(LocalSource, complete);

impl LocalSource {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            inner: Source::with_identifier(format!("{}{name}", attr::LOCAL)),
        }
    }

    /// The session of the client that holds the directory.
    #[doc(alias = "SessionID")]
    pub fn session(mut self, id: &str) -> Self {
        self.inner.set(attr::LOCAL_SESSION, id);
        self
    }

    /// An id that tells the directory from others of the same name. It is written
    /// even if it is empty, and not written if there is a session, as in Go.
    #[doc(alias = "LocalUniqueID")]
    pub fn unique(mut self, id: &str) -> Self {
        self.inner.set_even_empty(attr::LOCAL_UNIQUE, id);
        self
    }

    /// Sends only what matches one of these patterns.
    #[doc(alias = "IncludePatterns")]
    pub fn include<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.inner.set_list(attr::LOCAL_INCLUDE, &texts(patterns));
        self
    }

    /// Does not send what matches one of these patterns.
    #[doc(alias = "ExcludePatterns")]
    pub fn exclude<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.inner.set_list(attr::LOCAL_EXCLUDE, &texts(patterns));
        self
    }

    /// Sends only these paths, and the targets of those that are symbolic links.
    #[doc(alias = "FollowPaths")]
    pub fn follow<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.inner.set_list(attr::LOCAL_FOLLOW, &texts(paths));
        self
    }

    /// Lets transfers with the same hint reuse each other's files.
    #[doc(alias = "SharedKeyHint")]
    pub fn shared_key(mut self, hint: &str) -> Self {
        self.inner.set(attr::LOCAL_SHARED_KEY, hint);
        self
    }

    /// How changes are found. A daemon that does not support this uses metadata.
    #[doc(alias = "Differ")]
    pub fn differ(mut self, differ: Differ) -> Self {
        let value = match differ {
            Differ::None => attr::LOCAL_DIFFER_NONE,
            Differ::Metadata => attr::LOCAL_DIFFER_METADATA,
        };
        self.inner.set(attr::LOCAL_DIFFER, value);
        self
    }

    /// As [`Self::differ`], but a daemon that does not support this fails the build.
    pub fn differ_required(self, differ: Differ) -> Self {
        self.differ(differ).require(Cap::SOURCE_LOCAL_DIFFER)
    }

    /// Sends names, sizes and modes of files without their contents, except for
    /// files that match one of `except`.
    #[doc(alias = "MetadataOnlyTransfer")]
    pub fn metadata_only<T: Into<String>>(mut self, except: impl IntoIterator<Item = T>) -> Self {
        self.inner.set(attr::LOCAL_METADATA_ONLY, attr::TRUE);
        self.inner
            .set_list(attr::LOCAL_METADATA_EXCEPT, &texts(except));
        self
    }
}

impl LocalSource {
    fn complete(mut self) -> Source {
        if self.inner.attr(attr::LOCAL_SESSION).is_some() {
            self.inner.set(attr::LOCAL_UNIQUE, "");
        }
        self.inner
    }
}

fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}
