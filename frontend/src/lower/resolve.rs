//! The step that resolves the packages of all layers together.

use buildkit_llb::{Mount, Output, Sharing, at};

use super::pip_options::resolve_arguments;
use super::python_steps::{python_step, with_indexes};
use super::step::{cache, cache_id, unless_cached};
use super::{Built, Origin, PythonSteps};
use crate::python::{Requirement, machine};
use crate::source::locations;
use crate::steps::{self, ExplicitRequest, LayerRequest, ResolveRequest};

/// The step; its answer is `resolution.json`.
///
/// Without a resolution it fails with [`Resolution::FAILED`], and is not
/// cached. With `explain`, a key of its own, it answers why.
///
/// [`Resolution::FAILED`]: crate::facts::Resolution::FAILED
pub fn resolve(python: &PythonSteps<'_>, built: &[Built], explain: Option<&str>) -> Output {
    let plan = python.plan;
    let request = request(python, built, explain);
    let words = if explain.is_some() {
        "why there is no resolution".to_owned()
    } else {
        let (version, platform) = (python.version, &plan.platform);
        format!("uv pip compile, Python {version}, {platform}")
    };
    let step = steps::resolve(&request);
    let mut exec = with_indexes(python, python_step(python, &step))
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .mount(
            at("/root/.cache/uv"),
            cache(python.options, cache_id("resolve"), Sharing::Shared),
        )
        .name(plan.shared_step_name(RESOLVE, &words));
    for link in &python.links {
        exec = link.mounted(exec);
    }
    for wheel in python.origins.iter().filter(|it| !it.needs_build()) {
        exec = wheel.mounted(exec);
    }
    for built in built {
        exec = built.metadata(exec);
    }
    let requirements = plan.python_layers().flat_map(|layer| &layer.requirements);
    for location in locations(requirements.map(|it| &it.location)) {
        exec = exec.location(location);
    }
    unless_cached(python.options, &[RESOLVE], exec)
        .finish()
        .output(at("/out"))
}

fn request(python: &PythonSteps<'_>, built: &[Built], explain: Option<&str>) -> ResolveRequest {
    let options = &python.resolution.options;
    let layers = python.plan.python_layers().map(|layer| {
        let lines = layer.requirements.iter();
        let lines = lines.map(|line| as_given(line, &python.origins, built));
        LayerRequest {
            requirements: lines.collect(),
        }
    });
    let indexes = options.explicit.iter().map(|it| ExplicitRequest {
        packages: it.packages.clone(),
        url: it.index.url.to_string(),
    });
    let constraints = python.resolution.constraints.iter();
    ResolveRequest {
        anonymous: options.anonymous.iter().map(ToString::to_string).collect(),
        arguments: resolve_arguments(options),
        built: built.iter().map(Built::request).collect(),
        constraints: constraints.map(ToString::to_string).collect(),
        cross: python.is_cross(),
        explain: explain.map(str::to_owned),
        indexes: indexes.collect(),
        layers: layers.collect(),
        local: !(python.origins.is_empty() && python.links.is_empty()),
        machine: machine(&python.plan.platform).to_owned(),
        python: python.version,
        python_full_version: python.full_version.as_ref().map(ToString::to_string),
    }
}

/// What progress and `--no-cache-filter` call the step.
pub const RESOLVE: &str = "resolve";

/// The requirement as the resolution is given it.
fn as_given(requirement: &Requirement, origins: &[Origin], built: &[Built]) -> String {
    let written = requirement.to_string();
    let is_of = |built: &&Built| built.requirement.as_ref() == Some(&written);
    if let Some(built) = built.iter().find(is_of) {
        return built.as_given(requirement);
    }
    let origin = origins.iter().find(|origin| origin.is_of(requirement));
    origin.map_or(written, |origin| origin.text().to_owned())
}
