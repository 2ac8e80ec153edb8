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

/// What the resolve step answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A list of pins a layer, bottom first.
    Slices(Vec<Vec<Pin>>),
    /// The requirements cannot be satisfied; the resolver's own words.
    Conflict(String),
}

impl Resolution {
    /// Reads `resolution.json`.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum File {
            Slices { slices: Vec<Vec<Pin>> },
            Conflict { conflict: String },
        }
        Ok(match serde_json::from_slice(bytes)? {
            File::Slices { slices } => Self::Slices(slices),
            File::Conflict { conflict } => Self::Conflict(conflict),
        })
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
