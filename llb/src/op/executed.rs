//! What an exec gives: its outputs by the paths of its mounts.

use crate::path::{ContainerPath, at};
use crate::vertex::{Output, Vertex};

/// An exec with its outputs.
#[derive(Clone, Debug)]
pub struct Executed {
    itself: Output,
    /// Sorted by path.
    outputs: Vec<(ContainerPath, Output)>,
}

impl Executed {
    /// Outputs are sorted by path.
    pub(super) fn new(itself: Output, outputs: Vec<(ContainerPath, Output)>) -> Self {
        Self { itself, outputs }
    }

    /// What the root became; the root itself where it was only read.
    ///
    /// # Panics
    ///
    /// Where the root was made one that is thrown away, or no tree.
    pub fn root(&self) -> Output {
        self.output(&at("/"))
    }

    /// What the tree at this path became; the tree itself where it was only read.
    ///
    /// # Panics
    ///
    /// Where no tree was mounted at the path, or one that is thrown away: see
    /// [`Self::get`].
    pub fn output(&self, path: &ContainerPath) -> Output {
        match self.get(path) {
            Some(output) => output.clone(),
            None => panic!("the exec has no output at {path}"),
        }
    }

    /// What the tree at this path became, if there is one.
    pub fn get(&self, path: &ContainerPath) -> Option<&Output> {
        let place = self.outputs.binary_search_by(|(known, _)| known.cmp(path));
        Some(&self.outputs[place.ok()?].1)
    }

    /// All outputs by their paths.
    pub fn outputs(&self) -> impl Iterator<Item = (&ContainerPath, &Output)> {
        self.outputs.iter().map(|(path, output)| (path, output))
    }

    /// The operation.
    pub fn vertex(&self) -> Option<&Vertex> {
        self.itself.vertex()
    }
}
