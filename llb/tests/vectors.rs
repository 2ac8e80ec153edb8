//! Definitions as BuildKit's own Go client makes them, made by this crate: byte for
//! byte, in the same order.
//!
//! Every file of `tests/vectors/` has a case, and every case a file: a vector
//! without a case fails the test.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use buildkit_llb::Definition;

mod vector_cases;

use vector_cases::cases;

struct Vector {
    ops: Vec<(String, Vec<u8>)>,
}

fn read(path: &Path) -> Vector {
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
            .collect()
    };
    let ops = json["ops"].as_array().unwrap();
    Vector {
        ops: ops
            .iter()
            .map(|op| (text(&op["digest"]), bytes(&text(&op["hex"]))))
            .collect(),
    }
}

/// The vectors of the repository, and those beside it if there are any.
fn directories() -> Vec<PathBuf> {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![crate_dir.join("tests/vectors")];
    for beside in [
        "../../shared/vectors/llb",
        "../../shared/vectors/llb-more",
        "../../../shared/vectors/llb",
        "../../../shared/vectors/llb-more",
    ] {
        found.extend(Some(crate_dir.join(beside)).filter(|path| path.is_dir()));
    }
    found
}

fn vectors() -> BTreeMap<String, Vec<Vector>> {
    let mut all: BTreeMap<String, Vec<Vector>> = BTreeMap::new();
    for directory in directories() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            all.entry(name).or_default().push(read(&path));
        }
    }
    assert!(!all.is_empty());
    all
}

#[test]
fn every_definition_of_go_is_made_byte_for_byte() {
    let cases = cases();
    let vectors = vectors();
    let mut wrong = Vec::new();
    for name in cases.keys().filter(|name| !vectors.contains_key(**name)) {
        wrong.push(format!("{name}: there is no such vector"));
    }
    for (name, copies) in &vectors {
        let Some(output) = cases.get(name.as_str()) else {
            wrong.push(format!("{name}: the vector has no case"));
            continue;
        };
        let definition = Definition::new(output).to_pb();
        for vector in copies {
            let expected: Vec<_> = vector.ops.iter().map(|(_, bytes)| bytes).collect();
            if definition.def.iter().collect::<Vec<_>>() != expected {
                use buildkit_llb::pb::Op;
                let show =
                    |bytes: &Vec<u8>| format!("{:#?}", <Op as prost::Message>::decode(&**bytes));
                let ours: Vec<_> = definition.def.iter().map(show).collect();
                let gos: Vec<_> = expected.into_iter().map(show).collect();
                wrong.push(format!(
                    "{name}:\nours {}\nGo's {}",
                    ours.join("\n"),
                    gos.join("\n")
                ));
                continue;
            }
            for ((digest, bytes), ours) in vector.ops.iter().zip(&definition.def) {
                assert_eq!(bytes, ours);
                assert_eq!(*digest, buildkit_llb::Digest::of(ours).to_string());
                assert!(definition.metadata.contains_key(digest), "{name} {digest}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_definition_of_go_survives_reading_back() {
    for (name, copies) in vectors() {
        for vector in copies {
            let def: Vec<_> = vector.ops.into_iter().map(|(_, bytes)| bytes).collect();
            let go = buildkit_llb::pb::Definition {
                def: def.clone(),
                ..Default::default()
            };
            let bytes = buildkit_llb::canonical::definition(&go);
            let read = Definition::from_bytes(&bytes).unwrap();
            assert_eq!(read.to_bytes(), bytes, "{name}");
            assert_eq!(read.to_pb(), go, "{name}");
            // The graph alone, without the order that was read.
            let again = Definition::new(read.output());
            assert_eq!(again.vertices().len(), read.vertices().len(), "{name}");
            assert!(!read.dump().contains("unknown"), "{name}");
            for vertex in read.vertices() {
                let op = buildkit_llb::canonical::op(&vertex.op());
                assert_eq!(op, vertex.bytes(), "{name}");
            }
        }
    }
}
