//! What scripts are asked, as they read it from JSON.
//!
//! The text is part of a step's cache key: fields are declared in the order
//! of their names, as they have always been written.

use std::collections::BTreeMap;

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
    /// What was built so far of what has no wheel.
    pub built: Vec<BuiltRequest>,
    /// Lines that limit versions.
    pub constraints: Vec<String>,
    /// Whether the target has another platform than the builder.
    pub cross: bool,
    /// If given, a failed resolution is answered with its reason. The value is
    /// a key that keeps the answer from being cached for others.
    pub explain: Option<String>,
    /// Indexes of which certain packages come, and only these.
    pub indexes: Vec<ExplicitRequest>,
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

/// A wheel that was built, of a [`ResolveRequest`]. Its metadata is mounted at
/// `/lamina/built/KEY/WHEEL`.
#[derive(Clone, Debug, Serialize)]
pub struct BuiltRequest {
    /// The name of the directory.
    pub key: String,
    /// The package.
    pub name: String,
    /// Whether it is of a source distribution of an index. Others are named by
    /// requirement lines.
    pub source: bool,
    /// Its version.
    pub version: String,
    /// The file name.
    pub wheel: String,
}

/// An index of a [`ResolveRequest`].
#[derive(Clone, Debug, Serialize)]
pub struct ExplicitRequest {
    /// Patterns of the packages' names.
    pub packages: Vec<String>,
    /// Its URL.
    pub url: String,
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
    /// Whether this is the bottom layer, which has the environment's own files.
    pub bottom: bool,
    /// Whether the target has another platform than the builder.
    pub cross: bool,
    /// What installs.
    #[serde(serialize_with = "program")]
    pub installer: Installer,
    /// The target's architecture, as `uname -m` prints it.
    pub machine: String,
    /// The target's Python.
    #[serde(serialize_with = "version")]
    pub python: PythonVersion,
    /// Hosts that are trusted without verifying their certificates.
    pub trusted_hosts: Vec<String>,
    /// The wheels, in the order of their packages' names.
    pub wheels: Vec<WheelRequest>,
}

/// A wheel of an [`InstallRequest`].
#[derive(Clone, Debug, Serialize)]
pub struct WheelRequest {
    /// The URL that the user gave for the package (PEP 610).
    pub direct_url: Option<String>,
    /// The file name.
    pub name: String,
    /// The SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The size in bytes, where it is known.
    pub size: Option<u64>,
    /// The URL, or the path of a mounted file.
    pub source: String,
}

/// What `fetch.py` is asked: one file.
#[derive(Clone, Debug, Serialize)]
pub struct FetchRequest {
    /// The SHA-256, where it is known.
    pub sha256: Option<String>,
    /// The size in bytes, where it is known.
    pub size: Option<u64>,
    /// Hosts that are trusted without verifying their certificates.
    pub trusted_hosts: Vec<String>,
    /// The URL.
    pub url: String,
}

/// What `build.py` is asked: a wheel of a source distribution or project.
#[derive(Clone, Debug, Serialize)]
pub struct BuildRequest {
    /// Whether the target has another platform than the builder.
    pub cross: bool,
    /// Variables of the environment.
    pub env: BTreeMap<String, String>,
    /// If given, a failed build is answered with its reason. The value is a key
    /// that keeps the answer from being cached for others.
    pub explain: Option<String>,
    /// The hashes of which a source that is a file has one; empty where none
    /// are given.
    pub hashes: Vec<String>,
    /// Options that say where the requirements of the build come from.
    pub index_arguments: Vec<String>,
    /// Whether the build has an environment of its own (PEP 517).
    pub isolation: bool,
    /// The package for messages: `docopt==0.6.2`.
    pub label: String,
    /// The target's architecture, as `uname -m` prints it.
    pub machine: String,
    /// The target's Python.
    #[serde(serialize_with = "version")]
    pub python: PythonVersion,
    /// The path of the file or directory.
    pub source: String,
    /// The project's directory in it.
    pub subdirectory: Option<String>,
    /// Hosts that are trusted without verifying their certificates.
    pub trusted_hosts: Vec<String>,
}

/// What `libraries.py` is asked.
#[derive(Clone, Debug, Serialize)]
pub struct LibrariesRequest {
    /// The directories of the image's `LD_LIBRARY_PATH`.
    pub library_path: Vec<String>,
    /// The packages that were compiled here.
    pub packages: Vec<String>,
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
