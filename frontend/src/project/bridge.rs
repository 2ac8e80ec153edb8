//! A project at BuildKit's client: its files are transferred by source
//! operations, and read out of what these result in.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Definition;
use buildkit_llb::source::Differ;
use futures_util::StreamExt;
use futures_util::future::{try_join, try_join_all};
use futures_util::stream;

use super::files::{Allowance, Content, Files, Listed, StubFile, Wanted, is_text_file};
use super::limits::MAX_STUB_BYTES;
use crate::client::{BuildContext, Options, Transfer, context_source, stub_source};
use crate::gateway::{Bridge, BridgeError, FileContent, Ref, SolveRequest};
use crate::source::Diagnostic;

/// How many files are read at a time: what is in memory beyond the total of a
/// batch.
const READS: usize = 8;

/// The files of a build, over a bridge.
#[derive(Debug)]
pub struct BridgeFiles<'a, B> {
    bridge: &'a B,
    options: &'a Options,
    /// The first transfer of the build context, and the files that it has.
    sent: Option<(Ref, BTreeSet<String>)>,
}

impl<'a, B: Bridge> BridgeFiles<'a, B> {
    /// Nothing is transferred yet.
    pub fn new(bridge: &'a B, options: &'a Options) -> Self {
        Self {
            bridge,
            options,
            sent: None,
        }
    }

    /// The digest of the vertex that reads the stub: progress shows warnings
    /// there.
    pub fn stub_vertex(&self) -> String {
        let output = self.stub_source().output();
        output.digest().map(ToString::to_string).unwrap_or_default()
    }

    fn stub_source(&self) -> Transfer {
        let file = &self.options.filename;
        stub_source(self.options)
            .differ(Differ::None)
            .follow([file.clone(), format!("{file}.dockerignore")])
            .name(format!("[internal] load build definition from {file}"))
    }

    /// Some paths of the build context, by patterns, and what they point to
    /// where they are links.
    fn context(&self, paths: impl IntoIterator<Item = String>, name: &str) -> Transfer {
        context_source(self.options)
            .differ(Differ::None)
            .follow(paths)
            .name(name)
    }

    async fn solve(&self, source: Transfer) -> Result<Ref, BridgeError> {
        let request = SolveRequest {
            definition: Definition::new(&source.output()).to_pb(),
            evaluate: false,
        };
        let reference = self.bridge.solve(request).await?;
        reference.ok_or_else(|| BridgeError::new("the client sent no files"))
    }

    /// Which of some directories at the root there are; none of their files is
    /// sent for that.
    async fn directories(&self, names: &BTreeSet<String>) -> Result<BTreeSet<String>, BridgeError> {
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let source = context_source(self.options)
            .differ(Differ::None)
            .include(names.iter().cloned())
            .exclude(names.iter().map(|name| format!("{name}/**")))
            .name("[internal] look for the application");
        let reference = self.solve(source).await?;
        let entries = self.bridge.read_dir(&reference, "/").await?;
        let entries = entries.unwrap_or_default().into_iter();
        let directories = entries.filter(|entry| entry.is_dir && names.contains(&entry.name));
        Ok(directories.map(|entry| entry.name).collect())
    }

    /// The entries of a directory, by path, and whether they are directories.
    async fn entries(
        &self,
        reference: &Ref,
        directory: &str,
    ) -> Result<Vec<(String, bool)>, BridgeError> {
        let entries = self.bridge.read_dir(reference, directory).await?;
        let entries = entries.unwrap_or_default().into_iter();
        let text_files = entries.filter(|entry| is_text_file(&entry.name));
        Ok(text_files
            .map(|entry| (format!("{directory}/{}", entry.name), entry.is_dir))
            .collect())
    }

    async fn content(
        &self,
        reference: &Ref,
        path: &str,
        limit: u64,
    ) -> Result<Content, BridgeError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let content = self.bridge.read_file(reference, path, limit).await?;
        Ok(match content {
            FileContent::File(bytes) => Content::Bytes(bytes),
            FileContent::TooLarge { size, .. } => Content::TooLarge(Some(size)),
            FileContent::Directory => Content::Directory,
            FileContent::Special => Content::Special,
            FileContent::Missing => Content::Missing,
        })
    }
}

impl<B: Bridge> Files for BridgeFiles<'_, B> {
    type Error = BridgeError;

    async fn stub(&mut self) -> Result<StubFile, BridgeError> {
        let file = &self.options.filename;
        let reference = self.solve(self.stub_source()).await?;
        let ignore = format!("{file}.dockerignore");
        let (stub, ignored) = try_join(
            self.bridge.read_file(&reference, file, MAX_STUB_BYTES),
            self.content(&reference, &ignore, MAX_STUB_BYTES as u64),
        )
        .await?;
        Ok(StubFile {
            name: file.clone(),
            bytes: stub.optional(file)?.ok_or_else(|| no_stub(file))?,
            ignore: if BuildContext::of(self.options).has_ignore_file() {
                Some(ignored).filter(|content| *content != Content::Missing)
            } else {
                Some(Content::Bytes(Vec::new()))
            },
        })
    }

    async fn list(&mut self, wanted: &Wanted) -> Result<Listed, BridgeError> {
        let directories = wanted.text_directories.iter();
        let patterns = directories.map(|directory| format!("{directory}/*.txt"));
        let mut paths: Vec<String> = patterns.chain(wanted.files.iter().cloned()).collect();
        if paths.is_empty() {
            // Without any path, the client would send the whole context.
            paths.push(".dockerignore".to_owned());
        }
        let source = self.context(paths, "[internal] load requirement files");
        let (reference, directories) =
            try_join(self.solve(source), self.directories(&wanted.directories)).await?;
        let listings = wanted.text_directories.iter();
        let listings = listings.map(|directory| self.entries(&reference, directory));
        let entries = try_join_all(listings).await?.into_iter().flatten();
        let (misnamed, files): (Vec<_>, Vec<_>) = entries.partition(|(_, is_dir)| *is_dir);
        let paths = |entries: Vec<(String, bool)>| entries.into_iter().map(|it| it.0).collect();
        let text_files: BTreeSet<String> = paths(files);
        let sent = text_files.union(&wanted.files).cloned().collect();
        self.sent = Some((reference, sent));
        Ok(Listed {
            text_files,
            misnamed: paths(misnamed),
            directories,
        })
    }

    async fn read(
        &mut self,
        paths: &BTreeSet<String>,
        limit: u64,
        total: u64,
    ) -> Result<BTreeMap<String, Content>, BridgeError> {
        let is_sent = |path: &&String| match &self.sent {
            Some((_, files)) => files.contains(*path),
            None => false,
        };
        let (sent, others): (Vec<&String>, Vec<&String>) = paths.iter().partition(is_sent);
        let mut reads = Vec::new();
        if let Some((reference, _)) = &self.sent {
            reads.extend(sent.into_iter().map(|path| (reference.clone(), path)));
        }
        if !others.is_empty() {
            let name = "[internal] load included requirement files";
            let source = self.context(others.iter().copied().cloned(), name);
            let reference = self.solve(source).await?;
            reads.extend(others.into_iter().map(|path| (reference.clone(), path)));
        }
        // In the order in which the files count.
        reads.sort_by_key(|(_, path)| *path);
        let files = &*self;
        let contents = reads
            .iter()
            .map(|(reference, path)| files.content(reference, path, limit));
        let mut contents = stream::iter(contents).buffered(READS);
        let mut allowance = Allowance::new(total);
        let mut all = BTreeMap::new();
        for (_, path) in &reads {
            let content = if allowance.is_spent() {
                Content::Unread
            } else {
                match contents.next().await {
                    Some(content) => allowance.take(content?),
                    None => Content::Missing,
                }
            };
            all.insert((*path).clone(), content);
        }
        Ok(all)
    }
}

fn no_stub(file: &str) -> Diagnostic {
    Diagnostic::error(format!("there is no file {file}")).help(
        "the stub is `Dockerfile` in the build context: check the context's path, or name \
         another stub with -f",
    )
}

#[cfg(test)]
mod tests;
