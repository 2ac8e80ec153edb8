//! How the packages of all layers are resolved: together, once.

use serde::Serialize;

use super::python::with_hashes;
use crate::python::{
    ExplicitIndex, Index, IndexUrl, Options, PYPI, PythonVersion, Requirement, RequirementSet,
    merged, rewrite,
};
use crate::source::{Diagnostic, Diagnostics, Location};
use crate::stub::{self, Installer, Variant};

/// What the resolution depends on beside the layers' requirements.
#[derive(Clone, Debug, Serialize)]
pub struct Resolution {
    /// The Python version; `None` where only the base image tells.
    pub python: Option<PythonVersion>,
    /// Where the stub asks for the version.
    #[serde(skip)]
    pub python_location: Option<Location>,
    /// What installs the packages.
    pub installer: Installer,
    /// Indexes and the like, of all requirement files and the stub.
    #[serde(flatten)]
    pub options: Options,
    /// Limits that hold for all layers.
    #[serde(serialize_with = "with_hashes")]
    pub constraints: Vec<Requirement>,
    /// Rewritten URL prefixes: from, to.
    pub mirrors: Vec<(String, String)>,
    /// What wheels are built with, where there are none.
    pub build: stub::Build,
}

impl Resolution {
    /// Unites what the requirement files of all layers say; also the layers'
    /// requirements, with URLs at their mirrors. There is no resolution where
    /// there are no layers.
    pub(super) fn new(
        variant: &Variant,
        sets: Vec<RequirementSet>,
    ) -> Result<(Option<Self>, Vec<Vec<Requirement>>), Diagnostics> {
        let python = &variant.python;
        let mut diagnostics = Diagnostics::new();
        let mut options = Options::default();
        let mut constraints: Vec<Requirement> = Vec::new();
        let mut requirements = Vec::new();
        for mut set in sets {
            set.mirror(&python.mirrors);
            diagnostics.keep(options.unite(set.options));
            constraints.extend(set.constraints);
            requirements.push(set.requirements);
        }
        mirror_default_index(python, &mut options);
        add_stub_indexes(python, &mut options, &mut diagnostics);
        let resolution = (!requirements.is_empty()).then(|| Self {
            python: python.version,
            python_location: python.version_location.clone(),
            installer: python.installer,
            options,
            constraints: merged(constraints),
            mirrors: python.mirrors.clone(),
            build: variant.build.clone(),
        });
        diagnostics.into_result((resolution, requirements))
    }
}

/// A mirror of PyPI also holds where no index is named.
fn mirror_default_index(python: &stub::Python, options: &mut Options) {
    let mirrored = rewrite(PYPI, &python.mirrors);
    let replaced = python.indexes.iter().any(|index| index.default);
    if options.index_url.is_none() && !replaced && mirrored != PYPI {
        options.index_url = Some(Index {
            url: mirrored.into(),
            location: None,
        });
    }
}

/// Adds the stub's indexes behind those of the requirement files.
fn add_stub_indexes(python: &stub::Python, options: &mut Options, diagnostics: &mut Diagnostics) {
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
        if !index.packages.is_empty() {
            // Also if a requirement file names it for everything.
            let is_same = |it: &Index| it.url == added.url;
            options.extra_index_urls.retain(|it| !is_same(it));
            let packages = index.packages.iter().map(|it| it.value.clone());
            options.explicit.push(ExplicitIndex {
                index: added,
                packages: packages.collect(),
            });
            continue;
        }
        if !index.default {
            if !options
                .extra_index_urls
                .iter()
                .any(|it| it.url == added.url)
            {
                options.extra_index_urls.push(added);
            }
            continue;
        }
        match &options.index_url {
            Some(other) if other.url != added.url => {
                diagnostics.push(two_default_indexes(location, other.location.as_ref()));
            }
            _ => options.index_url = Some(added),
        }
    }
}

fn two_default_indexes(stub: &Location, file: Option<&Location>) -> Diagnostic {
    let diagnostic = Diagnostic::error("two indexes replace PyPI")
        .at(stub.clone())
        .label("`default = true`")
        .help("keep one of them, and make the other an additional index");
    match file {
        Some(file) => diagnostic.related(file.clone(), "`--index-url`"),
        None => diagnostic,
    }
}
