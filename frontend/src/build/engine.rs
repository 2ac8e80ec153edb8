//! The daemon, as the phases of a build use it.

use buildkit_llb::{Definition, Output};

use crate::gateway::{Bridge, BridgeError, MAX_FILE_BYTES, Pong, Ref, SolveRequest, Warning};
use crate::source::Diagnostics;

/// The daemon that builds.
pub(super) struct Engine<'a, B> {
    pub(super) bridge: &'a B,
    pong: Pong,
    /// The vertex at which progress shows warnings.
    vertex: String,
}

impl<'a, B: Bridge> Engine<'a, B> {
    pub(super) fn new(bridge: &'a B, pong: Pong, vertex: String) -> Self {
        Self {
            bridge,
            pong,
            vertex,
        }
    }

    /// Whether graphs may use a capability, such as `mergeop`.
    pub(super) fn has(&self, capability: &str) -> bool {
        self.pong.has_llb(capability)
    }

    /// Loads a graph, and runs it at once if `evaluate`. `None` is an empty
    /// result.
    pub(super) async fn solve(
        &self,
        output: &Output,
        evaluate: bool,
    ) -> Result<Option<Ref>, BridgeError> {
        let definition = Definition::new(output).to_pb();
        let request = SolveRequest {
            definition,
            evaluate,
        };
        self.bridge.solve(request).await
    }

    /// Runs a step and reads the file that it wrote.
    pub(super) async fn answer(&self, output: &Output, path: &str) -> Result<Vec<u8>, BridgeError> {
        let missing = || BridgeError::new(format!("a step of lamina did not write {path}"));
        let reference = self.solve(output, false).await?.ok_or_else(missing)?;
        self.read(&reference, path).await?.ok_or_else(missing)
    }

    /// Reads a file that a step wrote; `None` where it wrote none.
    pub(super) async fn read(
        &self,
        reference: &Ref,
        path: &str,
    ) -> Result<Option<Vec<u8>>, BridgeError> {
        let content = self.bridge.read_file(reference, path, MAX_FILE_BYTES);
        Ok(content.await?.optional(path)?)
    }

    /// Shows warnings in the build's progress, where the daemon can.
    pub(super) async fn warn(&self, warnings: &Diagnostics) -> Result<(), BridgeError> {
        for warning in warnings.iter() {
            let request = Warning::new(&self.vertex, warning);
            self.bridge.warn(request).await?;
        }
        Ok(())
    }
}
