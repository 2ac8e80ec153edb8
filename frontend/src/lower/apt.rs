//! Runtime packages of the distribution.

use buildkit_llb::{Mount, Output, Sharing, at};

use super::Lowering;
use super::step::{self, cache, cache_id, unless_cached, with_network};
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
    let names = base.packages();
    let distribution = &lowering.system.distribution;
    let id = |what: &str| {
        let architecture = lowering.plan().platform.architecture();
        let (name, release) = (&distribution.id, &distribution.release);
        cache_id(&format!("apt-{what}-{name}-{release}-{architecture}"))
    };
    let options = lowering.options;
    let mut exec = step::target(lowering, root, &steps::apt(names.iter().copied()))
        .mount(at("/run/lamina"), Mount::tmpfs())
        .mount(
            at("/var/cache/apt"),
            cache(options, id("cache"), Sharing::Locked),
        )
        .mount(
            at("/var/lib/apt"),
            cache(options, id("lists"), Sharing::Locked),
        )
        .name(lowering.name(component, &summary(base)));
    for location in locations(&component.origins) {
        exec = exec.location(location);
    }
    unless_cached(options, &component.names(), with_network(options, exec))
        .finish()
        .root()
}

/// What progress and history say.
pub(super) fn summary(base: &Base) -> String {
    format!("apt-get install {}", base.packages().join(" "))
}
