//! What the client asks for: the frontend options, typed.
//!
//! The daemon hands them over as environment variables
//! (`BUILDKIT_FRONTEND_OPT_<n>=key=value` and a few of its own). Reading them
//! is a pure function of those variables. Keys that lamina does not know are
//! ignored, as BuildKit's own frontend does; invalid values are errors, all of
//! them reported together.

mod cache;
mod csv;
mod limits;
mod network;
mod parse;
mod value;
mod worker;

use std::collections::BTreeMap;
use std::net::IpAddr;

use buildkit_llb::Platform;

use super::named_context::{NamedContext, NamedContexts};
use super::{Inputs, Subrequest};
use crate::source::Diagnostics;

pub use cache::{CacheImport, NoCache, ResolveMode};
pub use limits::Ulimit;
pub use network::{Network, Proxy};
pub(crate) use value::platforms;
pub use worker::Worker;

/// The options of a build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `--target`.
    pub target: Option<String>,
    /// The stub's path in its local directory; `Dockerfile` if not given.
    pub filename: String,
    /// `--platform`, in the order given, each once; empty if not given.
    pub platforms: Vec<Platform>,
    /// Whether to return a map of results, where the client says.
    pub multi_platform: Option<bool>,
    /// `--build-arg`, including those that BuildKit itself defines.
    pub build_args: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--no-cache` and `--no-cache-filter`.
    pub no_cache: NoCache,
    /// `--cache-from`: goes with every graph that is solved.
    pub cache_imports: Vec<CacheImport>,
    /// `--pull`.
    pub image_resolve_mode: ResolveMode,
    /// `--network`, if given.
    pub network: Option<Network>,
    /// `--add-host`, in the order given.
    pub add_hosts: Vec<(String, IpAddr)>,
    /// `--ulimit`, in the order given.
    pub ulimits: Vec<Ulimit>,
    /// `--shm-size`, in bytes.
    pub shm_size: Option<u64>,
    /// `--cgroup-parent`.
    pub cgroup_parent: Option<String>,
    /// The host name that steps see.
    pub hostname: Option<String>,
    /// Metadata of inputs (image configurations of bake's `target:` contexts),
    /// by input name.
    pub input_metadata: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// The sessions that serve local directories other than by the build's
    /// own, by local name.
    pub local_sessions: BTreeMap<String, String>,
    /// Keys by which the daemon shares transfers of local directories, by
    /// context name.
    pub shared_keys: BTreeMap<String, String>,
    /// `--build-context`.
    pub named_contexts: NamedContexts,
    /// The graphs that the client hands over.
    pub inputs: Inputs,
    /// The URL of the build context, if it is remote.
    pub context: Option<String>,
    /// The directory of the build context that counts, if that is an input.
    pub context_subdir: Option<String>,
    /// The local directory that holds the stub, if it is not `dockerfile`; then
    /// the stub is read from there even with a remote context.
    pub dockerfile_local: Option<String>,
    /// The subrequest, for a `--call` or `--check`.
    pub subrequest: Option<Subrequest>,
    /// What the client needs the frontend to be able to do.
    pub frontend_caps: Vec<String>,
    /// The reference of the frontend's own image.
    pub source: Option<String>,
    /// A prefix for the ids of cache mounts.
    pub cache_mount_ns: Option<String>,
    /// `SOURCE_DATE_EPOCH`, in seconds.
    pub source_date_epoch: Option<i64>,
    /// Proxy variables, for steps to see without being part of their keys.
    pub proxy: Proxy,
    /// The client's session.
    pub session_id: String,
    /// The daemon's workers; the first one builds.
    pub workers: Vec<Worker>,
}

impl Options {
    /// Reads the environment that the daemon gives to a frontend. All invalid
    /// options are reported together.
    pub fn parse(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Diagnostics> {
        parse::options(variables)
    }

    /// The same with the graphs that the client hands over, which come by a
    /// call of their own.
    #[must_use]
    pub fn with_inputs(self, inputs: Inputs) -> Self {
        Self { inputs, ..self }
    }

    /// The platform that the daemon builds for when nobody says: that of its
    /// first worker.
    pub fn default_platform(&self) -> Option<&Platform> {
        self.workers.first()?.platforms.first()
    }

    /// The session that serves a local directory.
    pub fn session_of(&self, local: &str) -> &str {
        self.local_sessions
            .get(local)
            .unwrap_or(&self.session_id)
            .as_str()
    }

    /// The named contexts, as the client wrote them: name and value.
    pub fn named_contexts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named_contexts.iter()
    }

    /// What the client put in the place of a name: for the platform if there
    /// is such an entry, otherwise for all.
    pub fn context_for(
        &self,
        name: &str,
        platform: &Platform,
    ) -> Result<Option<NamedContext>, Diagnostics> {
        self.named_contexts.parse(name, platform)
    }
}

#[cfg(test)]
mod tests;
