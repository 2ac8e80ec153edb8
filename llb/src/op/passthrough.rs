//! Passthrough operations: outputs that wait for other operations.

use thiserror::Error;

use crate::canonical::{Body, PASSTHROUGH};
use crate::caps::Cap;
use crate::op::from_vertex::{PASSTHROUGH as KIND, VertexError, builder};
use crate::op::inputs::position;
use crate::settings::{Settings, settings_methods};
use crate::vertex::{Edge, Output, Vertex};
use crate::wire;

/// Gives trees unchanged, once other trees have been built too. BuildKit v0.31 or
/// later.
///
/// ```
/// use buildkit_llb::{File, Output, Passthrough, at};
/// let file = |data: &str| File::on(Output::SCRATCH).mkfile(at("/a"), 0o644, data).output();
/// let (tested, image) = (file("tested"), file("image"));
/// let outputs = Passthrough::new("after the tests")
///     .gives(&image)
///     .depends_on(&tested)
///     .finish()?;
/// assert_eq!(outputs.len(), 1);
/// # Ok::<(), buildkit_llb::error::PassthroughError>(())
/// ```
#[doc(alias = "PassthroughOp")]
#[doc(alias = "Requires")]
#[doc(alias = "NewPassthrough")]
#[doc(alias = "PassthroughInput")]
#[derive(Clone, Debug)]
pub struct Passthrough {
    id: String,
    inputs: Vec<Output>,
    /// The inputs, by their indexes, that are outputs.
    outputs: Vec<i64>,
    settings: Settings,
}

/// Why a passthrough is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PassthroughError {
    /// The id is empty.
    #[error("a passthrough needs an id that is not empty")]
    NoId,
    /// It gives no tree.
    #[error("a passthrough needs an output that is not the empty tree")]
    NoOutput,
}

/// `PassthroughOp` of `solver/pb/ops.proto`, for dumps.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PassthroughOp {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(int64, repeated, tag = "2")]
    pub(crate) outputs: Vec<i64>,
}

impl PassthroughOp {
    /// The operation in these bytes, if it is a passthrough.
    pub(crate) fn decode_op(bytes: &[u8]) -> Option<Self> {
        let mut fields = wire::fields(bytes).flatten();
        let own = fields.find(|field| field.number == PASSTHROUGH)?;
        prost::Message::decode(own.content?).ok()
    }
}

settings_methods!(Passthrough);

impl Passthrough {
    /// A passthrough with this id, which is part of its digest.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Adds a tree that is an output. The empty tree is left out, as in Go.
    pub fn gives(mut self, tree: impl Into<Output>) -> Self {
        let tree = tree.into();
        if !tree.is_scratch() {
            self.outputs.push(position(self.inputs.len()));
            self.inputs.push(tree);
        }
        self
    }

    /// Adds a tree that must be built first. The empty tree is left out.
    pub fn depends_on(mut self, tree: impl Into<Output>) -> Self {
        self.inputs
            .extend(Some(tree.into()).filter(|tree| !tree.is_scratch()));
        self
    }

    /// The outputs, in the order of [`Self::gives`].
    pub fn finish(self) -> Result<Vec<Output>, PassthroughError> {
        if self.id.is_empty() {
            return Err(PassthroughError::NoId);
        }
        if self.outputs.is_empty() {
            return Err(PassthroughError::NoOutput);
        }
        let body = Body::Passthrough {
            id: &self.id,
            outputs: &self.outputs,
        };
        let inputs: Vec<Edge> = self
            .inputs
            .iter()
            .filter_map(Output::edge)
            .cloned()
            .collect();
        let settings = self.settings.with_caps([Cap::PASSTHROUGH_OP]);
        let vertex = Vertex::encode(body, inputs, None, settings);
        let indexes = (0..).zip(&self.outputs);
        Ok(indexes
            .map(|(index, _)| Output::new(vertex.clone(), index))
            .collect())
    }
}

/// The passthrough that an operation is, to change it and make another.
impl TryFrom<&Vertex> for Passthrough {
    type Error = VertexError;

    fn try_from(vertex: &Vertex) -> Result<Self, Self::Error> {
        let make = |op: Self| op.finish().ok()?.pop();
        builder(
            vertex,
            KIND,
            |parts| {
                let op = PassthroughOp::decode_op(vertex.bytes())?;
                Some(Self {
                    id: op.id,
                    inputs: parts.inputs,
                    outputs: op.outputs,
                    settings: parts.settings,
                })
            },
            make,
        )
    }
}
