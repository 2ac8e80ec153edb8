//! The loader: what has to be read of a project, and what it means.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Platform;

use super::files::{Content, Files, Wanted, directory, is_text_file};
use super::limits::{self, Budget, MAX_FILE_BYTES, MAX_IGNORE_BYTES, too_large};
use super::requirements::{self, Sets};
use crate::client::IgnoreFile;
use crate::python::{self, RequirementSet, Texts, Unusable};
use crate::source::{Diagnostic, Diagnostics};
use crate::stub::{DIRECTORY, Listing, Project, Stub, Variant};

const IGNORE_FILE: &str = ".dockerignore";

/// Directories that are the application where the stub does not say.
const APPLICATION: [&str; 2] = ["src", "app"];

/// Reads a project, in as few batches as possible.
#[derive(Debug)]
pub struct Loader<F> {
    files: F,
    texts: Texts,
    /// Directories whose text files are all known.
    listed: BTreeSet<String>,
    budget: Budget,
    ignore: IgnoreFile,
    warnings: Diagnostics,
}

impl<F: Files> Loader<F> {
    /// Nothing is read yet.
    pub fn new(files: F) -> Self {
        Self {
            files,
            texts: Texts::default(),
            listed: BTreeSet::new(),
            budget: Budget::default(),
            ignore: IgnoreFile::default(),
            warnings: Diagnostics::new(),
        }
    }

    /// What is to be warned of in the requirements that have been read, and has
    /// not been taken yet.
    pub fn take_warnings(&mut self) -> Diagnostics {
        std::mem::take(&mut self.warnings)
    }

    /// Which files stay out of the build context.
    pub fn ignore(&self) -> &IgnoreFile {
        &self.ignore
    }

    /// The project: the stub first, then in one batch what its conventions
    /// look for in the build context.
    pub async fn project(
        &mut self,
        build_args: &BTreeMap<String, String>,
    ) -> Result<Project, F::Error> {
        let file = self.files.stub().await?;
        let stub = Stub::parse(&file.name, &file.bytes, build_args)?;
        let conventions = stub.needs_convention();
        let mut wanted = Wanted {
            text_directories: stub.requirement_folders(),
            ..Wanted::default()
        };
        if file.ignore.is_none() {
            wanted.files.insert(IGNORE_FILE.to_owned());
        }
        if conventions {
            wanted.directories.extend(APPLICATION.map(str::to_owned));
        }
        let listed = self.files.list(&wanted).await?;
        self.ignore = match file.ignore {
            Some(content) => stub_ignore_file(&format!("{}{IGNORE_FILE}", file.name), content)?,
            None => self.context_ignore_file().await?,
        };
        for path in listed.misnamed {
            self.texts.unusable.insert(path, directory_in_place());
        }
        self.take_listing(wanted.text_directories, listed.text_files)?;
        if conventions && self.listed.contains(DIRECTORY) {
            // To learn which files include which. An error in one of them is
            // reported if it is needed.
            let all = self.texts.exist.iter();
            let all = all.filter(|path| directory(path) == DIRECTORY);
            self.fetch(all.cloned().collect()).await?;
        }
        let is_application =
            |name: &str| listed.directories.contains(name) && !self.ignore.excludes(name);
        Ok(stub.resolve(&Listing {
            requirements: self.conventional_files(),
            included: self.texts.included(DIRECTORY),
            src: is_application("src"),
            app: is_application("app"),
        })?)
    }

    /// The requirements of all layers of a variant, bottom first, for each of
    /// the platforms. What is wrong on any of them is reported together.
    pub async fn requirements(
        &mut self,
        project: &Project,
        variant: &Variant,
        platforms: &[Platform],
    ) -> Result<Vec<Vec<RequirementSet>>, F::Error> {
        loop {
            let mut diagnostics = Diagnostics::new();
            let mut needed = BTreeSet::new();
            let mut all = Vec::new();
            let mut warnings = Diagnostics::new();
            for platform in platforms {
                let sets = requirements::sets(variant, platform, &project.args, &self.texts);
                match diagnostics.keep(sets) {
                    Some(Sets::Complete(sets, of_platform)) => {
                        all.push(sets);
                        warnings.extend(of_platform);
                    }
                    Some(Sets::Needs(paths)) => needed.extend(paths),
                    None => {}
                }
            }
            if needed.is_empty() {
                self.warnings.extend(warnings.unique());
                return Ok(diagnostics.unique().into_result(all)?);
            }
            self.fetch(needed).await?;
        }
    }

    async fn context_ignore_file(&mut self) -> Result<IgnoreFile, F::Error> {
        let path = BTreeSet::from([IGNORE_FILE.to_owned()]);
        let limit = MAX_IGNORE_BYTES;
        let mut answer = self.files.read(&path, limit, limit).await?;
        let content = answer.remove(IGNORE_FILE).unwrap_or(Content::Missing);
        Ok(ignore_file(IGNORE_FILE, content)?)
    }

    fn take_listing(
        &mut self,
        directories: BTreeSet<String>,
        files: BTreeSet<String>,
    ) -> Result<(), Diagnostics> {
        limits::check_listing(&files)?;
        self.texts.exist = files;
        self.listed = directories;
        Ok(())
    }

    /// The names of the files that conventions go by.
    fn conventional_files(&self) -> BTreeSet<String> {
        let all = self.texts.exist.iter();
        all.filter_map(|path| path.strip_prefix(DIRECTORY)?.strip_prefix('/'))
            .filter(|name| !name.contains('/'))
            .map(str::to_owned)
            .collect()
    }

    /// Whether a file that was not found cannot be there.
    fn is_listed(&self, path: &str) -> bool {
        is_text_file(path) && path.contains('/') && self.listed.contains(directory(path))
    }

    /// Reads requirement files, and what they include, into the texts.
    /// Afterwards each of them is known: to be a text, to be none, or not to
    /// exist.
    async fn fetch(&mut self, mut paths: BTreeSet<String>) -> Result<(), F::Error> {
        while !paths.is_empty() {
            self.fetch_batch(&paths).await?;
            let read = paths.iter().filter_map(|path| self.texts.files.get(path));
            let included = read.flat_map(python::included);
            paths = included.filter(|path| !self.is_known(path)).collect();
        }
        Ok(())
    }

    /// Whether nothing more is to be found out about a path.
    fn is_known(&self, path: &str) -> bool {
        let texts = &self.texts;
        texts.files.contains_key(path)
            || texts.absent.contains(path)
            || texts.unusable.contains_key(path)
            || texts.invalid.contains_key(path)
    }

    async fn fetch_batch(&mut self, paths: &BTreeSet<String>) -> Result<(), F::Error> {
        let (absent, paths): (BTreeSet<_>, BTreeSet<_>) = paths
            .iter()
            .cloned()
            .partition(|path| self.is_listed(path) && !self.texts.exist.contains(path));
        self.texts.absent.extend(absent);
        if paths.is_empty() {
            return Ok(());
        }
        self.budget
            .add_files(paths.len())
            .map_err(Diagnostics::from)?;
        let left = self.budget.bytes_left();
        let answer = self.files.read(&paths, MAX_FILE_BYTES, left).await?;
        for (path, content) in answer {
            self.take(path, content);
        }
        Ok(())
    }

    fn take(&mut self, path: String, content: Content) {
        let unusable = match content {
            Content::Bytes(bytes) => {
                if let Err(unusable) = self.budget.add_text(&bytes) {
                    unusable
                } else {
                    self.take_text(path, &bytes);
                    return;
                }
            }
            Content::Unread => self.budget.add_unread(),
            Content::Missing => {
                self.texts.absent.insert(path);
                return;
            }
            Content::TooLarge(bytes) => Unusable::new(
                too_large(bytes, MAX_FILE_BYTES),
                "name a requirement file: a list of packages is shorter",
            ),
            Content::Directory => directory_in_place(),
            Content::Special => Unusable::new("is not a regular file", "name a text file"),
            Content::Outside => Unusable::new(
                "is a symbolic link to something outside the build context",
                "put a file there, or link to one in the build context",
            ),
        };
        self.texts.unusable.insert(path, unusable);
    }

    fn take_text(&mut self, path: String, bytes: &[u8]) {
        match python::decode(&path, bytes) {
            Ok(text) => {
                self.texts.files.insert(path, text);
            }
            Err(diagnostic) => {
                self.texts.invalid.insert(path, diagnostic);
            }
        }
    }
}

/// Why a directory is not a requirement file.
fn directory_in_place() -> Unusable {
    Unusable::new("is a directory", "name the files in it")
}

/// The patterns of an ignore file that is for one stub alone: somebody made it
/// for the stub, so it must be a file that can be read.
fn stub_ignore_file(name: &str, content: Content) -> Result<IgnoreFile, Diagnostics> {
    let invalid = match content {
        Content::Directory => "is a directory, expected a file",
        Content::Special => "is not a regular file",
        content => return ignore_file(name, content),
    };
    Err(Diagnostic::error(format!("{name} {invalid}"))
        .help("write the patterns into a file of this name, or remove it")
        .into())
}

/// The patterns of an ignore file.
fn ignore_file(name: &str, content: Content) -> Result<IgnoreFile, Diagnostics> {
    let too_large = |bytes| {
        Diagnostic::error(format!("{name} {}", too_large(bytes, MAX_IGNORE_BYTES)))
            .help("exclude directories instead of single files")
    };
    match content {
        Content::Bytes(bytes) if bytes.len() as u64 > MAX_IGNORE_BYTES => {
            Err(too_large(Some(bytes.len() as u64)).into())
        }
        Content::Bytes(bytes) => IgnoreFile::parse(name, &String::from_utf8_lossy(&bytes)),
        Content::TooLarge(bytes) => Err(too_large(bytes).into()),
        Content::Unread => Err(too_large(None).into()),
        // As in Docker, where only what can be read counts.
        Content::Directory | Content::Special | Content::Outside | Content::Missing => {
            Ok(IgnoreFile::default())
        }
    }
}

#[cfg(test)]
mod tests;
