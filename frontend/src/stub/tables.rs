//! What the user typed: the tables of the stub, each value checked and with
//! its place, nothing inherited and no default worked in yet.
//!
//! The top of the stub and each `[variant.…]` hold the same tables: a
//! [`Level`]. A level knows how to lie [`over`](Level::over) another one.

mod app;
mod base;
mod head;
mod python;

pub(super) use app::{RawApp, RawHealthcheck, RawProbe};
pub(super) use base::RawBase;
pub(super) use head::{Document, VariantTable, document};
pub(super) use python::{RawLayer, RawPython};

use buildkit_llb::Platform;

use super::Accelerator;
use super::list::{List, over};
use super::reader::{Reader, Section};
use super::values;
use crate::source::{Diagnostic, Spanned};

/// The tables that a variant can override.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    pub(super) platforms: Option<List<Spanned<Platform>>>,
    pub(super) accelerator: Option<Spanned<Accelerator>>,
    pub(super) base: RawBase,
    pub(super) python: RawPython,
    pub(super) app: RawApp,
}

impl Level {
    /// Reads the tables that all levels have.
    fn read(r: &mut Reader<'_>, section: &mut Section<'_>) -> Self {
        let base = section.take("base").map(|e| RawBase::read(r, &e));
        let python = section.take("python").map(|e| RawPython::read(r, &e));
        let app = section.take("app").map(|e| RawApp::read(r, &e));
        r.later(section, &["build", "model", "hub", "step", "secret"]);
        let level = Self {
            platforms: None,
            accelerator: None,
            base: base.unwrap_or_default(),
            python: python.unwrap_or_default(),
            app: app.unwrap_or_default(),
        };
        if let Some(error) = level.contradiction() {
            r.report(error);
        }
        level
    }

    /// Reads what only a variant has.
    fn read_variant(r: &mut Reader<'_>, section: &mut Section<'_>) -> Self {
        let platforms = section
            .take("platforms")
            .and_then(|e| r.list(&e, "strings", |r, item| r.parsed(item, values::platform)));
        let accelerator = section
            .take("accelerator")
            .and_then(|e| r.parsed(&e, values::accelerator));
        Self {
            platforms,
            accelerator,
            ..Self::read(r, section)
        }
    }

    /// This level over the one it inherits from.
    pub(super) fn over(&self, parent: &Self) -> Self {
        let mut level = Self {
            platforms: over(self.platforms.as_ref(), parent.platforms.as_ref()),
            accelerator: self
                .accelerator
                .clone()
                .or_else(|| parent.accelerator.clone()),
            base: self.base.over(&parent.base),
            python: self.python.over(&parent.python),
            app: self.app.over(&parent.app),
        };
        // An image that says its Python is newer word than an inherited version.
        let image = self.base.image.as_ref();
        let says = image.and_then(|image| values::image_python(&image.value));
        if says.is_some() && self.python.version.is_none() {
            level.python.version = None;
        }
        level
    }

    /// The base image's Python against the version asked for.
    pub(super) fn contradiction(&self) -> Option<Diagnostic> {
        let version = self.python.version.as_ref()?;
        let image = self.base.image.as_ref()?;
        let has = values::image_python(&image.value).filter(|has| *has != version.value)?;
        let asked = version.value;
        let message = format!("Python {asked} is asked for, and the base image has Python {has}");
        Some(
            Diagnostic::error(message)
                .at(version.location.clone())
                .label(format!("Python {asked}"))
                .related(image.location.clone(), format!("Python {has}"))
                .help(format!(
                    "make both say the same, at the top and in each variant, or leave out `image` \
                     (then it is `python:{asked}-slim`)"
                )),
        )
    }
}

/// The pairs of a table over the parent's: key by key, in the order of their
/// first mention.
fn over_pairs<T: Clone>(child: &[(String, T)], parent: &[(String, T)]) -> Vec<(String, T)> {
    let mut merged = parent.to_vec();
    for (key, value) in child {
        match merged.iter_mut().find(|(known, _)| known == key) {
            Some(pair) => pair.1 = value.clone(),
            None => merged.push((key.clone(), value.clone())),
        }
    }
    merged
}
