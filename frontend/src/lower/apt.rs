//! Runtime packages of the distribution.

use buildkit_llb::Output;

use super::Lowering;
use super::apt_step::{summary, with_caches};
use super::step::{self, unless_cached};
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
