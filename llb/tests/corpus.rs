//! The corpus of the fuzzer, with stable compilers: as it is, and damaged.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

mod decoding;

static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/decode");
    let mut paths: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
});

#[test]
fn checks_hold_for_the_corpus() {
    assert!(!CORPUS.is_empty());
    for bytes in CORPUS.iter() {
        decoding::check(bytes);
    }
}

proptest! {
    #[test]
    fn checks_hold_for_a_damaged_corpus(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = which.get(&CORPUS).clone();
        for (index, value) in damage {
            if !bytes.is_empty() {
                let index = index.index(bytes.len());
                bytes[index] = value;
            }
        }
        decoding::check(&bytes);
    }
}
