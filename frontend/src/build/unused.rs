//! Names on the command line that nothing of the project has.
//!
//! Warnings, not errors: CI passes arguments in common to many builds.

use std::collections::BTreeSet;

use buildkit_llb::Platform;

use crate::client::{NoCache, Options, familiar_name};
use crate::source::{Diagnostic, Diagnostics, Rule, nearest, rules};
use crate::stub::Project;

/// The context that replaces the installer.
const UV: &str = "uv";

/// Warns of `--no-cache-filter` and `--build-context` names that match
/// nothing in any variant.
pub(super) fn names(options: &Options, project: &Project) -> Diagnostics {
    let stages = stages(project);
    let filters: &[String] = match &options.no_cache {
        NoCache::Stages(names) => names,
        NoCache::Off | NoCache::All => &[],
    };
    let filters = filters
        .iter()
        .filter(|name| !stages.contains(name.to_ascii_lowercase().as_str()))
        .map(|name| {
            let message = format!("`--no-cache-filter {name}` names no step of the build");
            unknown(&rules::UNUSED_FILTER, message, name, &stages)
        });
    let images = images(project);
    let images: BTreeSet<&str> = images.iter().map(String::as_str).collect();
    // The daemon replaces the frontend itself.
    let frontend = options.source.as_deref().map(familiar_name);
    let contexts = options
        .named_contexts()
        .map(|(key, _)| key)
        .filter(|key| {
            let name = familiar_name(without_platform(key));
            !images.contains(name.as_str()) && frontend.as_ref() != Some(&name)
        })
        .map(|key| {
            let message = format!("`--build-context {key}=…` replaces nothing of the project");
            let name = familiar_name(without_platform(key));
            unknown(&rules::UNUSED_CONTEXT, message, &name, &images)
        });
    filters.chain(contexts).collect()
}

/// The words that steps go by: see `graph::step::caching`.
fn stages(project: &Project) -> BTreeSet<&str> {
    let layers = project.variants.iter().flat_map(|v| &v.python.layers);
    let layers = layers.map(|layer| layer.name.as_str());
    ["base", "resolve", "ml", "app"]
        .into_iter()
        .chain(layers)
        .collect()
}

/// What a context can replace, in the form in which names are compared: base
/// images, and the installer.
fn images(project: &Project) -> BTreeSet<String> {
    let bases = project.variants.iter().map(|v| v.base.image.as_str());
    bases.chain([UV]).map(familiar_name).collect()
}

/// `NAME::os/arch` is for one platform.
fn without_platform(key: &str) -> &str {
    match key.rsplit_once("::") {
        Some((name, platform)) if platform.parse::<Platform>().is_ok() => name,
        _ => key,
    }
}

fn unknown(rule: &'static Rule, message: String, name: &str, known: &BTreeSet<&str>) -> Diagnostic {
    let known: Vec<&str> = known.iter().copied().collect();
    let near = nearest(name, known.iter().copied());
    Diagnostic::warning(rule, message).help(near.map_or_else(
        || format!("there are: {}", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    ))
}
