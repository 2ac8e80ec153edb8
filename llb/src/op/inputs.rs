//! The inputs of one operation, each once.

use std::collections::HashMap;
use std::fmt;

use crate::vertex::{Edge, Output};

/// The index that stands for the empty tree.
pub(crate) const EMPTY: i64 = -1;

/// Outputs in the order in which they are first used.
#[derive(Clone, Default)]
pub(crate) struct Inputs {
    edges: Vec<Edge>,
    known: HashMap<Edge, i64>,
}

impl Inputs {
    /// The index of this output among the inputs; -1 for the empty tree.
    pub(crate) fn index_of(&mut self, output: &Output) -> i64 {
        let Some(edge) = output.edge() else {
            return EMPTY;
        };
        *self.known.entry(edge.clone()).or_insert_with(|| {
            self.edges.push(edge.clone());
            position(self.edges.len() - 1)
        })
    }

    /// Those of another operation, as far as they are new, in their order.
    pub(crate) fn extend(&mut self, other: &Self) {
        for edge in &other.edges {
            self.index_of(&Output::new(edge.vertex.clone(), edge.index));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.edges.len()
    }

    pub(crate) fn into_edges(self) -> Vec<Edge> {
        self.edges
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.edges.iter().map(|edge| edge.vertex.digest()))
            .finish()
    }
}

/// A position as the wire writes it.
pub(crate) fn position(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
