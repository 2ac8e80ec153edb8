//! Whole graphs, as they are sent to a daemon.
//!
//! A [`Definition`] holds the operations behind one output in an order in which
//! inputs come first, each once, and what is said about each. The order depends
//! on the graph alone. Walking is done with a stack of its own, since graphs may
//! be deeper than a thread's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;

use crate::canonical;
use crate::caps::{Cap, CapSet, Unsupported};
use crate::digest::Digest;
use crate::location::{Location, SourceFile};
use crate::metadata::Metadata;
use crate::vertex::{Output, Vertex};

/// A graph that is ready to be sent: operations, metadata, source map.
///
/// ```
/// use buildkit_llb::{Definition, File, Output, at};
/// let output = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, "1").output();
/// let definition = Definition::new(&output);
/// assert_eq!(definition.to_pb().def.len(), 2); // the operation, and what is wanted of it
/// ```
#[derive(Clone, Debug)]
pub struct Definition {
    output: Output,
    vertices: Vec<Arc<Vertex>>,
    numbers: HashMap<Digest, usize>,
    /// Of operations that met equal ones; all others know their own.
    united: HashMap<usize, Metadata>,
    terminal: Option<Terminal>,
}

/// The last operation, which only says which output is wanted.
#[derive(Clone, Debug)]
struct Terminal {
    bytes: Vec<u8>,
    digest: Digest,
    metadata: Metadata,
}

impl Definition {
    /// The graph behind this output. That of the empty tree is empty.
    pub fn new(output: &Output) -> Self {
        let mut vertices: Vec<Arc<Vertex>> = Vec::new();
        let mut numbers: HashMap<Digest, usize> = HashMap::new();
        let mut united: HashMap<usize, Metadata> = HashMap::new();
        for vertex in walk(output) {
            if let Some(number) = numbers.get(vertex.digest()) {
                united
                    .entry(*number)
                    .or_insert_with(|| vertices[*number].metadata().clone())
                    .absorb(vertex.metadata());
            } else {
                numbers.insert(vertex.digest().clone(), vertices.len());
                vertices.push(vertex);
            }
        }
        let terminal = output.edge().map(|edge| {
            let mut bytes = Vec::new();
            let op = pb::Op {
                inputs: vec![edge.to_pb()],
                ..pb::Op::default()
            };
            canonical::append(&op, &mut bytes);
            Terminal {
                digest: Digest::of(&bytes),
                bytes,
                metadata: Metadata::default(),
            }
        });
        let mut definition = Self {
            output: output.clone(),
            vertices,
            numbers,
            united,
            terminal: None,
        };
        definition.terminal = terminal.map(|terminal| Terminal {
            metadata: terminal_metadata(definition.all_metadata()),
            ..terminal
        });
        definition
    }

    /// The output that is wanted.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Whether there is nothing to do: the empty tree is wanted.
    pub fn is_empty(&self) -> bool {
        self.terminal.is_none()
    }

    /// The digest of the last operation, which stands for the whole graph and the
    /// output wanted of it; none for the empty tree.
    pub fn digest(&self) -> Option<&Digest> {
        self.terminal.as_ref().map(|terminal| &terminal.digest)
    }

    /// The operations, inputs before their users, without the last that only
    /// says what is wanted.
    pub fn vertices(&self) -> impl ExactSizeIterator<Item = &Vertex> {
        self.vertices.iter().map(|vertex| &**vertex)
    }

    /// What is said about an operation, everywhere in the graph together.
    pub fn metadata(&self, digest: &Digest) -> Option<&Metadata> {
        let number = *self.numbers.get(digest)?;
        Some(self.metadata_of(number))
    }

    fn metadata_of(&self, number: usize) -> &Metadata {
        self.united
            .get(&number)
            .unwrap_or_else(|| self.vertices[number].metadata())
    }

    fn all_metadata(&self) -> impl Iterator<Item = &Metadata> {
        (0..self.vertices.len()).map(|number| self.metadata_of(number))
    }

    /// Every capability that a daemon needs for this graph.
    pub fn required_caps(&self) -> BTreeSet<Cap> {
        let terminal = self.terminal.iter().map(|terminal| &terminal.metadata);
        let mut caps = BTreeSet::new();
        for metadata in self.all_metadata().chain(terminal) {
            for cap in &metadata.caps {
                if !caps.contains(cap) {
                    caps.insert(cap.clone());
                }
            }
        }
        caps
    }

    /// Whether a daemon can do it; else the first thing that it lacks.
    pub fn check(&self, daemon: &CapSet) -> Result<(), Unsupported> {
        daemon.check_all(&self.required_caps())
    }

    /// The definition as requests carry it.
    pub fn to_pb(&self) -> pb::Definition {
        let Some(terminal) = &self.terminal else {
            return pb::Definition::default();
        };
        let def = self
            .vertices
            .iter()
            .map(|vertex| vertex.bytes().to_vec())
            .chain([terminal.bytes.clone()])
            .collect();
        // Every operation has an entry, even an empty one: daemons and clients
        // that read a definition back refuse operations without.
        let metadata = self
            .vertices()
            .zip(self.all_metadata())
            .map(|(vertex, metadata)| (vertex.digest(), metadata.to_pb()))
            .chain([(&terminal.digest, terminal.metadata.to_pb())])
            .map(|(digest, metadata)| (digest.to_string(), metadata))
            .collect();
        pb::Definition {
            def,
            metadata,
            source: Some(self.source_map()),
        }
    }

    /// The definition's bytes, as `buildctl build` and `buildctl debug dump-llb`
    /// read them.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_pb().encode_to_vec()
    }

    fn source_map(&self) -> pb::Source {
        let mut files = Files::default();
        let mut locations = BTreeMap::new();
        for (vertex, metadata) in self.vertices().zip(self.all_metadata()) {
            if metadata.locations.is_empty() {
                continue;
            }
            // The same place may be said of equal operations more than once.
            let mut seen = HashSet::new();
            let mut list = Vec::new();
            for Location { file, ranges } in &metadata.locations {
                let index = files.index_of(file);
                if seen.insert((index, ranges)) {
                    list.push(pb::Location {
                        source_index: index,
                        ranges: ranges.iter().map(|range| range.to_pb()).collect(),
                    });
                }
            }
            locations.insert(
                vertex.digest().to_string(),
                pb::Locations { locations: list },
            );
        }
        pb::Source {
            locations,
            infos: files.infos,
        }
    }
}

/// Source files, each once, whether they are one value or equal ones.
#[derive(Default)]
struct Files {
    infos: Vec<pb::SourceInfo>,
    by_address: HashMap<*const pb::SourceInfo, i32>,
    by_content: HashMap<(String, Digest), i32>,
}

impl Files {
    fn index_of(&mut self, file: &SourceFile) -> i32 {
        if let Some(index) = self.by_address.get(&file.address()) {
            return *index;
        }
        let info = file.info();
        let content = (info.filename.clone(), Digest::of(&info.encode_to_vec()));
        let index = *self.by_content.entry(content).or_insert_with(|| {
            self.infos.push(info.clone());
            i32::try_from(self.infos.len() - 1).unwrap_or(i32::MAX)
        });
        self.by_address.insert(file.address(), index);
        index
    }
}

/// Every vertex behind an output, inputs first, in the order of the inputs. A
/// vertex that is reached twice comes once; equal ones each come.
pub(crate) fn walk(output: &Output) -> Vec<Arc<Vertex>> {
    let mut ordered = Vec::new();
    let mut seen: HashSet<*const Vertex> = HashSet::new();
    let mut stack: Vec<(&Arc<Vertex>, usize)> = Vec::new();
    if let Some(edge) = output.edge() {
        seen.insert(Arc::as_ptr(&edge.vertex));
        stack.push((&edge.vertex, 0));
    }
    while let Some((vertex, next)) = stack.last_mut() {
        let vertex: &Arc<Vertex> = vertex;
        if let Some(edge) = vertex.edges().get(*next) {
            *next += 1;
            if seen.insert(Arc::as_ptr(&edge.vertex)) {
                stack.push((&edge.vertex, 0));
            }
        } else {
            ordered.push(vertex.clone());
            stack.pop();
        }
    }
    ordered
}

/// What the daemon must know to read the metadata of the others.
fn terminal_metadata<'a>(all: impl Iterator<Item = &'a Metadata>) -> Metadata {
    let mut caps = BTreeSet::from([Cap::CONSTRAINTS, Cap::PLATFORM]);
    for metadata in all {
        if metadata.ignore_cache {
            caps.insert(Cap::META_IGNORE_CACHE);
        }
        if !metadata.description.is_empty() {
            caps.insert(Cap::META_DESCRIPTION);
        }
        if metadata.export_cache.is_some() {
            caps.insert(Cap::META_EXPORT_CACHE);
        }
    }
    Metadata {
        caps,
        ..Metadata::default()
    }
}

impl From<&Output> for Definition {
    fn from(output: &Output) -> Self {
        Self::new(output)
    }
}
