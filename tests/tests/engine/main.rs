//! The end-to-end tests: plain `docker buildx build`, on real engines.
//!
//! They need what `tests/engine/up` brings up:
//!
//!     cargo test -p lamina-tests --features engine --test engine

mod bases;
mod context;
mod emulation;
mod git;
mod indexes;
mod metadata;
mod mistakes;
mod operations;
mod pip;
mod root;
mod shared;
mod subrequests;
