//! A project in a directory of this machine, read as a build would read it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::client::ignore;
use crate::plan::{Plan, Selection, Sets, sets};
use crate::python::{self, Texts};
use crate::source::{Diagnostic, Diagnostics};
use crate::stub::{FOLDER, Listing, Project, Stub};
use buildkit_llb::Platform;

/// A build context on disk.
#[derive(Debug)]
pub(crate) struct Directory {
    context: PathBuf,
    stub: PathBuf,
    texts: Texts,
}

impl Directory {
    /// A context and its stub; nothing is read yet.
    pub(crate) fn open(context: &Path, stub: Option<&Path>) -> Self {
        Self {
            context: context.to_owned(),
            stub: stub.map_or_else(|| context.join("Dockerfile"), Path::to_owned),
            texts: Texts::default(),
        }
    }

    /// The project of the stub.
    pub(crate) fn project(
        &mut self,
        build_args: &BTreeMap<String, String>,
    ) -> Result<Project, Diagnostics> {
        let name = self.stub.strip_prefix(&self.context).unwrap_or(&self.stub);
        let bytes = fs::read(&self.stub).map_err(|error| {
            Diagnostic::error(format!("{}: {error}", self.stub.display()))
                .help("name the stub with --file, or the project's directory as the argument")
        })?;
        let stub = Stub::parse(&name.to_string_lossy(), &bytes, build_args)?;
        let ignored = self.ignored();
        let there = |folder: &str| {
            self.context.join(folder).is_dir() && !ignore::excludes(&ignored, folder)
        };
        let mut listing = Listing {
            src: there("src"),
            app: there("app"),
            ..Listing::default()
        };
        for folder in stub.requirement_folders() {
            for name in self.file_names(&folder) {
                self.texts.exist.insert(format!("{folder}/{name}"));
                if folder == FOLDER {
                    // What is wrong with it is said when it is needed.
                    let _ = self.read(format!("{folder}/{name}"));
                    listing.requirements.insert(name);
                }
            }
        }
        listing.included = self.texts.included(FOLDER);
        stub.resolve(&listing)
    }

    /// The plan of a platform.
    pub(crate) fn plan(
        &mut self,
        project: &Project,
        selection: &Selection,
        platform: &Platform,
    ) -> Result<Plan, Diagnostics> {
        let variant = project
            .variant(selection.variant.as_str())
            .ok_or_else(|| Diagnostic::error(format!("no variant {}", selection.variant)))?;
        loop {
            match sets(variant, platform, &project.args, &self.texts)? {
                Sets::Whole(sets) => {
                    return Plan::new(project, variant, platform, &selection.stage, sets);
                }
                Sets::Needs(paths) => {
                    for path in paths {
                        self.read(path)?;
                    }
                }
            }
        }
    }

    /// Patterns of files that stay out of the build context.
    fn ignored(&self) -> Vec<String> {
        let mut own = self.stub.clone().into_os_string();
        own.push(".dockerignore");
        let bytes = fs::read(own).or_else(|_| fs::read(self.context.join(".dockerignore")));
        bytes.map_or_else(
            |_| Vec::new(),
            |bytes| ignore::patterns(&String::from_utf8_lossy(&bytes)),
        )
    }

    fn read(&mut self, path: String) -> Result<(), Diagnostics> {
        let file = self.context.join(&path);
        if let Ok(bytes) = fs::read(&file) {
            let text = python::decode(&path, &bytes)?;
            self.texts.files.insert(path, text);
        } else {
            if file.is_dir() {
                self.texts.folders.insert(path.clone());
            }
            self.texts.absent.insert(path);
        }
        Ok(())
    }

    fn file_names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.context.join(folder)) else {
            return Vec::new();
        };
        let files = entries.flatten().filter(|entry| entry.path().is_file());
        files
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }
}
