//! Graphs changed: sources replaced, inputs replaced, constraints added.
//!
//! What does not change keeps its bytes. What changes is put together from its
//! encoded fields, so that operations and fields that this crate does not know
//! survive.

mod definition;

use std::collections::HashMap;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::encoding::{message, string};
use thiserror::Error;

use crate::canonical::{SOURCE, append_inputs, embed};
use crate::definition::walk;
use crate::digest::Digest;
use crate::lints::takes_platform;
use crate::operation_metadata::Metadata;
use crate::settings::Constraints;
use crate::vertex::{Edge, Output, Vertex, Visited};
use crate::wire;

/// Why an operation cannot have other inputs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputsError {
    /// It has another number of inputs.
    #[error("invalid inputs: expected {expected}, found {found}")]
    Count {
        /// The number of inputs that the operation has.
        expected: usize,
        /// The number of inputs that were given.
        found: usize,
    },
    /// The empty tree is not an input: operations have a number for it.
    #[error("invalid input {0}: the empty tree cannot replace an input")]
    Scratch(usize),
}

impl Output {
    /// The same output of the same operation with other inputs, in the order of
    /// [`Vertex::inputs`]. Everything else keeps its bytes and metadata.
    ///
    /// ```
    /// use buildkit_llb::{Exec, Source};
    /// let image = |name: &str| Source::image(name.parse().unwrap()).output();
    /// let run = |root| Exec::on(root).args(["true"]).name("run").finish().root();
    /// let changed = run(image("alpine:3")).with_inputs([image("alpine:4")])?;
    /// assert_eq!(changed, run(image("alpine:4")));
    /// # Ok::<(), buildkit_llb::error::InputsError>(())
    /// ```
    pub fn with_inputs<T: Into<Output>>(
        &self,
        inputs: impl IntoIterator<Item = T>,
    ) -> Result<Self, InputsError> {
        let inputs: Vec<Output> = inputs.into_iter().map(Into::into).collect();
        let Some(edge) = self.edge() else {
            return match inputs.len() {
                0 => Ok(Self::SCRATCH),
                found => Err(InputsError::Count { expected: 0, found }),
            };
        };
        let expected = edge.vertex.edges().len();
        if inputs.len() != expected {
            let found = inputs.len();
            return Err(InputsError::Count { expected, found });
        }
        let mut edges = Vec::with_capacity(expected);
        for (number, input) in inputs.iter().enumerate() {
            let edge = input.edge().ok_or(InputsError::Scratch(number))?;
            edges.push(edge.clone());
        }
        let metadata = edge.vertex.metadata().clone();
        let vertex = changed(&edge.vertex, edges.into(), &Change::default(), metadata);
        Ok(Self::new(vertex, edge.index))
    }

    /// The same graph with a platform on every operation that takes one and has
    /// none, and with worker filters on every operation, before its own. An
    /// operation that has these filters first already stays as it is.
    ///
    /// ```
    /// use buildkit_llb::{Constraints, Exec, Platform, Source};
    /// let image = || Source::image("alpine:3".parse().unwrap());
    /// let graph = Exec::on(image().output()).args(["true"]).finish().root();
    /// let arm64 = Constraints::new().platform(Platform::linux_arm64());
    /// let same = Exec::on(image().constraints(&arm64).output())
    ///     .args(["true"])
    ///     .constraints(&arm64)
    ///     .finish()
    ///     .root();
    /// assert_eq!(graph.constrained(&arm64), same);
    /// ```
    pub fn constrained(&self, constraints: &Constraints) -> Self {
        let mut done: HashMap<*const Vertex, Arc<Vertex>> = HashMap::new();
        for (vertex, ()) in walk(self, |_| ()) {
            let new = |old: &Arc<Vertex>| done.get(&Arc::as_ptr(old)).cloned();
            let inputs = mapped(&vertex, new);
            let change = Change::of(&vertex, constraints);
            let replaced = if change.is_none() && is_same(&vertex, &inputs) {
                vertex.clone()
            } else {
                changed(&vertex, inputs, &change, vertex.metadata().clone())
            };
            done.insert(Arc::as_ptr(&vertex), replaced);
        }
        let edge = self.edge().and_then(|edge| {
            let vertex = done.get(&Arc::as_ptr(&edge.vertex))?.clone();
            Some((vertex, edge.index))
        });
        edge.map_or(Self::SCRATCH, |(vertex, index)| Self::new(vertex, index))
    }
}

/// What changes of an operation besides its inputs.
#[derive(Default)]
struct Change {
    platform: Option<pb::Platform>,
    filters: Vec<String>,
    /// An encoded source operation.
    source: Option<Vec<u8>>,
}

impl Change {
    fn of(vertex: &Vertex, constraints: &Constraints) -> Self {
        let op = vertex.op();
        let lacks_platform = op.platform.is_none() && takes_platform(&op);
        let platform = constraints.platform.as_ref().filter(|_| lacks_platform);
        let own = op.constraints.unwrap_or_default().filter;
        let has_filters = own.starts_with(&constraints.filters);
        Self {
            platform: platform.map(crate::Platform::to_pb),
            filters: if has_filters {
                Vec::new()
            } else {
                constraints.filters.clone()
            },
            source: None,
        }
    }

    fn is_none(&self) -> bool {
        self.platform.is_none() && self.filters.is_empty() && self.source.is_none()
    }
}

/// The inputs of a vertex with other vertices instead of its own.
fn mapped(vertex: &Vertex, new: impl Fn(&Arc<Vertex>) -> Option<Arc<Vertex>>) -> Visited {
    let edges = vertex.edges().iter().filter_map(|edge| {
        Some(Edge {
            vertex: new(&edge.vertex)?,
            index: edge.index,
        })
    });
    let visits = vertex.visits().iter().filter_map(&new);
    Visited::new(edges.collect(), visits.collect())
}

fn is_same(vertex: &Vertex, inputs: &Visited) -> bool {
    let same = |(a, b): (&Edge, &Edge)| Arc::ptr_eq(&a.vertex, &b.vertex);
    vertex.edges().iter().zip(inputs.edges()).all(same)
}

/// The operation with other inputs and constraints, from its encoded fields.
fn changed(vertex: &Vertex, inputs: Visited, change: &Change, metadata: Metadata) -> Arc<Vertex> {
    let same_inputs = vertex.edges().iter().eq(inputs.edges());
    if same_inputs && change.is_none() {
        let bytes = vertex.bytes().to_vec();
        return Vertex::of_digest(vertex.digest().clone(), bytes, inputs, metadata);
    }
    let mut bytes = Vec::with_capacity(vertex.bytes().len() + 64);
    append_inputs(inputs.edges().iter().map(Edge::named), &mut bytes);
    // Bytes that cannot be split never become a vertex.
    let fields: Vec<_> = wire::fields(vertex.bytes()).flatten().collect();
    let all = |number: u32| fields.iter().filter(move |field| field.number == number);
    match &change.platform {
        Some(platform) => message::encode(10, platform, &mut bytes),
        None => all(10).for_each(|field| bytes.extend_from_slice(field.bytes)),
    }
    if change.filters.is_empty() {
        all(11).for_each(|field| bytes.extend_from_slice(field.bytes));
    } else {
        let mut constraints = Vec::new();
        string::encode_repeated(1, &change.filters, &mut constraints);
        all(11).for_each(|field| constraints.extend_from_slice(field.content.unwrap_or_default()));
        embed(11, &constraints, &mut bytes);
    }
    let mut source = change.source.as_ref();
    for field in &fields {
        match (field.number, &change.source) {
            (1 | 10 | 11, _) => {}
            (SOURCE, Some(_)) => {
                if let Some(source) = source.take() {
                    embed(SOURCE, source, &mut bytes);
                }
            }
            _ => bytes.extend_from_slice(field.bytes),
        }
    }
    Vertex::of_digest(Digest::of(&bytes), bytes, inputs, metadata)
}
