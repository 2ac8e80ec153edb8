//! The end-to-end tests: plain `docker buildx build`, on real engines.
//!
//! They need the engines that `tests/engine/up` starts:
//!
//!     cargo test -p lamina-tests --features engine --test engine

mod attacks;
mod bases;
mod build;
mod context;
mod emulation;
mod errors;
mod git;
mod indexes;
mod metadata;
mod operations;
mod pip;
mod root;
mod shared;
mod subrequests;
