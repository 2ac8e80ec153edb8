//! A project in a directory of this machine, read as a build would read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::files::{Allowance, Content, Files, Listed, StubFile, Wanted, is_text_file};
use super::limits::MAX_STUB_BYTES;
use super::links::{Resolved, resolve};
use crate::source::{Diagnostic, Diagnostics};

/// A build context on disk, and a stub in it or beside it.
#[derive(Clone, Debug)]
pub struct DiskFiles {
    context: PathBuf,
    stub: PathBuf,
}

impl DiskFiles {
    /// A build context and its stub, which is `Dockerfile` in it if not named.
    /// Nothing is read yet.
    pub fn new(context: &Path, stub: Option<&Path>) -> Self {
        Self {
            context: context.to_owned(),
            stub: stub.map_or_else(|| context.join("Dockerfile"), Path::to_owned),
        }
    }

    /// The entries of a directory with the name of a text file, and whether
    /// they are directories.
    fn text_entries(&self, directory: &str) -> Vec<(String, bool)> {
        let Resolved::Found(path) = resolve(&self.context, directory) else {
            return Vec::new();
        };
        let Ok(entries) = fs::read_dir(path) else {
            return Vec::new();
        };
        let entries = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some((name, entry.file_type().ok()?.is_dir()))
        });
        entries.filter(|(name, _)| is_text_file(name)).collect()
    }
}

impl Files for DiskFiles {
    type Error = Diagnostics;

    async fn stub(&mut self) -> Result<StubFile, Diagnostics> {
        let name = self.stub.strip_prefix(&self.context).unwrap_or(&self.stub);
        let name = name.to_string_lossy().into_owned();
        // BuildKit's client serves the directory that holds it.
        let directory = self.stub.parent().unwrap_or(Path::new(""));
        let file = self.stub.file_name().unwrap_or_default().to_string_lossy();
        let limit = MAX_STUB_BYTES as u64;
        let bytes = match content(directory, &file, limit, u64::MAX) {
            Ok(Content::Bytes(bytes)) => Ok(bytes),
            Ok(Content::Missing) => Err("no such file".to_owned()),
            Ok(Content::Directory) => Err("is a directory".to_owned()),
            Ok(Content::Special) => Err("is not a regular file".to_owned()),
            Ok(Content::Outside) => {
                Err("is a symbolic link to something outside of its directory".to_owned())
            }
            Ok(Content::TooLarge(_) | Content::Unread) => Err("is too large for a stub".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let bytes = bytes.map_err(|why| {
            Diagnostic::error(format!("failed to read {}: {why}", self.stub.display()))
                .help("name the stub with --file, or the project's directory as the argument")
        })?;
        let ignore = format!("{file}.dockerignore");
        let ignore = content(directory, &ignore, limit, u64::MAX)
            .map_err(|error| unreadable(&format!("{name}.dockerignore"), &error))?;
        Ok(StubFile {
            name,
            bytes,
            ignore: match ignore {
                // BuildKit's client sends nothing from outside.
                Content::Missing | Content::Outside => None,
                content => Some(content),
            },
        })
    }

    async fn list(&mut self, wanted: &Wanted) -> Result<Listed, Diagnostics> {
        let mut listed = Listed::default();
        for directory in &wanted.text_directories {
            for (name, is_dir) in self.text_entries(directory) {
                let kind = if is_dir {
                    &mut listed.misnamed
                } else {
                    &mut listed.text_files
                };
                kind.insert(format!("{directory}/{name}"));
            }
        }
        for name in &wanted.directories {
            if fs::symlink_metadata(self.context.join(name)).is_ok_and(|it| it.is_dir()) {
                listed.directories.insert(name.clone());
            }
        }
        Ok(listed)
    }

    async fn read(
        &mut self,
        paths: &BTreeSet<String>,
        limit: u64,
        total: u64,
    ) -> Result<BTreeMap<String, Content>, Diagnostics> {
        let mut allowance = Allowance::new(total);
        let mut all = BTreeMap::new();
        for path in paths {
            let left = allowance.left();
            let content = content(&self.context, path, limit, left)
                .map_err(|error| unreadable(path, &error))?;
            all.insert(path.clone(), allowance.take(content));
        }
        Ok(all)
    }
}

fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("failed to read {path}: {error}"))
        .help("check the permissions of the file")
}

/// What is at a path below a root. A file of more than `left` bytes is not read.
fn content(root: &Path, path: &str, limit: u64, left: u64) -> io::Result<Content> {
    let path = match resolve(root, path) {
        Resolved::Found(path) => path,
        Resolved::Missing => return Ok(Content::Missing),
        Resolved::Outside => return Ok(Content::Outside),
    };
    // Before it is opened: opening a pipe waits for its other end.
    let metadata = fs::symlink_metadata(&path)?;
    if metadata.is_dir() {
        return Ok(Content::Directory);
    }
    if !metadata.is_file() {
        return Ok(Content::Special);
    }
    if metadata.len() > limit {
        return Ok(Content::TooLarge(Some(metadata.len())));
    }
    if metadata.len() > left {
        return Ok(Content::Unread);
    }
    let mut bytes = Vec::new();
    fs::File::open(&path)?
        .take(limit + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Ok(Content::TooLarge(None));
    }
    Ok(Content::Bytes(bytes))
}

#[cfg(test)]
mod tests;
