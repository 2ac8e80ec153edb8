//! Indexes and pages of links: where packages are looked up.

use std::fmt;

use serde::Serialize;

use crate::source::Location;

/// PyPI, which is the default index.
pub const PYPI: &str = "https://pypi.org/simple";

/// The URL of a package index (PEP 503), as it was written. Two URLs that
/// differ by a slash at the end are one index, and equal.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct IndexUrl(String);

impl IndexUrl {
    /// The URL as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL for comparisons: without trailing slashes.
    pub fn key(&self) -> &str {
        self.0.trim_end_matches('/')
    }
}

impl From<String> for IndexUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl From<&str> for IndexUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl PartialEq for IndexUrl {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for IndexUrl {}

impl fmt::Display for IndexUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An index that a build uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Index {
    /// Its URL.
    pub url: IndexUrl,
    /// Where the user names it; none where a mirror took PyPI's place.
    #[serde(skip)]
    pub location: Option<Location>,
}

/// What `--find-links` names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FindLinks {
    /// The URL of a page with links to wheels and archives.
    Page(String),
    /// A directory of wheels and archives, relative to the context's root.
    Directory(String),
}

impl FindLinks {
    /// The URL or path.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Page(text) | Self::Directory(text) => text,
        }
    }
}

impl fmt::Display for FindLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
