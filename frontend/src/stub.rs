//! The project: what the stub says, with defaults, variants and arguments
//! worked in.
//!
//! `tables` holds what the user typed, every value checked and with its span;
//! `resolve` makes the [`Project`] of it. Nothing here reads a file or knows
//! BuildKit: [`Stub::parse`] takes the stub's bytes and answers what else is
//! worth reading, [`Stub::resolve`] takes the names of the files found there.

mod args;
mod convention;
mod finish;
mod list;
mod load;
mod model;
mod reader;
mod resolve;
mod serialize;
mod syntax;
mod tables;
#[cfg(test)]
mod tests;
mod values;
mod words;

pub use convention::{FOLDER, Listing};
pub use load::{Stub, load};
pub use model::*;
