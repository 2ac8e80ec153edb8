//! `[python]`: version, installer, indexes, mirrors and layers.

mod index;
mod layer;
mod mirrors;
mod requirements;

pub use index::Index;
pub use layer::Layer;
pub use requirements::Alternatives;

pub(in crate::stub) use mirrors::passed as passed_mirrors;

use std::collections::BTreeMap;

use super::{Context, Level, Table};
use crate::python::PythonVersion;
use crate::source::{Diagnostic, Location, Severity, Spanned};
use crate::stub::collector::Collector;
use crate::stub::inherit::{Keyed, List, inherit, inherit_keyed, inherit_pairs};
use crate::stub::quote::shown_at;
use crate::stub::reader::{Entry, Reader};
use crate::stub::{Name, values};

/// Interpreter, packages, and where they come from.
#[derive(Clone, Debug)]
pub struct Python {
    /// The version that the stub asks for, or the tag of its base image, or
    /// the default; `None` where only the base image knows.
    pub version: Option<PythonVersion>,
    /// Where the stub says so.
    pub version_location: Option<Location>,
    /// What installs the packages.
    pub installer: Installer,
    /// Indexes beside or instead of those of the requirement files.
    pub indexes: Vec<Index>,
    /// URL prefixes that are rewritten wherever they occur: from, to.
    pub mirrors: Vec<(String, String)>,
    /// From the bottom (rarely changes) to the top (often changes).
    pub layers: Vec<Layer>,
}

/// The program that installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// Astral's uv.
    Uv,
    /// The base image's own pip.
    Pip,
}

impl Installer {
    /// The program's name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Pip => "pip",
        }
    }
}

/// The table as it was typed.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct Typed {
    version: Option<Spanned<PythonVersion>>,
    installer: Option<Installer>,
    indexes: Option<List<index::Typed>>,
    mirrors: Vec<(String, String)>,
    layers: Option<List<layer::Typed>>,
}

impl Typed {
    pub(super) fn version(&self) -> Option<&Spanned<PythonVersion>> {
        self.version.as_ref()
    }
}

impl Table for Typed {
    type Value = Python;

    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut python = Self::default();
        let Some(mut section) = r.table(entry) else {
            return python;
        };
        python.version = section.take("version").and_then(|e| read_version(r, &e));
        python.installer = section
            .take("installer")
            .and_then(|e| r.parsed(&e, values::installer))
            .map(|installer| installer.value);
        python.indexes = section
            .take("index")
            .and_then(|e| r.list(&e, "tables", index::Typed::read));
        python.mirrors = section
            .take("mirrors")
            .map(|e| mirrors::read(r, &e))
            .unwrap_or_default();
        python.layers = section
            .take("layer")
            .and_then(|e| r.list(&e, "tables", layer::Typed::read));
        r.reject_unavailable(&mut section, ["project", "extras", "groups"]);
        let layers = "requirements belong to a layer: `[[python.layer]]`";
        r.finish(
            section,
            &[
                ("requirements", layers),
                ("packages", layers),
                ("image", "the base image is `image` in `[base]`"),
            ],
        );
        check_duplicates(
            r,
            python.indexes.as_ref(),
            "index",
            "remove one of them",
            |i| &i.url.location,
        );
        check_duplicates(
            r,
            python.layers.as_ref(),
            "layer",
            "merge them, or rename one",
            |l| &l.name.location,
        );
        python
    }

    fn inherit(&self, parent: &Self, child: &Level) -> Self {
        // An image whose tag names a Python version overrides an inherited one.
        let inherited = parent.version.as_ref();
        let inherited = inherited.filter(|_| child.base.image_python().is_none());
        Self {
            version: inherit(self.version.as_ref(), inherited),
            installer: self.installer.or(parent.installer),
            indexes: index::inherit_indexes(self.indexes.as_ref(), parent.indexes.as_ref()),
            mirrors: inherit_pairs(&self.mirrors, &parent.mirrors),
            layers: inherit_keyed(self.layers.as_ref(), parent.layers.as_ref()),
        }
    }

    fn resolve(&self, context: &Context<'_>, diagnostics: &mut Collector) -> Option<Python> {
        let indexes = index::resolve(self.indexes.as_ref(), diagnostics);
        let layers = if context.conventions.python {
            Some(layer::by_convention(context))
        } else {
            layer::resolve(self.layers.as_ref(), context.name, diagnostics)
        };
        let typed = self.version.as_ref();
        let by_image = || {
            let base = &context.level.base;
            let default = (!base.has_image()).then_some(PythonVersion::DEFAULT);
            default.or_else(|| base.image_python().map(|v| v.value))
        };
        Some(Python {
            version: typed.map(|v| v.value).or_else(by_image),
            version_location: typed.map(|v| v.location.clone()),
            installer: self.installer.unwrap_or(Installer::Uv),
            indexes: indexes?,
            mirrors: mirrors::resolve(context.mirrors, &self.mirrors),
            layers: layers?,
        })
    }

    /// The base image's Python against the version asked for.
    fn contradiction(level: &Level) -> Option<Diagnostic> {
        let asked = level.python.version.as_ref()?;
        let image = level.base.image_python()?;
        if image.value == asked.value {
            return None;
        }
        let (version, has) = (asked.value, image.value);
        let message = format!("Python {version} is requested, but the base image has Python {has}");
        Some(
            Diagnostic::error(message)
                .at(asked.location.clone())
                .label(format!("Python {version}"))
                .related(image.location, format!("Python {has}"))
                .help(format!(
                    "make both the same, at the top and in each variant, or leave out `image` \
                     (the default is `python:{version}-slim`)"
                )),
        )
    }

    fn follows_convention(&self) -> bool {
        self.layers.is_none()
    }

    fn requirement_files(&self) -> impl Iterator<Item = &Spanned<String>> {
        let layers = self.layers.iter().flat_map(List::own);
        layers.flat_map(layer::Typed::requirement_files)
    }

    fn stages(&self) -> impl Iterator<Item = &Spanned<Name>> {
        let layers = self.layers.iter().flat_map(List::own);
        layers.map(|layer| &layer.name)
    }
}

/// 3.10 as a number would be 3.1: so it is a string.
fn read_version(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<PythonVersion>> {
    let written = r.written(entry).unwrap_or_default();
    if entry.value.get_ref().is_float() && values::python_version(&written).is_ok() {
        let help = format!("put it in quotes: `\"{written}\"` (as a number, 3.10 would be 3.1)");
        r.wrong_type(entry, "a string", help);
        return None;
    }
    r.parsed(entry, values::python_version)
}

/// Reports the second element with a key in one array.
fn check_duplicates<T: Keyed>(
    r: &mut Reader<'_>,
    list: Option<&List<T>>,
    what: &str,
    help: &str,
    location: impl Fn(&T) -> &Location,
) {
    let mut seen: BTreeMap<&str, &T> = BTreeMap::new();
    for item in list.into_iter().flat_map(List::own) {
        let Some(first) = seen.get(item.key()) else {
            seen.insert(item.key(), item);
            continue;
        };
        r.diagnostics.push_with(Severity::Error, || {
            let key = shown_at(location(item), item.key());
            Diagnostic::error(format!("duplicate {what} `{key}`"))
                .at(location(item).clone())
                .label("the second one")
                .related(location(first).clone(), "the first one")
                .help(help)
        });
    }
}
