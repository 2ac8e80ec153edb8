//! Cutting a resolution into slices: what each layer installs.
//!
//! A layer's slice is what its requirements need, together with those of the
//! layers below, that the layers below do not need by themselves. So slices
//! are disjoint, and a layer that brings nothing new has an empty one.

use std::collections::BTreeMap;

use crate::python::{Pin, PinSource};

/// Why a resolution cannot be cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSlices {
    /// There is not one list for each layer.
    #[error("expected a list of packages for each of the {layers} layers, found {found}")]
    Layers {
        /// How many layers there are.
        layers: usize,
        /// How many lists there are.
        found: usize,
    },
    /// A package is in the resolution twice.
    #[error("expected each package once, found `{0}` again")]
    Duplicate(String),
    /// Lower layers need what the whole resolution does not have.
    #[error("expected packages of the whole resolution, found `{0}`, which lower layers need")]
    Stray(String),
    /// No layer needs a package.
    #[error("expected packages that a layer needs, found `{0}`, which none does")]
    Unneeded(String),
}

/// What tells packages of a resolution apart: their names, or their URLs or
/// paths where only their metadata has the name.
fn key(pin: &Pin) -> &str {
    match (&pin.name, &pin.source) {
        (Some(name), _) => name.as_str(),
        (None, PinSource::Reference(reference)) => reference,
        // A version is always of a name.
        (None, PinSource::Version(_)) => "",
    }
}

/// The slices of `layers` layers, each in the order of `packages`.
///
/// `prefixes` has, for the bottom layer, the two lowest layers, and so on,
/// the packages that these need.
pub(super) fn cut(
    packages: Vec<Pin>,
    prefixes: &[Vec<Pin>],
    layers: usize,
) -> Result<Vec<Vec<Pin>>, InvalidSlices> {
    if prefixes.len() != layers {
        let found = prefixes.len();
        return Err(InvalidSlices::Layers { layers, found });
    }
    let mut first: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for package in &packages {
        if first.insert(key(package), None).is_some() {
            return Err(InvalidSlices::Duplicate(package.label()));
        }
    }
    for (layer, needed) in prefixes.iter().enumerate() {
        for package in needed {
            let known = first.get_mut(key(package));
            let known = known.ok_or_else(|| InvalidSlices::Stray(package.label()))?;
            known.get_or_insert(layer);
        }
    }
    let layers_of: Vec<Option<usize>> = packages.iter().map(|pin| first[key(pin)]).collect();
    let mut slices = vec![Vec::new(); layers];
    for (package, layer) in packages.into_iter().zip(layers_of) {
        match layer {
            Some(layer) => slices[layer].push(package),
            None => return Err(InvalidSlices::Unneeded(package.label())),
        }
    }
    Ok(slices)
}

#[cfg(test)]
mod tests;
