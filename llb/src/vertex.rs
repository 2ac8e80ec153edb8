//! Operations with their bytes and digests, and handles to their results.
//!
//! The only code that encodes and digests. A [`Vertex`] is complete when it is
//! made and never changes; an [`Output`] is a cheap handle to one of its results.
//! Graphs may be very deep: nothing here follows inputs recursively, not even
//! dropping them.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;

use crate::canonical::{self, Body, Head};
use crate::digest::Digest;
use crate::operation_metadata::Metadata;
use crate::platform::Platform;
use crate::settings::Settings;

/// An operation: its bytes, its digest, its inputs and its metadata.
pub struct Vertex {
    bytes: Box<[u8]>,
    digest: Digest,
    inputs: Box<[Edge]>,
    /// The operations behind the inputs in the order in which Go's client visits
    /// them; empty if that is the order of the inputs.
    visits: Box<[Arc<Vertex>]>,
    metadata: Metadata,
}

/// One result of one operation.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) vertex: Arc<Vertex>,
    pub(crate) index: u32,
}

/// A handle to a file tree: an output of an operation, or the empty tree
/// ([`Output::SCRATCH`]).
///
/// Outputs are equal if operation and index are equal, whatever their metadata.
#[doc(alias = "State")]
#[derive(Clone, Default)]
pub struct Output(Option<Edge>);

impl Vertex {
    /// Encodes and digests an operation. The caller decides whether it has a
    /// platform.
    pub(crate) fn encode(
        op: Body<'_>,
        inputs: impl Into<Visited>,
        platform: Option<&Platform>,
        settings: Settings,
    ) -> Arc<Self> {
        let inputs = inputs.into();
        let platform = platform.map(Platform::to_pb);
        let (filter, metadata) = settings.into_parts();
        // Always present, and mostly empty, as in Go.
        let constraints = pb::WorkerConstraints { filter };
        let head = Head {
            inputs: inputs.edges.iter().map(Edge::named).collect(),
            platform: platform.as_ref(),
            constraints: Some(&constraints),
        };
        let bytes = canonical::encode(&head, op);
        Self::of_digest(Digest::of(&bytes), bytes, inputs, metadata)
    }

    /// An operation whose bytes and digest are known; the bytes stay as they are.
    pub(crate) fn of_digest(
        digest: Digest,
        bytes: Vec<u8>,
        inputs: impl Into<Visited>,
        metadata: Metadata,
    ) -> Arc<Self> {
        let inputs = inputs.into();
        Arc::new(Self {
            bytes: bytes.into_boxed_slice(),
            digest,
            inputs: inputs.edges.into_boxed_slice(),
            visits: inputs.visits.into_boxed_slice(),
            metadata,
        })
    }

    /// The encoded operation, as it is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the bytes, by which other operations refer to this one.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The decoded operation. Fields and kinds of operations that `pb` does not
    /// know are missing; [`Self::bytes`] has them.
    pub fn op(&self) -> pb::Op {
        // Bytes that do not decode never become a vertex.
        pb::Op::decode(&*self.bytes).unwrap_or_default()
    }

    /// The outputs of other operations that this one uses, in the order of the
    /// encoded operation.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = Output> + '_ {
        self.inputs.iter().map(|edge| Output(Some(edge.clone())))
    }

    /// The metadata of this vertex. A definition merges the metadata of equal
    /// operations: see [`Definition::metadata`](crate::Definition::metadata).
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(crate) fn edges(&self) -> &[Edge] {
        &self.inputs
    }

    /// The vertices behind the inputs, in the order in which a definition lists
    /// them.
    pub(crate) fn visit(&self, index: usize) -> Option<&Arc<Vertex>> {
        if self.visits.is_empty() {
            self.inputs.get(index).map(|edge| &edge.vertex)
        } else {
            self.visits.get(index)
        }
    }

    pub(crate) fn visits(&self) -> &[Arc<Vertex>] {
        &self.visits
    }

    /// Moves the handles to other vertices out of this one.
    fn release(&mut self, handles: &mut Vec<Arc<Vertex>>) {
        let inputs = std::mem::take(&mut self.inputs).into_iter();
        handles.extend(inputs.map(|edge| edge.vertex));
        handles.extend(std::mem::take(&mut self.visits));
    }
}

/// The inputs of an operation, and the order in which Go's client visits the
/// operations behind them.
#[derive(Clone, Default)]
pub(crate) struct Visited {
    edges: Vec<Edge>,
    visits: Vec<Arc<Vertex>>,
}

impl Visited {
    /// Inputs with an order of visits, which is dropped if it is that of the
    /// inputs.
    pub(crate) fn new(edges: Vec<Edge>, mut visits: Vec<Arc<Vertex>>) -> Self {
        let same = |(edge, visit): (&Edge, &Arc<Vertex>)| Arc::ptr_eq(&edge.vertex, visit);
        if visits.is_empty() || edges.len() == visits.len() && edges.iter().zip(&visits).all(same) {
            return edges.into();
        }
        let mut seen = HashSet::new();
        visits.retain(|vertex| seen.insert(Arc::as_ptr(vertex)));
        seen.clear();
        let in_order = edges.iter().map(|edge| Arc::as_ptr(&edge.vertex));
        let in_order = in_order.filter(|vertex| seen.insert(*vertex));
        if in_order.eq(visits.iter().map(Arc::as_ptr)) {
            visits.clear();
        }
        Self { edges, visits }
    }
}

impl Visited {
    pub(crate) fn edges(&self) -> &[Edge] {
        &self.edges
    }
}

impl From<Vec<Edge>> for Visited {
    fn from(edges: Vec<Edge>) -> Self {
        Self {
            edges,
            visits: Vec::new(),
        }
    }
}

impl Drop for Vertex {
    /// Drops inputs one by one: the chain behind the last handle may be a million
    /// operations long.
    fn drop(&mut self) {
        let mut pending = Vec::new();
        self.release(&mut pending);
        while let Some(vertex) = pending.pop() {
            if let Some(mut vertex) = Arc::into_inner(vertex) {
                vertex.release(&mut pending);
            }
        }
    }
}

impl fmt::Debug for Vertex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vertex").field(&self.digest).finish()
    }
}

impl Edge {
    /// The digest and output number by which other operations name it.
    pub(crate) fn named(&self) -> (&str, i64) {
        (self.vertex.digest.as_str(), self.index.into())
    }
}

impl PartialEq for Edge {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.vertex.digest == other.vertex.digest
    }
}

impl Eq for Edge {}

impl std::hash::Hash for Edge {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.vertex.digest.hash(state);
        self.index.hash(state);
    }
}

impl Output {
    /// The empty tree.
    #[doc(alias = "Scratch")]
    pub const SCRATCH: Self = Self(None);

    pub(crate) fn new(vertex: Arc<Vertex>, index: u32) -> Self {
        Self(Some(Edge { vertex, index }))
    }

    pub(crate) fn edge(&self) -> Option<&Edge> {
        self.0.as_ref()
    }

    /// Whether this is the empty tree.
    pub fn is_scratch(&self) -> bool {
        self.0.is_none()
    }

    /// The operation that makes it; `None` for the empty tree.
    pub fn vertex(&self) -> Option<&Vertex> {
        self.0.as_ref().map(|edge| &*edge.vertex)
    }

    /// Which of the operation's outputs it is.
    pub fn index(&self) -> u32 {
        self.0.as_ref().map_or(0, |edge| edge.index)
    }

    /// The digest of the operation that makes it; `None` for the empty tree.
    pub fn digest(&self) -> Option<&Digest> {
        self.vertex().map(Vertex::digest)
    }
}

impl PartialEq for Output {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Output {}

impl std::hash::Hash for Output {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("Output(scratch)"),
            Some(edge) => write!(f, "Output({} {})", edge.vertex.digest, edge.index),
        }
    }
}

impl From<&Output> for Output {
    fn from(output: &Output) -> Self {
        output.clone()
    }
}
