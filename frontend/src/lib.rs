//! lamina: a BuildKit frontend for layered Python machine-learning images.
//!
//! Data flows one way: `stub` and `python` (what the user wrote) → `plan`
//! → `facts` (what only the engine can tell) → `lower` → the bytes of
//! `buildkit-llb` → `gateway`. [`build`](mod@build) runs these phases in order.

#![allow(
    clippy::result_large_err,
    reason = "an error ends the build, so few are ever made or moved"
)]

pub mod build;
pub mod cli;
pub mod client;
pub mod facts;
pub mod gateway;
mod kinds;
pub mod lower;
pub mod plan;
pub mod project;
pub mod python;
pub mod source;
pub mod steps;
pub mod stub;
