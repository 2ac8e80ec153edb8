//! Requirement files: pip's format, read into typed entries.
//!
//! An include is data: nothing here opens a file.

mod entry;

pub use entry::*;
