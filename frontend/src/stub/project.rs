//! From what the stub says to what the project is: its variants, by the stub or
//! by convention, and the default one.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::Collector;
use super::convention::{self, Files, Found, Listing};
use super::document::Document;
use super::tables::{Context, Conventions, Level};
use super::{Name, Variant, limits, reserved, variants};
use crate::source::{Diagnostic, Diagnostics, Location, SourceFile, Spanned, binary_size, listed};

/// A project, as its stub and its conventions make it.
#[derive(Clone, Debug)]
pub struct Project {
    /// The stub itself, for messages and for BuildKit's source maps.
    pub stub: SourceFile,
    /// Shown in progress.
    pub name: Option<Spanned<String>>,
    /// Values of the declared build arguments: `${NAME}` in requirement files.
    pub args: BTreeMap<String, String>,
    /// The variant that is built when no target names one; `None` where
    /// there are several and none is the default (an error once it is needed).
    pub default: Option<Name>,
    /// The variants that are targets, in the order of their names.
    pub variants: Vec<Variant>,
    /// What is reported, but stops nothing.
    pub warnings: Diagnostics,
}

impl Project {
    /// The variant of a name.
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|v| v.name.as_str() == name)
    }
}

/// Reports what is wrong whatever else the build context has.
pub(super) fn check(document: &Document, diagnostics: &mut Collector) {
    let listing = Listing::default();
    if document.variants.is_empty() {
        let resolver = Resolver::new(document, &listing);
        if let Some(name) = Name::new("any") {
            resolver.variant(&name, &document.top, None, None, diagnostics);
        }
    } else {
        declared(document, &listing, &Found::default(), diagnostics);
    }
    reserved::check(document, &[], diagnostics);
}

/// The project, as far as it is valid; the rest is reported. Its warnings are
/// still to be added.
pub(super) fn resolve(
    document: &Document,
    listing: &Listing,
    diagnostics: &mut Collector,
) -> Project {
    let found = convention::find(listing, &document.named_files(false));
    let variants = if document.variants.is_empty() {
        by_convention(document, listing, &found, diagnostics)
    } else {
        declared(document, listing, &found, diagnostics)
    };
    reserved::check(document, &variants, diagnostics);
    Project {
        stub: document.file.clone(),
        name: document.name.clone(),
        args: document.args.clone(),
        default: default(document, &variants, diagnostics),
        variants,
        warnings: Diagnostics::new(),
    }
}

/// What all variants of a stub are resolved with.
struct Resolver<'a> {
    document: &'a Document,
    listing: &'a Listing,
    conventions: Conventions,
}

impl<'a> Resolver<'a> {
    fn new(document: &'a Document, listing: &'a Listing) -> Self {
        let conventions = Conventions::of(document.levels());
        Self {
            document,
            listing,
            conventions,
        }
    }

    fn variant(
        &self,
        name: &Name,
        level: &Level,
        files: Option<&Files>,
        location: Option<Location>,
        diagnostics: &mut Collector,
    ) -> Option<Variant> {
        let context = Context {
            name,
            level,
            conventions: self.conventions,
            listing: self.listing,
            files,
            location,
            mirrors: &self.document.mirrors,
            file: &self.document.file,
        };
        Variant::resolve(&context, diagnostics)
    }
}

/// The variants that the names of files make.
fn by_convention(
    document: &Document,
    listing: &Listing,
    found: &Found,
    diagnostics: &mut Collector,
) -> Vec<Variant> {
    let names = found.variants.iter();
    let mut names: Vec<_> = names
        .map(|(name, files)| (name.clone(), Some(files)))
        .collect();
    let resolver = Resolver::new(document, listing);
    let has_layers = !resolver.conventions.python || convention::has_common_layers(listing);
    if names.is_empty() && has_layers {
        // The same packages on all platforms: one variant, the usual one.
        names.extend(Name::new("cpu").map(|name| (name, None)));
    }
    if names.is_empty() {
        diagnostics.push(convention::no_variant(listing, found));
    }
    let cost = document.top_cost + limits::COST_OF_VARIANT;
    if names.len().saturating_mul(cost) > limits::PROJECT {
        let message = format!(
            "the {} variants by the files in `requirements/` come to more than {}",
            names.len(),
            binary_size(limits::PROJECT as u64)
        );
        let help = "name the variants to build in the stub: `[variant.cpu]`";
        diagnostics.push(Diagnostic::error(message).help(help));
        return Vec::new();
    }
    let names = names.into_iter();
    let variants: Vec<Variant> = names
        .filter_map(|(name, files)| {
            resolver.variant(&name, &document.top, files, None, diagnostics)
        })
        .collect();
    for warning in found.warnings(&read_anyway(found, &variants)) {
        diagnostics.push(warning);
    }
    variants
}

/// Those of the files that define no variant which layers may read.
fn read_anyway(found: &Found, variants: &[Variant]) -> BTreeSet<String> {
    if found.unrecognized.is_empty() {
        return BTreeSet::new();
    }
    let files: BTreeSet<String> = found.unrecognized_paths().collect();
    let read = variants.iter().flat_map(requirement_files);
    read.filter(|path| files.contains(path)).collect()
}

/// The requirement files that a variant may read, on any of its platforms.
fn requirement_files(variant: &Variant) -> impl Iterator<Item = String> {
    let layers = variant.python.layers.iter();
    let files = layers.flat_map(|layer| &layer.requirements);
    let paths = files.flat_map(|files| &files.paths);
    paths.flat_map(|path| {
        let platforms = variant.platforms.iter();
        platforms.map(|platform| path.value.replace("{arch}", platform.architecture()))
    })
}

/// The variants that the stub declares.
fn declared(
    document: &Document,
    listing: &Listing,
    found: &Found,
    diagnostics: &mut Collector,
) -> Vec<Variant> {
    let resolver = Resolver::new(document, listing);
    if resolver.conventions.python {
        let names = document.variants.iter().map(|table| table.name.as_str());
        let names: BTreeSet<&str> = names.collect();
        for warning in found
            .warnings(&BTreeSet::new())
            .chain(found.undeclared(listing, &names))
        {
            diagnostics.push(warning);
        }
    }
    let levels = variants::inherit(document, diagnostics);
    let mut variants = Vec::new();
    for table in &document.variants {
        let Some(level) = levels.get(&table.name).filter(|_| !table.is_abstract) else {
            continue;
        };
        let files = found.variants.get(&table.name);
        let location = Some(table.location.clone());
        variants.extend(resolver.variant(&table.name, level, files, location, diagnostics));
    }
    if document.variants.iter().all(|v| v.is_abstract) {
        let first = document.variants.first().map(|v| v.location.clone());
        let error = Diagnostic::error("all variants are abstract: there is no target")
            .at(first)
            .help("remove `abstract = true` where an image is to be built");
        diagnostics.push(error);
    }
    variants.sort_by(|a, b| a.name.cmp(&b.name));
    variants
}

fn default(document: &Document, variants: &[Variant], diagnostics: &mut Collector) -> Option<Name> {
    let Some(default) = &document.default else {
        let cpu = variants.iter().find(|v| v.name.as_str() == "cpu");
        let only = variants.first().filter(|_| variants.len() == 1);
        return cpu.or(only).map(|v| v.name.clone());
    };
    let names = || variants.iter().map(|v| v.name.as_str());
    if let Some(variant) = variants.iter().find(|v| v.name.as_str() == default.value) {
        return Some(variant.name.clone());
    }
    let mut declared = document.variants.iter();
    match declared.find(|v| v.name.as_str() == default.value) {
        Some(table) if table.is_abstract => diagnostics.push(
            Diagnostic::error(format!("default variant `{}` is abstract", default.value))
                .at(default.location.clone())
                .related(table.location.clone(), "abstract: no target")
                .help(format!(
                    "the targets are {}",
                    listed(names().take(limits::SHOWN))
                )),
        ),
        // It is invalid, which has been reported.
        Some(_) => {}
        None if diagnostics.has_errors() && variants.is_empty() => {}
        None => diagnostics.push(variants::unknown(default, names())),
    }
    None
}
