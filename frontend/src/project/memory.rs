//! A project in memory, for tests.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{Allowance, Content, Files, Listed, StubFile, Wanted, is_text_file};
use crate::source::{Diagnostic, Diagnostics};

/// Files by path, the stub among them; directories exist by what is in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryFiles {
    files: BTreeMap<String, Vec<u8>>,
    /// What was read so far, in batches.
    pub batches: Vec<BTreeSet<String>>,
}

impl MemoryFiles {
    /// A project whose stub, `Dockerfile`, has this text.
    pub fn new(stub: &str) -> Self {
        Self::default().file("Dockerfile", stub)
    }

    /// With one more file.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), content.into());
        self
    }

    fn is_directory(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        let mut behind = self.files.range(inside.clone()..);
        behind.next().is_some_and(|(it, _)| it.starts_with(&inside))
    }
}

impl Files for MemoryFiles {
    type Error = Diagnostics;

    async fn stub(&mut self) -> Result<StubFile, Diagnostics> {
        let name = "Dockerfile";
        let bytes = self.files.get(name);
        let bytes = bytes.ok_or_else(|| Diagnostic::error(format!("there is no file {name}")))?;
        Ok(StubFile {
            name: name.to_owned(),
            bytes: bytes.clone(),
            ignore: self
                .files
                .get("Dockerfile.dockerignore")
                .cloned()
                .map(Content::Bytes),
        })
    }

    async fn list(&mut self, wanted: &Wanted) -> Result<Listed, Diagnostics> {
        let mut listed = Listed::default();
        for directory in &wanted.text_directories {
            let inside = format!("{directory}/");
            let files = self.files.keys();
            for rest in files.filter_map(|path| path.strip_prefix(&inside)) {
                let (name, kind) = match rest.split_once('/') {
                    Some((name, _)) => (name, &mut listed.misnamed),
                    None => (rest, &mut listed.text_files),
                };
                if is_text_file(name) {
                    kind.insert(format!("{inside}{name}"));
                }
            }
        }
        let directories = wanted.directories.iter();
        let directories = directories.filter(|path| self.is_directory(path));
        listed.directories = directories.cloned().collect();
        Ok(listed)
    }

    async fn read(
        &mut self,
        paths: &BTreeSet<String>,
        limit: u64,
        total: u64,
    ) -> Result<BTreeMap<String, Content>, Diagnostics> {
        self.batches.push(paths.clone());
        let content = |path: &String| match self.files.get(path) {
            Some(bytes) if bytes.len() as u64 > limit => {
                Content::TooLarge(Some(bytes.len() as u64))
            }
            Some(bytes) => Content::Bytes(bytes.clone()),
            None if self.is_directory(path) => Content::Directory,
            None => Content::Missing,
        };
        let mut allowance = Allowance::new(total);
        let all = paths
            .iter()
            .map(|path| (path.clone(), allowance.take(content(path))));
        Ok(all.collect())
    }
}
