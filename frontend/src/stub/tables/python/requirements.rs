//! `requirements` of a layer: which files it is read from.
//!
//! A string is one file. An array has files of which the first that exists is
//! read: `["requirements/{variant}-{arch}.txt", "requirements/{variant}.txt"]`.
//! `{ all = […] }` has files that are all read, as with `pip install -r a -r b`;
//! an array in it has again files of which the first that exists is read.

use toml::de::DeValue;

use crate::source::{Diagnostic, Location, Spanned};
use crate::stub::collector::Collector;
use crate::stub::inherit::{List, inherit_list};
use crate::stub::reader::{Entry, Reader};
use crate::stub::{Name, values};

/// Requirement files of which the first that exists is read.
#[derive(Clone, Debug)]
pub struct Alternatives {
    /// Paths relative to the context; at least one. `{variant}` is filled in,
    /// `{arch}` is not yet.
    pub paths: Vec<Spanned<String>>,
    /// Whether a placeholder tells them apart, so that several may exist.
    pub has_placeholders: bool,
}

impl Alternatives {
    /// The alternatives of a variant.
    pub(super) fn of(paths: &[Spanned<String>], variant: &Name) -> Self {
        let fill = |path: String| path.replace("{variant}", variant.as_str());
        Self {
            paths: paths.iter().map(|path| path.clone().map(fill)).collect(),
            has_placeholders: paths.iter().any(|path| path.value.contains('{')),
        }
    }
}

/// The key as it was typed.
#[derive(Clone, Debug)]
pub(super) enum Typed {
    /// The first that exists.
    First(List<Spanned<String>>, Location),
    /// All of them.
    All(List<Vec<Spanned<String>>>),
    /// An array with `"..."` over `{ all = … }`, which can mean two things.
    Ambiguous(Location),
}

impl Typed {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let location = r.location(entry);
        match entry.value.get_ref() {
            DeValue::Table(_) => Self::read_all(r, entry),
            DeValue::Array(_) => {
                let list = r.list(entry, "strings", read_path)?;
                Some(Self::First(list, location))
            }
            DeValue::String(_) => {
                let path = read_path(r, entry)?;
                Some(Self::First(std::iter::once(path).collect(), location))
            }
            _ => {
                let help = r.quoted(entry, |text| values::requirement_path(text).map(drop));
                r.wrong_type(entry, "a string, an array of strings or a table", help);
                None
            }
        }
    }

    fn read_all(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut section = r.table(entry)?;
        let all = section.take("all");
        let all = r.required(
            entry,
            all,
            "all = [\"requirements/base.txt\", \"requirements/ml.txt\"]",
        );
        let all = all.and_then(|e| r.list(&e, "strings", read_alternatives));
        r.finish(
            section,
            &[(
                "first",
                "write the array alone: `requirements = [\"…\", \"…\"]`",
            )],
        );
        all.map(Self::All)
    }

    pub(super) fn inherit(&self, parent: &Self) -> Self {
        match (self, parent) {
            (Self::First(own, location), Self::First(inherited, _)) => {
                let list = inherit_list(Some(own), Some(inherited));
                Self::First(list.unwrap_or_else(|| own.clone()), location.clone())
            }
            (Self::First(own, location), Self::All(_)) if own.inherits() => {
                Self::Ambiguous(location.clone())
            }
            (Self::All(own), Self::All(inherited)) => {
                let list = inherit_list(Some(own), Some(inherited));
                Self::All(list.unwrap_or_else(|| own.clone()))
            }
            (Self::All(own), Self::First(inherited, _)) => {
                // One file, whichever it is.
                let inherited = Some(inherited.to_vec()).filter(|paths| !paths.is_empty());
                let inherited = inherited.into_iter().collect();
                let list = inherit_list(Some(own), Some(&inherited));
                Self::All(list.unwrap_or_else(|| own.clone()))
            }
            _ => self.clone(),
        }
    }

    /// All paths, in whatever relation.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Spanned<String>> {
        let (first, all) = match self {
            Self::First(list, _) => (Some(list), None),
            Self::All(list) => (None, Some(list)),
            Self::Ambiguous(_) => (None, None),
        };
        let first = first.into_iter().flat_map(List::own);
        first.chain(all.into_iter().flat_map(List::own).flatten())
    }

    /// The files of a variant's layer: one of each element.
    pub(super) fn resolve(
        &self,
        variant: &Name,
        diagnostics: &mut Collector,
    ) -> Option<Vec<Alternatives>> {
        Some(match self {
            Self::First(list, _) => {
                let paths = Some(list.to_vec()).filter(|paths| !paths.is_empty());
                let paths = paths.iter();
                paths
                    .map(|paths| Alternatives::of(paths, variant))
                    .collect()
            }
            Self::All(list) => {
                let all = list.own();
                all.map(|paths| Alternatives::of(paths, variant)).collect()
            }
            Self::Ambiguous(location) => {
                let error = Diagnostic::error("ambiguous `\"...\"` in `requirements`")
                    .at(location.clone())
                    .label("the inherited value is `{ all = … }`")
                    .help(
                        "write `{ all = [\"...\", \"…\"] }` to read this file too, \
                         or repeat the files without `\"...\"`",
                    );
                diagnostics.push(error);
                return None;
            }
        })
    }
}

fn read_path(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<String>> {
    r.parsed(entry, values::requirement_path)
}

/// An element of `all`: a path, or an array of alternatives.
fn read_alternatives(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<Spanned<String>>> {
    if !entry.value.get_ref().is_array() {
        return read_path(r, entry).map(|path| vec![path]);
    }
    let list = r.list(entry, "strings", read_path)?;
    let inherits = list.inherits();
    let paths = list.to_vec();
    if inherits || paths.is_empty() {
        let message = if inherits {
            "`\"...\"` within an array of `all`"
        } else {
            "empty array of alternatives"
        };
        let error = Diagnostic::error(message)
            .at(r.at(entry.value.span()))
            .help("write paths: of such an array, the first that exists is read");
        r.report(error);
        return None;
    }
    Some(paths)
}
