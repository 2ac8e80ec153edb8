//! The files of one Python layer into one set, includes followed.
//!
//! Pure: the caller reads files. [`load`] says which are missing, so that all
//! of them can be read in one batch, and is called again with their texts.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{self, Conditional, Include, Item};
use super::paths;
use crate::python::markers::Environment;
use crate::python::set::merged;
use crate::python::{RequirementSet, Target};
use crate::source::{Diagnostic, Diagnostics, Location, SourceFile, Spanned, nearest_file};

/// How deep includes nest: far more than anybody needs, far less than a
/// stack holds.
const DEPTH: usize = 64;

/// What a layer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Requirement files, relative to the context's root.
    pub files: &'a [Spanned<String>],
    /// Requirements given in place.
    pub packages: &'a [Spanned<String>],
    /// Values of the declared build arguments: what `${NAME}` stands for.
    pub args: &'a BTreeMap<String, String>,
    /// What markers are evaluated for.
    pub target: &'a Target,
}

/// What the caller has read, by paths relative to the context's root.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// Texts of files.
    pub files: BTreeMap<String, SourceFile>,
    /// Files that were asked for and do not exist.
    pub absent: BTreeSet<String>,
    /// What was asked for and is no requirement file, and why not.
    pub unusable: BTreeMap<String, Unusable>,
    /// Further files that are known to exist, to suggest one.
    pub exist: BTreeSet<String>,
}

/// Why something that exists is no requirement file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What is to be said of it, behind its path: `is a directory`.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

impl Unusable {
    /// A reason, and a remedy.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            help: help.into(),
        }
    }
}

impl Texts {
    /// The names of the files of a folder that others of them include.
    pub fn included(&self, folder: &str) -> BTreeSet<String> {
        let inside = |path: &str| paths::folder(path) == folder;
        let mut names = BTreeSet::new();
        for (path, file) in self.files.iter().filter(|(path, _)| inside(path)) {
            for other in parse::included(file) {
                if inside(&other) && other != *path {
                    names.insert(paths::file_name(&other).to_owned());
                }
            }
        }
        names
    }

    /// Whether a path is there and is no file: a directory, or a symbolic link
    /// to what the client does not send.
    pub fn is_no_file(&self, path: &str) -> bool {
        self.unusable.contains_key(path) || self.is_broken_link(path)
    }

    fn is_broken_link(&self, path: &str) -> bool {
        self.exist.contains(path) && self.absent.contains(path)
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// Everything.
    Set(Box<RequirementSet>),
    /// These files must be read first: sorted, each once, at least one.
    Needs(Vec<String>),
}

/// Reads the files of a layer, as far as their texts are there.
pub fn load(sources: Sources<'_>, texts: &Texts) -> Result<Loaded, Diagnostics> {
    let mut loader = Loader {
        args: sources.args,
        environment: Environment::from(sources.target),
        texts,
        parsed: BTreeMap::new(),
        done: BTreeSet::new(),
        stack: Vec::new(),
        needs: BTreeSet::new(),
        set: RequirementSet::default(),
        mistakes: Diagnostics::new(),
    };
    for file in sources.files {
        let location = file.location.clone();
        match paths::join("", &file.value) {
            Some(path) => loader.include(&Include {
                path,
                constraint: false,
                location,
            }),
            None => loader.mistakes.push(
                Diagnostic::error(format!("{} leaves the build context", file.value))
                    .at(location)
                    .help(
                        "only files of the project can be used: write a path relative to its root",
                    ),
            ),
        }
    }
    for package in sources.packages {
        match parse::in_place(package) {
            Ok(conditional) => loader.add(&conditional, false),
            Err(mistakes) => loader.mistakes.extend(mistakes),
        }
    }
    loader.finish()
}

struct Loader<'a> {
    args: &'a BTreeMap<String, String>,
    environment: Environment,
    texts: &'a Texts,
    parsed: BTreeMap<String, Vec<Item>>,
    /// Files that are in the set, as requirements or as constraints.
    done: BTreeSet<(String, bool)>,
    /// Files that are being read, and where each is included.
    stack: Vec<(String, Location)>,
    needs: BTreeSet<String>,
    set: RequirementSet,
    mistakes: Diagnostics,
}

impl Loader<'_> {
    fn include(&mut self, include: &Include) {
        let path = &include.path;
        if let Some(start) = self.stack.iter().position(|(open, _)| open == path) {
            self.mistakes.push(cycle(&self.stack[start..], include));
            return;
        }
        if self.stack.len() == DEPTH {
            self.mistakes.push(
                Diagnostic::error(format!("includes nest more than {DEPTH} deep"))
                    .at(include.location.clone())
                    .help("include fewer files from one another"),
            );
            return;
        }
        if !self.done.insert((path.clone(), include.constraint)) {
            return;
        }
        let Some(items) = self.items(include) else {
            return;
        };
        self.stack.push((path.clone(), include.location.clone()));
        for item in &items {
            match item {
                Item::Requirement(conditional) => self.add(conditional, include.constraint),
                Item::Options(options) => {
                    if let Err(mistake) = self.set.options.append((**options).clone()) {
                        self.mistakes.push(mistake);
                    }
                }
                // As in pip, `-r` asks for packages wherever it stands.
                Item::Include(inner) => self.include(inner),
            }
        }
        self.stack.pop();
        self.parsed.insert(path.clone(), items);
    }

    /// The items of a file, if it is there and makes sense.
    fn items(&mut self, include: &Include) -> Option<Vec<Item>> {
        // A file that is both a requirement and a constraint file is read once.
        if let Some(items) = self.parsed.remove(&include.path) {
            return Some(items);
        }
        if let Some(file) = self.texts.files.get(&include.path) {
            return self.mistakes.keep(parse::file(file, self.args));
        }
        if self.texts.absent.contains(&include.path)
            || self.texts.unusable.contains_key(&include.path)
        {
            let mistake = missing(include, self.stack.is_empty(), self.texts);
            self.mistakes.push(mistake);
        } else {
            self.needs.insert(include.path.clone());
        }
        None
    }

    fn add(&mut self, conditional: &Conditional, constraint: bool) {
        let requirement = &conditional.requirement;
        if constraint && (!requirement.extras.is_empty() || requirement.name.is_none()) {
            let what = if requirement.name.is_some() {
                "a constraint has no extras"
            } else {
                "a constraint needs a package name"
            };
            self.mistakes.push(
                Diagnostic::error(what)
                    .at(requirement.location.clone())
                    .help("constraints only limit versions: `name<2`; what is to be installed goes into a requirement file"),
            );
            return;
        }
        let holds = |marker: &crate::python::markers::Marker| marker.holds(&self.environment);
        if conditional.marker.as_ref().is_none_or(holds) {
            let list = if constraint {
                &mut self.set.constraints
            } else {
                &mut self.set.requirements
            };
            list.push(requirement.clone());
        }
    }

    fn finish(mut self) -> Result<Loaded, Diagnostics> {
        self.set.options.tidy();
        if let Err(mistake) = self.set.options.check() {
            self.mistakes.push(mistake);
        }
        self.set.requirements = merged(self.set.requirements);
        self.set.constraints = merged(self.set.constraints);
        let loaded = if self.needs.is_empty() {
            Loaded::Set(Box::new(self.set))
        } else {
            Loaded::Needs(self.needs.into_iter().collect())
        };
        self.mistakes.into_result(loaded)
    }
}

fn cycle(stack: &[(String, Location)], include: &Include) -> Diagnostic {
    let mut names: Vec<&str> = stack.iter().map(|(path, _)| path.as_str()).collect();
    names.push(&include.path);
    let mistake = if stack.len() == 1 {
        format!("{} includes itself", include.path)
    } else {
        format!(
            "requirement files include each other: {}",
            names.join(" → ")
        )
    };
    let mut diagnostic = Diagnostic::error(mistake)
        .at(include.location.clone())
        .label("closes the circle")
        .help("remove one of these includes");
    // The first one of the circle is included from outside of it.
    for (path, location) in stack.iter().skip(1) {
        diagnostic = diagnostic.related(location.clone(), format!("includes {path}"));
    }
    diagnostic
}

fn missing(include: &Include, root: bool, texts: &Texts) -> Diagnostic {
    let path = &include.path;
    let what = if root {
        "requirement file"
    } else {
        "included file"
    };
    if let Some(Unusable { reason, help }) = texts.unusable.get(path) {
        return Diagnostic::error(format!("{what} {path} {reason}"))
            .at(include.location.clone())
            .help(help);
    }
    let diagnostic =
        Diagnostic::error(format!("{what} {path} does not exist")).at(include.location.clone());
    if texts.is_broken_link(path) {
        return diagnostic.help(
            "it is a symbolic link, and what it points to is not in the build context: put a \
             file there, or link to one in the context",
        );
    }
    let folder = paths::folder(path);
    let siblings: Vec<&str> = texts
        .exist
        .iter()
        .chain(texts.files.keys())
        .map(String::as_str)
        .filter(|known| {
            let includer = !root && *known == include.location.file.name();
            paths::folder(known) == folder && !includer
        })
        .collect();
    let name = paths::file_name(path);
    let near = nearest_file(path, siblings.iter().copied());
    let elsewhere = || {
        let mut all = texts.exist.iter().chain(texts.files.keys());
        all.find(|known| paths::file_name(known) == name)
    };
    let relative = if root {
        ""
    } else {
        "; includes are relative to the file that they stand in"
    };
    match (near, elsewhere()) {
        (_, Some(other)) => diagnostic.help(format!("there is {other}{relative}")),
        (Some(near), None) => diagnostic.help(format!("there is {near}")),
        (None, None) if siblings.is_empty() => diagnostic.help(format!(
            "check the name: it is a path in the build context{relative}"
        )),
        (None, None) => {
            let list: BTreeSet<&str> = siblings.into_iter().collect();
            let some: Vec<&str> = list.into_iter().take(8).collect();
            diagnostic.help(format!("its folder has {}", some.join(", ")))
        }
    }
}
