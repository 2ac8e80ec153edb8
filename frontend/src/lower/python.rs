//! A Python layer: its slice of the resolution, installed into the virtual
//! environment.
//!
//! The step runs on the builder's own architecture, whatever the target is,
//! and the environment is the only thing that comes out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use buildkit_llb::{Exec, Mount, Output, Sharing, at};

use super::environment::empty_environment;
use super::python_steps::{python_step, with_indexes};
use super::step::{cache, cache_id, unless_cached};
use super::{Lowering, Place, PythonSteps, StepContext, Tree, VENV};
use crate::client::Needed;
use crate::plan::Component;
use crate::plan::python::Python;
use crate::python::{Package, PackageName, Pin, RequirementSource, WheelSource, machine};
use crate::source::{Diagnostics, locations};
use crate::steps::{self, InstallRequest, WheelRequest};
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
    let name = lowering.name(component, &summary);
    Ok(vec![Tree {
        component,
        place: Place::Owned {
            prefix: VENV,
            tree: install(lowering, python, component, layer, slice, name),
            empty: empty_environment(lowering.system),
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
    lowering: &Lowering<'_>,
    python: &PythonSteps<'_>,
    component: &Component,
    layer: &Python,
    slice: &[Package],
    name: String,
) -> Output {
    let request = InstallRequest {
        bottom: layer.index == 0,
        cross: python.is_cross(),
        installer: python.resolution.installer,
        machine: machine(&python.plan.platform).to_owned(),
        python: python.version,
        trusted_hosts: trusted_hosts(python, slice),
        wheels: slice.iter().map(|it| wheel(python, it)).collect(),
    };
    let empty = empty_environment(lowering.system);
    let mut exec = python_step(python, &steps::install(&request))
        .mount(at(VENV), Mount::writable(&empty).selector(at(VENV)))
        .name(name);
    let is_fetched = |it: &Package| matches!(it.wheel.source, WheelSource::Url(_));
    if slice.iter().any(is_fetched) {
        exec = with_indexes(python, exec).mount(
            at("/root/.cache/lamina-wheels"),
            cache(python.options, cache_id("wheels"), Sharing::Shared),
        );
    }
    exec = with_mounted(lowering, python, slice, exec);
    for location in locations(&component.origins) {
        exec = exec.location(location);
    }
    unless_cached(python.options, &component.names(), exec)
        .finish()
        .output(at(VENV))
}

/// Lets a step read the wheels that no URL has.
fn with_mounted(
    lowering: &Lowering<'_>,
    python: &PythonSteps<'_>,
    slice: &[Package],
    mut exec: Exec,
) -> Exec {
    let directories = slice.iter().filter_map(|it| match &it.wheel.source {
        WheelSource::Mounted(directory) => Some(directory.as_str()),
        WheelSource::Url(_) => None,
    });
    let directories: BTreeSet<&str> = directories.collect();
    for tree in lowering.wheels {
        if directories.contains(tree.directory.as_str()) {
            exec = tree.mounted(exec);
        }
    }
    for origin in &python.origins {
        if directories.contains(origin.directory()) {
            exec = origin.mounted(exec);
        }
    }
    for link in &python.links {
        if directories.contains(link.directory().as_str()) {
            exec = link.mounted(exec);
        }
    }
    exec
}

/// The trusted hosts that files of a slice come from: others are no reason to
/// install it again.
fn trusted_hosts(python: &PythonSteps<'_>, slice: &[Package]) -> Vec<String> {
    let urls = slice.iter().filter_map(|it| match &it.wheel.source {
        WheelSource::Url(url) => url.split_once("://")?.1.split('/').next(),
        WheelSource::Mounted(_) => None,
    });
    let authorities: BTreeSet<&str> = urls.collect();
    let is_used = |host: &String| {
        let mut authorities = authorities.iter();
        authorities.any(|it| it == host || it.split(':').next() == Some(host))
    };
    python.trusted_hosts().into_iter().filter(is_used).collect()
}

fn wheel(python: &PythonSteps<'_>, package: &Package) -> WheelRequest {
    let Package { pin, wheel } = package;
    WheelRequest {
        direct_url: direct_url(python, pin),
        name: wheel.name.clone(),
        sha256: wheel.sha256.digest().to_owned(),
        size: wheel.size,
        source: match &wheel.source {
            WheelSource::Url(url) => url.clone(),
            WheelSource::Mounted(directory) => format!("{directory}/{}", wheel.name),
        },
    }
}

/// The URL that the user gives for a package.
fn direct_url(python: &PythonSteps<'_>, pin: &Pin) -> Option<String> {
    let mut requirements = python.plan.all_requirements();
    requirements.find_map(|it| match &it.source {
        RequirementSource::Url(url) if it.name.is_some() && it.name == pin.name => {
            Some(url.clone())
        }
        _ => None,
    })
}

/// The packages that the user asked for come first.
fn listed(layer: &Python, slice: &[Package]) -> String {
    let pins: BTreeMap<&PackageName, String> = slice
        .iter()
        .filter_map(|it| Some((it.pin.name.as_ref()?, it.pin.label())))
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
