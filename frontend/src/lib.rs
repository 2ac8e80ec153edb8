//! lamina: a BuildKit frontend for layered Python machine-learning images.
//!
//! Data flows one way: `config` and `requirements` (what the user wrote) →
//! `plan` → `facts` (what only the engine can tell) → `graph` → the bytes of
//! `buildkit-llb` → `gateway`. [`build`](mod@build) leads through it.

#![allow(
    clippy::result_large_err,
    reason = "a mistake ends the build: it is made a few times, and moved"
)]

pub mod build;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod facts;
pub mod gateway;
pub mod graph;
pub mod options;
pub mod plan;
pub mod requirements;
