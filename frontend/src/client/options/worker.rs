//! The daemon's workers.

use buildkit_llb::Platform;
use serde::Deserialize;

use super::value::invalid;
use crate::source::Diagnostic;

/// A worker of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// What it can run, its own platform first: emulated ones included.
    pub platforms: Vec<Platform>,
}

/// Go writes what is absent as `null`.
#[derive(Deserialize)]
struct WireWorker {
    platforms: Option<Vec<WirePlatform>>,
}

#[derive(Deserialize)]
struct WirePlatform {
    os: String,
    architecture: String,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
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
        Self {
            platforms: platforms.map(Platform::from).collect(),
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
