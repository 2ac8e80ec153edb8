//! The end-to-end tests of lamina, and what they share.

pub mod bridge;
#[cfg(feature = "engine")]
pub mod engine;
