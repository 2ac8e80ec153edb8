//! The calls of a frontend.

use std::sync::{Arc, Mutex, PoisonError};

use buildkit_proto::moby::buildkit::v1::frontend as wire;

use super::graph::Graph;

/// One call, as received.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Call {
    Ping,
    ResolveImageConfig(wire::ResolveImageConfigRequest),
    ResolveSourceMeta(wire::ResolveSourceMetaRequest),
    Solve(wire::SolveRequest),
    Evaluate(wire::EvaluateRequest),
    ReadFile(wire::ReadFileRequest),
    ReadDir(wire::ReadDirRequest),
    StatFile(wire::StatFileRequest),
    Inputs,
    Warn(wire::WarnRequest),
    Return(wire::ReturnRequest),
}

/// The calls so far, in order; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<Vec<Call>>>);

impl Record {
    pub(super) fn push(&self, call: Call) {
        let calls = self.0.lock();
        calls.unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// All calls.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.0.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The solved graphs that could be loaded.
    pub fn graphs(&self) -> Vec<Graph> {
        let load = |call| match call {
            Call::Solve(request) => Graph::load(&request.definition?).ok()?,
            _ => None,
        };
        self.calls().into_iter().filter_map(load).collect()
    }

    /// The warnings.
    pub fn warnings(&self) -> Vec<wire::WarnRequest> {
        let warning = |call| match call {
            Call::Warn(request) => Some(request),
            _ => None,
        };
        self.calls().into_iter().filter_map(warning).collect()
    }

    /// The end of the build, if it has ended.
    pub fn returned(&self) -> Option<wire::ReturnRequest> {
        self.calls().into_iter().find_map(|call| match call {
            Call::Return(request) => Some(request),
            _ => None,
        })
    }
}
