//! Builders of operations that exist already: what all of them share.
//!
//! A builder that is made of a vertex makes exactly this vertex again, byte for
//! byte. That is checked, so that nothing is lost by chance: an operation that a
//! builder cannot make (fields of newer daemons, another order) is an error.

use buildkit_proto::pb;
use thiserror::Error;

use crate::digest::Digest;
use crate::op::PassthroughOp;
use crate::op::source::Source;
use crate::platform::Platform;
use crate::settings::{Constraints, Settings};
use crate::vertex::{Output, Vertex};

/// Why there is no builder for a [`Vertex`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VertexError {
    /// It is another kind of operation.
    #[error("invalid operation: expected {expected}, found {found}")]
    Kind {
        /// The kind that the builder makes.
        expected: &'static str,
        /// The kind of the vertex.
        found: &'static str,
    },
    /// It has fields, values or an order that the builder does not make.
    #[error(
        "operation {0} is not one that its builder can make: rewrite its message or its inputs instead"
    )]
    Inexact(Digest),
}

pub(crate) const SOURCE: &str = "a source";
pub(crate) const EXEC: &str = "an exec";
pub(crate) const FILE: &str = "a file operation";
pub(crate) const MERGE: &str = "a merge";
pub(crate) const DIFF: &str = "a diff";
pub(crate) const BUILD: &str = "a build";
pub(crate) const PASSTHROUGH: &str = "a passthrough";

/// The parts of a vertex that builders are made of.
pub(crate) struct Parts {
    pub(crate) op: Option<pb::op::Op>,
    pub(crate) inputs: Vec<Output>,
    /// Platform, filters and metadata, as those of the operation.
    pub(crate) settings: Settings,
}

impl Parts {
    pub(crate) fn of(vertex: &Vertex) -> Self {
        let op = vertex.op();
        let own = Constraints {
            platform: op.platform.map(Platform::from_pb),
            filters: op.constraints.unwrap_or_default().filter,
        };
        Self {
            op: op.op,
            inputs: vertex.inputs().collect(),
            settings: Settings {
                own,
                metadata: vertex.metadata().clone(),
                ..Settings::default()
            },
        }
    }

    /// The tree of this number: an input, or the empty tree.
    pub(crate) fn tree(&self, number: i64) -> Option<Output> {
        tree(&self.inputs, number)
    }
}

/// The tree of this number among inputs.
pub(crate) fn tree(inputs: &[Output], number: i64) -> Option<Output> {
    if number == super::EMPTY {
        return Some(Output::SCRATCH);
    }
    inputs.get(usize::try_from(number).ok()?).cloned()
}

/// The builder that `read` makes, if it is for this kind of operation and makes
/// the vertex again.
pub(crate) fn builder<B: Clone>(
    vertex: &Vertex,
    expected: &'static str,
    read: impl FnOnce(Parts) -> Option<B>,
    encode: impl FnOnce(B) -> Option<Output>,
) -> Result<B, VertexError> {
    let parts = Parts::of(vertex);
    let found = kind(vertex, parts.op.as_ref());
    if found != expected {
        return Err(VertexError::Kind { expected, found });
    }
    let inexact = || VertexError::Inexact(vertex.digest().clone());
    let builder = read(parts).ok_or_else(inexact)?;
    let output = encode(builder.clone()).ok_or_else(inexact)?;
    match output.vertex() {
        Some(again) if again.bytes() == vertex.bytes() => Ok(builder),
        _ => Err(inexact()),
    }
}

fn kind(vertex: &Vertex, op: Option<&pb::op::Op>) -> &'static str {
    match op {
        Some(pb::op::Op::Source(_)) => SOURCE,
        Some(pb::op::Op::Exec(_)) => EXEC,
        Some(pb::op::Op::File(_)) => FILE,
        Some(pb::op::Op::Merge(_)) => MERGE,
        Some(pb::op::Op::Diff(_)) => DIFF,
        Some(pb::op::Op::Build(_)) => BUILD,
        None if PassthroughOp::decode_op(vertex.bytes()).is_some() => PASSTHROUGH,
        None => "an operation that is not known",
    }
}

/// The source that an operation is, with its platform, filters and metadata.
impl TryFrom<&Vertex> for Source {
    type Error = VertexError;

    fn try_from(vertex: &Vertex) -> Result<Self, Self::Error> {
        let read = |_| Self::of_vertex(vertex, vertex.metadata());
        builder(vertex, SOURCE, read, |source| Some(source.output()))
    }
}

/// The operation as messages of the protocol have it, as far as they know it.
impl From<&Vertex> for pb::Op {
    fn from(vertex: &Vertex) -> Self {
        vertex.op()
    }
}
