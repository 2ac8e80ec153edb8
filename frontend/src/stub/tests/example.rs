//! The example of the product page, and what happens to it when it is bent.

use super::*;
use crate::stub::Stub;

const EXAMPLE: &str = include_str!("example.toml");

#[test]
fn the_example_resolved() {
    let passed = arguments(&[
        ("INDEX", "https://nexus.example/simple/"),
        ("CUDA", "12.6.0"),
    ]);
    let project = load(
        "Dockerfile",
        EXAMPLE.as_bytes(),
        &passed,
        &Listing::default(),
    );
    let project = project.unwrap();
    let variants: Vec<_> = project.variants.iter().map(described).collect();
    let (name, default) = (project.name.unwrap().value, project.default.unwrap());
    insta::assert_snapshot!(format!("{name}, {default}\n\n{}", variants.join("\n")));
}

#[test]
fn what_the_example_wants_to_have_read() {
    let passed = arguments(&[("INDEX", "https://nexus.example/simple")]);
    let stub = Stub::parse("Dockerfile", EXAMPLE.as_bytes(), &passed).unwrap();
    assert!(!stub.needs_convention());
    assert_eq!(Vec::from_iter(stub.requirement_folders()), ["requirements"]);
}

#[test]
fn no_part_of_it_panics() {
    let passed = arguments(&[("INDEX", "https://nexus.example/simple")]);
    let check = |bytes: &[u8]| {
        if let Err(problems) = load("Dockerfile", bytes, &passed, &usual()) {
            assert!(!problems.to_string().is_empty());
        }
    };
    let bytes = EXAMPLE.as_bytes();
    for end in (0..bytes.len()).step_by(3) {
        check(&bytes[..end]);
    }
    // A small generator is random enough, and the same on each run.
    let mut state: u32 = 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 8).unwrap() % below
    };
    let odd = b"\"'[]{}=.,#\n\\$\0\xff\xc3\xa4 0-:/a";
    for _ in 0..600 {
        let mut bent = bytes.to_vec();
        for _ in 0..=next(3) {
            let at = next(bent.len());
            match next(4) {
                0 => bent[at] = odd[next(odd.len())],
                1 => bent.insert(at, odd[next(odd.len())]),
                2 => drop(bent.remove(at)),
                _ => {
                    // Swaps words: right types in wrong places.
                    let other = next(bent.len());
                    let length = next(30).min(bent.len() - at).min(bent.len() - other);
                    let piece = bent[other..other + length].to_vec();
                    bent.splice(at..at + length, piece);
                }
            }
        }
        check(&bent);
    }
}

#[test]
fn values_of_any_type_are_read_or_reported() {
    let passed = arguments(&[("INDEX", "https://nexus.example/simple")]);
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once('=').filter(|(k, _)| !k.contains('#')) else {
            continue;
        };
        for value in [
            "1",
            "1.5",
            "true",
            "\"\"",
            "\"ä\"",
            "[]",
            "[[]]",
            "[1]",
            "{}",
            "1979-05-27",
        ] {
            let mut bent = lines.clone();
            let changed = format!("{key}= {value}");
            bent[index] = &changed;
            let result = load("Dockerfile", bent.join("\n").as_bytes(), &passed, &usual());
            if let Err(problems) = result {
                assert!(!problems.render().is_empty());
            }
        }
    }
}
