//! The corpus of the fuzzer, with stable compilers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::path::Path;

mod decoding;

#[test]
fn checks_hold_for_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/decode");
    let mut seen = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        decoding::check(&std::fs::read(entry.unwrap().path()).unwrap());
        seen += 1;
    }
    assert!(seen > 0);
}
