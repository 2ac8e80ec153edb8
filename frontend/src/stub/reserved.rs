//! Reserved names of variants and layers, so that each target has one reading.

use std::collections::BTreeMap;

use super::collector::Collector;
use super::document::Document;
use super::names::Name;
use super::tables::{Level, Variant};
use super::values::is_architecture;
use crate::source::{Diagnostic, Location, Severity, Spanned};

/// Reports the names that would give a target two readings.
pub(super) fn check(document: &Document, variants: &[Variant], diagnostics: &mut Collector) {
    let mut layers: BTreeMap<&str, Option<&Location>> = BTreeMap::new();
    for layer in document.levels().flat_map(Level::stages) {
        let known = layers.insert(layer.value.as_str(), Some(&layer.location));
        if known.is_none() {
            check_layer(layer, diagnostics);
        }
    }
    for layer in variants.iter().flat_map(|v| &v.python.layers) {
        layers.entry(layer.name.as_str()).or_insert(None);
    }
    let declared = document.variants.iter();
    let declared = declared.map(|v| (v.name.as_str(), Some(&v.location)));
    let by_convention = variants.iter().filter(|v| v.location.is_none());
    let by_convention = by_convention.map(|v| (v.name.as_str(), None));
    for (name, location) in declared.chain(by_convention) {
        let layer = layers.get(name).copied();
        if let Some(reason) = reserved(name, layer.is_some()) {
            diagnostics.push_with(Severity::Error, || {
                reserved_variant(name, reason, location, layer.flatten())
            });
        }
    }
}

/// Why no variant can have a name.
fn reserved(name: &str, is_layer: bool) -> Option<&'static str> {
    match name {
        "base" => Some("it is the name of the system stage"),
        "ml" => Some("it is the name of a stage"),
        name if is_architecture(name) => Some("it is the name of an architecture"),
        _ if is_layer => Some("it is also the name of a layer"),
        _ => None,
    }
}

fn reserved_variant(
    name: &str,
    reason: &str,
    variant: Option<&Location>,
    layer: Option<&Location>,
) -> Diagnostic {
    let of_variant = format!("invalid variant name `{name}`: {reason}");
    let error = match (variant, layer) {
        (None, Some(layer)) => Diagnostic::error(format!(
            "invalid layer name `{name}`: it is the name of a variant, \
             by the files in `requirements/`"
        ))
        .at(layer.clone()),
        (None, None) => Diagnostic::error(of_variant),
        (Some(variant), None) => Diagnostic::error(of_variant).at(variant.clone()),
        (Some(variant), Some(layer)) => Diagnostic::error(of_variant)
            .at(variant.clone())
            .related(layer.clone(), "the layer"),
    };
    error.help(format!(
        "choose another name, so that `--target {name}` has one reading"
    ))
}

fn check_layer(name: &Spanned<Name>, diagnostics: &mut Collector) {
    let reason = match name.value.as_str() {
        "base" => "it is the name of the system stage",
        "application" | "build" | "resolve" => "it is the name of a step",
        text if is_architecture(text) => "it is the name of an architecture",
        _ => return,
    };
    let message = format!("invalid layer name `{}`: {reason}", name.value);
    let error = Diagnostic::error(message).at(name.location.clone()).help(
        "choose another name: that of a layer is also one of a stage, as in \
             `--target cpu-torch`, and of a step, as in `--no-cache-filter torch`",
    );
    diagnostics.push(error);
}
