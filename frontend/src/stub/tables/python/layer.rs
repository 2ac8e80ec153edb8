//! `[[python.layer]]`: image layers of packages.

use super::requirements::{self, Alternatives};
use crate::source::{Diagnostic, Location, Spanned};
use crate::stub::collector::Collector;
use crate::stub::inherit::{Keyed, List, inherit_list};
use crate::stub::reader::{Entry, Reader};
use crate::stub::tables::Context;
use crate::stub::{Name, convention, values};

/// A Python layer: one image layer, one stage.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name, also that of the stage.
    pub name: Name,
    /// Where the stub declares it.
    pub location: Option<Location>,
    /// Its requirement files: one of each element, which must exist.
    pub requirements: Vec<Alternatives>,
    /// Requirements given in place.
    pub packages: Vec<Spanned<String>>,
    /// Whether it belongs to the application, not to the `ml` stage.
    pub app: bool,
}

/// The table as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) name: Spanned<Name>,
    requirements: Option<requirements::Typed>,
    packages: Option<List<Spanned<String>>>,
    app: Option<bool>,
    /// Whether a variant changes a layer that it inherits.
    is_inherited: bool,
}

impl Typed {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut section = r.table(entry)?;
        let name = section.take("name");
        let name = r
            .required(entry, name, "name = \"ml\"")
            .and_then(|e| r.verbatim(&e, values::name));
        let errors = r.diagnostics.errors();
        let requirements = section
            .take("requirements")
            .and_then(|e| requirements::Typed::read(r, &e));
        let packages = section
            .take("packages")
            .and_then(|e| r.list(&e, "strings", |r, item| r.parsed(item, values::requirement)));
        let is_valid = r.diagnostics.errors() == errors;
        let app = section.take("app").and_then(|e| r.boolean(&e));
        r.finish(
            section,
            &[("after", "layers are in their order, the bottom one first")],
        );
        if !is_valid {
            // Reported as invalid: do not also report it as missing.
            return None;
        }
        Some(Self {
            name: name?,
            requirements,
            packages,
            app,
            is_inherited: false,
        })
    }

    pub(super) fn requirement_files(&self) -> impl Iterator<Item = &Spanned<String>> {
        let requirements = self.requirements.iter();
        requirements.flat_map(requirements::Typed::paths)
    }

    fn resolve(&self, variant: &Name, diagnostics: &mut Collector) -> Option<Layer> {
        let packages = self.packages.as_ref().filter(|it| !it.only_inherits());
        let requirements = match &self.requirements {
            Some(requirements) => Some(requirements.resolve(variant, diagnostics)?),
            None => None,
        };
        let is_given = requirements.is_some() || packages.is_some();
        let requirements = requirements.unwrap_or_default();
        let packages = packages.map(List::to_vec).unwrap_or_default();
        let is_empty = requirements.is_empty() && packages.is_empty();
        // A variant that empties an inherited layer goes without it.
        if !is_given || is_empty && !self.is_inherited {
            let message = format!("layer `{}` installs nothing", self.name.value);
            let error = Diagnostic::error(message)
                .at(self.name.location.clone())
                .help("add `requirements = \"requirements/….txt\"` or `packages = [\"…\"]`");
            diagnostics.push(error);
            return None;
        }
        Some(Layer {
            name: self.name.value.clone(),
            location: Some(self.name.location.clone()),
            requirements,
            packages,
            app: self.app.unwrap_or_default(),
        })
    }
}

impl Keyed for Typed {
    fn key(&self) -> &str {
        self.name.value.as_str()
    }

    fn inherit(&self, parent: &Self) -> Self {
        let requirements = match (&self.requirements, &parent.requirements) {
            (Some(own), Some(inherited)) => Some(own.inherit(inherited)),
            (own, inherited) => own.clone().or_else(|| inherited.clone()),
        };
        Self {
            // The place that declares it is the first one.
            name: parent.name.clone(),
            requirements,
            packages: inherit_list(self.packages.as_ref(), parent.packages.as_ref()),
            app: self.app.or(parent.app),
            is_inherited: true,
        }
    }

    /// A variant's additional layer goes below the application's.
    fn is_on_top(&self) -> bool {
        self.app == Some(true)
    }
}

/// The layers of a variant that the stub writes.
pub(super) fn resolve(
    typed: Option<&List<Typed>>,
    variant: &Name,
    diagnostics: &mut Collector,
) -> Option<Vec<Layer>> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut application: Option<usize> = None;
    let mut valid = true;
    for typed in typed.into_iter().flat_map(List::own) {
        let Some(layer) = typed.resolve(variant, diagnostics) else {
            valid = false;
            continue;
        };
        if layer.requirements.is_empty() && layer.packages.is_empty() {
            continue;
        }
        if layer.app {
            application.get_or_insert(layers.len());
        } else if let Some(below) = application.and_then(|index| layers.get(index)) {
            valid = false;
            diagnostics.push(above_application(&layer, below));
        }
        layers.push(layer);
    }
    valid.then_some(layers)
}

fn above_application(layer: &Layer, below: &Layer) -> Diagnostic {
    let message = format!(
        "layer `{}` is above `{}`, which belongs to the application",
        layer.name, below.name
    );
    let mut error = Diagnostic::error(message)
        .at(layer.location.clone())
        .help("move it below, or add `app = true` to it")
        .label("not a layer of the application");
    if let Some(location) = &below.location {
        error = error.related(location.clone(), "a layer of the application");
    }
    error
}

/// The layers that the names of files make.
pub(super) fn by_convention(context: &Context<'_>) -> Vec<Layer> {
    let found = convention::layers(context.listing, context.name, context.files);
    let layers = found.into_iter().filter_map(|(name, paths, app)| {
        let paths = paths.into_iter();
        let paths = paths.map(|path| Spanned::new(path, context.first_line()));
        let paths: Vec<_> = paths.collect();
        Some(Layer {
            name: Name::new(name)?,
            location: None,
            requirements: vec![Alternatives::of(&paths, context.name)],
            packages: Vec::new(),
            app,
        })
    });
    layers.collect()
}
