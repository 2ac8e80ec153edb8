//! Whole graphs, as they are sent to a daemon.
//!
//! A [`Definition`] holds the operations behind one output in an order in which
//! inputs come first, each once, and what is said about each. The order depends
//! on the graph alone. Walking is done with a stack of its own, since graphs may
//! be deeper than a thread's.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::canonical;
use crate::caps::{Cap, CapSet, Unsupported};
use crate::digest::Digest;
use crate::metadata::Metadata;
use crate::vertex::{Edge, Output, Vertex};

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
    /// The places of the vertices, sorted by digest.
    by_digest: Vec<usize>,
    /// Of operations that met equal ones; all others know their own.
    united: HashMap<usize, Metadata>,
    terminal: Option<Terminal>,
}

/// The last operation, which only says which output is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) metadata: Metadata,
}

impl Definition {
    /// The graph behind this output. That of the empty tree is empty.
    pub fn new(output: &Output) -> Self {
        let mut said = Metadata {
            caps: [Cap::CONSTRAINTS, Cap::PLATFORM].into_iter().collect(),
            ..Metadata::default()
        };
        let walked = walk(output, |vertex| {
            need_of(vertex.metadata(), &mut said);
            vertex.digest().prefix()
        });
        let Unique {
            vertices,
            by_digest,
            united,
        } = Unique::of(walked);
        let terminal = output.edge().map(|edge| {
            let bytes = canonical::terminal(edge.vertex.digest().as_str(), edge.index);
            Terminal {
                digest: Digest::of(&bytes),
                bytes,
                metadata: said,
            }
        });
        Self {
            output: output.clone(),
            vertices,
            by_digest,
            united,
            terminal,
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
        let place = self
            .by_digest
            .binary_search_by(|number| self.vertices[*number].digest().cmp(digest))
            .ok()?;
        Some(self.metadata_of(self.by_digest[place]))
    }

    pub(crate) fn terminal(&self) -> Option<&Terminal> {
        self.terminal.as_ref()
    }

    fn metadata_of(&self, number: usize) -> &Metadata {
        self.united
            .get(&number)
            .unwrap_or_else(|| self.vertices[number].metadata())
    }

    pub(crate) fn all_metadata(&self) -> impl Iterator<Item = &Metadata> {
        (0..self.vertices.len()).map(|number| self.metadata_of(number))
    }

    /// The places of the operations in the order of their digests, and among them
    /// that of the last one, which is `vertices().len()`.
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

    /// Whether a daemon can do it; else the first thing that it lacks.
    pub fn check(&self, daemon: &CapSet) -> Result<(), Unsupported> {
        daemon.check_all(&self.required_caps())
    }
}

/// The vertices of a walk with equal ones united.
struct Unique {
    vertices: Vec<Arc<Vertex>>,
    by_digest: Vec<usize>,
    united: HashMap<usize, Metadata>,
}

impl Unique {
    /// By sorting, not by a map of digests: the first digits, which come with the
    /// vertices, nearly always tell, so that a large graph is not looked up all
    /// over memory.
    fn of(walked: Vec<(Arc<Vertex>, u64)>) -> Self {
        let mut sorted: Vec<(u64, usize)> = walked
            .iter()
            .enumerate()
            .map(|(place, (_, prefix))| (*prefix, place))
            .collect();
        let digest = |place: usize| walked[place].0.digest();
        sorted.sort_unstable_by(|(a, m), (b, n)| {
            let digests = || digest(*m).cmp(digest(*n));
            a.cmp(b).then_with(digests).then(m.cmp(n))
        });
        // The first of equal ones is the first of the walk.
        let mut first: Vec<usize> = (0..walked.len()).collect();
        for pair in sorted.windows(2) {
            let [(a, m), (b, n)] = [pair[0], pair[1]];
            if a == b && digest(m) == digest(n) {
                first[n] = first[m];
            }
        }
        let mut moved = vec![0; walked.len()];
        let mut vertices: Vec<Arc<Vertex>> = Vec::with_capacity(walked.len());
        let mut united: HashMap<usize, Metadata> = HashMap::new();
        for (place, (vertex, _)) in walked.into_iter().enumerate() {
            if first[place] == place {
                moved[place] = vertices.len();
                vertices.push(vertex);
            } else {
                let number = moved[first[place]];
                united
                    .entry(number)
                    .or_insert_with(|| vertices[number].metadata().clone())
                    .absorb(vertex.metadata());
            }
        }
        let by_digest = sorted
            .into_iter()
            .filter(|(_, place)| first[*place] == *place)
            .map(|(_, place)| moved[place])
            .collect();
        Self {
            vertices,
            by_digest,
            united,
        }
    }
}

/// Every vertex behind an output, inputs first, in the order of the inputs, and
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
    let mut next = output.edge();
    loop {
        // A vertex that one handle holds has one user in any graph: it need not be
        // remembered. Each edge of a graph is a handle, so no count is too low.
        if let Some(Edge { vertex, .. }) = next
            && (Arc::strong_count(vertex) == 1 || seen.insert(Arc::as_ptr(vertex)))
        {
            let looked = look(vertex);
            stack.push(((vertex.clone(), looked), vertex.edges().iter()));
        }
        let Some((_, inputs)) = stack.last_mut() else {
            return ordered;
        };
        next = inputs.next();
        if next.is_none() {
            ordered.extend(stack.pop().map(|(vertex, _)| vertex));
        }
    }
}

/// What the daemon must know to read the metadata of an operation, which the
/// last one says for all.
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

impl From<&Output> for Definition {
    fn from(output: &Output) -> Self {
        Self::new(output)
    }
}
