//! What all steps have in common: scripts mounted, not written into the root;
//! network, secrets and the command line's settings.

use std::collections::BTreeMap;

use buildkit_llb::exec::{CacheMount, NetworkMode, Proxy, Ulimit};
use buildkit_llb::metadata::ProgressGroup;
use buildkit_llb::{CacheId, ContainerPath, Exec, File, Mount, Output, Platform, Sharing, at};

use super::StepContext;
use crate::client::{Network, Options};
use crate::steps::{self, Step, StepFile};

/// The search path where an image sets none, and of native steps.
pub(super) const DEFAULT_PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Names a tree of scripts or empty directories, all of which progress shows
/// as one line.
pub(super) fn internal(chain: File) -> File {
    let name = "[internal] lamina's scripts";
    let group = ProgressGroup::new("lamina-scripts", name).weak();
    chain.name(name).progress_group(group)
}

/// The name of a step that does not depend on the project. Several projects
/// share such a step, and progress shows the name that one of them gave it.
pub(super) fn shared_name(words: &str) -> String {
    format!("[lamina] {words}")
}

/// A tree of a step's files.
fn files(entries: &[StepFile]) -> Output {
    let mut chain = File::on(&Output::SCRATCH);
    for StepFile { name, bytes } in entries {
        chain = chain.mkfile(path(&format!("/{name}")), 0o644, &**bytes);
    }
    internal(chain).output()
}

/// Mounts a step's files where its script expects them.
pub(super) fn with_files(exec: Exec, step: &Step) -> Exec {
    let files = files(step.files());
    exec.mount(at(steps::DIRECTORY), Mount::read_only(&files))
}

/// A step that runs on the builder, natively and without a network. `python`
/// is the interpreter, by its path in the base image; shell scripts need none.
pub(super) fn native(context: &StepContext<'_>, step: &Step, python: Option<&str>) -> Exec {
    let exec = Exec::on(&context.images.builder)
        .platform(context.builder.clone())
        .args(step.command(python.unwrap_or_default()))
        .env("LC_ALL", "C.UTF-8")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .network(NetworkMode::None);
    settings(context.options, with_path(with_files(exec, step), None))
}

/// A step that runs the target's own programs, on the tree that it changes.
/// It is a shell script, since the target may have no Python.
pub(super) fn target(context: &StepContext<'_>, root: &Output, step: &Step) -> Exec {
    let exec = Exec::on(root)
        .platform(context.plan.platform.clone())
        .args(step.command(""));
    let exec = with_files(exec, step);
    let path = context.images.target_image.env("PATH");
    settings(context.options, with_path(exec, path))
}

/// A step in a root of any platform, with these variables and without a
/// network.
pub(super) fn in_root(
    options: &Options,
    root: &Output,
    platform: &Platform,
    step: &Step,
    python: &str,
    variables: &BTreeMap<String, String>,
) -> Exec {
    let exec = Exec::on(root)
        .platform(platform.clone())
        .args(step.command(python))
        .envs(variables.clone())
        .network(NetworkMode::None);
    settings(options, with_files(exec, step))
}

/// Lets a step use the network: mode, hosts, proxy, and the authorities to
/// trust. A secret that was not passed is not mounted, and none is ever part
/// of the cache key.
pub(super) fn with_network(options: &Options, exec: Exec) -> Exec {
    let mode = match options.network {
        Some(Network::None) => NetworkMode::None,
        Some(Network::Host) => NetworkMode::Host,
        Some(Network::Sandbox) | None => NetworkMode::Sandbox,
    };
    let mut exec = exec.network(mode);
    for (host, address) in &options.add_hosts {
        exec = exec.extra_host(host, *address);
    }
    let proxy = &options.proxy;
    if !proxy.is_empty() {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        exec = exec.proxy(
            Proxy::new()
                .http(text(&proxy.http))
                .https(text(&proxy.https))
                .ftp(text(&proxy.ftp))
                .no(text(&proxy.no))
                .all(text(&proxy.all)),
        );
    }
    exec.mount(
        at("/run/secrets/ca-certificates"),
        Mount::secret("ca-certificates").optional(),
    )
}

/// The id of a cache mount: `lamina-` and what tells it from others. Tools
/// that carry caches between machines find them by it.
pub(super) fn cache_id(words: &str) -> CacheId {
    CacheId::new(format!("lamina-{words}")).expect("the id has a prefix, so it is not empty")
}

/// A cache mount, in the namespace of `BUILDKIT_CACHE_MOUNT_NS`.
pub(super) fn cache(options: &Options, id: CacheId, sharing: Sharing) -> CacheMount {
    Mount::cache(
        match &options.cache_mount_ns {
            Some(namespace) => id.in_namespace(namespace),
            None => id,
        },
        sharing,
    )
}

/// Ignores cached results of a step where the command line says so; `names`
/// are those that `--no-cache-filter` knows the step by.
pub(super) fn unless_cached(options: &Options, names: &[&str], exec: Exec) -> Exec {
    if names.iter().any(|name| options.no_cache.holds_for(name)) {
        exec.ignore_cache()
    } else {
        exec
    }
}

fn settings(options: &Options, mut exec: Exec) -> Exec {
    for limit in &options.ulimits {
        exec = exec.ulimit(Ulimit::new(&limit.name, limit.soft, limit.hard));
    }
    if let Some(parent) = &options.cgroup_parent {
        exec = exec.cgroup_parent(parent);
    }
    if let Some(name) = &options.hostname {
        exec = exec.hostname(name);
    }
    if let Some(size) = options.shm_size {
        exec = exec.shm_size(size);
    }
    exec
}

fn with_path(exec: Exec, path: Option<&str>) -> Exec {
    exec.env("PATH", path.unwrap_or(DEFAULT_PATH))
}

/// An absolute path, of a text that is known to be one.
pub(super) fn path(text: &str) -> ContainerPath {
    ContainerPath::new(text).unwrap_or_else(|_| at("/"))
}
