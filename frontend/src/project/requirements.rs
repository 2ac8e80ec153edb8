//! The requirements of a variant's layers: which file each is read from, and
//! which files have to be read to know them all.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Platform;

use super::files::directory;
use crate::python::{self, Loaded, PythonVersion, RequirementSet, Sources, Target, Texts};
use crate::source::{Diagnostic, Diagnostics, Spanned, nearest_file, rules};
use crate::stub::{Alternatives, Layer, Variant};

/// The requirements of a variant, or what must be read to know them.
#[derive(Clone, Debug)]
pub(super) enum Sets {
    /// One set for each layer, bottom first, and the warnings.
    Complete(Vec<RequirementSet>, Diagnostics),
    /// Files that have to be read, or found missing, first.
    Needs(BTreeSet<String>),
}

/// The requirements of all layers of a variant, from the texts read so far.
///
/// Errors of all layers are reported together.
pub(super) fn sets(
    variant: &Variant,
    platform: &Platform,
    args: &BTreeMap<String, String>,
    texts: &Texts,
) -> Result<Sets, Diagnostics> {
    let target = Target {
        platform: platform.clone(),
        python: variant.python.version.unwrap_or(PythonVersion::DEFAULT),
    };
    let mut diagnostics = Diagnostics::new();
    let mut warnings = Diagnostics::new();
    let mut needs = BTreeSet::new();
    let mut sets = Vec::new();
    for layer in &variant.python.layers {
        let choices = layer.requirements.iter();
        let choices: Vec<Choice> = choices
            .map(|alternatives| choose(layer, alternatives, platform, texts))
            .collect();
        let mut files = Vec::new();
        let mut complete = true;
        for choice in choices {
            complete &= matches!(choice, Choice::File(..));
            match choice {
                Choice::File(path, warning) => {
                    files.push(path);
                    warnings.extend(warning.into_iter().collect());
                }
                Choice::Unknown(paths) => needs.extend(paths),
                Choice::Missing(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        if !complete {
            continue;
        }
        let sources = Sources {
            files: &files,
            packages: &layer.packages,
            args,
            target: &target,
        };
        match diagnostics.keep(python::load(sources, texts)) {
            Some(Loaded::Set(set)) => sets.push(*set),
            Some(Loaded::Needs(paths)) => needs.extend(paths),
            None => {}
        }
    }
    if needs.is_empty() {
        diagnostics.into_result(Sets::Complete(sets, warnings))
    } else {
        Ok(Sets::Needs(needs))
    }
}

/// The file of some alternatives that is read.
enum Choice {
    /// This one, and a warning where another one might have been meant too.
    File(Spanned<String>, Option<Diagnostic>),
    /// It depends on these, which nobody has looked for yet.
    Unknown(Vec<String>),
    /// None exists.
    Missing(Box<Diagnostic>),
}

/// The first of a layer's alternatives that exists.
fn choose(
    layer: &Layer,
    alternatives: &Alternatives,
    platform: &Platform,
    texts: &Texts,
) -> Choice {
    let fill = |path: String| path.replace("{arch}", platform.architecture());
    let paths = alternatives.paths.iter();
    let paths: Vec<Spanned<String>> = paths.map(|path| path.clone().map(fill)).collect();
    // A directory or the like counts as existing; reading it reports the error.
    let exists = |path: &&Spanned<String>| {
        texts.files.contains_key(&path.value) || texts.is_not_a_file(&path.value)
    };
    let unknown = |path: &&Spanned<String>| !exists(path) && !texts.absent.contains(&path.value);
    let chosen = paths
        .iter()
        .position(|path| exists(&path) || unknown(&path));
    let Some(chosen) = chosen else {
        return Choice::Missing(Box::new(missing(layer, &paths, platform, texts)));
    };
    // Those without placeholders are all looked for, since several that exist
    // may be meant to be read together.
    let last = if alternatives.has_placeholders {
        chosen
    } else {
        paths.len() - 1
    };
    let unknown: Vec<String> = paths[chosen..=last]
        .iter()
        .filter(unknown)
        .map(|path| path.value.clone())
        .collect();
    if !unknown.is_empty() {
        return Choice::Unknown(unknown);
    }
    let other = paths[chosen + 1..=last].iter().find(exists);
    let warning = other.map(|other| unread(layer, &paths[chosen], other));
    Choice::File(paths[chosen].clone(), warning)
}

/// The warning about a file that exists beside the one that is read.
fn unread(layer: &Layer, read: &Spanned<String>, other: &Spanned<String>) -> Diagnostic {
    let message = format!(
        "layer `{}` reads `{}` alone, though `{}` exists too",
        layer.name, read.value, other.value
    );
    Diagnostic::warning(&rules::UNREAD_REQUIREMENT_FILE, message)
        .at(other.location.clone())
        .label("not read: of an array, the first file that exists is")
        .help(if layer.requirements.len() > 1 {
            // They are alternatives within `all`, beside other files.
            "take them out of the inner array to read both, or remove the one that is not read"
                .to_owned()
        } else {
            format!(
                "write `requirements = {{ all = [\"{}\", \"{}\"] }}` to read both, \
                 or remove the one that is not read",
                read.value, other.value
            )
        })
}

fn missing(
    layer: &Layer,
    paths: &[Spanned<String>],
    platform: &Platform,
    texts: &Texts,
) -> Diagnostic {
    let names: Vec<&str> = paths.iter().map(|path| path.value.as_str()).collect();
    let message = format!(
        "layer `{}` has no requirement file for {platform}: there is no {}",
        layer.name,
        names.join(" and no ")
    );
    let label = match names.len() {
        1 => "does not exist",
        _ => "none of these exists",
    };
    let error = Diagnostic::error(message).label(label);
    match paths.first() {
        Some(first) => error
            .at(first.location.clone())
            .help(what_there_is(first, &names, texts)),
        None => error,
    }
}

/// What to do about files that do not exist: the near one, or all there are.
fn what_there_is(first: &Spanned<String>, names: &[&str], texts: &Texts) -> String {
    let known = texts.exist.iter().chain(texts.files.keys());
    let known: BTreeSet<&str> = known
        .map(String::as_str)
        .filter(|path| directory(path) == directory(&first.value))
        .collect();
    let near = names
        .iter()
        .find_map(|name| nearest_file(name, known.iter().copied()));
    if let Some(near) = near {
        return format!("did you mean {near}?");
    }
    let create = match names {
        [_] => "create it, or name one that exists",
        _ => "create one of them, or name one that exists",
    };
    if known.is_empty() {
        return create.to_owned();
    }
    let some: Vec<&str> = known.into_iter().take(8).collect();
    format!("{create}: its folder has {}", some.join(", "))
}
