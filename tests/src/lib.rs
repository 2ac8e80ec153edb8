//! The end-to-end tests of lamina, and what they share.

pub mod bridge;
