//! What is installed: a pin, and the wheel of it.

use super::{Hash, Pin};

/// A package that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// What the resolution chose.
    pub pin: Pin,
    /// Its file.
    pub wheel: Wheel,
}

/// The wheel that is installed, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wheel {
    /// Its file name.
    pub name: String,
    /// Its SHA-256.
    pub sha256: Hash,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
    /// Where it comes from.
    pub source: WheelSource,
}

/// Where a wheel comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WheelSource {
    /// A URL.
    Url(String),
    /// A directory that is mounted into the step.
    Mounted(String),
}
