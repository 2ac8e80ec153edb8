//! The document as it was typed: the top of the stub and its variants.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::args;
use super::collector::Collector;
use super::interpolation::Arguments;
use super::limits;
use super::reader::{Entry, Reader, Section};
use super::tables::{self, Level, VariantKeys};
use super::{Name, values};
use crate::source::{Location, SourceFile, Spanned};

/// All that a stub says.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// The stub itself.
    pub(super) file: SourceFile,
    /// Mirrors of the build argument, which go before those of the stub.
    pub(super) mirrors: Vec<(String, String)>,
    /// Values of the declared arguments.
    pub(super) args: BTreeMap<String, String>,
    pub(super) name: Option<Spanned<String>>,
    pub(super) default: Option<Spanned<String>>,
    /// The tables at the top, which every variant inherits.
    pub(super) top: Level,
    /// About what they take in memory, in bytes.
    pub(super) top_cost: usize,
    /// In the order of the file.
    pub(super) variants: Vec<VariantTable>,
}

impl Document {
    /// The top and each variant.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Level> + Clone {
        let variants = self.variants.iter().map(|v| &v.level);
        std::iter::once(&self.top).chain(variants)
    }

    /// The requirement files that layers name, with placeholders or without.
    pub(super) fn named_files(&self, placeholders: bool) -> BTreeSet<String> {
        self.levels()
            .flat_map(Level::requirement_files)
            .filter(|path| placeholders || !path.value.contains('{'))
            .map(|path| path.value.clone())
            .collect()
    }
}

/// `[variant.…]`
#[derive(Clone, Debug)]
pub(super) struct VariantTable {
    pub(super) name: Name,
    pub(super) location: Location,
    pub(super) extends: Option<Spanned<String>>,
    pub(super) is_abstract: bool,
    pub(super) level: Level,
    /// About what it takes in memory, in bytes, without what it inherits.
    pub(super) cost: usize,
}

/// Reads the document; `passed` are the values of build arguments.
pub(super) fn read(
    file: &SourceFile,
    table: &DeTable<'_>,
    passed: &BTreeMap<String, String>,
    diagnostics: &mut Collector,
) -> Document {
    let mut top = Section::top(table);
    let no_arguments = Arguments::default();
    let mut r = Reader::new(file, &no_arguments);
    let arguments = top.take("args").map(|e| args::read(&mut r, &e, passed));
    let arguments = arguments.unwrap_or_default();
    let cost_of_arguments = r.cost;
    diagnostics.extend(r.diagnostics);
    args::warn_of_undeclared(&arguments, passed, diagnostics);

    let mut r = Reader::new(file, &arguments);
    r.cost = cost_of_arguments;
    let name = top.take("name");
    let default = top.take("default");
    let variants = top.take("variant");
    let document = Document {
        file: file.clone(),
        mirrors: tables::passed_mirrors(passed, diagnostics),
        args: arguments.values(),
        name: name.and_then(|e| r.parsed(&e, values::project_name)),
        default: default.and_then(|e| r.parsed(&e, |text| Ok(text.to_owned()))),
        top: Level::read(&mut r, &mut top, VariantKeys::default()),
        top_cost: r.cost - cost_of_arguments,
        variants: variants
            .map(|e| read_variants(&mut r, &e))
            .unwrap_or_default(),
    };
    r.finish(top, ELSEWHERE);
    diagnostics.extend(r.diagnostics);
    document
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

fn read_variants(r: &mut Reader<'_>, entry: &Entry<'_>) -> Vec<VariantTable> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    r.inherits = true;
    let variants = section.rest();
    let variants = variants.filter_map(|(name, entry)| read_variant(r, name, &entry));
    let variants = variants.collect();
    r.inherits = false;
    variants
}

fn read_variant(r: &mut Reader<'_>, name: &str, entry: &Entry<'_>) -> Option<VariantTable> {
    let cost_before = r.cost;
    let location = r.at(entry.key.clone());
    let name = r.checked(name, name, &location, values::name(name));
    // `[variant]` with `platforms = …` in it lacks the name of the variant.
    if !entry.value.get_ref().is_table() {
        let help = "a variant has a name: `[variant.cpu]`".to_owned();
        r.wrong_type(entry, "a table", help);
        return None;
    }
    r.count(limits::COST_OF_VARIANT, &entry.key)?;
    let mut section = r.table(entry)?;
    let extends = section.take("extends").and_then(|e| r.string(&e));
    let is_abstract = section.take("abstract").and_then(|e| r.boolean(&e));
    let keys = VariantKeys::read(r, &mut section);
    let level = Level::read(r, &mut section, keys);
    let elsewhere = ELSEWHERE.iter().filter(|(key, _)| *key != "arg").copied();
    let elsewhere: Vec<_> = elsewhere
        .chain([("args", "arguments are declared at the top: `[args]`")])
        .collect();
    r.finish(section, &elsewhere);
    Some(VariantTable {
        name: name?,
        location,
        extends,
        is_abstract: is_abstract.unwrap_or_default(),
        level,
        cost: r.cost - cost_before,
    })
}
