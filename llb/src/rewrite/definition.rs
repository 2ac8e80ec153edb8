//! Definitions changed: sources and other operations replaced.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use buildkit_proto::pb;

use super::{Change, changed, is_same, mapped};
use crate::canonical::{self, append_inputs, source_op};
use crate::definition::{Definition, Read, Slot, Terminal};
use crate::digest::Digest;
use crate::op::Source;
use crate::operation_metadata::Metadata;
use crate::unique::Unique;
use crate::vertex::{Edge, Output, Vertex, Visited};
use crate::wire;

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
        self.map_vertices(|vertex, metadata, _| {
            let Some(source) = Source::of_vertex(vertex, metadata) else {
                return Ok(None);
            };
            let new = change(&source)?;
            Ok(new.map(|new| replaced(vertex, &source, new)))
        })
    }

    /// The same definition with some operations replaced: `change` is called once
    /// for each vertex, inputs first, with its metadata in this definition, and
    /// gives its replacement, or `None` to keep it.
    ///
    /// The inputs of the replacement are those of the vertex, whatever the message
    /// has, and its metadata stays. Fields of a replaced operation that `pb` does
    /// not know are lost: for sources, [`Self::map_sources`] keeps them.
    ///
    /// ```
    /// use buildkit_llb::{Definition, Exec, Output, exec::NetworkMode, pb};
    /// let exec = |mode| Exec::on(Output::SCRATCH).args(["true"]).network(mode).finish().root();
    /// let definition = Definition::new(&exec(NetworkMode::Host));
    /// let isolated = definition.map_operations(|vertex, _| {
    ///     let mut op = vertex.op();
    ///     let Some(pb::op::Op::Exec(exec)) = &mut op.op else {
    ///         return Ok(None);
    ///     };
    ///     exec.set_network(pb::NetMode::None);
    ///     Ok::<_, String>(Some(op))
    /// })?;
    /// assert_eq!(isolated.output(), &exec(NetworkMode::None));
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first error of `change`.
    pub fn map_operations<E>(
        &self,
        mut change: impl FnMut(&Vertex, &Metadata) -> Result<Option<pb::Op>, E>,
    ) -> Result<Self, E> {
        self.map_vertices(|vertex, metadata, inputs| {
            let Some(mut op) = change(vertex, metadata)? else {
                return Ok(None);
            };
            let edges = inputs.edges().iter().map(Edge::named);
            op.inputs = edges
                .map(|(digest, index)| pb::Input {
                    digest: digest.to_owned(),
                    index,
                })
                .collect();
            let bytes = canonical::op(&op);
            let digest = Digest::of(&bytes);
            let metadata = metadata.clone();
            Ok(Some(Vertex::of_digest(
                digest,
                bytes,
                inputs.clone(),
                metadata,
            )))
        })
    }

    /// The same definition with other vertices. `change` gets a vertex, its
    /// metadata and its new inputs.
    fn map_vertices<E>(
        &self,
        mut change: impl FnMut(&Vertex, &Metadata, &Visited) -> Result<Option<Arc<Vertex>>, E>,
    ) -> Result<Self, E> {
        let mut places: HashMap<&Digest, usize> = HashMap::new();
        let mut done: Vec<Arc<Vertex>> = Vec::with_capacity(self.vertices().len());
        let mut any = false;
        for (number, vertex) in self.shared_vertices().iter().enumerate() {
            let new = |old: &Arc<Vertex>| done.get(*places.get(old.digest())?).cloned();
            let inputs = mapped(vertex, new);
            let metadata = self.metadata_of(number);
            let replaced = if let Some(replacement) = change(vertex, metadata, &inputs)? {
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
    // Operations that have been united have the locations of all.
    let mut exact = read.exact.clone();
    exact.retain(|number, _| {
        let all = unique.moved.iter();
        all.filter(|other| **other == place(*number)).count() <= 1
    });
    let exact = exact.into_iter();
    Read {
        slots,
        exact: exact
            .map(|(number, exact)| (place(number), exact))
            .collect(),
        undescribed: without(&read.undescribed),
        unlocated: without(&read.unlocated),
        no_source: read.no_source,
        unknown: read.unknown.clone(),
        source_unknown: read.source_unknown.clone(),
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
