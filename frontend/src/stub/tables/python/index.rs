//! `[[python.index]]`: package indexes.

use crate::source::{Diagnostic, Spanned};
use crate::stub::collector::Collector;
use crate::stub::inherit::{Keyed, List, inherit_keyed, inherit_list};
use crate::stub::reader::{Entry, Reader};
use crate::stub::values;

/// A package index of the stub.
#[derive(Clone, Debug)]
pub struct Index {
    /// Its URL (PEP 503).
    pub url: Spanned<String>,
    /// Whether it replaces PyPI.
    pub default: bool,
    /// Whether it needs no credentials: then denied access to a package means
    /// that it does not have it.
    pub anonymous: bool,
    /// Patterns of names (`torch*`): these packages come from it, and only
    /// these. Empty for an index of all packages.
    pub packages: Vec<Spanned<String>>,
}

/// The table as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) url: Spanned<String>,
    default: Option<bool>,
    anonymous: Option<bool>,
    packages: Option<List<Spanned<String>>>,
}

impl Typed {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut section = r.table(entry)?;
        let url = section.take("url");
        let url = r
            .required(entry, url, "url = \"https://…\"")
            .and_then(|e| r.url_prefix(&e));
        let default = section.take("default").and_then(|e| r.boolean(&e));
        let anonymous = section.take("anonymous").and_then(|e| r.boolean(&e));
        let packages = section.take("packages");
        let packages = packages.and_then(|e| r.list(&e, "strings", read_pattern));
        r.finish(section, &[]);
        Some(Self {
            url: url?,
            default,
            anonymous,
            packages,
        })
    }

    fn is_default(&self) -> bool {
        self.default == Some(true)
    }
}

fn read_pattern(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<String>> {
    r.parsed(entry, values::package_pattern)
}

impl Keyed for Typed {
    fn key(&self) -> &str {
        &self.url.value
    }

    fn inherit(&self, parent: &Self) -> Self {
        Self {
            url: self.url.clone(),
            default: self.default.or(parent.default),
            anonymous: self.anonymous.or(parent.anonymous),
            packages: inherit_list(self.packages.as_ref(), parent.packages.as_ref()),
        }
    }
}

/// By URL; a default index of the variant takes the place of an inherited one.
pub(super) fn inherit_indexes(
    child: Option<&List<Typed>>,
    parent: Option<&List<Typed>>,
) -> Option<List<Typed>> {
    let replaces = child.is_some_and(|list| list.own().any(Typed::is_default));
    if !replaces {
        return inherit_keyed(child, parent);
    }
    let own: std::collections::BTreeSet<&str> = child
        .into_iter()
        .flat_map(List::own)
        .map(Keyed::key)
        .collect();
    let inherited = parent.into_iter().flat_map(List::own);
    let inherited: List<Typed> = inherited
        .filter(|index| !index.is_default() || own.contains(index.key()))
        .map(|index| Typed {
            default: None,
            ..index.clone()
        })
        .collect();
    inherit_keyed(child, Some(&inherited))
}

/// The indexes of a variant.
pub(super) fn resolve(
    typed: Option<&List<Typed>>,
    diagnostics: &mut Collector,
) -> Option<Vec<Index>> {
    let typed = || typed.into_iter().flat_map(List::own);
    let mut defaults = typed().filter(|index| index.is_default());
    if let (Some(first), Some(second)) = (defaults.next(), defaults.next()) {
        let error = Diagnostic::error("two indexes replace PyPI")
            .at(second.url.location.clone())
            .label("the second one")
            .related(first.url.location.clone(), "the first one")
            .help("keep one `default = true`; the other indexes are used beside it");
        diagnostics.push(error);
        return None;
    }
    let mut contradictions = typed().filter(|index| index.is_default());
    let contradiction = contradictions.find_map(|index| {
        let pattern = index.packages.as_ref()?.own().next()?;
        Some((index, pattern))
    });
    if let Some((index, pattern)) = contradiction {
        let error = Diagnostic::error("an index with `packages` does not replace PyPI")
            .at(pattern.location.clone())
            .label("only these packages come from it")
            .related(index.url.location.clone(), "`default = true`")
            .help("keep one of `default` and `packages`");
        diagnostics.push(error);
        return None;
    }
    let indexes = typed().map(|index| Index {
        url: index.url.clone(),
        default: index.is_default(),
        anonymous: index.anonymous.unwrap_or_default(),
        packages: index
            .packages
            .as_ref()
            .map(List::to_vec)
            .unwrap_or_default(),
    });
    Some(indexes.collect())
}
