//! Any bytes, read as a definition.
//!
//! What must hold is said in `tests/decoding/mod.rs`, which the stable tests run
//! on the kept corpus.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/decoding/mod.rs"]
mod decoding;

fuzz_target!(|bytes: &[u8]| decoding::check(bytes));
