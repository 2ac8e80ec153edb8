//! Errors of the bridge.

/// Why a call failed: the daemon's status, whose details are kept as they are.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct BridgeError {
    /// The gRPC status code.
    pub code: i32,
    /// The message.
    pub message: String,
    /// `google.rpc.Status` details, forwarded unchanged.
    pub details: Vec<prost_types::Any>,
}
