//! Directories of the client.

use buildkit_llb::source::{Differ, LocalSource};
use buildkit_llb::{ContainerPath, CopyFrom, File, Output, Source, at};

use crate::client::Options;
use crate::source::Location;

/// A path of the build context that has to be there.
#[derive(Clone, Debug)]
pub struct Needed {
    /// Relative to the context's root.
    pub path: String,
    /// Where the user names it.
    pub location: Location,
}

impl Needed {
    pub(crate) fn new(path: &str, location: &Location) -> Self {
        Self {
            path: path.to_owned(),
            location: location.clone(),
        }
    }
}

/// The name of the build context, as a local directory and as an input.
pub(super) const CONTEXT: &str = "context";

/// The name of the directory that holds the stub, likewise.
const DOCKERFILE: &str = "dockerfile";

/// The build context: a directory of the client, or its input.
///
/// Always by the name `context`: as in BuildKit (`initContext` in
/// `frontend/dockerui/context.go`), the option `contextkey` names another option
/// that has the URL, not another directory.
pub fn context_source(options: &Options) -> Transfer {
    local_source(options, CONTEXT)
}

/// The directory that holds the stub, or its input. With a name of its own
/// (`dockerfilekey`), it is a directory of the client in any case.
pub fn stub_source(options: &Options) -> Transfer {
    match &options.dockerfile_local {
        Some(name) => Transfer::Local(Box::new(directory(options, name))),
        None => local_source(options, DOCKERFILE),
    }
}

/// What a client sends of one of its directories; or the graph that it hands
/// over in the place of the directory, which is there whole.
#[derive(Clone, Debug)]
pub enum Transfer {
    /// A directory, or parts of it.
    Local(Box<LocalSource>),
    /// A graph.
    Input(Output),
}

/// A directory of the client, in the session that serves it; or the input that
/// is the build context, or holds the stub, instead.
pub fn local_source(options: &Options, name: &str) -> Transfer {
    let input = options.inputs.get(name);
    if let Some(tree) = input.filter(|_| matches!(name, CONTEXT | DOCKERFILE)) {
        let subdirectory = options.context_subdir.as_deref();
        return Transfer::Input(match subdirectory.filter(|_| name == CONTEXT) {
            Some(path) => scoped(tree, path),
            None => tree.clone(),
        });
    }
    Transfer::Local(Box::new(directory(options, name)))
}

fn directory(options: &Options, name: &str) -> LocalSource {
    let source = Source::local(name).session(options.session_of(name));
    let key = options.shared_keys.get(name).map_or(name, String::as_str);
    source.shared_key(key)
}

/// A directory of a tree as a tree of its own.
fn scoped(tree: &Output, path: &str) -> Output {
    let path = format!("/{}", path.trim_matches('/'));
    // What is not a valid container path cannot be in the tree.
    let Ok(path) = ContainerPath::new(&path) else {
        return Output::SCRATCH;
    };
    let copy = CopyFrom::tree(tree, path, at("/")).contents_only();
    File::on(&Output::SCRATCH).action(copy).output()
}

impl Transfer {
    /// Only these paths, and what they point to where they are links.
    #[must_use]
    pub fn follow<T: Into<String>>(self, paths: impl IntoIterator<Item = T>) -> Self {
        self.map(|source| source.follow(paths))
    }

    /// Only what matches one of these patterns.
    #[must_use]
    pub fn include<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.map(|source| source.include(patterns))
    }

    /// Not what matches one of these patterns: those of an ignore file, which
    /// is for directories of the client alone.
    #[must_use]
    pub fn exclude<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.map(|source| source.exclude(patterns))
    }

    /// How changes since an earlier transfer are found.
    #[must_use]
    pub fn differ(self, differ: Differ) -> Self {
        self.map(|source| source.differ(differ))
    }

    /// Names, sizes and modes of files without their contents, but for those
    /// that match one of `except`.
    #[must_use]
    pub fn metadata_only<T: Into<String>>(self, except: impl IntoIterator<Item = T>) -> Self {
        self.map(|source| source.metadata_only(except))
    }

    /// What progress calls it.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.map(|source| source.name(name))
    }

    /// The tree: the requested paths of a directory, or the whole of a graph.
    pub fn output(self) -> Output {
        match self {
            Self::Local(source) => source.output(),
            Self::Input(tree) => tree,
        }
    }

    fn map(self, change: impl FnOnce(LocalSource) -> LocalSource) -> Self {
        match self {
            Self::Local(source) => Self::Local(Box::new(change(*source))),
            Self::Input(tree) => Self::Input(tree),
        }
    }
}
