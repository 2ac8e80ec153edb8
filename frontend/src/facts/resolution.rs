//! The resolution: all packages of a variant on a platform, pinned together,
//! cut into a slice a layer.

use serde::Deserialize;

/// A package of a resolution.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pin {
    /// The requirement line: `torch==2.1.2+cpu`, `pkg @ https://…`.
    pub pin: String,
    /// The URL of the index that has it; none for URLs and find-links pages.
    pub index: Option<String>,
}

impl Pin {
    /// The normalised name of the package.
    pub fn name(&self) -> &str {
        self.pin.split(['=', ' ', '[']).next().unwrap_or_default()
    }
}

/// What the resolve step pinned: a list of pins a layer, bottom first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Resolution {
    /// The slices.
    pub slices: Vec<Vec<Pin>>,
}

impl Resolution {
    /// Reads `resolution.json`.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// Why there is no resolution.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Verdict {
    /// What the resolver has against the requirements, in its own words.
    pub conflict: Option<String>,
    /// Indexes that refuse to be asked. Also where the others have all that is
    /// required: then what they have may not be what was meant.
    pub refused: Vec<Refusal>,
}

impl Verdict {
    /// The exit code of a resolve step that has one.
    pub const EXIT_CODE: i32 = 3;

    /// Reads the `resolution.json` of a step that was asked for it.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// An index that wants other credentials than it got, or none at all.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// Its URL, as the installer was given it.
    pub index: String,
    /// What it answered: `401 Unauthorized`.
    pub status: String,
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
