//! Requirement files: pip's format, read into typed entries.
//!
//! An include is data: nothing here opens a file. [`load`] is given the texts
//! that were read so far and answers with a [`RequirementSet`] or with the
//! paths that it still needs.

mod include;
mod limits;
mod load;
mod options;
mod parse;
mod paths;
#[cfg(test)]
mod tests;
mod texts;

pub use load::{Loaded, Sources, load};
pub use parse::{decode, included};
pub use texts::{Texts, Unusable};
