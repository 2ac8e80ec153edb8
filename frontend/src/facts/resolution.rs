//! The resolution: all packages of a variant on a platform, pinned together,
//! cut into a slice a layer.

use serde::{Deserialize, Deserializer};

use crate::python::{InvalidPin, Pin};

/// A package as the resolve step answers it.
#[derive(Deserialize)]
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

/// Each pin is parsed here, once.
fn slices<'de, D: Deserializer<'de>>(answer: D) -> Result<Vec<Vec<Pin>>, D::Error> {
    let raw: Vec<Vec<RawPin>> = Vec::deserialize(answer)?;
    let typed = |slice: Vec<RawPin>| slice.into_iter().map(Pin::try_from).collect();
    let slices: Result<_, InvalidPin> = raw.into_iter().map(typed).collect();
    slices.map_err(serde::de::Error::custom)
}

/// What the resolve step answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Resolution {
    /// All packages, pinned.
    Found {
        /// A list of pins a layer, bottom first.
        #[serde(deserialize_with = "slices")]
        slices: Vec<Vec<Pin>>,
        /// Indexes that gave nothing and answer 403: perhaps for want of
        /// credentials, perhaps because they do not have what was asked.
        refused: Vec<Refusal>,
    },
    /// There is none.
    None(Verdict),
}

impl Resolution {
    /// The exit code of a resolve step that did not find one and was not asked
    /// why.
    pub const NONE: i32 = 3;

    /// Reads `resolution.json`.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// Why there is no resolution.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Verdict {
    /// The resolver's own words, if it found none.
    pub said: Option<String>,
    /// Indexes that refuse to say what they have. Where it is with 401, then
    /// also if others have all that is required: that may not be what is meant.
    pub refused: Vec<Refusal>,
}

/// An index that refuses to say whether it has packages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// Its URL, as the installer was given it.
    pub index: String,
    /// What it answered: `401 Unauthorized`.
    pub status: String,
    /// The packages that it was asked about, sorted; at least one.
    pub names: Vec<String>,
}

impl Refusal {
    /// Whether it is for want of credentials. 403 is also what some indexes
    /// answer for what they do not have: S3 buckets do, as
    /// `download.pytorch.org` is one.
    pub fn is_certain(&self) -> bool {
        self.status.starts_with("401")
    }
}

/// Two packages that write different content to the same files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Clash {
    /// The two packages.
    pub packages: (String, String),
    /// Some of the files, relative to the environment.
    pub files: Vec<String>,
    /// How many files there are.
    pub count: usize,
}

/// Reads `clashes.json`.
pub fn clashes(bytes: &[u8]) -> Result<Vec<Clash>, serde_json::Error> {
    serde_json::from_slice(bytes)
}
