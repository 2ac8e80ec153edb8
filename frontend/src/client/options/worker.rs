//! The daemon's workers.

use std::collections::BTreeMap;

use buildkit_llb::Platform;
use serde::Deserialize;

use super::value::invalid;
use crate::source::Diagnostic;

/// A worker of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Its id.
    pub id: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What it can run, its own platform first: emulated ones included.
    pub platforms: Vec<Platform>,
    /// The version of BuildKit, as it calls itself.
    pub version: Option<String>,
}

/// Go writes what is absent as `null`.
#[derive(Deserialize)]
struct WireWorker {
    id: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    platforms: Option<Vec<WirePlatform>>,
    #[serde(rename = "buildkitVersion")]
    version: Option<WireVersion>,
}

#[derive(Deserialize)]
struct WirePlatform {
    os: String,
    architecture: String,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
}

#[derive(Deserialize)]
struct WireVersion {
    version: Option<String>,
}

impl From<WirePlatform> for Platform {
    fn from(wire: WirePlatform) -> Self {
        let platform = Platform::new(&wire.os, &wire.architecture);
        let platform = match wire.variant.as_deref() {
            Some(variant) if !variant.is_empty() => platform.with_variant(variant),
            _ => platform,
        };
        platform.with_os_version(&wire.os_version.unwrap_or_default())
    }
}

impl From<WireWorker> for Worker {
    fn from(wire: WireWorker) -> Self {
        let platforms = wire.platforms.unwrap_or_default().into_iter();
        let version = wire.version.and_then(|version| version.version);
        Self {
            id: wire.id.unwrap_or_default(),
            labels: wire.labels.unwrap_or_default(),
            platforms: platforms.map(Platform::from).collect(),
            version: version.filter(|version| !version.is_empty()),
        }
    }
}

/// `BUILDKIT_WORKERS`: a JSON array.
pub(super) fn workers(value: &str) -> Result<Vec<Worker>, Diagnostic> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let workers: Option<Vec<WireWorker>> = serde_json::from_str(value).map_err(|error| {
        invalid("`BUILDKIT_WORKERS`", value, error)
            .help("lamina is started by BuildKit: update the daemon")
    })?;
    let workers = workers.unwrap_or_default().into_iter();
    Ok(workers.map(Worker::from).collect())
}
