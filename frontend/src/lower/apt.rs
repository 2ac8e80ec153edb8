//! Runtime packages of the distribution.

use buildkit_llb::{Mount, Output, Sharing, at};

use super::step::{self, cache, cache_id, caching, online};
use super::{Component, Context};
use crate::facts::System;
use crate::source::locations;
use crate::steps;

/// The system with its packages; the system itself where there are none.
///
/// The step runs as the target: maintainer scripts are the target's programs.
pub(super) fn packages(context: &Context<'_>, system: &System, root: &Output) -> Output {
    let packages = &context.plan.base.apt;
    if packages.is_empty() {
        return root.clone();
    }
    let names: Vec<&str> = packages
        .iter()
        .map(|package| package.value.as_str())
        .collect();
    let distribution = &system.distribution;
    let id = |what: &str| {
        let architecture = context.plan.platform.architecture();
        let (name, release) = (&distribution.id, &distribution.release);
        cache_id(&format!("apt-{what}-{name}-{release}-{architecture}"))
    };
    let options = context.options;
    let mut exec = step::target(context, root, &steps::apt(names.iter().copied()))
        .mount(at("/run/lamina"), Mount::tmpfs())
        .mount(
            at("/var/cache/apt"),
            cache(options, id("cache"), Sharing::Locked),
        )
        .mount(
            at("/var/lib/apt"),
            cache(options, id("lists"), Sharing::Locked),
        )
        .name(context.name(
            &Component::Base,
            &format!("apt-get install {}", names.join(" ")),
        ));
    for place in locations(packages.iter().map(|package| &package.location)) {
        exec = exec.location(place);
    }
    caching(options, &["base"], online(options, exec))
        .finish()
        .root()
}
