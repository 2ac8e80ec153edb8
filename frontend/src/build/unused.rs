//! Names on the command line that match nothing in the project.
//!
//! Warnings, not errors: CI often passes the same arguments to many builds.

use std::collections::BTreeSet;

use buildkit_llb::Platform;

use super::images::UV;
use crate::client::{NoCache, Options, familiar_name};
use crate::lower::{BUILD, RESOLVE};
use crate::plan::{Component, Plan, stages};
use crate::source::{Diagnostic, Diagnostics, Rule, did_you_mean, rules};
use crate::stub::Project;

/// Warns of `--no-cache-filter` and `--build-context` names that match
/// nothing in any variant.
pub(super) fn names(options: &Options, project: &Project, plans: &[Plan]) -> Diagnostics {
    let steps = steps(project, plans);
    let filters: &[String] = match &options.no_cache {
        NoCache::Stages(names) => names,
        NoCache::Off | NoCache::All => &[],
    };
    let filters = filters
        .iter()
        .filter(|name| !steps.contains(name.to_ascii_lowercase().as_str()))
        .map(|name| {
            let message = format!("`--no-cache-filter {name}` names no step of the build");
            unknown(&rules::UNUSED_FILTER, message, name, &steps)
        });
    let known = replaceable(project);
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    // The daemon replaces the frontend itself.
    let frontend = options.source.as_deref().map(familiar_name);
    let contexts = options
        .named_contexts()
        .map(|(key, _)| key)
        .filter(|key| {
            let name = familiar_name(without_platform(key));
            !known.contains(name.as_str()) && frontend.as_ref() != Some(&name)
        })
        .map(|key| {
            let message = format!("`--build-context {key}=…` replaces nothing of the project");
            let name = familiar_name(without_platform(key));
            unknown(&rules::UNUSED_CONTEXT, message, &name, &known)
        });
    filters.chain(contexts).collect()
}

/// The words that steps go by: those of the components that are built, and of
/// other variants as far as the stub alone tells.
fn steps<'a>(project: &'a Project, plans: &'a [Plan]) -> BTreeSet<&'a str> {
    let components = plans.iter().flat_map(|plan| &plan.components);
    let components = components.flat_map(Component::names);
    let variants = project.variants.iter().flat_map(stages);
    components.chain(variants).chain([BUILD, RESOLVE]).collect()
}

/// What a named context can replace: base and build images, and the installer. In the
/// form in which names are compared.
fn replaceable(project: &Project) -> BTreeSet<String> {
    let variants = project.variants.iter();
    let images = variants.flat_map(|variant| {
        let build = variant.build.image.as_ref();
        let build = build.map(|image| image.value.as_str());
        std::iter::once(variant.base.image.as_str()).chain(build)
    });
    images.chain([UV]).map(familiar_name).collect()
}

/// `NAME::os/arch` is for one platform.
fn without_platform(key: &str) -> &str {
    match key.rsplit_once("::") {
        Some((name, platform)) if platform.parse::<Platform>().is_ok() => name,
        _ => key,
    }
}

fn unknown(rule: &'static Rule, message: String, name: &str, known: &BTreeSet<&str>) -> Diagnostic {
    let help = did_you_mean(name, known.iter().copied(), || {
        let known: Vec<&str> = known.iter().copied().collect();
        format!("there are: {}", known.join(", "))
    });
    Diagnostic::warning(rule, message).help(help)
}
