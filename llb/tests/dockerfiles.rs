//! Definitions that BuildKit's own Dockerfile frontend makes (`dockerfile2llb`,
//! main branch of August 2026): read, dumped, written back, and made again.
//!
//! `tests/dockerfiles/NAME.llb` is the definition of `NAME.Dockerfile`, with maps in
//! the order of their keys. Its lines `# gen:…` are the options of the build. Images
//! were looked up in a table, so that the definitions do not depend on a registry.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::path::Path;

use buildkit_llb::error::VertexError;
use buildkit_llb::{
    Constraints, Definition, Digest, Exec, File, Merge, Output, Source, Vertex, canonical, pb,
};

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

/// The outputs of an operation, made again by the builder of its kind.
fn again(vertex: &Vertex) -> Result<Vec<Output>, VertexError> {
    let one = |output| vec![output];
    match vertex.op().op {
        Some(pb::op::Op::Source(_)) => Source::try_from(vertex).map(|it| one(it.output())),
        Some(pb::op::Op::File(_)) => File::try_from(vertex).map(|it| one(it.output())),
        Some(pb::op::Op::Merge(_)) => Merge::try_from(vertex).map(|it| one(it.output())),
        _ => Exec::try_from(vertex).map(|exec| {
            let executed = exec.finish();
            let own = |output: &&Output| output.digest() == Some(vertex.digest());
            let outputs = executed.outputs().map(|(_, output)| output);
            outputs.filter(own).cloned().collect()
        }),
    }
}

/// All of a definition follows from its operations: their order, the metadata and
/// the source map are those of Go.
#[test]
fn whole_definitions_are_made_again_by_builders() {
    let mut more = Vec::new();
    for (name, bytes) in definitions() {
        let read = Definition::from_bytes(&bytes).unwrap();
        let mut made: BTreeMap<Digest, Vec<Output>> = BTreeMap::new();
        let find = |made: &BTreeMap<Digest, Vec<Output>>, output: &Output| {
            let mut outputs = made[output.digest().unwrap()].iter();
            let output = outputs.find(|other| other.index() == output.index());
            output.unwrap().clone()
        };
        for (number, vertex) in read.vertices().enumerate() {
            // The builder decides on the order of visits, not the reader.
            let inputs: Vec<Output> = vertex.inputs().map(|input| find(&made, &input)).collect();
            let moved = read_output(&read, number).with_inputs(inputs).unwrap();
            let outputs = again(moved.vertex().unwrap());
            let outputs = outputs.unwrap_or_else(|error| panic!("{name} {number}: {error}"));
            made.insert(vertex.digest().clone(), outputs);
        }
        let again = Definition::new(&find(&made, read.output()));
        assert_eq!(again.dump(), read.dump(), "{name}");
        let (mut message, sent) = (again.to_pb(), read.to_pb());
        if message != sent {
            without_more_caps(&mut message, &sent);
            more.push(name.clone());
        }
        let bytes_again = canonical::definition(&message);
        if message.source.is_some() && bytes_again != bytes {
            // `pb` has no field for limits.
            assert_eq!(again.to_bytes(), bytes, "{name}");
        }
    }
    // Those whose file operations need more than `file.base`.
    assert_eq!(more, ["copy"]);
}

/// Removes the capabilities of file operations that Go does not declare: see the
/// deliberate differences in COVERAGE.md.
fn without_more_caps(message: &mut pb::Definition, sent: &pb::Definition) {
    for (digest, metadata) in &mut message.metadata {
        let known = &sent.metadata[digest].caps;
        metadata
            .caps
            .retain(|cap, _| !cap.starts_with("file.") || known.contains_key(cap));
    }
}

/// A handle to an output of a vertex of a definition: of its users' inputs, or the
/// wanted one.
fn read_output(definition: &Definition, number: usize) -> Output {
    let digest = definition.vertices().nth(number).unwrap().digest().clone();
    let inputs = definition.vertices().flat_map(Vertex::inputs);
    let mut outputs = inputs.chain([definition.output().clone()]);
    outputs
        .find(|output| output.digest() == Some(&digest))
        .unwrap()
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
