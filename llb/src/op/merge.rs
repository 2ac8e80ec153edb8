//! Merges: trees laid over each other, later ones over earlier ones.

use buildkit_proto::pb;

use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::from_vertex::{MERGE, VertexError, builder};
use crate::op::inputs::position;
use crate::settings::{Settings, settings_methods};
use crate::vertex::{Edge, Output, Vertex};

/// Lays trees over each other without copying them.
///
/// Empty trees are left out. A merge of nothing is the empty tree, and a merge of
/// one tree is that tree: there is an operation only for two trees or more.
///
/// ```
/// use buildkit_llb::{File, Merge, Output, at};
/// let a = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, "a").output();
/// let b = File::on(&Output::SCRATCH).mkfile(at("/b"), 0o644, "b").output();
/// assert_eq!(Merge::of([&Output::SCRATCH, &a]).output(), a);
/// assert_eq!(Merge::of([&a, &b]).name("both").output().vertex().unwrap().inputs().len(), 2);
/// ```
#[doc(alias = "MergeOp")]
#[derive(Clone, Debug, Default)]
pub struct Merge {
    trees: Vec<Output>,
    settings: Settings,
}

settings_methods!(Merge);

impl Merge {
    /// A merge of these trees, the lowest first.
    pub fn of<T: Into<Output>>(trees: impl IntoIterator<Item = T>) -> Self {
        Self {
            trees: trees.into_iter().map(Into::into).collect(),
            settings: Settings::default(),
        }
    }

    /// One more tree, over the others.
    pub fn over(mut self, tree: impl Into<Output>) -> Self {
        self.trees.push(tree.into());
        self
    }

    /// The merged tree.
    pub fn output(self) -> Output {
        let edges: Vec<Edge> = self
            .trees
            .iter()
            .filter_map(Output::edge)
            .cloned()
            .collect();
        if edges.len() < 2 {
            return edges
                .into_iter()
                .next()
                .map_or(Output::SCRATCH, |edge| Output::new(edge.vertex, edge.index));
        }
        // Unlike other operations, a merge lists equal inputs again each time.
        let inputs = (0..edges.len())
            .map(|index| pb::MergeInput {
                input: position(index),
            })
            .collect();
        let op = pb::op::Op::Merge(pb::MergeOp { inputs });
        let settings = self.settings.with_caps([Cap::MERGE_OP]);
        Output::new(Vertex::encode(Body::Op(&op), edges, None, settings), 0)
    }
}

/// The merge that an operation is, to change it and make another.
impl TryFrom<&Vertex> for Merge {
    type Error = VertexError;

    fn try_from(vertex: &Vertex) -> Result<Self, Self::Error> {
        let make = |merge: Self| Some(merge.output());
        builder(
            vertex,
            MERGE,
            |parts| {
                let Some(pb::op::Op::Merge(merge)) = &parts.op else {
                    return None;
                };
                let trees = merge.inputs.iter().map(|input| parts.tree(input.input));
                Some(Self {
                    trees: trees.collect::<Option<_>>()?,
                    settings: parts.settings,
                })
            },
            make,
        )
    }
}

impl From<Merge> for Output {
    fn from(merge: Merge) -> Self {
        merge.output()
    }
}
