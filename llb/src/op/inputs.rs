//! The inputs of one operation, each once.

use std::collections::HashMap;
use std::fmt;

use crate::vertex::{Edge, Output};

/// The index that stands for the empty tree.
pub(crate) const EMPTY: i64 = -1;

/// The number of inputs from which on they are looked up in a map: nearly all
/// operations have one or two.
const MANY: usize = 16;

/// Outputs in the order in which they are first used.
#[derive(Clone, Default)]
pub(crate) struct Inputs {
    edges: Vec<Edge>,
    /// Where each is, once there are many.
    known: HashMap<Edge, i64>,
}

impl Inputs {
    /// The index of this output among the inputs; -1 for the empty tree.
    pub(crate) fn index_of(&mut self, output: &Output) -> i64 {
        let Some(edge) = output.edge() else {
            return EMPTY;
        };
        if let Some(index) = self.find(edge) {
            return index;
        }
        let index = position(self.edges.len());
        if self.edges.len() < 2 {
            self.edges.reserve_exact(1);
        }
        self.edges.push(edge.clone());
        match self.edges.len() {
            0..MANY => {}
            MANY => {
                let known = (0..).zip(&self.edges);
                self.known.reserve(4 * MANY);
                self.known.extend(known.map(|(n, edge)| (edge.clone(), n)));
            }
            _ => drop(self.known.insert(edge.clone(), index)),
        }
        index
    }

    fn find(&self, edge: &Edge) -> Option<i64> {
        if self.edges.len() < MANY {
            self.edges
                .iter()
                .position(|known| known == edge)
                .map(position)
        } else {
            self.known.get(edge).copied()
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
