//! What scripts are asked, as they read it from JSON.
//!
//! The text is part of a step's cache key: fields are declared in the order
//! of their names, as they have always been written.

use serde::{Serialize, Serializer};

use crate::python::PythonVersion;
use crate::stub::Installer;

/// What `resolve.py` is asked.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveRequest {
    /// URLs of indexes that want no credentials, whatever they answer.
    pub anonymous: Vec<String>,
    /// Options of `uv pip compile`: indexes, wheels or sources.
    pub arguments: Vec<String>,
    /// Lines that limit versions.
    pub constraints: Vec<String>,
    /// Whether the target has another platform than the builder.
    pub cross: bool,
    /// If given, a failed resolution is answered with its reason. The value is
    /// a key that keeps the answer from being cached for others.
    pub explain: Option<String>,
    /// The layers, bottom first.
    pub layers: Vec<LayerRequest>,
    /// Whether some requirements are mounted: projects, wheels, repositories.
    pub local: bool,
    /// The target's architecture, as `uname -m` prints it.
    pub machine: String,
    /// The target's Python.
    #[serde(serialize_with = "version")]
    pub python: PythonVersion,
    /// The whole version of the target's Python, which markers of packages may
    /// ask for, where it is known.
    pub python_full_version: Option<String>,
}

/// A layer of a [`ResolveRequest`].
#[derive(Clone, Debug, Serialize)]
pub struct LayerRequest {
    /// Its requirement lines.
    pub requirements: Vec<String>,
}

/// What `install.py` is asked.
#[derive(Clone, Debug, Serialize)]
pub struct InstallRequest {
    /// Options of the installer.
    pub arguments: Vec<String>,
    /// Whether this is the bottom layer, which has the environment's own files.
    pub bottom: bool,
    /// Whether the target has another platform than the builder.
    pub cross: bool,
    /// What installs.
    #[serde(serialize_with = "program")]
    pub installer: Installer,
    /// Whether some requirements are mounted: projects, wheels, repositories.
    pub local: bool,
    /// The target's architecture, as `uname -m` prints it.
    pub machine: String,
    /// The target's Python.
    #[serde(serialize_with = "version")]
    pub python: PythonVersion,
    /// Pinned requirement lines, with their hashes.
    pub requirements: Vec<String>,
}

/// What `place.py` is asked.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceRequest {
    /// The copies, in the order of the directories that hold what they bring.
    pub copies: Vec<PlacedCopy>,
    /// The owner of directories that are made.
    pub uid: u32,
}

/// A copy of a [`PlaceRequest`].
#[derive(Clone, Debug, Serialize)]
pub struct PlacedCopy {
    /// Whether the destination is a directory that files are put into.
    pub into: bool,
    /// The destination.
    pub to: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn version<S: Serializer>(version: &PythonVersion, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(version)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn program<S: Serializer>(installer: &Installer, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(installer.program())
}
