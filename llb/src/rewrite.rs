//! Graphs changed: sources replaced, inputs replaced, constraints added.
//!
//! What does not change keeps its bytes. What changes is put together from its
//! encoded fields, so that operations and fields that this crate does not know
//! survive.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use buildkit_proto::pb;
use prost::encoding::{message, string};
use thiserror::Error;

use crate::canonical::{SOURCE, append_inputs, embed, source_op};
use crate::definition::{Definition, Read, Slot, Terminal, walk};
use crate::digest::Digest;
use crate::lints::takes_platform;
use crate::op::Source;
use crate::operation_metadata::Metadata;
use crate::settings::Constraints;
use crate::unique::Unique;
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

impl Definition {
    /// The same definition with some sources replaced: `change` is called once for
    /// each source operation and gives its replacement, or `None` to keep it.
    ///
    /// Operations behind a replaced source get new digests; everything else, with
    /// order, metadata and source map, stays as it is. Operations that a definition
    /// that was read lists without need are dropped where anything changes.
    ///
    /// ```
    /// use buildkit_llb::{Definition, Digest, Exec, Source};
    /// let image = |name: &str| Source::image(name.parse().unwrap()).output();
    /// let build = |root| Definition::new(&Exec::on(root).args(["true"]).finish().root());
    /// let pin = Digest::of(b"the manifest of alpine:3");
    ///
    /// let pinned = build(image("alpine:3")).map_sources(|source| {
    ///     let Some(reference) = source.image_reference() else {
    ///         return Ok(None); // not an image
    ///     };
    ///     let reference = reference.with_digest(pin.clone());
    ///     Ok::<_, String>(Some(source.clone().with_image_reference(&reference)))
    /// })?;
    /// let expected = build(image(&format!("alpine:3@{pin}")));
    /// assert_eq!(pinned.to_bytes(), expected.to_bytes());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first error of `change`.
    pub fn map_sources<E>(
        &self,
        mut change: impl FnMut(&Source) -> Result<Option<Source>, E>,
    ) -> Result<Self, E> {
        let mut places: HashMap<&Digest, usize> = HashMap::new();
        let mut done: Vec<Arc<Vertex>> = Vec::with_capacity(self.vertices().len());
        let mut any = false;
        for (number, vertex) in self.shared_vertices().iter().enumerate() {
            let new = |old: &Arc<Vertex>| done.get(*places.get(old.digest())?).cloned();
            let inputs = mapped(vertex, new);
            let metadata = self.metadata_of(number);
            let replacement = match Source::of_vertex(vertex, metadata) {
                Some(source) => change(&source)?.map(|new| replaced(vertex, &source, new)),
                None => None,
            };
            let replaced = if let Some(replacement) = replacement {
                replacement
            } else if is_same(vertex, &inputs) && metadata == vertex.metadata() {
                vertex.clone()
            } else {
                changed(vertex, inputs, &Change::default(), metadata.clone())
            };
            any |= !Arc::ptr_eq(&replaced, vertex);
            places.insert(vertex.digest(), number);
            done.push(replaced);
        }
        if !any {
            return Ok(self.clone());
        }
        let edge = self.output().edge().and_then(|edge| {
            let vertex = done.get(*places.get(edge.vertex.digest())?)?.clone();
            Some(Edge {
                vertex,
                index: edge.index,
            })
        });
        Ok(self.rebuilt(done, edge))
    }

    /// The definition with these vertices instead of its own.
    fn rebuilt(&self, vertices: Vec<Arc<Vertex>>, edge: Option<Edge>) -> Self {
        let terminal = self.terminal().zip(edge.as_ref());
        let terminal = terminal.map(|(terminal, edge)| {
            let bytes = with_input(&terminal.bytes, edge);
            Terminal {
                digest: Digest::of(&bytes),
                bytes,
                metadata: terminal.metadata.clone(),
            }
        });
        let output = edge.map_or(Output::SCRATCH, |edge| Output::new(edge.vertex, edge.index));
        let walked = vertices
            .into_iter()
            .map(|vertex| (vertex.clone(), vertex.digest().prefix()));
        let unique = Unique::of(walked.collect());
        let read = self.read.as_ref().map(|read| moved(read, &unique));
        let mut files = self.files.clone();
        for vertex in &unique.vertices {
            for location in vertex.metadata().locations() {
                files.add(&location.file);
            }
        }
        let mut definition = Self::assembled(output, unique, terminal, files);
        if let Some(mut read) = read {
            // What has been added needs entries that were not there.
            let metadata = |number: usize| definition.metadata_of_any(number);
            read.unlocated
                .retain(|number| metadata(*number).is_none_or(|m| m.locations.is_empty()));
            read.undescribed
                .retain(|number| metadata(*number).is_none_or(Metadata::is_undescribed));
            read.no_source &= definition.files.is_empty();
            definition.read = Some(Box::new(read));
        }
        definition
    }
}

/// What a definition that was read has beyond its graph, for other vertices.
fn moved(read: &Read, unique: &Unique) -> Read {
    let count = unique.vertices.len();
    let place = |number: usize| unique.moved.get(number).copied().unwrap_or(count);
    // An operation has an entry if any of those that it stands for has.
    let without = |missing: &BTreeSet<usize>| -> BTreeSet<usize> {
        let all = 0..=unique.moved.len();
        let present: BTreeSet<usize> = all
            .filter(|number| !missing.contains(number))
            .map(place)
            .collect();
        let missing = missing.iter().copied().map(place);
        missing.filter(|place| !present.contains(place)).collect()
    };
    let slots = read.slots.as_ref().map(|slots| {
        let mut seen = BTreeSet::new();
        let vertices = slots.iter().filter_map(|slot| match slot {
            Slot::Vertex(number) => Some(place(*number)),
            Slot::Other(_) => None,
        });
        let vertices = vertices.filter(|place| seen.insert(*place));
        vertices.map(Slot::Vertex).collect()
    });
    Read {
        slots,
        undescribed: without(&read.undescribed),
        unlocated: without(&read.unlocated),
        no_source: read.no_source,
        unknown: read.unknown.clone(),
        ..Read::default()
    }
}

/// A source operation with another source. What both have in common keeps its
/// bytes.
fn replaced(vertex: &Vertex, old: &Source, new: Source) -> Arc<Vertex> {
    if !new.has_constraints_of(old) {
        return new.into_vertex();
    }
    let source = Some(new.to_pb()).filter(|source| *source != old.to_pb());
    let change = Change {
        source: source.map(|source| source_op(&source)),
        ..Change::default()
    };
    changed(vertex, Visited::default(), &change, new.into_metadata())
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

/// A terminal operation with another first input.
fn with_input(terminal: &[u8], edge: &Edge) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(terminal.len());
    append_inputs(std::iter::once(edge.named()), &mut bytes);
    let mut replaced = false;
    for field in wire::fields(terminal).flatten() {
        if replaced || field.number != 1 {
            bytes.extend_from_slice(field.bytes);
        } else {
            replaced = true;
        }
    }
    bytes
}
