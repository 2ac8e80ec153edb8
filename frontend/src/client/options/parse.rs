//! From the environment to [`Options`].

use std::collections::BTreeMap;

use super::value::{boolean, epoch, integer, invalid, platforms, present};
use super::{CacheImport, Network, NoCache, Options, Proxy, ResolveMode, limits, network, worker};
use crate::client::Subrequest;
use crate::source::{Diagnostic, Diagnostics};

pub(super) const OPTION: &str = "BUILDKIT_FRONTEND_OPT_";

pub(super) fn options(
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Options, Diagnostics> {
    let mut given = BTreeMap::new();
    let mut options = Options {
        filename: "Dockerfile".to_owned(),
        ..Options::default()
    };
    let mut diagnostics = Diagnostics::new();
    for (name, value) in variables {
        match name.as_str() {
            "BUILDKIT_SESSION_ID" => options.session_id = value,
            "BUILDKIT_WORKERS" => {
                let workers = diagnostics.keep(worker::workers(&value));
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
        // All invalid options are reported, not just the first.
        diagnostics.keep(match key.split_once(':') {
            Some((kind, name)) => set_named(&mut options, kind, name, value),
            None => set(&mut options, key, value),
        });
    }
    let key = given.get("contextkey").map_or("context", String::as_str);
    options.context = given.get(key).and_then(|url| present(url));
    from_build_args(&mut options, &mut diagnostics);
    if options.multi_platform == Some(false) && options.platforms.len() > 1 {
        diagnostics.push(
            Diagnostic::error("several platforms, and `multi-platform=false`")
                .help("pass a single `--platform`, or leave `multi-platform` out"),
        );
    }
    diagnostics.into_result(options)
}

fn set(options: &mut Options, key: &str, value: &str) -> Result<(), Diagnostics> {
    match key {
        "target" => options.target = present(value),
        "filename" if !value.is_empty() => value.clone_into(&mut options.filename),
        "platform" if !value.is_empty() => options.platforms = platforms(value)?,
        "multi-platform" if !value.is_empty() => {
            options.multi_platform = Some(boolean("`multi-platform`", value)?);
        }
        "no-cache" => options.no_cache = NoCache::parse(value),
        "cache-imports" if !value.is_empty() => {
            // Those of `cache-from` come after these, in any order of keys.
            let mut imports = CacheImport::parse(value)?;
            imports.append(&mut options.cache_imports);
            options.cache_imports = imports;
        }
        "cache-from" if !value.is_empty() => {
            let references = value.split(',').map(CacheImport::registry);
            options.cache_imports.extend(references);
        }
        "image-resolve-mode" => options.image_resolve_mode = ResolveMode::parse(value)?,
        "force-network-mode" if !value.is_empty() => {
            options.network = Some(Network::parse(value)?);
        }
        "add-hosts" => options.add_hosts = network::hosts(value)?,
        "ulimit" => options.ulimits = limits::ulimits(value)?,
        "shm-size" if !value.is_empty() => {
            let bytes = integer(
                "`--shm-size`",
                value,
                "`--shm-size 64m` (or `--opt shm-size=67108864` for `buildctl`)",
            )?;
            options.shm_size = Some(bytes).filter(|bytes| *bytes > 0);
        }
        "cgroup-parent" => options.cgroup_parent = present(value),
        "hostname" => options.hostname = present(value),
        "contextsubdir" => options.context_subdir = present(value),
        "dockerfilekey" => options.dockerfile_local = present(value),
        "requestid" if !value.is_empty() => options.subrequest = Some(Subrequest::parse(value)),
        "frontend.caps" => {
            let caps = value.split(',').filter(|cap| !cap.is_empty());
            // `+forward`: another frontend may answer, which lamina does not have.
            let plain = |cap: &str| cap.split('+').next().unwrap_or_default().to_owned();
            options.frontend_caps = caps.map(plain).collect();
        }
        "source" => options.source = present(value),
        _ => {}
    }
    Ok(())
}

fn set_named(
    options: &mut Options,
    kind: &str,
    name: &str,
    value: &str,
) -> Result<(), Diagnostics> {
    let (key, text) = (name.to_owned(), value.to_owned());
    match kind {
        "build-arg" => {
            options.build_args.insert(key, text);
        }
        "label" => {
            options.labels.insert(key, text);
        }
        "context" => options.named_contexts.insert(name, value),
        "input-metadata" => {
            let metadata = super::value::metadata(value).map_err(|error| {
                invalid(&format!("the metadata of input `{name}`"), value, error)
                    .help("lamina expects what `docker buildx bake` sends: update buildx")
            })?;
            options.input_metadata.insert(key, metadata);
        }
        "local-sessionid" => {
            options.local_sessions.insert(key, text);
        }
        "sharedkey" => {
            if let Some(name) = name.strip_prefix("localdir:") {
                options.shared_keys.insert(name.to_owned(), text);
            }
        }
        _ => {}
    }
    Ok(())
}

/// The build arguments that set options.
fn from_build_args(options: &mut Options, diagnostics: &mut Diagnostics) {
    options.proxy = Proxy::from_args(&options.build_args);
    let arg = |name: &str| {
        options
            .build_args
            .get(name)
            .and_then(|value| present(value))
    };
    options.cache_mount_ns = arg("BUILDKIT_CACHE_MOUNT_NS");
    if let Some(hostname) = arg("BUILDKIT_SANDBOX_HOSTNAME") {
        options.hostname = Some(hostname);
    }
    if let Some(value) = arg("BUILDKIT_MULTI_PLATFORM") {
        let flag = "`--build-arg BUILDKIT_MULTI_PLATFORM`";
        options.multi_platform = diagnostics.keep(boolean(flag, &value));
    }
    if let Some(value) = arg("SOURCE_DATE_EPOCH") {
        options.source_date_epoch = diagnostics.keep(epoch(&value));
    }
}
