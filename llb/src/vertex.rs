//! Operations with their bytes and digests, and handles to their results.
//!
//! The only code that encodes and digests. A [`Vertex`] is made once, complete,
//! and never changes; an [`Output`] is a cheap handle to one of its results.
//! Graphs may be very deep: nothing here follows inputs by recursion, and that
//! includes dropping them.

use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;

use crate::canonical::{self, Head};
use crate::digest::Digest;
use crate::metadata::Metadata;
use crate::platform::Platform;
use crate::settings::Settings;

/// An operation: its bytes, its digest, its inputs, and what is said about it.
pub struct Vertex {
    bytes: Box<[u8]>,
    digest: Digest,
    inputs: Box<[Edge]>,
    metadata: Metadata,
}

/// One result of one operation.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) vertex: Arc<Vertex>,
    pub(crate) index: u32,
}

/// A handle to a tree of files: a result of an operation, or the empty tree.
///
/// Outputs are equal where operation and index are, whatever their metadata.
#[derive(Clone, Default)]
pub struct Output(Option<Edge>);

impl Vertex {
    /// Encodes and digests an operation; whether its platform counts is the
    /// caller's to say.
    pub(crate) fn encode(
        op: &pb::op::Op,
        inputs: Vec<Edge>,
        platform: Option<&Platform>,
        settings: Settings,
    ) -> Arc<Self> {
        let platform = platform.map(Platform::to_pb);
        let head = Head {
            inputs: inputs.iter().map(Edge::named).collect(),
            platform: platform.as_ref(),
            // Always there, and mostly empty, as in Go.
            constraints: Some(&pb::WorkerConstraints {
                filter: settings.constraints.filters,
            }),
        };
        let bytes = canonical::encode(&head, op);
        Self::from_bytes(bytes, inputs, settings.metadata)
    }

    /// An operation whose bytes exist already; they stay as they are.
    pub(crate) fn from_bytes(bytes: Vec<u8>, inputs: Vec<Edge>, metadata: Metadata) -> Arc<Self> {
        Self::of_digest(Digest::of(&bytes), bytes, inputs, metadata)
    }

    /// As [`Self::from_bytes`], where the digest of the bytes is known.
    pub(crate) fn of_digest(
        digest: Digest,
        bytes: Vec<u8>,
        inputs: Vec<Edge>,
        metadata: Metadata,
    ) -> Arc<Self> {
        Arc::new(Self {
            bytes: bytes.into_boxed_slice(),
            digest,
            inputs: inputs.into_boxed_slice(),
            metadata,
        })
    }

    /// The operation as it is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the bytes, by which others refer to it.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The operation, decoded; fields that this crate does not know are lost.
    pub fn op(&self) -> pb::Op {
        // Bytes that do not decode never become a vertex.
        pb::Op::decode(&*self.bytes).unwrap_or_default()
    }

    /// What it works on.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = Output> + '_ {
        self.inputs.iter().map(|edge| Output(Some(edge.clone())))
    }

    /// What is said about it here; a definition unites what is said of equal
    /// operations.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(crate) fn edges(&self) -> &[Edge] {
        &self.inputs
    }
}

impl Drop for Vertex {
    /// Lets go of inputs one by one: the chain behind the last handle may be a
    /// million operations long.
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.inputs).into_vec();
        while let Some(edge) = pending.pop() {
            if let Some(mut vertex) = Arc::into_inner(edge.vertex) {
                pending.extend(std::mem::take(&mut vertex.inputs));
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

    pub(crate) fn to_pb(&self) -> pb::Input {
        let (digest, index) = self.named();
        pb::Input {
            digest: digest.to_owned(),
            index,
        }
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
    pub const SCRATCH: Self = Self(None);

    pub(crate) fn new(vertex: Arc<Vertex>, index: u32) -> Self {
        Self(Some(Edge { vertex, index }))
    }

    pub(crate) fn edge(&self) -> Option<&Edge> {
        self.0.as_ref()
    }

    /// Whether it is the empty tree, which no operation makes.
    pub fn is_scratch(&self) -> bool {
        self.0.is_none()
    }

    /// The operation that makes it; none for the empty tree.
    pub fn vertex(&self) -> Option<&Vertex> {
        self.0.as_ref().map(|edge| &*edge.vertex)
    }

    /// Which of the operation's results it is.
    pub fn index(&self) -> u32 {
        self.0.as_ref().map_or(0, |edge| edge.index)
    }

    /// The digest of the operation that makes it; none for the empty tree.
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
