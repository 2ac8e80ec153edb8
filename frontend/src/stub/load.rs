//! The stub, read on its own: everything that can be checked before anything
//! else of the build context is read.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::Collector;
use super::convention::{DIRECTORY, Listing};
use super::document::{self, Document};
use super::tables::Conventions;
use super::{Project, project, syntax};
use crate::source::{Diagnostics, SourceFile};

/// A stub without errors of its own.
#[derive(Clone, Debug)]
pub struct Stub {
    document: Document,
    /// Warnings so far.
    diagnostics: Collector,
}

impl Stub {
    /// Reads a stub; all errors in it are reported together.
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
        let mut diagnostics = Collector::default();
        let document = document::read(&file, table.get_ref(), build_args, &mut diagnostics);
        project::check(&document, &mut diagnostics);
        if diagnostics.has_errors() {
            diagnostics.clone().finish()?;
        }
        Ok(Self {
            document,
            diagnostics,
        })
    }

    /// The stub's text, under its name.
    pub fn file(&self) -> &SourceFile {
        &self.document.file
    }

    /// Whether some part of the project follows from the names of files, so
    /// that [`resolve`](Self::resolve) needs a true [`Listing`].
    pub fn needs_convention(&self) -> bool {
        let mut declared = self.document.variants.iter();
        self.document.variants.is_empty()
            || Conventions::of(self.document.levels()).any()
            || declared.any(|v| v.level.keys.follows_convention())
    }

    /// The directories that hold requirement files, as far as the stub alone
    /// tells: what is worth listing in the same batch of reads.
    pub fn requirement_folders(&self) -> BTreeSet<String> {
        let mut folders = BTreeSet::new();
        if self.needs_convention() {
            folders.insert(DIRECTORY.to_owned());
        }
        let named = self.document.named_files(true);
        folders.extend(named.iter().filter_map(|path| {
            let (folder, _) = path.rsplit_once('/')?;
            (!folder.contains('{')).then(|| folder.to_owned())
        }));
        folders
    }

    /// The project, with what the names of files say where the stub is silent.
    pub fn resolve(&self, listing: &Listing) -> Result<Project, Diagnostics> {
        let mut diagnostics = self.diagnostics.clone();
        let mut project = project::resolve(&self.document, listing, &mut diagnostics);
        project.warnings = diagnostics.finish()?;
        Ok(project)
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
