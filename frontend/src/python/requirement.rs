//! Requirements, typed, each with its place.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Extra, GitSource, Hash, PackageName, PatchMarker, Specifiers};
use crate::source::Location;

/// A requirement, its marker evaluated as far as the target determines it.
///
/// [`Display`](fmt::Display) gives its normal text, without hashes:
/// `torch==2.1.2+cpu`, `pkg[a,b]>=1,<2`, `pkg @ https://…`; a path of the
/// context as `./path`. Two texts of one meaning make one cache key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The package; `None` for a bare URL or path whose name only its
    /// metadata tells (the file name of a wheel tells it).
    pub name: Option<PackageName>,
    /// The extras, sorted, each once.
    pub extras: Vec<Extra>,
    /// Where the package comes from.
    pub source: RequirementSource,
    /// The part of its marker that depends on Python's patch release; the
    /// resolver evaluates it.
    pub marker: Option<PatchMarker>,
    /// The hashes that its files may have, sorted, each once.
    pub hashes: Vec<Hash>,
    /// Where the requirement stands.
    pub location: Location,
}

/// Where a required package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequirementSource {
    /// An index or a find-links page, in one of these versions.
    Registry(Specifiers),
    /// The URL of an archive or wheel.
    Url(String),
    /// A git repository.
    Git(GitSource),
    /// A wheel, archive or project in the build context, relative to its
    /// root, which is `.`.
    Path(String),
}

impl RequirementSource {
    /// Whether a wheel of it has to be built, whatever an index says.
    pub fn needs_build(&self) -> bool {
        match self {
            Self::Registry(_) => false,
            Self::Git(_) => true,
            Self::Url(place) | Self::Path(place) => !is_wheel(place),
        }
    }
}

/// Whether a path or URL is that of a wheel.
fn is_wheel(place: &str) -> bool {
    let path = &place[..place.find(['?', '#']).unwrap_or(place.len())];
    path.strip_suffix(".whl").is_some()
}

impl Requirement {
    /// Whether it is of a package.
    pub fn is_of(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own == name)
    }

    /// The text of a requirement whose wheel, project or repository is mounted
    /// at an absolute path. With a name it is a URL: uv keeps the name of such
    /// a one in what it pins. A path with characters that have a meaning to uv
    /// (`#` begins a fragment) is a URL, too.
    pub fn at_path(&self, place: &str) -> String {
        let extras = Brackets(&self.extras);
        let behind = Behind(self.marker.as_ref());
        let url = file_url(place);
        match &self.name {
            Some(name) => format!("{name}{extras} @ {url}{behind}"),
            None if url.ends_with(place) => format!("{place}{extras}{behind}"),
            None => format!("{url}{extras}{behind}"),
        }
    }
}

/// The `file:` URL of an absolute path: what would end the path or stand for
/// something else is percent-encoded (RFC 3986).
fn file_url(path: &str) -> String {
    let mut url = String::from("file://");
    for c in path.chars() {
        url.push_str(match c {
            ' ' => "%20",
            '#' => "%23",
            '%' => "%25",
            '?' => "%3F",
            '\\' => "%5C",
            // uv fills in `${NAME}`, and a marker begins at `;`.
            '$' => "%24",
            ';' => "%3B",
            c => {
                url.push(c);
                continue;
            }
        });
    }
    url
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extras = Brackets(&self.extras);
        match (&self.name, &self.source) {
            (Some(name), RequirementSource::Registry(specifiers)) => {
                write!(f, "{name}{extras}{specifiers}")
            }
            (Some(name), source) => write!(f, "{name}{extras} @ {source}"),
            (None, source) => write!(f, "{source}{extras}"),
        }?;
        write!(f, "{}", Behind(self.marker.as_ref()))
    }
}

impl fmt::Display for RequirementSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(specifiers) => write!(f, "{specifiers}"),
            Self::Url(url) => f.write_str(url),
            Self::Git(url) => write!(f, "{url}"),
            // Never taken for a name.
            Self::Path(path) if path == "." => f.write_str("."),
            Self::Path(path) => write!(f, "./{path}"),
        }
    }
}

/// Extras as they stand behind a name: `[a,b]`, or nothing.
pub(super) struct Brackets<'a>(pub(super) &'a [Extra]);

impl fmt::Display for Brackets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, extra) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "[" } else { "," })?;
            f.write_str(extra.as_str())?;
        }
        f.write_str(if self.0.is_empty() { "" } else { "]" })
    }
}

/// A marker as it stands behind a requirement: ` ; marker`, or nothing.
struct Behind<'a>(Option<&'a PatchMarker>);

impl fmt::Display for Behind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(marker) => write!(f, " ; {marker}"),
            None => Ok(()),
        }
    }
}

/// As its text.
impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
