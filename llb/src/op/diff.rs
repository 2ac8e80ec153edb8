//! Differences: what one tree has over another, as a tree of its own.

use buildkit_proto::pb;

use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::inputs::{EMPTY, position};
use crate::settings::{Settings, settings_methods};
use crate::vertex::{Edge, Output, Vertex};

/// What changed from a lower tree to an upper one, removals included.
///
/// The difference between the empty tree and an upper one is the upper tree
/// itself, without an operation.
#[derive(Clone, Debug)]
pub struct Diff {
    lower: Output,
    upper: Output,
    settings: Settings,
}

settings_methods!(Diff);

impl Diff {
    /// What `upper` has over `lower`.
    pub fn between(lower: impl Into<Output>, upper: impl Into<Output>) -> Self {
        Self {
            lower: lower.into(),
            upper: upper.into(),
            settings: Settings::default(),
        }
    }

    /// The difference.
    pub fn output(self) -> Output {
        if self.lower.is_scratch() {
            return self.upper;
        }
        let mut edges: Vec<Edge> = Vec::new();
        let mut index = |output: &Output| {
            output.edge().map_or(EMPTY, |edge| {
                edges.push(edge.clone());
                position(edges.len() - 1)
            })
        };
        let op = pb::op::Op::Diff(pb::DiffOp {
            lower: Some(pb::LowerDiffInput {
                input: index(&self.lower),
            }),
            upper: Some(pb::UpperDiffInput {
                input: index(&self.upper),
            }),
        });
        let settings = self.settings.with_caps([Cap::DIFF_OP]);
        Output::new(Vertex::encode(Body::Op(&op), edges, None, settings), 0)
    }
}

impl From<Diff> for Output {
    fn from(diff: Diff) -> Self {
        diff.output()
    }
}
