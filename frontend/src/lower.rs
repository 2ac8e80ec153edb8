//! Lowering: a plan and the facts about its images, to LLB.
//!
//! Pure: the same plan, facts, options and capabilities give the same bytes.
//! Each component becomes a [`Tree`]; [`assemble`] makes one image of them.

mod accounts;
mod apt;
mod apt_step;
mod assemble;
mod build_root;
mod builds;
mod clash;
mod context;
mod environment;
mod image_config;
mod inspect;
mod libraries;
mod lowering;
mod origins;
mod pip_options;
mod placing;
mod python_steps;
mod resolve;
mod step;
mod tools;
mod tree;

/// Declares the module of each kind, and lowers a component of any kind.
macro_rules! kinds {
    ($($module:ident: $Kind:ident,)*) => {
        $(mod $module;)*

        fn lower_component<'a>(
            lowering: &'a Lowering<'a>,
            component: &'a Component,
        ) -> Result<Vec<Tree<'a>>, Diagnostics> {
            match &component.kind {
                $(Kind::$Kind(it) => $module::lower(lowering, component, it),)*
            }
        }

        fn check_component(steps: &StepContext<'_>, component: &Component) -> Diagnostics {
            match &component.kind {
                $(Kind::$Kind(it) => $module::check(steps, it),)*
            }
        }

        fn files_of_component(component: &Component) -> Vec<Needed> {
            match &component.kind {
                $(Kind::$Kind(it) => $module::needed_files(it),)*
            }
        }
    };
}

crate::kinds::for_each_kind!(kinds);

pub use assemble::{Image, assemble};
pub use build_root::{BUILD, BuildRoot};
pub use builds::{BuildSource, Built, Fetch, FetchSource, WheelBuild, WheelTree, build, fetch};
pub use clash::clash_check;
pub use context::{Context, Images, StepContext};
pub use environment::{VENV, VENV_BIN};
pub use image_config::{add_history, image_config};
pub use inspect::{inspect, inspect_root};
pub use libraries::libraries_check;
pub use lowering::Lowering;
pub use origins::{LinkDirectory, Origin, link_directories, mounted_at, origins};
pub use python_steps::PythonSteps;
pub use resolve::{RESOLVE, resolve};
pub use tools::{UV_VERSION, UvSource, uv_tree};
pub use tree::{Place, Tree};

use crate::client::Needed;
use crate::plan::{Component, Kind, Plan};
use crate::source::Diagnostics;

/// The files that the components of a plan need in the build context.
pub fn needed_files(plan: &Plan) -> Vec<Needed> {
    let components = plan.included();
    let mut needed: Vec<Needed> = components.flat_map(files_of_component).collect();
    if let Some(resolution) = plan
        .resolution
        .as_ref()
        .filter(|_| plan.installs_packages())
    {
        needed.extend(origins::needed_links(resolution));
    }
    needed
}

/// What is wrong with the components of a plan, as far as the base image
/// tells: variables that it does not have, say.
pub fn check(steps: &StepContext<'_>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for component in steps.plan.included() {
        diagnostics.extend(check_component(steps, component));
    }
    if steps.plan.installs_packages() {
        diagnostics.extend(build_root::check(steps));
    }
    diagnostics
}

/// The trees of all components of an image, bottom first.
///
/// # Errors
///
/// Those of [`check`].
pub fn lower<'a>(lowering: &'a Lowering<'a>) -> Result<Vec<Tree<'a>>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut trees = Vec::new();
    for component in lowering.plan().included() {
        let lowered = lower_component(lowering, component);
        trees.extend(diagnostics.keep(lowered).into_iter().flatten());
    }
    diagnostics.into_result(trees)
}
