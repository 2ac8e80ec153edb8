//! Python layers: what they ask for, and which go into an image.

use super::Stage;
use crate::python::{Index, IndexUrl, Options, PYPI, Requirement, rewrite};
use crate::source::{Diagnostic, Diagnostics, Location};
use crate::stub::{Name, Python};

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
