//! Platform and worker filter for a whole graph at once.

use std::collections::HashMap;
use std::sync::Arc;

use buildkit_proto::pb;
use thiserror::Error;

use crate::attr;
use crate::canonical::{self, Head};
use crate::definition::walk;
use crate::digest::Digest;
use crate::settings::Constraints;
use crate::vertex::{Edge, Output, Vertex};

/// An operation that cannot be changed, since not all of it is understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "operation {0} is of a kind, or has fields, that are not known here, so it cannot be changed"
)]
pub struct OpaqueOp(pub Digest);

impl Output {
    /// The same graph with this platform on every operation that takes one and
    /// has none, and these worker filters on every operation.
    ///
    /// ```
    /// use buildkit_llb::{Constraints, Exec, Platform, Source};
    /// let image = || Source::image("alpine:3".parse().unwrap());
    /// let graph = Exec::on(&image().output()).args(["true"]).run().root();
    /// let arm64 = Constraints::new().platform(Platform::linux_arm64());
    /// let same = Exec::on(&image().constraints(&arm64).output())
    ///     .args(["true"])
    ///     .constraints(&arm64)
    ///     .run()
    ///     .root();
    /// assert_eq!(graph.constrained(&arm64)?, same);
    /// # Ok::<(), buildkit_llb::OpaqueOp>(())
    /// ```
    pub fn constrained(&self, constraints: &Constraints) -> Result<Self, OpaqueOp> {
        let mut done: HashMap<*const Vertex, Arc<Vertex>> = HashMap::new();
        for (vertex, ()) in walk(self, |_| ()) {
            let inputs: Vec<Edge> = vertex
                .edges()
                .iter()
                .filter_map(|edge| moved(edge, &done))
                .collect();
            let changed = change(&vertex, inputs, constraints)?;
            done.insert(Arc::as_ptr(&vertex), changed);
        }
        let edge = self.edge().and_then(|edge| moved(edge, &done));
        Ok(edge.map_or(Self::SCRATCH, |edge| Self::new(edge.vertex, edge.index)))
    }
}

fn moved(edge: &Edge, done: &HashMap<*const Vertex, Arc<Vertex>>) -> Option<Edge> {
    let vertex = done.get(&Arc::as_ptr(&edge.vertex))?.clone();
    Some(Edge {
        vertex,
        index: edge.index,
    })
}

fn change(
    vertex: &Arc<Vertex>,
    inputs: Vec<Edge>,
    constraints: &Constraints,
) -> Result<Arc<Vertex>, OpaqueOp> {
    let before = vertex.op();
    let mut head = before.clone();
    if head.platform.is_none() && takes_platform(&head) {
        head.platform = constraints.platform.as_ref().map(crate::Platform::to_pb);
    }
    if !constraints.filters.is_empty() {
        let filters = &mut head.constraints.get_or_insert_default().filter;
        for filter in &constraints.filters {
            if !filters.contains(filter) {
                filters.push(filter.clone());
            }
        }
    }
    head.inputs = inputs.iter().map(Edge::to_pb).collect();
    if head == before {
        return Ok(vertex.clone());
    }
    // What does not come out again as it was holds something unknown.
    let opaque = || OpaqueOp(vertex.digest().clone());
    let op = head.op.take().ok_or_else(opaque)?;
    let mut head_before = before;
    head_before.op = None;
    if encode(&head_before, &op) != vertex.bytes() {
        return Err(opaque());
    }
    let bytes = encode(&head, &op);
    Ok(Vertex::from_bytes(bytes, inputs, vertex.metadata().clone()))
}

fn encode(head: &pb::Op, op: &pb::op::Op) -> Vec<u8> {
    let inputs = head.inputs.iter();
    let head = Head {
        inputs: inputs.map(|input| (&*input.digest, input.index)).collect(),
        platform: head.platform.as_ref(),
        constraints: head.constraints.as_ref(),
    };
    canonical::encode(&head, op)
}

fn takes_platform(op: &pb::Op) -> bool {
    match &op.op {
        Some(pb::op::Op::Source(source)) => attr::is_platform_specific(&source.identifier),
        Some(pb::op::Op::Exec(_) | pb::op::Op::Build(_)) => true,
        _ => false,
    }
}
