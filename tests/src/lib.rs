//! The end-to-end tests of lamina, and what they share.

pub mod bridge;
pub mod case;
#[cfg(feature = "engine")]
pub mod engine;
