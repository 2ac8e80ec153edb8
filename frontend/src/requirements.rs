//! Requirement files: pip's format, read into typed entries.
//!
//! An include is data: nothing here opens a file. [`load`] is given the texts
//! that were read so far and answers with a [`RequirementSet`] or with the
//! paths that it still needs.

#![allow(
    clippy::result_large_err,
    reason = "a mistake ends the build: it is made a few times, and moved"
)]

mod entry;
mod load;
mod markers;
mod mirror;
mod options;
mod parse;
mod paths;
#[cfg(test)]
mod tests;

pub use entry::*;
pub use load::{Loaded, Sources, Texts, load};
pub use mirror::rewrite;
pub use parse::decode;
