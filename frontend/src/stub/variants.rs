//! What each variant inherits: the variants that it extends, and the top.

use std::collections::BTreeMap;

use super::Name;
use super::collector::Collector;
use super::document::{Document, VariantTable};
use super::limits;
use super::quote::shown_at;
use super::tables::Level;
use crate::source::{Diagnostic, Severity, Spanned, binary_size, did_you_mean, listed};

/// Each variant over those that it extends and the top. Without those whose
/// `extends` is wrong, which is reported.
pub(super) fn inherit(document: &Document, diagnostics: &mut Collector) -> BTreeMap<Name, Level> {
    let tables = document.variants.iter();
    let tables: BTreeMap<&str, &VariantTable> = tables.map(|v| (v.name.as_str(), v)).collect();
    let mut chains = Vec::new();
    let mut cost: usize = 0;
    for table in &document.variants {
        let Some(chain) = ancestors(table, &tables, diagnostics) else {
            continue;
        };
        let inherited = chain.iter().map(|table| table.cost);
        cost = inherited.fold(cost + document.top_cost, usize::saturating_add);
        if cost > limits::PROJECT {
            diagnostics.push(too_large(table));
            return BTreeMap::new();
        }
        chains.push(chain);
    }
    let merge = |chain: Vec<&VariantTable>| {
        let name = chain.first().map(|table| table.name.clone())?;
        // From the top down.
        let mut tables = chain.into_iter().rev();
        let first = tables.next()?.level.inherit(&document.top);
        let level = tables.fold(first, |parent, table| table.level.inherit(&parent));
        Some((name, level))
    };
    chains.into_iter().filter_map(merge).collect()
}

/// A variant and those that it extends, the nearest first.
fn ancestors<'a>(
    table: &'a VariantTable,
    tables: &BTreeMap<&str, &'a VariantTable>,
    diagnostics: &mut Collector,
) -> Option<Vec<&'a VariantTable>> {
    let mut chain = vec![table];
    let mut current = table;
    while let Some(name) = &current.extends {
        let Some(parent) = tables.get(name.value.as_str()) else {
            diagnostics.push_with(Severity::Error, || {
                let others = tables.keys().copied();
                unknown(name, others.filter(|n| *n != current.name.as_str()))
            });
            return None;
        };
        if let Some(start) = chain.iter().position(|t| t.name == parent.name) {
            diagnostics.push_with(Severity::Error, || cycle(&chain[start..]));
            return None;
        }
        if chain.len() > limits::EXTENDS {
            diagnostics.push_with(Severity::Error, || too_deep(table));
            return None;
        }
        chain.push(parent);
        current = parent;
    }
    Some(chain)
}

fn too_deep(table: &VariantTable) -> Diagnostic {
    let message = format!(
        "variant `{}` extends more than {} others in a row",
        table.name,
        limits::EXTENDS
    );
    let error = Diagnostic::error(message)
        .help("extend fewer; what all variants share can be at the top of the stub");
    match &table.extends {
        Some(extends) => error.at(extends.location.clone()),
        None => error.at(table.location.clone()),
    }
}

fn too_large(table: &VariantTable) -> Diagnostic {
    let message = format!(
        "the variants come to more than {} with what they inherit",
        binary_size(limits::PROJECT as u64)
    );
    Diagnostic::error(message)
        .at(table.location.clone())
        .label("with this one")
        .help("split the stub, or declare fewer variants")
}

/// The members of a cycle, in the same order whichever of them it is found
/// from, so that it is reported once.
fn cycle(members: &[&VariantTable]) -> Diagnostic {
    let mut members = members.to_vec();
    let first = members.iter().enumerate();
    let first = first.min_by_key(|(_, table)| table.location.span.start);
    let first = first.map_or(0, |(index, _)| index);
    members.rotate_left(first);
    let names: Vec<&str> = members.iter().map(|t| t.name.as_str()).collect();
    let first = names.first().copied().unwrap_or_default();
    let message = match names[..] {
        [name] => format!("variant `{name}` extends itself"),
        _ => format!("cycle of variants: {} → {first}", names.join(" → ")),
    };
    let mut error = Diagnostic::error(message)
        .help("remove one `extends`; what variants share can be at the top of the stub");
    for table in members.iter().take(8) {
        let Some(extends) = &table.extends else {
            continue;
        };
        let words = format!("`{}` extends `{}`", table.name, extends.value);
        let location = extends.location.clone();
        error = match error.location() {
            None => error.at(location).label(words),
            Some(_) => error.related(location, words),
        };
    }
    error
}

/// What is said of a name that no variant has.
pub(super) fn unknown<'a>(
    name: &Spanned<String>,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let short = shown_at(&name.location, &name.value);
    let help = did_you_mean(&name.value, known.iter().copied(), || {
        let some = known.iter().copied().take(limits::SHOWN);
        match known[..] {
            [] => "the stub has no other variant".to_owned(),
            _ => format!("the variants are {}", listed(some)),
        }
    });
    Diagnostic::error(format!("unknown variant `{short}`"))
        .at(name.location.clone())
        .help(help)
}
