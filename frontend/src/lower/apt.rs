//! Runtime packages of the distribution.

use buildkit_llb::{Exec, Mount, Output, Platform, Sharing, at};

use super::Lowering;
use super::step::{self, cache, cache_id, unless_cached, with_network};
use crate::client::Options;
use crate::facts::Distribution;
use crate::plan::Component;
use crate::plan::base::Base;
use crate::source::locations;
use crate::steps;

/// The system with its packages; the system itself where there are none.
///
/// The step runs as the target: maintainer scripts are the target's programs.
pub(super) fn packages(
    lowering: &Lowering<'_>,
    component: &Component,
    base: &Base,
    root: &Output,
) -> Output {
    if base.apt.is_empty() {
        return root.clone();
    }
    let step = steps::apt(base.packages());
    let exec = step::target(lowering, root, &step)
        .name(lowering.name(component, &summary(&base.packages())));
    let platform = &lowering.plan().platform;
    let distribution = &lowering.system.distribution;
    let mut exec = with_caches(lowering.options, exec, distribution, platform);
    for location in locations(&component.origins) {
        exec = exec.location(location);
    }
    unless_cached(lowering.options, &component.names(), exec)
        .finish()
        .root()
}

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
