//! From what the stub says to what the project is: inheritance, defaults,
//! conventions, and the rules that span several tables.

use std::collections::{BTreeMap, BTreeSet};

use super::convention::{self, Files, Found, Listing};
use super::finish::{self, Silence};
use super::list::List;
use super::load::Stub;
use super::tables::{Level, VariantTable};
use super::values::is_architecture;
use super::{Name, Project, Variant};
use crate::source::{Diagnostic, Diagnostics, Location, Spanned};
use crate::source::{did_you_mean, listed};

/// What can be said of the stub before anything else is read.
pub(super) fn check(stub: &Stub) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let nothing = Listing::default();
    if stub.document.variants.is_empty() {
        let context = finish::Context {
            stub,
            listing: &nothing,
            files: None,
            location: None,
            silence: Silence::of(stub),
        };
        let name = Name::new("any");
        name.and_then(|name| finish::variant(&name, &stub.document.top, &context, &mut problems));
    } else {
        declared(stub, &nothing, &Found::default(), &mut problems);
    }
    reserved_names(stub, &[], &mut problems);
    problems
}

/// The project, as far as it can be had, and what is to be said.
pub(super) fn project(stub: &Stub, listing: &Listing) -> (Project, Diagnostics) {
    let mut problems = Diagnostics::new();
    let found = convention::find(listing, &stub.named_files(false));
    let variants = if stub.document.variants.is_empty() {
        by_convention(stub, listing, &found, &mut problems)
    } else {
        declared(stub, listing, &found, &mut problems)
    };
    reserved_names(stub, &variants, &mut problems);
    let default = default(stub, &variants, &mut problems);
    let project = Project {
        stub: stub.file.clone(),
        name: stub.document.name.clone(),
        args: stub.document.args.clone(),
        default,
        variants,
        warnings: Diagnostics::new(),
    };
    (project, problems)
}

fn by_convention(
    stub: &Stub,
    listing: &Listing,
    found: &Found,
    problems: &mut Diagnostics,
) -> Vec<Variant> {
    found.warnings().for_each(|warning| problems.push(warning));
    let mut names: Vec<(Name, Option<&Files>)> = found
        .variants
        .iter()
        .map(|(name, files)| (name.clone(), Some(files)))
        .collect();
    let layers = stub.document.top.python.layers.is_some();
    let common = ["base-ml.txt", "ml.txt", "app.txt"];
    let files = common
        .iter()
        .any(|file| listing.requirements.contains(*file));
    if names.is_empty() && (layers || files) {
        // The same packages on all platforms: one variant, the usual one.
        names.extend(Name::new("cpu").map(|name| (name, None)));
    }
    if names.is_empty() {
        problems.push(if listing.requirements.is_empty() {
            nothing_to_build()
        } else {
            convention::no_variant(listing, found)
        });
    }
    let silence = Silence::of(stub);
    names
        .into_iter()
        .filter_map(|(name, files)| {
            let context = finish::Context {
                stub,
                listing,
                files,
                location: None,
                silence,
            };
            finish::variant(&name, &stub.document.top, &context, problems)
        })
        .collect()
}

/// There is no requirement file where conventions look: `.dockerignore` is no
/// reason, since they are read whatever it says.
fn nothing_to_build() -> Diagnostic {
    Diagnostic::error("there is nothing to build: no file in `requirements/`").help(
        "put the packages into `requirements/cpu.txt` (a file a variant), or name a variant in \
         the stub: `[variant.cpu]`; a `requirements.txt` beside the stub is moved to \
         `requirements/app.txt`, or named in the stub: `[[python.layer]]` with \
         `name = \"app\"` and `requirements = \"requirements.txt\"`",
    )
}

fn declared(
    stub: &Stub,
    listing: &Listing,
    found: &Found,
    problems: &mut Diagnostics,
) -> Vec<Variant> {
    let levels = inherited(stub, problems);
    let silence = Silence::of(stub);
    let mut variants = Vec::new();
    for table in &stub.document.variants {
        let Some(level) = levels.get(&table.name) else {
            continue;
        };
        let context = finish::Context {
            stub,
            listing,
            files: found.variants.get(&table.name),
            location: Some(table.location.clone()),
            silence,
        };
        if table.is_abstract {
            continue;
        }
        variants.extend(finish::variant(&table.name, level, &context, problems));
    }
    if stub.document.variants.iter().all(|v| v.is_abstract) {
        let first = stub.document.variants.first().map(|v| v.location.clone());
        let error = Diagnostic::error("all variants are abstract: there is no target")
            .help("leave out `abstract = true` where an image is to be built");
        problems.push(error.at(first));
    }
    variants.sort_by(|a, b| a.name.cmp(&b.name));
    variants
}

/// Each variant over those that it extends and the top.
fn inherited(stub: &Stub, problems: &mut Diagnostics) -> BTreeMap<Name, Level> {
    let tables: BTreeMap<&str, &VariantTable> = stub
        .document
        .variants
        .iter()
        .map(|v| (v.name.as_str(), v))
        .collect();
    let mut levels: BTreeMap<Name, Level> = BTreeMap::new();
    let mut broken: BTreeSet<&str> = BTreeSet::new();
    for table in &stub.document.variants {
        // Upwards until something is known, then downwards, merging.
        let mut chain: Vec<&VariantTable> = Vec::new();
        let mut next = Some(table);
        let mut whole = true;
        while let Some(current) = next.filter(|t| whole && !levels.contains_key(&t.name)) {
            if broken.contains(current.name.as_str()) {
                whole = false;
            } else if let Some(start) = chain.iter().position(|t| t.name == current.name) {
                problems.push(cycle(&chain[start..]));
                whole = false;
            } else {
                chain.push(current);
                let parent = current.extends.as_ref();
                next = parent.and_then(|name| tables.get(name.value.as_str()).copied());
                if let (Some(name), None) = (parent, next) {
                    let known = tables
                        .keys()
                        .copied()
                        .filter(|n| *n != current.name.as_str());
                    problems.push(unknown_variant(name, known.collect()));
                    whole = false;
                }
            }
        }
        if !whole {
            broken.extend(chain.iter().map(|t| t.name.as_str()));
            continue;
        }
        let mut parent = next.and_then(|t| levels.get(&t.name)).cloned();
        for table in chain.into_iter().rev() {
            let level = table
                .level
                .over(parent.as_ref().unwrap_or(&stub.document.top));
            levels.insert(table.name.clone(), level.clone());
            parent = Some(level);
        }
    }
    levels
}

fn cycle(members: &[&VariantTable]) -> Diagnostic {
    let names: Vec<&str> = members.iter().map(|t| t.name.as_str()).collect();
    let first = names.first().copied().unwrap_or_default();
    let message = match names[..] {
        [name] => format!("the variant `{name}` extends itself"),
        _ => format!(
            "variants extend each other in a circle: {} → {first}",
            names.join(" → ")
        ),
    };
    let mut error = Diagnostic::error(message)
        .help("remove one `extends`; what variants share can stand at the top of the stub");
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

fn unknown_variant(name: &Spanned<String>, known: Vec<&str>) -> Diagnostic {
    let list = listed(known.iter().copied());
    Diagnostic::error(format!("there is no variant `{}`", name.value))
        .at(name.location.clone())
        .help(did_you_mean(&name.value, known, || match list.as_str() {
            "none" => "the stub names no other variant".to_owned(),
            list => format!("there is {list}"),
        }))
}

fn default(stub: &Stub, variants: &[Variant], problems: &mut Diagnostics) -> Option<Name> {
    let names = || variants.iter().map(|v| v.name.as_str());
    let Some(asked) = &stub.document.default else {
        let cpu = variants.iter().find(|v| v.name.as_str() == "cpu");
        let only = variants.first().filter(|_| variants.len() == 1);
        return cpu.or(only).map(|v| v.name.clone());
    };
    if let Some(variant) = variants.iter().find(|v| v.name.as_str() == asked.value) {
        return Some(variant.name.clone());
    }
    let declared = stub
        .document
        .variants
        .iter()
        .find(|v| v.name.as_str() == asked.value);
    match declared {
        Some(table) if table.is_abstract => problems.push(
            Diagnostic::error(format!("the default variant `{}` is abstract", asked.value))
                .at(asked.location.clone())
                .related(table.location.clone(), "it is no target")
                .help(format!("there is {}", listed(names()))),
        ),
        // It could not be made, which has been said.
        Some(_) => {}
        None if problems.has_errors() && variants.is_empty() => {}
        None => problems.push(unknown_variant(asked, names().collect())),
    }
    None
}

/// Names that would give a target two readings.
fn reserved_names(stub: &Stub, variants: &[Variant], problems: &mut Diagnostics) {
    let mut layers: BTreeMap<&str, Option<&Location>> = BTreeMap::new();
    let declared = stub
        .levels()
        .flat_map(|l| l.python.layers.iter().flat_map(List::own));
    for layer in declared {
        let name = &layer.name;
        if layers
            .insert(name.value.as_str(), Some(&name.location))
            .is_none()
        {
            reserved_layer(name, problems);
        }
    }
    let by_convention = variants.iter().flat_map(|v| &v.python.layers);
    for layer in by_convention {
        layers.entry(layer.name.as_str()).or_insert(None);
    }
    let tables = stub.document.variants.iter();
    let tables = tables.map(|v| (v.name.as_str(), Some(&v.location)));
    let found = variants.iter().filter(|v| v.location.is_none());
    for (name, location) in tables.chain(found.map(|v| (v.name.as_str(), None))) {
        let layer = layers.get(name);
        let why = match name {
            "base" => "is the name of the system stage",
            "ml" => "is the name of a stage",
            name if is_architecture(name) => "is the name of an architecture",
            _ if layer.is_some() => "is the name of a layer too",
            _ => continue,
        };
        let layer = layer.copied().flatten();
        let error = match (location, layer) {
            (None, Some(layer)) => Diagnostic::error(format!(
                "no layer can be called `{name}`: it is the name of a variant, \
                 by the files in `requirements/`"
            ))
            .at(layer.clone()),
            (None, None) => {
                Diagnostic::error(format!("no variant can be called `{name}`: it {why}"))
            }
            (Some(location), layer) => {
                let error =
                    Diagnostic::error(format!("no variant can be called `{name}`: it {why}"));
                let error = error.at(location.clone());
                match layer {
                    Some(layer) => error.related(layer.clone(), "the layer"),
                    None => error,
                }
            }
        };
        let error = error.help(format!(
            "choose another name, so that `--target {name}` has one reading"
        ));
        problems.push(error);
    }
}

fn reserved_layer(name: &Spanned<Name>, problems: &mut Diagnostics) {
    let why = match name.value.as_str() {
        "base" => "is the name of the system stage",
        text if is_architecture(text) => "is the name of an architecture",
        _ => return,
    };
    let error = Diagnostic::error(format!("no layer can be called `{}`: it {why}", name.value))
        .at(name.location.clone())
        .help("choose another name: it is also that of a stage, as in `--target cpu-torch`");
    problems.push(error);
}
