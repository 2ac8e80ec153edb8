//! Python layers: which file they are read from, and which go into an image.

use buildkit_llb::Platform;

use std::collections::{BTreeMap, BTreeSet};

use super::Stage;
use crate::python::PythonVersion;
use crate::python::{
    self, Index, IndexUrl, Loaded, Options, PYPI, Requirement, RequirementSet, Sources, Target,
    Texts, rewrite,
};
use crate::source::{Diagnostic, Diagnostics, Location, Spanned, nearest};
use crate::stub::{Layer, Name, Python, Variant};

/// The version that markers are evaluated for where the stub names neither a
/// version nor a base image that tells it.
pub const DEFAULT_PYTHON: PythonVersion = PythonVersion {
    major: 3,
    minor: 11,
};

/// A Python layer of a plan: one image layer.
#[derive(Clone, Debug)]
pub struct LayerPlan {
    /// Its name.
    pub name: Name,
    /// Where the stub declares it.
    pub location: Option<Location>,
    /// What its own files ask for.
    pub requirements: Vec<Requirement>,
    /// Whether it belongs to the application.
    pub app: bool,
}

/// The files that a layer may be read from, best first, for a platform.
pub fn candidates(layer: &Layer, platform: &Platform) -> Vec<Spanned<String>> {
    let fill = |path: String| path.replace("{arch}", platform.architecture());
    layer
        .requirements
        .iter()
        .map(|path| path.clone().map(fill))
        .collect()
}

/// The requirements of a variant, or what must be read to know them.
#[derive(Clone, Debug)]
pub enum Sets {
    /// A set a layer, bottom first.
    Whole(Vec<RequirementSet>),
    /// Files that have to be read, or found missing, first.
    Needs(BTreeSet<String>),
}

/// The requirements of all layers of a variant, from the texts read so far.
///
/// Mistakes of all layers are reported together.
pub fn sets(
    variant: &Variant,
    platform: &Platform,
    args: &BTreeMap<String, String>,
    texts: &Texts,
) -> Result<Sets, Diagnostics> {
    let target = Target {
        platform: platform.clone(),
        python: variant.python.version.unwrap_or(DEFAULT_PYTHON),
    };
    let mut problems = Diagnostics::new();
    let mut needs = BTreeSet::new();
    let mut sets = Vec::new();
    for layer in &variant.python.layers {
        let files = match choose(layer, platform, texts) {
            Ok(files) => files,
            Err(Missing::Unknown(path)) => {
                needs.insert(path);
                continue;
            }
            Err(Missing::All(problem)) => {
                problems.push(*problem);
                continue;
            }
        };
        let sources = Sources {
            files: &files,
            packages: &layer.packages,
            args,
            target: &target,
        };
        match problems.keep(python::load(sources, texts)) {
            Some(Loaded::Set(set)) => sets.push(*set),
            Some(Loaded::Needs(paths)) => needs.extend(paths),
            None => {}
        }
    }
    if needs.is_empty() {
        problems.into_result(Sets::Whole(sets))
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
            let problem = Diagnostic::error(format!(
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
            Err(Missing::All(Box::new(problem)))
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
    // By file name: the folder is the same, and would make anything near.
    let near = names.iter().find_map(|name| {
        let near = nearest(file_name(name), known.iter().map(|path| file_name(path)))?;
        known.iter().find(|path| file_name(path) == near)
    });
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

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// How many layers, from the bottom, an image of a stage has.
pub(super) fn installed(layers: &[LayerPlan], stage: &Stage) -> usize {
    match stage {
        Stage::Base => 0,
        Stage::Layer(name) => layers
            .iter()
            .position(|layer| layer.name == *name)
            .map_or(0, |index| index + 1),
        // The application's layers are on top, whatever the stub's order: a
        // layer of the middle that is marked ends the `ml` stage.
        Stage::Ml => layers
            .iter()
            .position(|layer| layer.app)
            .unwrap_or(layers.len()),
        Stage::Whole => layers.len(),
    }
}

/// A mirror of PyPI holds where nobody names PyPI, too.
pub(super) fn mirror_default_index(python: &Python, options: &mut Options) {
    let mirrored = rewrite(PYPI, &python.mirrors);
    let replaced = python.indexes.iter().any(|index| index.default);
    if options.index_url.is_none() && !replaced && mirrored != PYPI {
        options.index_url = Some(Index {
            url: mirrored.into(),
            location: None,
        });
    }
}

/// Adds the stub's own indexes behind those of the requirement files.
pub(super) fn add_stub_indexes(python: &Python, options: &mut Options, problems: &mut Diagnostics) {
    for index in &python.indexes {
        let location = &index.url.location;
        let url = IndexUrl::from(index.url.value.as_str()).mirrored(&python.mirrors);
        if index.anonymous {
            options.anonymous.push(url.clone());
        }
        let added = Index {
            url,
            location: Some(location.clone()),
        };
        if index.default {
            match &options.index_url {
                Some(other) if other.url != added.url => {
                    let mut diagnostic = Diagnostic::error("two indexes replace PyPI")
                        .at(location.clone())
                        .label("`default = true`")
                        .help("keep one of them; make the other an additional index");
                    if let Some(other) = &other.location {
                        diagnostic = diagnostic.related(other.clone(), "`--index-url`");
                    }
                    problems.push(diagnostic);
                }
                _ => options.index_url = Some(added),
            }
        } else if !options
            .extra_index_urls
            .iter()
            .any(|it| it.url == added.url)
        {
            options.extra_index_urls.push(added);
        }
    }
}
