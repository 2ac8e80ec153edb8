//! Python packages: resolved once, installed in slices.
//!
//! These steps run on the builder's own architecture, whatever the target is,
//! and the environment is the only thing that comes out of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use buildkit_llb::exec::ContentCache;
use buildkit_llb::{Exec, File, Mkdir, Mount, Output, Owner, Sharing, at};

use super::origins::{directory_place, given, of_slice};
use super::pip_options::{install_arguments, resolve_arguments};
use super::step::{self, cache, cache_id, caching, native, online};
use super::{Component, Context, VENV};
use crate::facts::{DirectoryAttributes, System};
use crate::plan::LayerPlan;
use crate::python::{PackageName, Pin, PythonVersion, Requirement, machine};
use crate::source::locations;
use crate::steps::{self, InstallRequest, LayerRequest, ResolveRequest, Step};
use crate::stub::Installer;

/// How many package names a step's name shows.
const SHOWN: usize = 4;

/// The step that pins all layers together; its answer is `resolution.json`.
///
/// Without a resolution it fails with [`Resolution::FAILED`], and is not
/// cached. With `explain`, a key of its own, it answers why.
///
/// [`Resolution::FAILED`]: crate::facts::Resolution::FAILED
pub fn resolve(
    context: &Context<'_>,
    facts: &Output,
    system: &System,
    python: PythonVersion,
    explain: Option<&str>,
) -> Output {
    let plan = context.plan;
    let layers = plan.layers.iter().map(|layer| {
        let lines = layer.requirements.iter();
        LayerRequest {
            requirements: lines.map(|line| given(line, context.origins)).collect(),
        }
    });
    let request = ResolveRequest {
        anonymous: plan
            .options
            .anonymous
            .iter()
            .map(ToString::to_string)
            .collect(),
        arguments: resolve_arguments(&plan.options),
        constraints: lines(&plan.constraints),
        cross: context.cross(),
        layers: layers.collect(),
        local: !context.origins.is_empty(),
        machine: machine(&plan.platform).to_owned(),
        python,
        python_full_version: system.python_full_version(python).map(ToString::to_string),
        explain: explain.map(str::to_owned),
    };
    let words = if explain.is_some() {
        "why there is no resolution".to_owned()
    } else {
        format!("uv pip compile, Python {python}, {}", plan.platform)
    };
    let step = steps::resolve(&request);
    let mut exec = python_step(context, facts, &step, &request.arguments)
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .mount(
            at("/root/.cache/uv"),
            cache(context.options, cache_id("uv"), Sharing::Shared),
        )
        .name(context.name(&Component::Inside("resolve"), &words));
    for origin in context.origins {
        exec = origin.mounted(exec);
    }
    let all = plan.layers.iter().flat_map(|layer| &layer.requirements);
    for place in locations(all.map(|requirement| &requirement.location)) {
        exec = exec.location(place);
    }
    caching(context.options, &["resolve"], exec)
        .finish()
        .output(at("/out"))
}

/// An installed Python layer.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The layer's number.
    pub index: usize,
    /// A tree with the environment at its place, this layer's files only.
    pub tree: Output,
    /// What the history says.
    pub summary: String,
}

/// A tree with nothing but the environment's directory: an output has to have
/// its path, and a mount with a selector is not hashed by its content. The
/// directory above is as the base has it, since a merge takes it from here.
pub(super) fn empty_environment(system: &System) -> Output {
    let chain = File::on(&Output::SCRATCH);
    let above = system.opt.unwrap_or(DirectoryAttributes::DEFAULT);
    let chain = if above == DirectoryAttributes::DEFAULT {
        chain
    } else {
        let owner = Owner::ids(above.uid, above.gid);
        chain.action(Mkdir::new(at("/opt"), above.mode).owner(owner))
    };
    step::small(chain.action(Mkdir::new(at(VENV), 0o755).parents())).output()
}

/// Installs the slice of a layer.
pub fn install(
    context: &Context<'_>,
    facts: &Output,
    system: &System,
    python: PythonVersion,
    index: usize,
    slice: &[Pin],
) -> Installed {
    let plan = context.plan;
    let layer = &plan.layers[index];
    let origins = of_slice(context.origins, slice);
    let request = InstallRequest {
        arguments: install_arguments(plan.installer, &plan.options, slice),
        bottom: index == 0,
        cross: context.cross(),
        installer: plan.installer,
        local: !origins.is_empty(),
        machine: machine(&plan.platform).to_owned(),
        python,
        requirements: slice.iter().map(Pin::line).collect(),
    };
    let (target, id) = match plan.installer {
        Installer::Uv => (at("/root/.cache/uv"), "uv"),
        Installer::Pip => (at("/root/.cache/pip"), "pip"),
    };
    let summary = format!(
        "{} pip install {}",
        plan.installer.program(),
        shown(layer, slice)
    );
    let summary = if plan.installer == Installer::Pip {
        summary.replacen("pip ", "", 1)
    } else {
        summary
    };
    let step = steps::install(&request);
    let mut exec = python_step(context, facts, &step, &request.arguments)
        .mount(
            target,
            cache(context.options, cache_id(id), Sharing::Shared),
        )
        .mount(
            at(VENV),
            Mount::writable(empty_environment(system)).selector(at(VENV)),
        )
        .name(context.name(&Component::Layer(index), &summary));
    for origin in origins {
        exec = origin.mounted(exec);
    }
    for place in locations(layer.requirements.iter().map(|r| &r.location)) {
        exec = exec.location(place);
    }
    let names = [layer.name.as_str(), if layer.app { "app" } else { "ml" }];
    Installed {
        index,
        tree: caching(context.options, &names, exec)
            .finish()
            .output(at(VENV)),
        summary,
    }
}

/// The step that compares what the packages of all layers wrote; its answer
/// is `clashes.json`.
pub fn clash_check(context: &Context<'_>, installed: &[Installed]) -> Output {
    let mut exec = native(context, &steps::clash_check())
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(context.name(&Component::Inside("check"), "no file from two packages"));
    for layer in installed {
        // Hashing gigabytes of content would only ever save this short step.
        let mount = Mount::read_only(&layer.tree)
            .selector(at(VENV))
            .content_cache(ContentCache::Off);
        exec = exec.mount(step::path(&format!("/layers/{}", layer.index)), mount);
    }
    exec.finish().output(at("/out"))
}

/// A step that runs an installer with `arguments`.
fn python_step(context: &Context<'_>, facts: &Output, step: &Step, arguments: &[String]) -> Exec {
    let mut exec = native(context, step)
        .mount(at("/lamina/uv"), Mount::read_only(context.uv))
        .mount(at("/root/.netrc"), Mount::secret("netrc").optional())
        .mount(
            at("/lamina/python"),
            Mount::read_only(facts).selector(at("/python")),
        );
    // Only where the arguments name them.
    for link in context.links {
        let place = directory_place(link.number);
        if arguments.contains(&place) {
            exec = exec.mount(step::path(&place), link.mount.clone());
        }
    }
    online(context.options, exec)
}

fn lines(requirements: &[Requirement]) -> Vec<String> {
    requirements.iter().map(ToString::to_string).collect()
}

/// The packages that the user asked for come first.
fn shown(layer: &LayerPlan, slice: &[Pin]) -> String {
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
