//! Python versions.

use std::fmt;

use serde::{Serialize, Serializer};

/// A Python minor version, such as 3.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    /// The major version: 3.
    pub major: u8,
    /// The minor version: 11.
    pub minor: u8,
}

impl PythonVersion {
    /// The version if none is given: the one with the widest choice of
    /// wheels, those of torch before 2.2 among them.
    pub const DEFAULT: Self = Self {
        major: 3,
        minor: 11,
    };
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// As its text.
impl Serialize for PythonVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
