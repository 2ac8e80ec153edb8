//! The user's files, read through BuildKit: the stub first, then everything
//! else in as few solves as possible.

use std::collections::BTreeSet;

use buildkit_llb::{Definition, Differ, LocalSource, Platform};
use futures_util::future::{join_all, try_join, try_join_all};

use crate::client::ignore;
use crate::client::{Options, local_source};
use crate::gateway::{Bridge, BridgeError, Ref, SolveRequest};
use crate::plan::{Plan, Selection, Sets, sets};
use crate::python::{self, Texts};
use crate::source::{Diagnostic, Diagnostics};
use crate::stub::{FOLDER, Listing, Project, Stub};

/// The stub, and the ignore file that belongs to it.
pub(crate) struct StubFile {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The vertex that read it: progress shows warnings there.
    pub(crate) vertex: String,
    ignore: Option<Vec<u8>>,
}

/// Reads the stub from the local directory that the client names for it.
pub(crate) async fn stub<B: Bridge>(
    bridge: &B,
    options: &Options,
) -> Result<StubFile, BridgeError> {
    let local = options.dockerfile_local.as_deref().unwrap_or("dockerfile");
    let file = &options.filename;
    let ignore = format!("{file}.dockerignore");
    let source = local_source(options, local)
        .differ(Differ::None)
        .follow([file.as_str(), &ignore])
        .name(format!("[internal] load build definition from {file}"));
    let (reference, vertex) = solve(bridge, source).await?;
    let (bytes, ignore) = try_join(
        bridge.read_file(&reference, file),
        bridge.read_file(&reference, &ignore),
    )
    .await?;
    let bytes = bytes.ok_or_else(|| no_stub(file))?;
    Ok(StubFile {
        bytes,
        vertex,
        ignore,
    })
}

fn no_stub(file: &str) -> Diagnostic {
    Diagnostic::error(format!("there is no file {file}")).help(
        "the stub is `Dockerfile` in the build context: check the context's path, or name \
         another stub with -f",
    )
}

/// What was read of the build context so far.
pub(crate) struct Files<'a, B> {
    bridge: &'a B,
    options: &'a Options,
    texts: Texts,
    /// Folders whose text files are all known.
    listed: BTreeSet<String>,
    /// What was sent of them.
    sent: Option<Ref>,
    ignored: Vec<String>,
}

impl<'a, B: Bridge> Files<'a, B> {
    pub(crate) fn new(bridge: &'a B, options: &'a Options) -> Self {
        Self {
            bridge,
            options,
            texts: Texts::default(),
            listed: BTreeSet::new(),
            sent: None,
            ignored: Vec::new(),
        }
    }

    /// Patterns of files that stay out of the build context.
    pub(crate) fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The project: the stub, with what its conventions find in the context.
    pub(crate) async fn project(&mut self, file: &StubFile) -> Result<Project, BridgeError> {
        let stub = Stub::parse(
            &self.options.filename,
            &file.bytes,
            &self.options.build_args,
        )?;
        let own_ignore = file.ignore.is_none();
        let (mut listing, found) = self.first_batch(&stub, own_ignore).await?;
        if let Some(bytes) = file.ignore.as_ref().or(found.as_ref()) {
            self.ignored = ignore::patterns(&String::from_utf8_lossy(bytes));
        }
        listing.src &= !ignore::excludes(&self.ignored, "src");
        listing.app &= !ignore::excludes(&self.ignored, "app");
        if stub.needs_convention() {
            self.read_all(FOLDER).await;
            listing.included = self.texts.included(FOLDER);
        }
        Ok(stub.resolve(&listing)?)
    }

    /// Everything that the stub lets expect, at once: the folders of the
    /// requirement files, the ignore file, and whether there is `src` or `app`.
    async fn first_batch(
        &mut self,
        stub: &Stub,
        ignore: bool,
    ) -> Result<(Listing, Option<Vec<u8>>), BridgeError> {
        let folders = stub.requirement_folders();
        // Followed, since files and folders may be symbolic links.
        let mut wanted: Vec<String> = folders.iter().map(|f| format!("{f}/*.txt")).collect();
        wanted.push(".dockerignore".to_owned());
        let source = local_source(self.options, "context")
            .differ(Differ::None)
            .follow(wanted)
            .name("[internal] load requirement files");
        let ((reference, _), application) = try_join(
            solve(self.bridge, source),
            self.application_folders(stub.needs_convention()),
        )
        .await?;
        let listed = folders
            .iter()
            .map(|folder| self.bridge.read_dir(&reference, folder));
        let mut listing = Listing {
            src: application.contains("src"),
            app: application.contains("app"),
            ..Listing::default()
        };
        for (folder, entries) in folders.iter().zip(try_join_all(listed).await?) {
            let entries = entries.unwrap_or_default().into_iter();
            for name in entries
                .filter(|entry| !entry.is_dir)
                .map(|entry| entry.name)
            {
                self.texts.exist.insert(format!("{folder}/{name}"));
                if folder == FOLDER {
                    listing.requirements.insert(name);
                }
            }
        }
        self.listed = folders;
        let own_ignore = if ignore {
            self.bridge.read_file(&reference, ".dockerignore").await?
        } else {
            None
        };
        self.sent = Some(reference);
        Ok((listing, own_ignore))
    }

    /// Which of the conventional folders there are; none of their files is
    /// sent for that.
    async fn application_folders(&self, needed: bool) -> Result<BTreeSet<String>, BridgeError> {
        if !needed {
            return Ok(BTreeSet::new());
        }
        let source = local_source(self.options, "context")
            .differ(Differ::None)
            .include(["src", "app"])
            .exclude(["src/**", "app/**"])
            .name("[internal] look for the application");
        let (reference, _) = solve(self.bridge, source).await?;
        let entries = self.bridge.read_dir(&reference, "/").await?;
        let folders = entries.unwrap_or_default().into_iter().filter(|e| e.is_dir);
        Ok(folders.map(|entry| entry.name).collect())
    }

    /// Reads files of a result; what is missing is known to be. What is no
    /// text is a mistake.
    async fn read_from(
        &mut self,
        reference: &Ref,
        paths: BTreeSet<String>,
    ) -> Result<Diagnostics, BridgeError> {
        let bridge = self.bridge;
        let reads = paths.iter().map(|path| bridge.read_file(reference, path));
        let mut problems = Diagnostics::new();
        for (path, bytes) in paths.iter().zip(join_all(reads).await) {
            let is_folder = |error: &BridgeError| error.message.ends_with("is a directory");
            if bytes.as_ref().is_err_and(is_folder) {
                self.texts.folders.insert(path.clone());
                self.texts.absent.insert(path.clone());
                continue;
            }
            match bytes? {
                None => {
                    self.texts.absent.insert(path.clone());
                }
                Some(bytes) => {
                    if let Some(text) = problems.keep(python::decode(path, &bytes)) {
                        self.texts.files.insert(path.clone(), text);
                    }
                }
            }
        }
        Ok(problems)
    }

    /// Reads the files of a folder ahead of the layers that name some of them:
    /// what is wrong with one is said when it is needed.
    async fn read_all(&mut self, folder: &str) {
        let paths = self.texts.exist.iter();
        let paths = paths.filter(|path| path.rsplit_once('/').is_some_and(|it| it.0 == folder));
        let paths: BTreeSet<String> = paths.cloned().collect();
        if let Some(reference) = self.sent.clone() {
            let _ = self.read_from(&reference, paths).await;
        }
    }

    /// Whether a file that was not found cannot be there.
    fn is_listed(&self, path: &str) -> bool {
        let listed = path
            .strip_suffix(".txt")
            .and_then(|path| path.rsplit_once('/'));
        listed.is_some_and(|(folder, _)| self.listed.contains(folder))
    }

    /// The plan of a platform, or what is wrong with its files.
    pub(crate) async fn plan(
        &mut self,
        project: &Project,
        selection: &Selection,
        platform: &Platform,
    ) -> Result<Result<Plan, Diagnostics>, BridgeError> {
        let Some(variant) = project.variant(selection.variant.as_str()) else {
            return Err(BridgeError::new(format!(
                "no variant {}",
                selection.variant
            )));
        };
        loop {
            let paths = match sets(variant, platform, &project.args, &self.texts) {
                Ok(Sets::Whole(sets)) => {
                    return Ok(Plan::new(
                        project,
                        variant,
                        platform,
                        &selection.stage,
                        sets,
                    ));
                }
                Ok(Sets::Needs(paths)) => paths,
                Err(problems) => return Ok(Err(problems)),
            };
            let (sent, others): (BTreeSet<_>, BTreeSet<_>) = paths
                .into_iter()
                .partition(|path| self.texts.exist.contains(path));
            let (known, others): (BTreeSet<_>, BTreeSet<_>) =
                others.into_iter().partition(|path| self.is_listed(path));
            self.texts.absent.extend(known);
            let mut problems = Diagnostics::new();
            if let Some(reference) = self.sent.clone().filter(|_| !sent.is_empty()) {
                problems.extend(self.read_from(&reference, sent).await?);
            }
            if !others.is_empty() {
                let source = local_source(self.options, "context")
                    .differ(Differ::None)
                    .follow(others.iter().map(String::as_str))
                    .name("[internal] load included requirement files");
                let (reference, _) = solve(self.bridge, source).await?;
                problems.extend(self.read_from(&reference, others).await?);
            }
            if !problems.is_empty() {
                return Ok(Err(problems));
            }
        }
    }
}

/// Loads a graph of one local directory; also the digest of its vertex.
async fn solve<B: Bridge>(bridge: &B, source: LocalSource) -> Result<(Ref, String), BridgeError> {
    let output = source.output();
    let digest = output.digest().map(ToString::to_string).unwrap_or_default();
    let request = SolveRequest {
        definition: Definition::new(&output).to_pb(),
        evaluate: false,
    };
    let reference = bridge.solve(request).await?;
    let reference = reference.ok_or_else(|| BridgeError::new("the client sent no files"))?;
    Ok((reference, digest))
}
