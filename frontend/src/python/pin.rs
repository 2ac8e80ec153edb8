//! What a resolution chose.

use std::fmt;
use std::str::FromStr;

use pep440_rs::Version;

use super::requirement::Brackets;
use super::{Extra, Hash, IndexUrl, PackageName};

/// A package that a resolution chose.
///
/// [`Display`](fmt::Display) gives the requirement line that installs it,
/// without hashes: `torch==2.1.2+cpu`, `pkg @ https://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The package; `None` for a path or URL without a name in front, which
    /// uv repeats unchanged.
    pub name: Option<PackageName>,
    /// The extras that the resolver repeated.
    pub extras: Vec<Extra>,
    /// What of the package is installed.
    pub source: PinSource,
    /// The index that has it; none for URLs, paths and find-links pages.
    pub index: Option<IndexUrl>,
    /// The hashes that its files may have, sorted; empty where hashes are not
    /// checked.
    pub hashes: Vec<Hash>,
}

/// What of a package is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinSource {
    /// A version that an index or a find-links page has.
    Version(Version),
    /// What a URL or path leads to.
    Reference(String),
}

/// Why a text is not a [`Pin`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid pin `{0}`: expected `name==version` or `name @ URL`")]
pub struct InvalidPin(String);

impl Pin {
    /// Whether it is of a package.
    pub fn is_of(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own == name)
    }

    /// The URL or path; `None` for a version.
    pub fn reference(&self) -> Option<&str> {
        match &self.source {
            PinSource::Version(_) => None,
            PinSource::Reference(reference) => Some(reference),
        }
    }

    /// The package for a message: `torch==2.1.2`, `pkg`, or a URL or path.
    pub fn label(&self) -> String {
        match (&self.name, &self.source) {
            (Some(name), PinSource::Version(version)) => format!("{name}=={version}"),
            (Some(name), PinSource::Reference(_)) => name.to_string(),
            (None, source) => source.to_string(),
        }
    }
}

/// Reads a requirement line as the resolver writes it: `torch==2.1.2+cpu`,
/// `pkg[extra] @ file:///…`, or a bare URL or path.
impl FromStr for Pin {
    type Err = InvalidPin;

    fn from_str(line: &str) -> Result<Self, InvalidPin> {
        let invalid = || InvalidPin(line.to_owned());
        let line = line.trim();
        let pin = |head: Option<&str>, source| {
            let (name, extras) = match head {
                Some(head) => split_extras(head).map(|(name, extras)| (Some(name), extras))?,
                None => (None, Vec::new()),
            };
            Some(Self {
                name,
                extras,
                source,
                index: None,
                hashes: Vec::new(),
            })
        };
        let parsed = if let Some((head, reference)) = line.split_once(" @ ") {
            let reference = PinSource::Reference(reference.trim().to_owned());
            pin(Some(head), reference)
        } else if line.is_empty() {
            None
        } else if line.contains(['/', '\\']) || line.starts_with('.') {
            pin(None, PinSource::Reference(line.to_owned()))
        } else {
            let (head, version) = line.split_once("==").ok_or_else(invalid)?;
            let version = version.trim().parse().map_err(|_| invalid())?;
            pin(Some(head), PinSource::Version(version))
        };
        parsed.ok_or_else(invalid)
    }
}

/// `name[extra,extra]`
fn split_extras(head: &str) -> Option<(PackageName, Vec<Extra>)> {
    let (name, extras) = match head.trim().strip_suffix(']') {
        Some(rest) => rest.split_once('[')?,
        None => (head.trim(), ""),
    };
    let extras = extras.split(',').map(str::trim).filter(|it| !it.is_empty());
    let extras: Result<_, _> = extras.map(str::parse).collect();
    Some((name.trim().parse().ok()?, extras.ok()?))
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extras = Brackets(&self.extras);
        match (&self.name, &self.source) {
            (Some(name), PinSource::Version(version)) => write!(f, "{name}{extras}=={version}"),
            (Some(name), source) => write!(f, "{name}{extras} @ {source}"),
            (None, source) => write!(f, "{source}"),
        }
    }
}

impl fmt::Display for PinSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version}"),
            Self::Reference(reference) => f.write_str(reference),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lines_of_resolvers() {
        for (line, name, label) in [
            ("torch==2.1.2+cpu", Some("torch"), "torch==2.1.2+cpu"),
            (
                "uvicorn[standard]==0.27.0.post1",
                Some("uvicorn"),
                "uvicorn==0.27.0.post1",
            ),
            ("x @ file:///a/b==c", Some("x"), "x"),
            ("x[a,b] @ https://h/x.zip", Some("x"), "x"),
            (
                "/lamina/sources/0/project",
                None,
                "/lamina/sources/0/project",
            ),
            ("./project==1", None, "./project==1"),
        ] {
            let pin: Pin = line.parse().unwrap();
            assert_eq!(pin.name.as_ref().map(PackageName::as_str), name, "{line}");
            assert_eq!(pin.label(), label);
            assert_eq!(pin.to_string(), line);
        }
        for line in [
            "",
            "torch",
            "torch>=1",
            "torch==x",
            "-e ==1",
            "a b @ https://h",
        ] {
            assert!(line.parse::<Pin>().is_err(), "{line}");
        }
    }
}
