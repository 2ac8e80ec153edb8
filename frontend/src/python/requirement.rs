//! What a requirement file says, typed, each entry with its place.

use buildkit_llb::Platform;

use crate::python::PythonVersion;
use crate::source::{Location, Spanned};

/// Everything that the requirement files of one Python layer say, includes
/// followed, markers already evaluated for the target.
///
/// The order of entries never matters to a build, so they are kept sorted
/// where order has no meaning (requirements, constraints) and as written
/// where it has (indexes, find-links).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequirementSet {
    /// What is to be installed, sorted by text, each once.
    pub requirements: Vec<Requirement>,
    /// What limits versions without asking for anything.
    pub constraints: Vec<Requirement>,
    /// Options that hold for the whole resolution.
    pub options: Options,
}

/// One requirement in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The normalised name (PEP 503); `None` for a bare URL or path whose
    /// name only its metadata tells (the file name of a wheel tells it).
    pub name: Option<String>,
    /// The requirement without comment, marker and options, normalised:
    /// `torch==2.1.2+cpu`, `pkg[a,b]>=1,<2`, `pkg @ https://…`; a path of the
    /// context as `./path`, see [`at_path`](Self::at_path).
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// `sha256:…` hashes, sorted.
    pub hashes: Vec<String>,
    /// Where it stands.
    pub location: Location,
}

impl Requirement {
    /// The requirement's text with a local path put elsewhere: where a wheel
    /// or project of the context is mounted. Other texts are as they are. With a
    /// name it is a URL: uv keeps the name of such a one in what it pins.
    pub fn at_path(&self, place: &str) -> String {
        let Kind::Path(path) = &self.kind else {
            return self.text.clone();
        };
        let path = path_text(path);
        match self.text.rsplit_once(" @ ") {
            Some((head, _)) if self.name.is_some() => format!("{head} @ file://{place}"),
            _ => match self.text.strip_prefix(&path) {
                Some(extras) => format!("{place}{extras}"),
                None => place.to_owned(),
            },
        }
    }
}

/// A path of the context in a requirement's text: never taken for a name.
pub(super) fn path_text(path: &str) -> String {
    match path {
        "." => ".".to_owned(),
        path => format!("./{path}"),
    }
}

/// Where a requirement comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An index or a find-links page.
    Index,
    /// A URL of an archive or wheel.
    Url(String),
    /// `git+https://…`, `git+ssh://…`: the URL with everything behind it.
    Git(String),
    /// A wheel or project in the build context, relative to its root.
    Path(String),
}

/// Options of requirement files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--index-url`: replaces PyPI.
    pub index_url: Option<Spanned<String>>,
    /// `--extra-index-url`, in order, each once.
    pub extra_index_urls: Vec<Spanned<String>>,
    /// Those of the indexes that want no credentials, which only stubs can
    /// say: that they refuse a package means that they do not have it.
    pub anonymous: Vec<String>,
    /// `--find-links` URLs (`http…`) or paths relative to the context's root.
    pub find_links: Vec<Spanned<String>>,
    /// `--no-index`.
    pub no_index: Option<Location>,
    /// `--pre`.
    pub pre: Option<Location>,
    /// `--prefer-binary`.
    pub prefer_binary: Option<Location>,
    /// `--require-hashes`.
    pub require_hashes: Option<Location>,
    /// `--only-binary` names (`:all:` included), in order.
    pub only_binary: Vec<Spanned<String>>,
    /// `--no-binary` names (`:all:` included), in order.
    pub no_binary: Vec<Spanned<String>>,
    /// `--trusted-host`.
    pub trusted_hosts: Vec<Spanned<String>>,
}

/// What markers are evaluated for (PEP 508, environment markers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The platform of the image, never that of the machine that builds.
    pub platform: Platform,
    /// The interpreter of the image.
    pub python: PythonVersion,
}
