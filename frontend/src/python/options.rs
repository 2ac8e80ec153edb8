//! Options of requirement files, and what markers are evaluated for.

use buildkit_llb::Platform;
use serde::{Serialize, Serializer};

use super::{FindLinks, FormatControl, Index, IndexUrl, PythonVersion};
use crate::source::{Location, Spanned};

/// Options that hold for the whole resolution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Options {
    /// `--index-url`: replaces PyPI.
    pub index_url: Option<Index>,
    /// `--extra-index-url`, in order, each once.
    pub extra_index_urls: Vec<Index>,
    /// The indexes of which certain packages come, and only these: only a stub
    /// can declare them. Of two that match a package, the first counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explicit: Vec<ExplicitIndex>,
    /// The indexes that need no credentials, which only a stub can declare.
    /// If one of them denies access to a package, it does not have it.
    pub anonymous: Vec<IndexUrl>,
    /// `--find-links`, in order, each once.
    pub find_links: Vec<Spanned<FindLinks>>,
    /// `--no-index`.
    #[serde(serialize_with = "is_given")]
    pub no_index: Option<Location>,
    /// `--pre`.
    #[serde(serialize_with = "is_given")]
    pub pre: Option<Location>,
    /// `--require-hashes`.
    #[serde(serialize_with = "is_given")]
    pub require_hashes: Option<Location>,
    /// `--only-binary` and `--no-binary`.
    #[serde(flatten)]
    pub formats: FormatControl,
    /// `--trusted-host`.
    pub trusted_hosts: Vec<Spanned<String>>,
}

/// An index of which certain packages come, and only these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplicitIndex {
    /// The index.
    pub index: Index,
    /// Patterns of the packages' names, in their normal form: `torch*`.
    pub packages: Vec<String>,
}

impl Options {
    /// The indexes, the one that replaces PyPI first.
    pub fn indexes(&self) -> impl Iterator<Item = &Index> {
        let explicit = self.explicit.iter().map(|it| &it.index);
        self.index_url
            .iter()
            .chain(&self.extra_index_urls)
            .chain(explicit)
    }

    /// The URL of the default index.
    pub fn default_index(&self) -> &str {
        let replaced = self.index_url.as_ref();
        replaced.map_or(super::PYPI, |index| index.url.as_str())
    }
}

/// A flag is whether it is given; where is for messages.
#[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
fn is_given<S: Serializer>(flag: &Option<Location>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(flag.is_some())
}

/// What markers are evaluated for (PEP 508, environment markers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The platform of the image, never that of the machine that builds.
    pub platform: Platform,
    /// The interpreter of the image.
    pub python: PythonVersion,
}
