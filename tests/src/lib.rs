//! The end-to-end tests of lamina, and what they share.

pub mod as_frontend;
pub mod bridge;
pub mod case;
#[cfg(feature = "engine")]
pub mod engine;
