//! What all steps that run apt have in common.

use buildkit_llb::{Exec, Mount, Platform, Sharing, at};

use super::step::{cache, cache_id, with_network};
use crate::client::Options;
use crate::facts::Distribution;

/// Gives apt the network, and what it keeps between builds.
pub(super) fn with_caches(
    options: &Options,
    exec: Exec,
    distribution: &Distribution,
    platform: &Platform,
) -> Exec {
    let id = |what: &str| {
        let architecture = platform.architecture();
        let (name, release) = (&distribution.id, &distribution.release);
        cache_id(&format!("apt-{what}-{name}-{release}-{architecture}"))
    };
    let exec = exec
        .mount(at("/run/lamina"), Mount::tmpfs())
        .mount(
            at("/var/cache/apt"),
            cache(options, id("cache"), Sharing::Locked),
        )
        .mount(
            at("/var/lib/apt"),
            cache(options, id("lists"), Sharing::Locked),
        );
    with_network(options, exec)
}

/// What progress and history say.
pub(super) fn summary(packages: &[&str]) -> String {
    format!("apt-get install {}", packages.join(" "))
}
