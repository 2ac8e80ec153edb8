//! Definitions that BuildKit's own Dockerfile frontend makes (`dockerfile2llb`,
//! main branch of August 2026): read, dumped, written back, and made again.
//!
//! `tests/dockerfiles/NAME.llb` is the definition of `NAME.Dockerfile`, with maps in
//! the order of their keys. Its lines `# gen:…` are the options of the build. Images
//! were looked up in a table, so that the definitions do not depend on a registry.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::path::Path;

use buildkit_llb::{Constraints, Definition, Digest, canonical, pb};

mod made_again;

use made_again::{made_again, without_more_caps};

/// The definitions by the names of their files.
fn definitions() -> BTreeMap<String, Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dockerfiles");
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "llb") {
            assert!(
                path.with_extension("Dockerfile").is_file(),
                "{}",
                path.display()
            );
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            all.insert(name, std::fs::read(path).unwrap());
        }
    }
    assert!(all.len() >= 19, "{}", all.len());
    all
}

#[test]
fn definitions_are_written_back_equal() {
    for (name, bytes) in definitions() {
        let read = Definition::from_bytes(&bytes).unwrap();
        assert_eq!(read.to_bytes(), bytes, "{name}");
        let message: pb::Definition = prost::Message::decode(&*bytes).unwrap();
        assert_eq!(read.to_pb(), message, "{name}");
        let read = Definition::from_pb(message.clone()).unwrap();
        assert_eq!(read.to_pb(), message, "{name}");
    }
}

/// The instructions that a build needs, as Docker names their steps.
#[test]
fn dumps_show_the_instructions() {
    for (name, bytes) in definitions() {
        let read = Definition::from_bytes(&bytes).unwrap();
        let dump = read.dump();
        assert_eq!(dump, Definition::from_bytes(&bytes).unwrap().dump());
        assert!(!dump.contains("unknown"), "{name}\n{dump}");
        assert!(dump.contains("  at Dockerfile:"), "{name}\n{dump}");
        assert!(read.dot().contains("wanted [shape=plaintext]"));
        let steps = read
            .vertices()
            .filter(|v| v.metadata().name().is_some_and(|name| name.contains("] ")));
        for vertex in steps {
            let step = vertex.metadata().name().unwrap();
            assert!(dump.contains(&format!("{step:?}")), "{name}: {step}");
        }
    }
    let dump = Definition::from_bytes(&definitions()["mounts"]).unwrap();
    let dump = dump.dump();
    for line in [
        "  mount /var/cache/apt = cache \"team/apt\" LOCKED\n",
        "  mount /run/agent.sock = ssh \"other\" mode=0666 owner=7:8",
        "  env TOKEN = secret \"token\" optional\n",
    ] {
        let line = line.trim_end();
        assert!(dump.contains(line), "{line}\n{dump}");
    }
}

/// All of a definition follows from its operations: their order, the metadata and
/// the source map are those of Go.
#[test]
fn whole_definitions_are_made_again_by_builders() {
    let mut more = Vec::new();
    for (name, bytes) in definitions() {
        let read = Definition::from_bytes(&bytes).unwrap();
        let again = made_again(&read).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again.dump(), read.dump(), "{name}");
        if again.to_bytes() != bytes {
            let mut message = again.to_pb();
            without_more_caps(&mut message);
            assert_eq!(canonical::definition(&message), bytes, "{name}");
            more.push(name);
        }
    }
    // Those whose file operations need more than `file.base`.
    assert_eq!(more, ["copy"]);
}

/// Another corpus, in the directory that the variable names: definitions of Go in
/// the order of their keys.
#[test]
fn definitions_of_another_corpus_are_made_again() {
    let Some(directory) = std::env::var_os("LLB_CORPUS") else {
        return;
    };
    let mut count = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let read = Definition::from_bytes(&bytes).unwrap();
        assert_eq!(read.to_bytes(), bytes, "{}", path.display());
        count += 1;
        let again = match made_again(&read) {
            Ok(again) => again,
            Err(error) => {
                wrong.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let (mut ours, mut go) = (again.to_pb(), read.to_pb());
        without_more_caps(&mut ours);
        without_more_caps(&mut go);
        if ours != go || again.dump() != read.dump() {
            wrong.push(format!("{}: made differently", path.display()));
        }
    }
    println!("{count} definitions");
    assert!(
        wrong.is_empty(),
        "{} {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}

#[test]
fn images_are_pinned_and_the_rest_stays() {
    for (name, bytes) in definitions() {
        let read = Definition::from_bytes(&bytes).unwrap();
        let mut images = 0;
        let pinned = read
            .map_sources(|source| {
                let reference = source.image_reference();
                images += usize::from(reference.is_some());
                let pinned = reference.map(|r| {
                    let digest = Digest::of(r.to_string().as_bytes());
                    source.clone().with_image_reference(&r.with_digest(digest))
                });
                Ok::<_, ()>(pinned)
            })
            .unwrap();
        assert_eq!(pinned.vertices().len(), read.vertices().len(), "{name}");
        let same = pinned.to_bytes() == bytes;
        assert_eq!(same, images == 0, "{name}");
        // Constraints that are there already change nothing.
        let none = Constraints::new();
        assert_eq!(read.output().constrained(&none), *read.output());
    }
}
