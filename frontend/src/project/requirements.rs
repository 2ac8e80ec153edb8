//! The requirements of a variant's layers: which file each is read from, and
//! which files have to be read to know them all.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Platform;

use crate::python::{self, Loaded, PythonVersion, RequirementSet, Sources, Target, Texts};
use crate::source::{Diagnostic, Diagnostics, Spanned, nearest_file};
use crate::stub::{Layer, Variant};

/// The version that markers are evaluated for where the stub names neither a
/// version nor a base image that tells it.
pub const DEFAULT_PYTHON: PythonVersion = PythonVersion {
    major: 3,
    minor: 11,
};

/// The files that a layer may be read from, best first, for a platform.
fn candidates(layer: &Layer, platform: &Platform) -> Vec<Spanned<String>> {
    let fill = |path: String| path.replace("{arch}", platform.architecture());
    layer
        .requirements
        .iter()
        .map(|path| path.clone().map(fill))
        .collect()
}

/// The requirements of a variant, or what must be read to know them.
#[derive(Clone, Debug)]
pub(super) enum Sets {
    /// A set a layer, bottom first.
    Complete(Vec<RequirementSet>),
    /// Files that have to be read, or found missing, first.
    Needs(BTreeSet<String>),
}

/// The requirements of all layers of a variant, from the texts read so far.
///
/// Mistakes of all layers are reported together.
pub(super) fn sets(
    variant: &Variant,
    platform: &Platform,
    args: &BTreeMap<String, String>,
    texts: &Texts,
) -> Result<Sets, Diagnostics> {
    let target = Target {
        platform: platform.clone(),
        python: variant.python.version.unwrap_or(DEFAULT_PYTHON),
    };
    let mut diagnostics = Diagnostics::new();
    let mut needs = BTreeSet::new();
    let mut sets = Vec::new();
    for layer in &variant.python.layers {
        let files = match choose(layer, platform, texts) {
            Ok(files) => files,
            Err(Missing::Unknown(path)) => {
                needs.insert(path);
                continue;
            }
            Err(Missing::All(diagnostic)) => {
                diagnostics.push(*diagnostic);
                continue;
            }
        };
        let sources = Sources {
            files: &files,
            packages: &layer.packages,
            args,
            target: &target,
        };
        match diagnostics.keep(python::load(sources, texts)) {
            Some(Loaded::Set(set)) => sets.push(*set),
            Some(Loaded::Needs(paths)) => needs.extend(paths),
            None => {}
        }
    }
    if needs.is_empty() {
        diagnostics.into_result(Sets::Complete(sets))
    } else {
        Ok(Sets::Needs(needs))
    }
}

/// Why no file was chosen.
enum Missing {
    /// Nobody has looked for this one yet.
    Unknown(String),
    /// None exists.
    All(Box<Diagnostic>),
}

/// The first of a layer's files that exists; none where it needs none.
fn choose(
    layer: &Layer,
    platform: &Platform,
    texts: &Texts,
) -> Result<Vec<Spanned<String>>, Missing> {
    let candidates = candidates(layer, platform);
    for candidate in &candidates {
        // What is no file exists; reading it says what is wrong.
        if texts.files.contains_key(&candidate.value) || texts.is_no_file(&candidate.value) {
            return Ok(vec![candidate.clone()]);
        }
        if !texts.absent.contains(&candidate.value) {
            return Err(Missing::Unknown(candidate.value.clone()));
        }
    }
    match candidates.first() {
        Some(first) if layer.required => {
            let names: Vec<&str> = candidates.iter().map(|c| c.value.as_str()).collect();
            let diagnostic = Diagnostic::error(format!(
                "layer `{}` has no requirement file for {platform}: there is no {}",
                layer.name,
                names.join(" and no ")
            ))
            .at(first.location.clone())
            .label(if names.len() == 1 {
                "does not exist"
            } else {
                "none of these exists"
            })
            .help(what_there_is(first, &names, texts));
            Err(Missing::All(Box::new(diagnostic)))
        }
        _ => Ok(Vec::new()),
    }
}

/// What to do about files that do not exist: the near one, or all there are.
fn what_there_is(first: &Spanned<String>, names: &[&str], texts: &Texts) -> String {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let known = texts.exist.iter().chain(texts.files.keys());
    let known: BTreeSet<&str> = known
        .map(String::as_str)
        .filter(|path| folder(path) == folder(&first.value))
        .collect();
    let near = names
        .iter()
        .find_map(|name| nearest_file(name, known.iter().copied()));
    if let Some(near) = near {
        return format!("did you mean {near}?");
    }
    let create = match names {
        [_] => "create it, or name one that exists",
        _ => "create one of them, or name one that exists",
    };
    if known.is_empty() {
        return create.to_owned();
    }
    let some: Vec<&str> = known.into_iter().take(8).collect();
    format!("{create}: its folder has {}", some.join(", "))
}
