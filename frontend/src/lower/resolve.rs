//! The step that resolves the packages of all layers together.

use buildkit_llb::{Exec, Mount, Output, Sharing, at};

use super::PythonSteps;
use super::origins::{as_given, link_directory};
use super::pip_options::resolve_arguments;
use super::step::{self, cache, cache_id, native, unless_cached, with_network};
use crate::python::machine;
use crate::source::locations;
use crate::steps::{self, LayerRequest, ResolveRequest, Step};

/// The step; its answer is `resolution.json`.
///
/// Without a resolution it fails with [`Resolution::FAILED`], and is not
/// cached. With `explain`, a key of its own, it answers why.
///
/// [`Resolution::FAILED`]: crate::facts::Resolution::FAILED
pub fn resolve(python: &PythonSteps<'_>, explain: Option<&str>) -> Output {
    let plan = python.plan;
    let options = &python.resolution.options;
    let layers = plan.python_layers().map(|layer| {
        let lines = layer.requirements.iter();
        LayerRequest {
            requirements: lines.map(|line| as_given(line, &python.origins)).collect(),
        }
    });
    let constraints = python.resolution.constraints.iter();
    let request = ResolveRequest {
        anonymous: options.anonymous.iter().map(ToString::to_string).collect(),
        arguments: resolve_arguments(options),
        constraints: constraints.map(ToString::to_string).collect(),
        cross: python.is_cross(),
        layers: layers.collect(),
        local: !python.origins.is_empty(),
        machine: machine(&plan.platform).to_owned(),
        python: python.version,
        python_full_version: python.full_version.as_ref().map(ToString::to_string),
        explain: explain.map(str::to_owned),
    };
    let words = if explain.is_some() {
        "why there is no resolution".to_owned()
    } else {
        let (version, platform) = (python.version, &plan.platform);
        format!("uv pip compile, Python {version}, {platform}")
    };
    let step = steps::resolve(&request);
    let mut exec = python_step(python, &step, &request.arguments)
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .mount(
            at("/root/.cache/uv"),
            cache(python.options, cache_id("uv"), Sharing::Shared),
        )
        .name(plan.shared_step_name(RESOLVE, &words));
    for origin in &python.origins {
        exec = origin.mounted(exec);
    }
    let requirements = plan.python_layers().flat_map(|layer| &layer.requirements);
    for location in locations(requirements.map(|it| &it.location)) {
        exec = exec.location(location);
    }
    unless_cached(python.options, &[RESOLVE], exec)
        .finish()
        .output(at("/out"))
}

/// What progress and `--no-cache-filter` call the step.
pub const RESOLVE: &str = "resolve";

/// A step that runs an installer with `arguments`.
pub(super) fn python_step(python: &PythonSteps<'_>, step: &Step, arguments: &[String]) -> Exec {
    let mut exec = native(python, step, Some(&python.interpreter))
        .mount(at("/lamina/uv"), Mount::read_only(&python.uv))
        .mount(at("/root/.netrc"), Mount::secret("netrc").optional())
        .mount(
            at("/lamina/python"),
            Mount::read_only(&python.facts).selector(at("/python")),
        );
    // Only where the arguments name them.
    for link in &python.links {
        let directory = link_directory(link.number);
        if arguments.contains(&directory) {
            exec = exec.mount(step::path(&directory), link.mount.clone());
        }
    }
    with_network(python.options, exec)
}
