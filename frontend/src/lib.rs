//! lamina: a BuildKit frontend for layered Python machine-learning images.

pub mod config;
pub mod diagnostic;
pub mod gateway;
pub mod options;
pub mod requirements;
