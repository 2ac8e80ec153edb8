//! What lamina's case tests and end-to-end tests share.

pub mod as_frontend;
pub mod bridge;
pub mod case;
#[cfg(feature = "engine")]
pub mod engine;
