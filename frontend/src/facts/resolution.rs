//! The resolution: all packages of a variant on a platform, pinned together,
//! cut into one slice for each layer. `resolve.py` writes it.

use pep440_rs::Version;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{AnswerFile, InvalidAnswer};
use super::index_answers::{AmbiguousIndex, DeniedIndex, typed_names};
use super::slices::cut;
use crate::python::{Hash, InvalidHash, InvalidName, InvalidPin, Lock, PackageName, Pin};

const FILE: AnswerFile = AnswerFile {
    file: "resolution.json",
    script: "resolve.py",
};

/// What the resolve step answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// All packages, pinned.
    Resolved {
        /// One list of pins for each layer, bottom first.
        slices: Vec<Vec<Pin>>,
        /// The files of the packages.
        lock: Lock,
        /// Packages of other indexes, in versions that were not chosen.
        ambiguous: Vec<AmbiguousIndex>,
        /// Indexes that no package came from and that answer 403: perhaps for
        /// want of credentials, perhaps because they do not have the packages.
        denied: Vec<DeniedIndex>,
    },
    /// What these need is known once they are built.
    NeedsBuilds(Vec<SourceDistribution>),
    /// There is none.
    Failed(ResolutionFailure),
}

/// A source distribution of an index whose metadata only a build tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceDistribution {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The URL of the file, or its path in the step.
    pub url: String,
    /// Its SHA-256, where the index says it.
    pub sha256: Option<Hash>,
    /// Its size in bytes, where the index says it.
    pub size: Option<u64>,
}

/// Why there is no resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolutionFailure {
    /// The failure of uv. None if uv found packages, but an index requires
    /// credentials to say whether it has them, too: it could be the one that
    /// is meant.
    pub uv: Option<UvFailure>,
    /// Indexes that deny access.
    pub denied: Vec<DeniedIndex>,
}

/// A failure of uv, as `uv_errors.py` reads it from uv's messages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawUvFailure")]
pub struct UvFailure {
    /// What failed.
    pub kind: UvFailureKind,
    /// uv's message in one line.
    pub text: String,
    /// All of uv's message.
    pub said: String,
    /// The packages that a conflict names.
    pub packages: Vec<PackageName>,
    /// Packages that no index has.
    pub missing: Vec<PackageName>,
    /// What failed to build: `name==version`, `name @ URL`; not always known.
    pub requirement: Option<String>,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The URL that could not be fetched.
    pub url: Option<String>,
}

/// What failed when uv did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UvFailureKind {
    /// No versions satisfy the requirements.
    Unsatisfiable,
    /// A package did not build.
    Build,
    /// A server's certificate was not accepted.
    Tls,
    /// A server answered with an error.
    Http,
    /// A server could not be reached.
    Connect,
    /// Something else.
    Other,
}

impl Resolution {
    /// The exit code of a resolve step that failed and was not asked why.
    pub const FAILED: i32 = 3;

    /// Reads `resolution.json`, the answer for a number of layers.
    pub fn read(bytes: &[u8], layers: usize) -> Result<Self, InvalidAnswer> {
        let answer: Value = FILE.read(bytes, "JSON")?;
        if answer.get("build").is_some() {
            let raw: RawNeedsBuilds = FILE.read_value(answer, "source distributions")?;
            let sources = raw.build.into_iter().map(SourceDistribution::try_from);
            let sources: Result<Vec<_>, String> = sources.collect();
            return Ok(Self::NeedsBuilds(
                sources.map_err(|error| FILE.invalid(error))?,
            ));
        }
        if answer.get("packages").is_none() {
            let RawFailed { failure, denied } =
                FILE.read_value(answer, "why there is no resolution")?;
            if failure.is_none() && denied.is_empty() {
                return Err(FILE.invalid("expected a failure or an index that denies access"));
            }
            return Ok(Self::Failed(ResolutionFailure {
                uv: failure,
                denied,
            }));
        }
        let raw: RawResolved = FILE.read_value(answer, "a resolution")?;
        let packages: Result<Vec<Pin>, _> = raw.packages.into_iter().map(Pin::try_from).collect();
        let prefixes: Result<Vec<_>, _> = raw.prefixes.iter().map(|it| typed_lines(it)).collect();
        let slices = cut(
            packages.map_err(|error| FILE.invalid(error.to_string()))?,
            &prefixes.map_err(|error| FILE.invalid(error.to_string()))?,
            layers,
        );
        Ok(Self::Resolved {
            slices: slices.map_err(|error| FILE.invalid(error.to_string()))?,
            lock: Lock::read(&raw.lock)
                .map_err(|error| FILE.invalid(format!("invalid lock: {error}")))?,
            ambiguous: raw.ambiguous,
            denied: raw.denied,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResolved {
    packages: Vec<RawPin>,
    prefixes: Vec<Vec<String>>,
    /// The text of a `pylock.toml`.
    lock: String,
    denied: Vec<DeniedIndex>,
    ambiguous: Vec<AmbiguousIndex>,
}

#[derive(Deserialize)]
struct RawNeedsBuilds {
    build: Vec<RawSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    name: String,
    version: String,
    url: String,
    sha256: Option<String>,
    size: Option<u64>,
}

impl TryFrom<RawSource> for SourceDistribution {
    type Error = String;

    fn try_from(raw: RawSource) -> Result<Self, String> {
        let sha256 = raw.sha256.map(|digest| format!("sha256:{digest}").parse());
        let hash = sha256.transpose();
        Ok(Self {
            name: raw
                .name
                .parse()
                .map_err(|error: InvalidName| error.to_string())?,
            version: (raw.version.parse())
                .map_err(|_| format!("invalid version `{}`", raw.version))?,
            url: raw.url,
            sha256: hash.map_err(|error: InvalidHash| error.to_string())?,
            size: raw.size,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFailed {
    failure: Option<UvFailure>,
    denied: Vec<DeniedIndex>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPin {
    /// The requirement line: `torch==2.1.2+cpu`, `pkg @ https://…`.
    pin: String,
    /// The URL of the index that has it; none for URLs and find-links pages.
    index: Option<String>,
}

impl TryFrom<RawPin> for Pin {
    type Error = InvalidPin;

    fn try_from(raw: RawPin) -> Result<Self, InvalidPin> {
        let mut pin: Pin = raw.pin.parse()?;
        pin.index = raw.index.map(Into::into);
        Ok(pin)
    }
}

fn typed_lines(lines: &[String]) -> Result<Vec<Pin>, InvalidPin> {
    lines.iter().map(|line| line.parse()).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUvFailure {
    kind: UvFailureKind,
    text: String,
    said: String,
    packages: Vec<String>,
    missing: Vec<String>,
    requirement: Option<String>,
    status: Option<u16>,
    url: Option<String>,
}

impl TryFrom<RawUvFailure> for UvFailure {
    type Error = InvalidName;

    fn try_from(raw: RawUvFailure) -> Result<Self, InvalidName> {
        Ok(Self {
            kind: raw.kind,
            text: raw.text,
            said: raw.said,
            packages: typed_names(&raw.packages)?,
            missing: typed_names(&raw.missing)?,
            requirement: raw.requirement,
            status: raw.status,
            url: raw.url,
        })
    }
}

#[cfg(test)]
mod tests;
