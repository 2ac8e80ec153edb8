//! What the stub and the requirements name in the build context has to be
//! there: otherwise a step would say so, late and in the daemon's words.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Output;
use buildkit_llb::source::Differ;
use futures_util::future::try_join_all;

use super::engine::Engine;
use crate::client::{Needed, Options, context_source};
use crate::gateway::{Bridge, BridgeError, Ref};
use crate::source::{Diagnostic, Diagnostics};

/// Looks for all of it in one transfer, of names more than of contents.
pub(super) async fn check<B: Bridge>(
    engine: &Engine<'_, B>,
    options: &Options,
    ignored: &[String],
    needed: Vec<Needed>,
) -> Result<(), BridgeError> {
    let needed: Vec<(Path, Needed)> = needed
        .into_iter()
        .filter_map(|it| Some((Path::new(&it.path)?, it)))
        .collect();
    let paths: BTreeSet<&Path> = needed.iter().map(|(path, _)| path).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let paths_only = engine.has("source.local.metadatatransfer");
    let source = names(options, ignored, &paths, paths_only);
    let Some(reference) = engine.solve(&source, false).await? else {
        return Ok(());
    };
    let directories: BTreeSet<&str> = paths.iter().map(|path| path.directory.as_str()).collect();
    let listings = directories.iter().map(|it| list(engine, &reference, it));
    let listings = try_join_all(listings).await?;
    let listings: BTreeMap<&str, BTreeSet<String>> =
        directories.into_iter().zip(listings).collect();
    let missing: Diagnostics = needed
        .iter()
        .filter(|(path, _)| !listings[path.directory.as_str()].contains(&path.name))
        .map(|(path, needed)| {
            Diagnostic::error(format!("{} is not in the build context", path.whole()))
                .at(needed.location.clone())
                .help("check the name, and that .dockerignore does not exclude it")
        })
        .collect();
    Ok(missing.unique().into_result(())?)
}

/// A path in the build context: the directory that it is in, and its name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    directory: String,
    name: String,
}

impl Path {
    /// `None` for the context itself, which is there.
    fn new(path: &str) -> Option<Self> {
        let parts = path.split('/').filter(|it| !matches!(*it, "" | "."));
        let parts: Vec<&str> = parts.collect();
        let (name, directory) = parts.split_last()?;
        Some(Self {
            directory: directory.join("/"),
            name: (*name).to_owned(),
        })
    }

    fn whole(&self) -> String {
        match self.directory.as_str() {
            "" => self.name.clone(),
            directory => format!("{directory}/{}", self.name),
        }
    }

    /// Whether one of the paths is below this one.
    fn holds_any(&self, paths: &BTreeSet<&Path>) -> bool {
        let whole = self.whole();
        paths.iter().any(|path| {
            let rest = path.directory.strip_prefix(&whole);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// A source with the paths, and as little else as the client can be told to
/// leave out: contents where the daemon knows how to do without
/// (`paths_only`), what is in directories otherwise.
fn names(
    options: &Options,
    ignored: &[String],
    paths: &BTreeSet<&Path>,
    paths_only: bool,
) -> Output {
    let whole = paths.iter().map(|path| path.whole());
    let mut exclude = ignored.to_vec();
    // An exception may be for something in one of the directories, which is
    // then there because of it.
    if !ignored.iter().any(|pattern| pattern.starts_with('!')) {
        let leaves = paths.iter().filter(|path| !path.holds_any(paths));
        exclude.extend(leaves.map(|path| format!("{}/**", path.whole())));
    }
    let mut source = context_source(options)
        .differ(Differ::None)
        .follow(whole)
        .exclude(exclude)
        .name("[internal] look for files of the build context");
    if paths_only {
        source = source.metadata_only([""; 0]);
    }
    source.output()
}

/// The names in a directory.
async fn list<B: Bridge>(
    engine: &Engine<'_, B>,
    reference: &Ref,
    directory: &str,
) -> Result<BTreeSet<String>, BridgeError> {
    let path = format!("/{directory}");
    let entries = engine.bridge.read_dir(reference, &path).await?;
    Ok(entries.into_iter().flatten().map(|it| it.name).collect())
}
