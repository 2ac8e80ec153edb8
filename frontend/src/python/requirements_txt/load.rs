//! Reads the files of one Python layer, and their includes, into one set.
//!
//! Pure: the caller reads files. [`load`] says which are missing, so that all
//! of them can be read in one batch, and is called again with their texts.

use std::collections::{BTreeMap, BTreeSet};

use super::include::{self, Include};
use super::parse::{self, Conditional, Item};
use super::texts::Texts;
use super::{limits, paths};
use crate::python::markers::{Environment, Evaluation};
use crate::python::set::merged;
use crate::python::{Requirement, RequirementSet, Target};
use crate::source::{Diagnostic, Diagnostics, Location, Spanned};

/// How many errors of a layer are shown, of all files together.
const SHOWN: usize = 100;

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

impl Texts {
    /// The names of the files of a directory that others of them include.
    pub fn included(&self, directory: &str) -> BTreeSet<String> {
        let inside = |path: &str| paths::directory(path) == directory;
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
}

/// The result of [`load`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// Everything.
    Set(Box<RequirementSet>),
    /// These files must be read first: sorted, each once, at least one.
    Needs(Vec<String>),
}

/// Reads the files of a layer, as far as their texts are there.
pub fn load(sources: Sources<'_>, texts: &Texts) -> Result<Loaded, Diagnostics> {
    let needs = needs(sources, texts);
    if !needs.is_empty() {
        return Ok(Loaded::Needs(needs.into_iter().collect()));
    }
    let mut loader = Loader {
        args: sources.args,
        environment: Environment::from(sources.target),
        texts,
        done: BTreeSet::new(),
        failed: BTreeSet::new(),
        stack: Vec::new(),
        budget: limits::Budget::default(),
        exceeded: false,
        set: RequirementSet::default(),
        diagnostics: Diagnostics::new(),
        shown: 0,
        hidden: 0,
    };
    for file in sources.files {
        loader.root(file);
    }
    for package in sources.packages {
        match parse::in_place(package) {
            Ok(conditional) => loader.add(conditional, false),
            Err(errors) => loader.report(errors),
        }
    }
    loader.finish()
}

/// The files that are named, and were not asked for yet. Errors are found when
/// everything is there; an excess of files is not waited for.
fn needs(sources: Sources<'_>, texts: &Texts) -> BTreeSet<String> {
    let roots = sources.files.iter();
    let mut open: Vec<String> = roots
        .filter_map(|file| paths::join("", &file.value))
        .collect();
    let mut seen: BTreeSet<String> = open.iter().cloned().collect();
    let mut needs = BTreeSet::new();
    let mut bytes = 0;
    while let Some(path) = open.pop() {
        if let Some(file) = texts.files.get(&path) {
            bytes += file.text().len();
            if bytes > limits::TOTAL {
                break;
            }
            for other in parse::included_with(file, sources.args) {
                if seen.len() <= limits::FILES && seen.insert(other.clone()) {
                    open.push(other);
                }
            }
        } else if !texts.absent.contains(&path) && !texts.is_unusable(&path) {
            needs.insert(path);
        }
    }
    needs
}

struct Loader<'a> {
    args: &'a BTreeMap<String, String>,
    environment: Environment,
    texts: &'a Texts,
    /// Files that are in the set, as requirements or as constraints.
    done: BTreeSet<(String, bool)>,
    /// Those of them that have errors, which are reported once.
    failed: BTreeSet<String>,
    /// Files that are being read, and where each is included.
    stack: Vec<(String, Location)>,
    budget: limits::Budget,
    exceeded: bool,
    set: RequirementSet,
    diagnostics: Diagnostics,
    /// How many errors are reported, and how many more there are.
    shown: usize,
    hidden: usize,
}

impl Loader<'_> {
    /// A file that the stub names.
    fn root(&mut self, file: &Spanned<String>) {
        let location = file.location.clone();
        match paths::join("", &file.value) {
            Some(path) => self.include(&Include {
                path,
                constraint: false,
                location,
            }),
            None => self.report(
                Diagnostic::error(format!("{} leaves the build context", file.value))
                    .at(location)
                    .help(
                        "only files of the project can be used: write a path relative to its root",
                    ),
            ),
        }
    }

    fn include(&mut self, include: &Include) {
        let path = &include.path;
        if let Some(start) = self.stack.iter().position(|(open, _)| open == path) {
            let cycle = include::cycle(&self.stack[start..], include);
            self.report(cycle);
            return;
        }
        let new = self.done.insert((path.clone(), include.constraint));
        if !new || self.exceeded || self.failed.contains(path) {
            return;
        }
        let within =
            limits::nesting(self.stack.len(), include).and_then(|()| self.budget.file(include));
        if self.within(within).is_none() {
            return;
        }
        let Some(items) = self.items(include) else {
            self.failed.insert(path.clone());
            return;
        };
        self.stack.push((path.clone(), include.location.clone()));
        for item in items {
            match item {
                Item::Requirement(conditional) => self.add(*conditional, include.constraint),
                Item::Formats(change) => self.set.options.formats.apply(change),
                Item::Options(options) => {
                    if let Err(conflict) = self.set.options.append(*options) {
                        self.report(conflict);
                    }
                }
                // As in pip, `-r` asks for packages wherever it stands.
                Item::Include(inner) => self.include(&inner),
            }
        }
        self.stack.pop();
    }

    /// The items of a file, if it is there and valid.
    fn items(&mut self, include: &Include) -> Option<Vec<Item>> {
        let Some(file) = self.texts.files.get(&include.path) else {
            let root = self.stack.is_empty();
            let missing = include::missing(include, root, self.texts);
            self.report(missing);
            return None;
        };
        let within = self.budget.text(file, include);
        self.within(within)?;
        let items = self.keep(parse::file(file, self.args))?;
        let within = self.budget.entries(items.len(), include);
        self.within(within)?;
        Some(items)
    }

    /// Records that a limit is exceeded; nothing more is read then.
    fn within(&mut self, checked: Result<(), Diagnostic>) -> Option<()> {
        self.exceeded |= checked.is_err();
        self.keep(checked)
    }

    /// The value of a result, whose errors are reported.
    fn keep<T>(&mut self, result: Result<T, impl Into<Diagnostics>>) -> Option<T> {
        result.map_err(|errors| self.report(errors)).ok()
    }

    /// Reports errors, as long as there are few enough to read.
    fn report(&mut self, errors: impl Into<Diagnostics>) {
        for error in errors.into() {
            if self.shown < SHOWN {
                self.shown += 1;
                self.diagnostics.push(error);
            } else {
                self.hidden += 1;
            }
        }
    }

    fn add(&mut self, conditional: Conditional, constraint: bool) {
        let Conditional {
            mut requirement,
            marker,
        } = conditional;
        if constraint && (!requirement.extras.is_empty() || requirement.name.is_none()) {
            self.report(invalid_constraint(&requirement));
            return;
        }
        match marker.map(|marker| marker.evaluate(&self.environment)) {
            Some(Evaluation::Known(false)) => return,
            Some(Evaluation::Patch(marker)) => requirement.marker = Some(marker),
            Some(Evaluation::Known(true)) | None => {}
        }
        let list = if constraint {
            &mut self.set.constraints
        } else {
            &mut self.set.requirements
        };
        list.push(requirement);
    }

    fn finish(mut self) -> Result<Loaded, Diagnostics> {
        if self.hidden > 0 {
            let rest = format!("the layer has {} further errors", self.hidden);
            self.diagnostics.push(Diagnostic::error(rest));
        }
        self.set.options.tidy();
        self.set.requirements = merged(self.set.requirements);
        self.set.constraints = merged(self.set.constraints);
        self.diagnostics
            .into_result(Loaded::Set(Box::new(self.set)))
    }
}

fn invalid_constraint(requirement: &Requirement) -> Diagnostic {
    let message = if requirement.name.is_some() {
        "a constraint has no extras"
    } else {
        "a constraint needs a package name"
    };
    Diagnostic::error(message)
        .at(requirement.location.clone())
        .help(
            "constraints only limit versions: `name<2`; what is to be installed goes into a \
             requirement file",
        )
}
