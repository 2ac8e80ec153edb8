//! Whole graphs, as they are sent to a daemon.
//!
//! A [`Definition`] holds the operations behind one output in an order in which
//! inputs come first, each once, with their metadata. The order is that of Go's
//! client. Walking uses a stack of its own, since graphs may be deeper than a
//! thread's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use prost::bytes::Bytes;

use crate::canonical;
use crate::caps::{Cap, CapSet, Unsupported};
use crate::digest::Digest;
use crate::files::Files;
use crate::location::Location;
use crate::operation_metadata::Metadata;
use crate::unique::Unique;
use crate::vertex::{Output, Vertex};

/// A graph that is ready to be sent: operations, metadata, source map.
///
/// ```
/// use buildkit_llb::{Definition, File, Output, at};
/// let output = File::on(Output::SCRATCH).mkfile(at("/a"), 0o644, "1").output();
/// let definition = Definition::new(&output);
/// assert_eq!(definition.to_pb().def.len(), 2); // the operation, and the terminal one
/// ```
#[derive(Clone)]
pub struct Definition {
    output: Output,
    vertices: Vec<Arc<Vertex>>,
    /// The indexes of the vertices, sorted by digest.
    by_digest: Vec<usize>,
    /// The metadata of operations that equal others; all others have their own.
    merged: HashMap<usize, Metadata>,
    terminal: Option<Terminal>,
    pub(crate) files: Files,
    pub(crate) read: Option<Box<Read>>,
}

/// The last operation, which only names the output that is wanted.
#[derive(Clone)]
pub(crate) struct Terminal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) metadata: Metadata,
}

/// What a definition that was read has beyond its graph.
#[derive(Clone, Default)]
pub(crate) struct Read {
    /// The operations before the terminal one, if they are not the vertices in
    /// their order.
    pub(crate) slots: Option<Vec<Slot>>,
    /// The operations, by their indexes, without an entry in the metadata, and
    /// those without one in the source map.
    pub(crate) undescribed: BTreeSet<usize>,
    pub(crate) unlocated: BTreeSet<usize>,
    /// Whether there is no source map at all.
    pub(crate) no_source: bool,
    /// Encoded metadata of operations that are not vertices.
    pub(crate) metadata: BTreeMap<String, Vec<u8>>,
    /// Encoded locations of operations that are not vertices.
    pub(crate) locations: BTreeMap<String, Vec<u8>>,
    /// Locations that have more than this crate knows, by the indexes of their
    /// operations.
    pub(crate) exact: BTreeMap<usize, ExactLocations>,
    /// Fields of the definition that this crate does not know, and those of the
    /// source map.
    pub(crate) unknown: Vec<u8>,
    pub(crate) source_unknown: Vec<u8>,
}

/// Locations as they were read.
#[derive(Clone)]
pub(crate) struct ExactLocations {
    /// What is known of them: others replace the bytes.
    pub(crate) known: Vec<Location>,
    pub(crate) bytes: Bytes,
}

/// A place in the list of operations.
#[derive(Clone)]
pub(crate) enum Slot {
    Vertex(usize),
    /// An operation that the output does not need, or that is listed twice.
    Other(Vec<u8>),
}

impl Definition {
    /// The graph behind this output. That of the empty tree is empty.
    #[doc(alias = "Marshal")]
    pub fn new(output: &Output) -> Self {
        let mut files = Files::default();
        let mut metadata = Metadata::default();
        metadata.need(Cap::CONSTRAINTS);
        metadata.need(Cap::PLATFORM);
        let mut located = false;
        let walked = walk(output, |vertex| {
            need_of(vertex.metadata(), &mut metadata);
            located |= !vertex.metadata().locations.is_empty();
            vertex.digest().prefix()
        });
        let locations = walked.iter().filter(|_| located);
        for location in locations.flat_map(|(vertex, _)| vertex.metadata().locations()) {
            files.add(&location.file);
        }
        let unique = Unique::of(walked);
        let terminal = output.edge().map(|edge| {
            let bytes = canonical::terminal(edge.vertex.digest().as_str(), edge.index);
            Terminal {
                digest: Digest::of(&bytes),
                bytes,
                metadata,
            }
        });
        Self::assembled(output.clone(), unique, terminal, files)
    }

    pub(crate) fn assembled(
        output: Output,
        unique: Unique,
        terminal: Option<Terminal>,
        files: Files,
    ) -> Self {
        Self {
            output,
            vertices: unique.vertices,
            by_digest: unique.by_digest,
            merged: unique.merged,
            terminal,
            files,
            read: None,
        }
    }

    /// The output that is wanted.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Whether there is nothing to do: the empty tree is wanted.
    pub fn is_empty(&self) -> bool {
        self.terminal.is_none()
    }

    /// The digest of the terminal operation, which identifies the whole graph and
    /// the output wanted of it; `None` for the empty tree.
    pub fn digest(&self) -> Option<&Digest> {
        self.terminal.as_ref().map(|terminal| &terminal.digest)
    }

    /// The operations, inputs before their users, without the terminal one.
    pub fn vertices(&self) -> impl ExactSizeIterator<Item = &Vertex> {
        self.vertices.iter().map(|vertex| &**vertex)
    }

    /// The metadata of an operation, merged from all equal operations of the
    /// graph: of names, progress groups, resources and cache exports the last one
    /// wins, capabilities and locations accumulate.
    pub fn metadata(&self, digest: &Digest) -> Option<&Metadata> {
        let place = self
            .by_digest
            .binary_search_by(|number| self.vertices[*number].digest().cmp(digest))
            .ok()?;
        Some(self.metadata_of(self.by_digest[place]))
    }

    pub(crate) fn shared_vertices(&self) -> &[Arc<Vertex>] {
        &self.vertices
    }

    pub(crate) fn terminal(&self) -> Option<&Terminal> {
        self.terminal.as_ref()
    }

    pub(crate) fn metadata_of(&self, number: usize) -> &Metadata {
        self.merged
            .get(&number)
            .unwrap_or_else(|| self.vertices[number].metadata())
    }

    /// The metadata of a vertex by its index, or of the terminal operation.
    pub(crate) fn metadata_of_any(&self, number: usize) -> Option<&Metadata> {
        if number < self.vertices.len() {
            return Some(self.metadata_of(number));
        }
        self.terminal.as_ref().map(|terminal| &terminal.metadata)
    }

    pub(crate) fn all_metadata(&self) -> impl Iterator<Item = &Metadata> {
        (0..self.vertices.len()).map(|number| self.metadata_of(number))
    }

    /// The indexes of the operations in the order of their digests, and among them
    /// that of the terminal one, which is `vertices().len()`.
    pub(crate) fn order_of_digests(&self) -> impl Iterator<Item = usize> {
        let last = self.terminal.as_ref().map_or(self.by_digest.len(), |last| {
            self.by_digest
                .partition_point(|number| *self.vertices[*number].digest() < last.digest)
        });
        let (before, behind) = self.by_digest.split_at(last);
        let terminal = self.terminal.iter().map(|_| self.vertices.len());
        let numbers = before.iter().copied().chain(terminal);
        numbers.chain(behind.iter().copied())
    }

    /// Every capability that a daemon needs for this graph.
    pub fn required_caps(&self) -> BTreeSet<Cap> {
        let terminal = self.terminal.iter().map(|terminal| &terminal.metadata);
        let mut caps = BTreeSet::new();
        for metadata in self.all_metadata().chain(terminal) {
            for cap in metadata.caps() {
                if !caps.contains(cap) {
                    caps.insert(cap.clone());
                }
            }
        }
        caps
    }

    /// Checks that a daemon can build this graph.
    pub fn check(&self, daemon: &CapSet) -> Result<(), Unsupported> {
        daemon.check_all(&self.required_caps())
    }
}

/// Every vertex behind an output, inputs first, in the order of Go's client, and
/// what `look` makes of it. A vertex that is reached twice comes once; equal ones
/// each come.
///
/// Vertices are looked at when they are met, and not again when their inputs are
/// done: by then, those of a large graph have left the processor's caches.
pub(crate) fn walk<T>(
    output: &Output,
    mut look: impl FnMut(&Vertex) -> T,
) -> Vec<(Arc<Vertex>, T)> {
    let mut ordered = Vec::new();
    let mut seen: HashSet<*const Vertex> = HashSet::new();
    let mut stack = Vec::new();
    let mut next = output.edge().map(|edge| &edge.vertex);
    loop {
        // A vertex that one handle holds has one user in any graph, so it need not
        // be remembered. Each edge of a graph is a handle: no count is too low.
        if let Some(vertex) = next
            && (Arc::strong_count(vertex) == 1 || seen.insert(Arc::as_ptr(vertex)))
        {
            let looked = look(vertex);
            stack.push((vertex, looked, 0));
        }
        let Some((vertex, _, visited)) = stack.last_mut() else {
            return ordered;
        };
        next = vertex.visit(*visited);
        *visited += 1;
        if next.is_none()
            && let Some((vertex, looked, _)) = stack.pop()
        {
            ordered.push((vertex.clone(), looked));
        }
    }
}

/// What the daemon must support to read the metadata of an operation, which the
/// terminal one declares for all of them.
fn need_of(metadata: &Metadata, terminal: &mut Metadata) {
    if metadata.ignore_cache {
        terminal.need(Cap::META_IGNORE_CACHE);
    }
    if !metadata.description.is_empty() {
        terminal.need(Cap::META_DESCRIPTION);
    }
    if metadata.export_cache.is_some() {
        terminal.need(Cap::META_EXPORT_CACHE);
    }
}

/// The graph by its digests: [`Definition::dump`] shows the operations.
impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition")
            .field("output", &self.output)
            .field("vertices", &self.vertices)
            .finish_non_exhaustive()
    }
}

impl From<&Output> for Definition {
    fn from(output: &Output) -> Self {
        Self::new(output)
    }
}
