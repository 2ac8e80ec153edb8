//! Differences: the changes from one tree to another, as a tree.

use buildkit_proto::pb;

use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::from_vertex::{DIFF, VertexError, builder};
use crate::op::inputs::{EMPTY, position};
use crate::settings::{Settings, settings_methods};
use crate::vertex::{Edge, Output, Vertex};

/// The changes from a lower tree to an upper one, with what was removed.
///
/// The difference between the empty tree and an upper one is the upper tree
/// itself, without an operation.
#[doc(alias = "DiffOp")]
#[derive(Clone, Debug)]
pub struct Diff {
    lower: Output,
    upper: Output,
    settings: Settings,
}

settings_methods!(Diff);

impl Diff {
    /// The changes from `lower` to `upper`.
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

/// The difference that an operation is, to change it and make another.
impl TryFrom<&Vertex> for Diff {
    type Error = VertexError;

    fn try_from(vertex: &Vertex) -> Result<Self, Self::Error> {
        let make = |diff: Self| Some(diff.output());
        builder(
            vertex,
            DIFF,
            |parts| {
                let Some(pb::op::Op::Diff(diff)) = &parts.op else {
                    return None;
                };
                Some(Self {
                    lower: parts.tree(diff.lower.as_ref()?.input)?,
                    upper: parts.tree(diff.upper.as_ref()?.input)?,
                    settings: parts.settings,
                })
            },
            make,
        )
    }
}

impl From<Diff> for Output {
    fn from(diff: Diff) -> Self {
        diff.output()
    }
}
