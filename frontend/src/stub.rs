//! The project: what the stub says, with defaults, variants and arguments
//! worked in.
//!
//! How a value is read: `syntax` parses the bytes, `reader` checks
//! the type of each value and fills in arguments, `tables` hold what was typed,
//! `variants` merges what a variant inherits, and `tables` again say what the
//! result means. Nothing here reads a file or knows BuildKit: [`Stub::parse`]
//! takes the stub's bytes and answers what else is worth reading,
//! [`Stub::resolve`] takes the names of the files found there.

mod args;
mod collector;
mod convention;
mod document;
mod inherit;
mod interpolation;
mod limits;
mod load;
mod names;
mod project;
mod quote;
mod reader;
mod reserved;
mod serialize;
mod syntax;
mod tables;
#[cfg(test)]
mod tests;
mod values;
mod variants;
mod words;

pub use convention::{DIRECTORY, Listing};
pub use interpolation::{Part, Template};
pub use load::{Stub, load};
pub use names::Name;
pub use project::Project;
pub use tables::*;
pub use values::{ARCHITECTURES, check_filled_directory, check_filled_path};

/// What computes besides the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// NVIDIA's GPUs.
    Cuda,
}
