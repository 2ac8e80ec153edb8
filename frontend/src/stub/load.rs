//! The stub, read on its own: all that can be said before anything else of
//! the build context is read.

use std::collections::{BTreeMap, BTreeSet};

use super::convention::{FOLDER, Listing};
use super::list::List;
use super::tables::{self, Document, Level};
use super::{Project, args, resolve, syntax};
use crate::source::{Diagnostic, Diagnostics, SourceFile};

/// More messages than these help nobody.
const SHOWN: usize = 20;

/// A stub without mistakes of its own.
#[derive(Clone, Debug)]
pub struct Stub {
    pub(super) file: SourceFile,
    pub(super) document: Document,
    /// Mirrors of the build argument, which go before those of the stub.
    pub(super) mirrors: Vec<(String, String)>,
    pub(super) warnings: Diagnostics,
}

impl Stub {
    /// Reads a stub; all mistakes that it has are reported together.
    ///
    /// `build_args` are the build arguments as they were passed, under their
    /// names (`CUDA`, not `build-arg:CUDA`).
    pub fn parse(
        name: &str,
        bytes: &[u8],
        build_args: &BTreeMap<String, String>,
    ) -> Result<Self, Diagnostics> {
        let (text, file) = syntax::text(name, bytes)?;
        let table = syntax::document(text, &file)?;
        let (document, mut problems) = tables::document(&file, table.get_ref(), build_args);
        let mirrors = args::mirrors(build_args, &mut problems);
        let mut stub = Self {
            file: file.clone(),
            document,
            mirrors,
            warnings: Diagnostics::new(),
        };
        problems.extend(resolve::check(&stub));
        stub.warnings = sorted(problems)?;
        Ok(stub)
    }

    /// The stub's text, under its name.
    pub fn file(&self) -> &SourceFile {
        &self.file
    }

    /// Whether some part of the project follows from the names of files, so
    /// that [`resolve`](Self::resolve) needs a true [`Listing`].
    pub fn needs_convention(&self) -> bool {
        let silent = |says: fn(&Level) -> bool| !self.levels().any(says);
        self.document.variants.is_empty()
            || silent(|level| level.python.layers.is_some())
            || silent(|level| level.app.copy.is_some())
            || self.levels().skip(1).any(|level| level.platforms.is_none())
    }

    /// The folders that hold requirement files, as far as the stub alone
    /// tells: what is worth listing in the same batch of reads.
    pub fn requirement_folders(&self) -> BTreeSet<String> {
        let mut folders = BTreeSet::new();
        if self.needs_convention() {
            folders.insert(FOLDER.to_owned());
        }
        let named = self.named_files(true);
        folders.extend(named.iter().filter_map(|path| {
            let (folder, _) = path.rsplit_once('/')?;
            (!folder.contains('{')).then(|| folder.to_owned())
        }));
        folders
    }

    /// The project, with what the names of files say where the stub is silent.
    pub fn resolve(&self, listing: &Listing) -> Result<Project, Diagnostics> {
        let (project, problems) = resolve::project(self, listing);
        let mut project = project;
        let mut all = self.warnings.clone();
        all.extend(problems);
        project.warnings = sorted(all)?;
        Ok(project)
    }

    /// The top and each variant.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Level> {
        let variants = self.document.variants.iter().map(|v| &v.level);
        std::iter::once(&self.document.top).chain(variants)
    }

    /// The requirement files that layers name, with placeholders or without.
    pub(super) fn named_files(&self, placeholders: bool) -> BTreeSet<String> {
        self.levels()
            .flat_map(|level| level.python.layers.iter().flat_map(List::own))
            .flat_map(|layer| layer.requirements.iter().flat_map(List::own))
            .filter(|path| placeholders || !path.value.contains('{'))
            .map(|path| path.value.clone())
            .collect()
    }
}

/// The project of a stub and a listing, in one go.
pub fn load(
    name: &str,
    bytes: &[u8],
    build_args: &BTreeMap<String, String>,
    listing: &Listing,
) -> Result<Project, Diagnostics> {
    Stub::parse(name, bytes, build_args)?.resolve(listing)
}

/// Messages in the order of the file, each once and not too many; or just the
/// warnings, where nothing is wrong.
fn sorted(problems: Diagnostics) -> Result<Diagnostics, Diagnostics> {
    let mut all: Vec<Diagnostic> = problems.into_iter().collect();
    all.sort_by_key(|d| {
        let at = d.location().map(|location| location.span.start);
        (d.severity(), at.is_none(), at)
    });
    // What several variants inherit is wrong once.
    all.dedup();
    let errors = all.iter().filter(|d| d.is_error()).count();
    if errors == 0 {
        return Ok(all.into_iter().collect());
    }
    // Warnings wait until there is a build.
    all.truncate(errors.min(SHOWN));
    if errors > SHOWN {
        all.push(Diagnostic::error(format!(
            "{} more mistakes are not shown",
            errors - SHOWN
        )));
    }
    Err(all.into_iter().collect())
}
