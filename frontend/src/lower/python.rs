//! A Python layer: its slice of the resolution, installed into the virtual
//! environment.
//!
//! The step runs on the builder's own architecture, whatever the target is,
//! and the environment is the only thing that comes out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use buildkit_llb::{Mount, Output, Sharing, at};

use super::environment::empty_environment;
use super::origins::of_slice;
use super::pip_options::install_arguments;
use super::resolve::python_step;
use super::step::{cache, cache_id, unless_cached};
use super::{Lowering, Place, PythonSteps, StepContext, Tree, VENV};
use crate::client::Needed;
use crate::plan::Component;
use crate::plan::python::Python;
use crate::python::{PackageName, Pin, RequirementSource, machine};
use crate::source::{Diagnostics, locations};
use crate::steps::{self, InstallRequest};
use crate::stub::Installer;

/// How many package names a step's name shows.
const SHOWN: usize = 4;

#[expect(clippy::unnecessary_wraps, reason = "all kinds are lowered alike")]
pub(super) fn lower<'a>(
    lowering: &'a Lowering<'a>,
    component: &'a Component,
    layer: &Python,
) -> Result<Vec<Tree<'a>>, Diagnostics> {
    let Some((python, slice)) = lowering.python.zip(lowering.slices.get(layer.index)) else {
        return Ok(Vec::new());
    };
    // An empty slice adds no layer; the bottom one creates the environment.
    if slice.is_empty() && layer.index > 0 {
        return Ok(Vec::new());
    }
    let installer = python.resolution.installer;
    let command = match installer {
        Installer::Uv => "uv pip install",
        Installer::Pip => "pip install",
    };
    let summary = format!("{command} {}", listed(layer, slice));
    let empty = empty_environment(lowering.system);
    let name = lowering.name(component, &summary);
    Ok(vec![Tree {
        component,
        place: Place::Owned {
            prefix: VENV,
            tree: install(python, component, layer, slice, &empty, name),
            empty,
        },
        history: vec![format!("{}: {summary}", component.id)],
    }])
}

pub(super) fn check(_steps: &StepContext<'_>, _layer: &Python) -> Diagnostics {
    Diagnostics::new()
}

/// The wheels and projects of the build context that the layer requires.
pub(super) fn needed_files(layer: &Python) -> Vec<Needed> {
    let requirements = layer.requirements.iter();
    requirements
        .filter_map(|requirement| match &requirement.source {
            RequirementSource::Path(path) => Some(Needed::new(path, &requirement.location)),
            _ => None,
        })
        .collect()
}

/// A tree with the environment at its place, this layer's files only.
fn install(
    python: &PythonSteps<'_>,
    component: &Component,
    layer: &Python,
    slice: &[Pin],
    empty: &Output,
    name: String,
) -> Output {
    let installer = python.resolution.installer;
    let origins = of_slice(&python.origins, slice);
    let request = InstallRequest {
        arguments: install_arguments(installer, &python.resolution.options, slice),
        bottom: layer.index == 0,
        cross: python.is_cross(),
        installer,
        local: !origins.is_empty(),
        machine: machine(&python.plan.platform).to_owned(),
        python: python.version,
        requirements: slice.iter().map(Pin::line).collect(),
    };
    let (cache_directory, id) = match installer {
        Installer::Uv => (at("/root/.cache/uv"), "uv"),
        Installer::Pip => (at("/root/.cache/pip"), "pip"),
    };
    let step = steps::install(&request);
    let mut exec = python_step(python, &step, &request.arguments)
        .mount(
            cache_directory,
            cache(python.options, cache_id(id), Sharing::Shared),
        )
        .mount(at(VENV), Mount::writable(empty).selector(at(VENV)))
        .name(name);
    for origin in origins {
        exec = origin.mounted(exec);
    }
    for location in locations(&component.origins) {
        exec = exec.location(location);
    }
    unless_cached(python.options, &component.names(), exec)
        .finish()
        .output(at(VENV))
}

/// The packages that the user asked for come first.
fn listed(layer: &Python, slice: &[Pin]) -> String {
    let pins: BTreeMap<&PackageName, String> = slice
        .iter()
        .filter_map(|pin| Some((pin.name.as_ref()?, pin.label())))
        .collect();
    // Several lines may ask for one package.
    let mut seen = BTreeSet::new();
    let asked: Vec<&str> = layer
        .requirements
        .iter()
        .filter_map(|r| pins.get(r.name.as_ref()?).map(String::as_str))
        .filter(|pin| seen.insert(*pin))
        .collect();
    if slice.is_empty() {
        return "nothing".to_owned();
    }
    let mut words = asked
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    let more = slice.len().saturating_sub(asked.len().min(SHOWN));
    if more > 0 {
        let _ = write!(words, " and {more} more");
    }
    words.trim_start_matches(" and ").to_owned()
}
