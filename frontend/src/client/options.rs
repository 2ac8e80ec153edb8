//! What the client asks for: the frontend options, typed.
//!
//! The daemon hands them over as environment variables
//! (`BUILDKIT_FRONTEND_OPT_<n>=key=value` and a few of its own). Reading them
//! is a pure function of those variables. Keys that lamina does not know are
//! ignored, as BuildKit's own frontend does; values that are malformed are
//! errors, all of them at once.

mod csv;
mod values;

use std::collections::BTreeMap;
use std::net::IpAddr;

use buildkit_llb::Platform;

use super::named_context::{self, NamedContext, familiar_name};
use crate::source::{Diagnostic, Diagnostics};

pub use csv::csv_fields;
pub use values::{CacheImport, Network, NoCache, Proxy, ResolveMode, Ulimit, Worker};

const OPTION: &str = "BUILDKIT_FRONTEND_OPT_";

/// The options of a build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `--target`.
    pub target: Option<String>,
    /// The stub's path in its local directory; `Dockerfile` if not said.
    pub filename: String,
    /// `--platform`, in the order given, each once; empty if not said.
    pub platforms: Vec<Platform>,
    /// Whether to return a map of results, where the client says.
    pub multi_platform: Option<bool>,
    /// `--build-arg`, including those that BuildKit itself defines (see
    /// [`is_builtin_arg`]).
    pub build_args: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--no-cache` and `--no-cache-filter`.
    pub no_cache: NoCache,
    /// `--cache-from`: goes with every graph that is solved.
    pub cache_imports: Vec<CacheImport>,
    /// `--pull`.
    pub image_resolve_mode: ResolveMode,
    /// `--network`, if said.
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
    /// The URL of the main context, if it is not local.
    pub context: Option<String>,
    /// The directory of a remote main context that counts.
    pub context_subdir: Option<String>,
    /// The local directory that holds the stub, if it is not `dockerfile`; then
    /// the stub is read from there even with a remote context.
    pub dockerfile_local: Option<String>,
    /// Whether remote git contexts keep `.git`, if said.
    pub keep_git_dir: Option<bool>,
    /// The subrequest, for a `--call` or `--check`.
    pub request_id: Option<String>,
    /// What the client needs the frontend to be able to do.
    pub frontend_caps: Vec<String>,
    /// The whole text after `# syntax=`.
    pub cmdline: Option<String>,
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
    /// What the daemon is called: `buildkit`, `docker`, …
    pub product: Option<String>,
    /// By normal name, with the name that the client wrote.
    contexts: BTreeMap<String, (String, String)>,
}

/// Whether BuildKit defines a build argument (proxies, `SOURCE_DATE_EPOCH` and
/// those of BuildKit): these need no declaration by the user.
pub fn is_builtin_arg(name: &str) -> bool {
    name.starts_with("BUILDKIT_") || name == "SOURCE_DATE_EPOCH" || Proxy::is_name(name)
}

impl Options {
    /// Reads the environment that the daemon gives to a frontend.
    pub fn parse(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Diagnostics> {
        let mut given = BTreeMap::new();
        let mut options = Self {
            filename: "Dockerfile".to_owned(),
            ..Self::default()
        };
        let mut mistakes = Diagnostics::new();
        for (name, value) in variables {
            match name.as_str() {
                "BUILDKIT_SESSION_ID" => options.session_id = value,
                "BUILDKIT_EXPORTEDPRODUCT" => options.product = some(&value),
                "BUILDKIT_WORKERS" => {
                    let workers = mistakes.keep(values::workers(&value));
                    options.workers = workers.unwrap_or_default();
                }
                name if name.starts_with(OPTION) => {
                    let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                    given.insert(key.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        for (key, value) in &given {
            // A mistake in one option hides none in another.
            mistakes.keep(options.set(key, value));
        }
        options.overrides(&given, &mut mistakes);
        mistakes.into_result(options)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Diagnostics> {
        if let Some((kind, name)) = key.split_once(':') {
            return self.set_named(kind, name, value);
        }
        match key {
            "target" => self.target = some(value),
            "filename" if !value.is_empty() => value.clone_into(&mut self.filename),
            "platform" if !value.is_empty() => self.platforms = values::platforms(value)?,
            "multi-platform" if !value.is_empty() => {
                self.multi_platform = Some(values::boolean(key, value)?);
            }
            "no-cache" => self.no_cache = NoCache::parse(value),
            "cache-imports" if !value.is_empty() => {
                // Those of `cache-from` come after these, in any order of keys.
                let mut imports = CacheImport::parse(value)?;
                imports.append(&mut self.cache_imports);
                self.cache_imports = imports;
            }
            "cache-from" if !value.is_empty() => {
                self.cache_imports
                    .extend(value.split(',').map(CacheImport::registry));
            }
            "image-resolve-mode" => self.image_resolve_mode = ResolveMode::parse(value)?,
            "force-network-mode" if !value.is_empty() => {
                self.network = Some(Network::parse(value)?);
            }
            "add-hosts" => self.add_hosts = values::hosts(value)?,
            "ulimit" => self.ulimits = values::ulimits(value)?,
            "shm-size" if !value.is_empty() => {
                self.shm_size = Some(values::integer(key, value)?).filter(|size| *size > 0);
            }
            "cgroup-parent" => self.cgroup_parent = some(value),
            "hostname" => self.hostname = some(value),
            "contextsubdir" => self.context_subdir = some(value),
            "dockerfilekey" => self.dockerfile_local = some(value),
            "requestid" => self.request_id = some(value),
            "frontend.caps" => {
                let caps = value.split(',').filter(|cap| !cap.is_empty());
                // `+forward`: another frontend may answer, which lamina has not.
                let plain = |cap: &str| cap.split('+').next().unwrap_or_default().to_owned();
                self.frontend_caps = caps.map(plain).collect();
            }
            "cmdline" => self.cmdline = some(value),
            "source" => self.source = some(value),
            _ => {}
        }
        Ok(())
    }

    fn set_named(&mut self, kind: &str, name: &str, value: &str) -> Result<(), Diagnostics> {
        match kind {
            "build-arg" => {
                self.build_args.insert(name.to_owned(), value.to_owned());
            }
            "label" => {
                self.labels.insert(name.to_owned(), value.to_owned());
            }
            "context" => {
                let entry = (name.to_owned(), value.to_owned());
                self.contexts.insert(named_context::normal_key(name), entry);
            }
            "input-metadata" => {
                let metadata = values::metadata(name, value)?;
                self.input_metadata.insert(name.to_owned(), metadata);
            }
            "local-sessionid" => {
                self.local_sessions
                    .insert(name.to_owned(), value.to_owned());
            }
            "sharedkey" => {
                if let Some(name) = name.strip_prefix("localdir:") {
                    self.shared_keys.insert(name.to_owned(), value.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What follows from several options together, and the build arguments
    /// that set options.
    fn overrides(&mut self, given: &BTreeMap<String, String>, mistakes: &mut Diagnostics) {
        let key = given.get("contextkey").map_or("context", String::as_str);
        self.context = given.get(key).and_then(|url| some(url));
        self.proxy = Proxy::from_args(&self.build_args);
        let arg = |name: &str| {
            let value = self.build_args.get(name)?;
            some(value)
        };
        self.cache_mount_ns = arg("BUILDKIT_CACHE_MOUNT_NS");
        if let Some(hostname) = arg("BUILDKIT_SANDBOX_HOSTNAME") {
            self.hostname = Some(hostname);
        }
        let name = "BUILDKIT_MULTI_PLATFORM";
        if let Some(value) = arg(name) {
            self.multi_platform = mistakes.keep(values::boolean(name, &value));
        }
        let name = "BUILDKIT_CONTEXT_KEEP_GIT_DIR";
        if let Some(value) = arg(name) {
            self.keep_git_dir = mistakes.keep(values::boolean(name, &value));
        }
        if let Some(value) = arg("SOURCE_DATE_EPOCH") {
            self.source_date_epoch = mistakes.keep(values::epoch(&value));
        }
        if self.multi_platform == Some(false) && self.platforms.len() > 1 {
            mistakes.push(
                Diagnostic::error("several platforms, and multi-platform=false")
                    .help("leave one of the two out"),
            );
        }
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

    /// What the client put in the place of a context, stage or image
    /// (`--build-context NAME=…`): for the platform if there is such an entry,
    /// otherwise for all.
    ///
    /// Images go by any form of their reference: `python`,
    /// `docker.io/library/python` and `python:latest` are one.
    pub fn named_context(&self, name: &str, platform: &Platform) -> Option<&str> {
        let name = familiar_name(name);
        let (_, value) = self
            .contexts
            .get(&format!("{name}::{platform}"))
            .or_else(|| self.contexts.get(&name))?;
        Some(value)
    }

    /// The same, understood.
    pub fn context_for(
        &self,
        name: &str,
        platform: &Platform,
    ) -> Result<Option<NamedContext>, Diagnostics> {
        self.named_context(name, platform)
            .map(|value| NamedContext::parse(name, value))
            .transpose()
    }

    /// The named contexts as the client wrote them: name (with `::platform`
    /// where it has one) and value.
    pub fn named_contexts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.contexts
            .values()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Empty values are no values.
fn some(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests;
