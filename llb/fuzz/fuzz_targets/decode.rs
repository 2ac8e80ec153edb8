//! Any bytes, read as a definition.
//!
//! The checks are in `tests/decoding/mod.rs`, which the stable tests run on the
//! corpus.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/decoding/mod.rs"]
mod decoding;

fuzz_target!(|bytes: &[u8]| decoding::check(bytes));
