//! Talking to BuildKit: the bridge, and its form over gRPC.

mod bridge;
mod error;

pub use bridge::*;
pub use error::BridgeError;
