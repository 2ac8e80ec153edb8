//! Equal operations united.

use std::collections::HashMap;
use std::sync::Arc;

use crate::operation_metadata::Metadata;
use crate::vertex::Vertex;

/// Vertices of which no two have the same digest.
pub(crate) struct Unique {
    pub(crate) vertices: Vec<Arc<Vertex>>,
    /// The indexes of the vertices, sorted by digest.
    pub(crate) by_digest: Vec<usize>,
    /// The metadata of vertices that stand for several.
    pub(crate) merged: HashMap<usize, Metadata>,
    /// For each vertex that was given, the index of the one that stands for it.
    pub(crate) moved: Vec<usize>,
}

impl Unique {
    /// Unites equal vertices, which come with the prefixes of their digests.
    ///
    /// By sorting, not by a map of digests: the prefixes nearly always differ, so
    /// that a large graph is not looked up all over memory.
    pub(crate) fn of(walked: Vec<(Arc<Vertex>, u64)>) -> Self {
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
        let mut merged: HashMap<usize, Metadata> = HashMap::new();
        for (place, (vertex, _)) in walked.into_iter().enumerate() {
            if first[place] == place {
                moved[place] = vertices.len();
                vertices.push(vertex);
            } else {
                let number = moved[first[place]];
                moved[place] = number;
                merged
                    .entry(number)
                    .or_insert_with(|| vertices[number].metadata().clone())
                    .merge(vertex.metadata());
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
            merged,
            moved,
        }
    }
}
