//! The top of the stub: its name, arguments and variants.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::Level;
use crate::source::{Diagnostic, Diagnostics, Location, SourceFile, Spanned};
use crate::stub::args::{self, Arguments, Value};
use crate::stub::reader::{Entry, Reader, Section};
use crate::stub::{Name, values};

/// All that a stub says.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct Document {
    /// Values of the declared arguments.
    pub(in crate::stub) args: BTreeMap<String, String>,
    pub(in crate::stub) name: Option<Spanned<String>>,
    pub(in crate::stub) default: Option<Spanned<String>>,
    /// The tables at the top, which every variant inherits.
    pub(in crate::stub) top: Level,
    /// In the order of the file.
    pub(in crate::stub) variants: Vec<VariantTable>,
}

/// `[variant.…]`
#[derive(Clone, Debug)]
pub(in crate::stub) struct VariantTable {
    pub(in crate::stub) name: Name,
    pub(in crate::stub) location: Location,
    pub(in crate::stub) extends: Option<Spanned<String>>,
    pub(in crate::stub) is_abstract: bool,
    pub(in crate::stub) level: Level,
}

/// Reads the document; what is wrong with it, and warnings, come along.
pub(in crate::stub) fn document(
    file: &SourceFile,
    table: &DeTable<'_>,
    passed: &BTreeMap<String, String>,
) -> (Document, Diagnostics) {
    let mut top = Section::new("", table);
    let nothing = Arguments::default();
    let mut r = Reader::new(file, &nothing);
    let arguments = top.take("args").map(|e| read_arguments(&mut r, &e, passed));
    let arguments = arguments.unwrap_or_default();
    let mut problems = std::mem::take(&mut r.problems);
    problems.extend(arguments.undeclared(passed));

    let mut r = Reader::new(file, &arguments);
    let name = top.take("name");
    let default = top.take("default");
    let variants = top.take("variant");
    let document = Document {
        args: arguments.values(),
        name: name.and_then(|e| r.parsed(&e, values::project_name)),
        default: default.and_then(|e| r.parsed(&e, |text| Ok(text.to_owned()))),
        top: Level::read(&mut r, &mut top),
        variants: variants
            .map(|e| read_variants(&mut r, &e))
            .unwrap_or_default(),
    };
    r.finish(top, ELSEWHERE);
    problems.extend(r.problems);
    (document, problems)
}

/// Keys that are known, but not at the top.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "platforms",
        "platforms belong to a variant: `[variant.cpu]`",
    ),
    (
        "accelerator",
        "the accelerator belongs to a variant: `[variant.cuda]`",
    ),
    ("image", "the base image is `image` in `[base]`"),
    ("apt", "packages of the system are `apt` in `[base]`"),
    ("env", "environment variables are `[base.env]`"),
    ("user", "the user is `user` in `[base]`"),
    ("workdir", "the working directory is `workdir` in `[base]`"),
    ("labels", "labels are `[app.labels]`"),
    ("cmd", "the command is `cmd` in `[app]`"),
    ("entrypoint", "the entrypoint is `entrypoint` in `[app]`"),
    ("copy", "files of the application are `copy` in `[app]`"),
    ("expose", "ports are `expose` in `[app]`"),
    ("layer", "layers are `[[python.layer]]`"),
    (
        "requirements",
        "requirements belong to a layer: `[[python.layer]]`",
    ),
    ("version", "the Python version is `version` in `[python]`"),
    ("arg", "did you mean `args`?"),
];

fn read_arguments(
    r: &mut Reader<'_>,
    entry: &Entry<'_>,
    passed: &BTreeMap<String, String>,
) -> Arguments {
    let mut arguments = Arguments::default();
    let Some(section) = r.table(entry) else {
        return arguments;
    };
    for (name, entry) in section.rest() {
        let value = read_argument(r, name, &entry, passed, &arguments);
        if !args::is_identifier(name) {
            let error = Diagnostic::error(format!("`{name}` is no name of an argument"))
                .at(r.at(entry.key.clone()))
                .help("letters, digits and `_`, not a digit first");
            r.report(error);
            continue;
        }
        arguments.insert(name, value);
    }
    arguments
}

/// The value that was passed, or the default, which may name the arguments
/// above it.
fn read_argument(
    r: &mut Reader<'_>,
    name: &str,
    entry: &Entry<'_>,
    passed: &BTreeMap<String, String>,
    above: &Arguments,
) -> Value {
    let before = r.problems.iter().count();
    let (default, required) = match entry.value.get_ref() {
        DeValue::String(_) => (Some(entry.clone()), false),
        DeValue::Table(_) => {
            let Some(mut section) = r.table(entry) else {
                return Value::Reported;
            };
            let default = section.take("default");
            let required = section.take("required").and_then(|e| r.boolean(&e));
            r.finish(section, &[]);
            (default, required.unwrap_or_default())
        }
        other => {
            let written = r.at(entry.value.span());
            let help = match other {
                DeValue::Array(_) => "write `\"default\"` or `{ required = true }`".to_owned(),
                _ => format!("put it in quotes: `\"{}\"`", written.text()),
            };
            r.wrong_type(entry, "a string or a table", help);
            return Value::Reported;
        }
    };
    if required && let Some(default) = &default {
        let error = Diagnostic::error(format!(
            "the argument `{name}` is required and has a default"
        ))
        .at(r.at(default.key.clone()))
        .help("keep one of `required` and `default`");
        r.report(error);
    }
    let has_default = default.is_some();
    let default = default.and_then(|e| {
        let mut inner = Reader::new(r.file, above);
        let text = inner.parsed(&e, |text| Ok(text.to_owned()));
        r.problems.extend(inner.problems);
        text
    });
    if r.problems.iter().count() > before {
        return Value::Reported;
    }
    match (passed.get(name), default) {
        (Some(value), _) => Value::Known(value.clone()),
        (None, Some(default)) => Value::Known(default.value),
        // It names an argument whose value is missing.
        (None, None) if has_default => Value::Reported,
        (None, None) => {
            let (message, help) = if required {
                args::missing(name, passed)
            } else {
                (
                    format!("the argument `{name}` has no default"),
                    "write `{ required = true }`, or give it one: `\"…\"`".to_owned(),
                )
            };
            let error = Diagnostic::error(message)
                .at(r.at(entry.key.clone()))
                .help(help);
            r.report(error);
            Value::Reported
        }
    }
}

fn read_variants(r: &mut Reader<'_>, entry: &Entry<'_>) -> Vec<VariantTable> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    r.inherits = true;
    let mut variants = Vec::new();
    for (name, entry) in section.rest() {
        let location = r.at(entry.key.clone());
        let name = r.checked(name, name, &location, values::name(name));
        let Some(mut section) = table_of_variant(r, &entry) else {
            continue;
        };
        let extends = section.take("extends").and_then(|e| r.string(&e));
        let is_abstract = section.take("abstract").and_then(|e| r.boolean(&e));
        let level = Level::read_variant(r, &mut section);
        let below = ELSEWHERE.iter().filter(|(key, _)| *key != "arg").copied();
        let below: Vec<_> = below
            .chain([("args", "arguments are declared at the top: `[args]`")])
            .collect();
        r.finish(section, &below);
        variants.extend(name.map(|name| VariantTable {
            name,
            location,
            extends,
            is_abstract: is_abstract.unwrap_or_default(),
            level,
        }));
    }
    r.inherits = false;
    variants
}

/// `[variant]` with `platforms = …` in it lacks the name of the variant.
fn table_of_variant<'t>(r: &mut Reader<'_>, entry: &Entry<'t>) -> Option<Section<'t>> {
    if !entry.value.get_ref().is_table() {
        let help = "a variant has a name: `[variant.cpu]`".to_owned();
        r.wrong_type(entry, "a table", help);
        return None;
    }
    r.table(entry)
}
