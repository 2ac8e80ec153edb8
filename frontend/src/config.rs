//! The project: what the stub says, with defaults, variants and arguments
//! worked in.
//!
//! `raw` holds what the user typed, every value with its span; `resolve` makes
//! the [`Project`] of it. Nothing here reads a file or knows BuildKit.

mod model;

pub use model::*;
