//! What an exec gives: its outputs by the paths of its mounts.

use std::fmt;

use crate::paths::AnyPath;
use crate::vertex::{Output, Vertex};

/// An exec with its outputs.
#[doc(alias = "ExecState")]
#[derive(Clone)]
pub struct Executed {
    itself: Output,
    /// Sorted by path.
    outputs: Vec<(AnyPath, Output)>,
}

impl Executed {
    /// Outputs are sorted by path.
    pub(super) fn new(itself: Output, outputs: Vec<(AnyPath, Output)>) -> Self {
        Self { itself, outputs }
    }

    /// The root after the command; the root itself if it was mounted read-only.
    ///
    /// # Panics
    ///
    /// If the root is not an output, since it was replaced by a mount whose
    /// changes are discarded.
    #[doc(alias = "Root")]
    #[track_caller]
    pub fn root(&self) -> Output {
        self.output("/")
    }

    /// The tree at this path after the command; the tree itself if it was mounted
    /// read-only. Of several mounts at one path, the first.
    ///
    /// # Panics
    ///
    /// If no tree was mounted at the path, or its changes are discarded: see
    /// [`Self::get`].
    #[doc(alias = "GetMount")]
    #[track_caller]
    pub fn output(&self, path: impl AsRef<str>) -> Output {
        let path = path.as_ref();
        if let Some(output) = self.get(path) {
            return output.clone();
        }
        let paths: Vec<_> = self.outputs.iter().map(|(path, _)| path).collect();
        panic!("the exec has no output at {path:?}: there are outputs at {paths:?}");
    }

    /// The tree at this path after the command, if there is one.
    pub fn get(&self, path: impl AsRef<str>) -> Option<&Output> {
        let path = path.as_ref();
        let place = self
            .outputs
            .partition_point(|(known, _)| known.as_str() < path);
        let (known, output) = self.outputs.get(place)?;
        (known.as_str() == path).then_some(output)
    }

    /// All outputs with the paths of their mounts, sorted by path.
    pub fn outputs(&self) -> impl Iterator<Item = (&AnyPath, &Output)> {
        self.outputs.iter().map(|(path, output)| (path, output))
    }

    /// An output with the operation, whichever it is.
    pub(super) fn into_output(self) -> Output {
        self.itself
    }

    /// The operation.
    pub fn vertex(&self) -> Option<&Vertex> {
        self.itself.vertex()
    }
}

impl fmt::Debug for Executed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outputs = self.outputs.iter().map(|(path, output)| (path, output));
        f.debug_map().entries(outputs).finish()
    }
}
