//! Requirement files: pip's format, read into typed entries.
//!
//! An include is data: nothing here opens a file. [`load`] is given the texts
//! that were read so far and answers with a [`RequirementSet`] or with the
//! paths that it still needs.

mod load;
mod options;
pub(super) mod parse;
mod paths;
#[cfg(test)]
mod tests;

pub use load::{Loaded, Sources, Texts, Unusable, load};
pub use parse::{decode, included};
