//! Reading back: nothing that a definition holds is lost.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use buildkit_llb::error::DecodeError;
use buildkit_llb::metadata::Resources;
use buildkit_llb::{
    Cap, CopyFrom, Definition, Digest, Exec, File, Output, Platform, Source, SourceFile, at,
    canonical, pb,
};
use prost::Message as _;

fn file(path: &'static str) -> Output {
    File::on(Output::SCRATCH)
        .mkfile(at(path), 0o644, "x")
        .output()
}

/// A graph whose order is not that of the inputs.
fn graph() -> Output {
    let copies = File::on(Output::SCRATCH)
        .action(CopyFrom::tree(file("/1"), at("/1"), at("/1")))
        .action(CopyFrom::tree(file("/2"), at("/2"), at("/2")));
    let base = copies.name("copies").output();
    let exec = Exec::on(base)
        .args(["true"])
        .platform(Platform::linux_amd64());
    exec.finish().root()
}

fn digest_of(definition: &pb::Definition, number: usize) -> String {
    Digest::of(&definition.def[number]).to_string()
}

#[track_caller]
fn survives(message: &pb::Definition) -> Definition {
    let read = Definition::from_pb(message.clone()).unwrap();
    assert_eq!(read.to_pb(), *message);
    let bytes = canonical::definition(message);
    let read = Definition::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.to_pb(), *message);
    read
}

#[test]
fn keeps_the_order_of_operations() {
    let message = Definition::new(&graph()).to_pb();
    // Copy sources come last to first.
    let read = survives(&message);
    assert_eq!(read.vertices().len(), 4);
    assert_eq!(read.dump(), Definition::new(&graph()).dump());

    // An order in which inputs come behind their users is kept too.
    let mut reversed = message.clone();
    reversed.def[..4].reverse();
    let read = survives(&reversed);
    assert_eq!(*read.output(), graph());
    let mut digests = Vec::new();
    for vertex in read.vertices() {
        assert!(
            vertex
                .inputs()
                .all(|input| digests.contains(input.digest().unwrap()))
        );
        digests.push(vertex.digest().clone());
    }
}

#[test]
fn keeps_operations_that_are_not_needed() {
    let mut message = Definition::new(&graph()).to_pb();
    let other = Definition::new(&file("/other")).to_pb();
    let unknown = "sha256:unknown".to_owned();
    message.def.insert(1, other.def[0].clone());
    message.def.insert(2, other.def[0].clone());
    let metadata = pb::OpMetadata {
        description: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        ..pb::OpMetadata::default()
    };
    message.metadata.extend([
        (digest_of(&other, 0), metadata.clone()),
        (unknown.clone(), metadata),
    ]);
    let locations = &mut message.source.as_mut().unwrap().locations;
    locations.insert(digest_of(&other, 0), pb::Locations::default());
    locations.insert(unknown, pb::Locations::default());
    let read = survives(&message);
    assert_eq!(read.vertices().len(), 4);
}

#[test]
fn keeps_metadata() {
    let mut message = Definition::new(&graph()).to_pb();
    let last = digest_of(&message, message.def.len() - 1);
    let metadata = |name: &str, cap: &str| pb::OpMetadata {
        description: BTreeMap::from([(name.to_owned(), String::new())]),
        caps: BTreeMap::from([(cap.to_owned(), false), ("on".to_owned(), true)]),
        export_cache: Some(pb::ExportCache { value: false }),
        ..pb::OpMetadata::default()
    };
    let first = digest_of(&message, 0);
    message.metadata.insert(last, metadata("terminal", "b"));
    message.metadata.insert(first, metadata("first", "z"));
    let read = survives(&message);
    // A capability that is off is not needed.
    assert!(!read.required_caps().contains(&Cap::new("z")));
    assert!(read.required_caps().contains(&Cap::new("on")));
    // Entries that are missing stay missing.
    message.metadata.clear();
    survives(&message);
    message.source.as_mut().unwrap().locations.clear();
    survives(&message);
    message.source = None;
    survives(&message);
}

#[test]
fn keeps_metadata_that_is_not_known() {
    let exec = Exec::on(file("/1"))
        .args(["true"])
        .platform(Platform::linux_amd64())
        .resources(
            Resources::new()
                .memory(1 << 30)
                .cpu_shares(512u64)
                .cpuset_cpus("0-3"),
        )
        .finish();
    let definition = Definition::new(&exec.root());
    let caps = definition.required_caps();
    assert!(caps.contains(&Cap::EXEC_RESOURCES));
    // As in `LinuxResources` of BuildKit v0.31.
    let limits = b"\x3a\x0e\x08\x80\x80\x80\x80\x04\x18\x80\x04\x32\x030-3";
    let bytes = definition.to_bytes();
    assert!(bytes.windows(limits.len()).any(|window| window == limits));

    let read = Definition::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    let digest = exec.vertex().unwrap().digest();
    let resources = read.metadata(digest).unwrap().resources().unwrap();
    assert_eq!((resources.memory, resources.cpu_shares), (1 << 30, 512));

    // A field that nobody knows, of the metadata and of the definition.
    let digest = digest.to_string();
    let mut message = definition.to_pb();
    message.metadata.remove(&digest);
    let mut bytes = canonical::definition(&message);
    let entry = [
        b"\x0a\x47",
        digest.as_bytes(),
        b"\x12\x06\x08\x01\x7a\x02hi",
    ]
    .concat();
    bytes.extend([0x12, u8::try_from(entry.len()).unwrap()]);
    bytes.extend(entry);
    bytes.extend(b"\x7a\x02ho");
    let written = Definition::from_bytes(&bytes).unwrap().to_bytes();
    assert!(
        written
            .windows(6)
            .any(|window| window == b"\x08\x01\x7a\x02hi")
    );
    assert!(written.ends_with(b"\x7a\x02ho"));
    let again = Definition::from_bytes(&written).unwrap();
    assert_eq!(again.to_bytes(), written);
}

/// Fields of newer versions, in messages of messages: of a cache export, a progress
/// group, locations and positions, a source file, the definition that a source file
/// comes from, and the source map.
#[test]
fn keeps_fields_that_are_not_known_wherever_they_are() {
    let field = |number: u8, content: &[u8]| {
        let length = content.len();
        assert!(length < 1 << 14);
        let low = u8::try_from(length & 0x7f).unwrap() | 0x80;
        let high = u8::try_from(length >> 7).unwrap();
        [&[number << 3 | 2, low, high], content].concat()
    };
    // The same with a length that is written as Go writes it.
    let field = |number: u8, content: &[u8]| {
        if content.len() < 128 {
            let length = u8::try_from(content.len()).unwrap();
            [&[number << 3 | 2, length], content].concat()
        } else {
            field(number, content)
        }
    };
    let unknown = b"\x7a\x03new";
    let entry = |key: &str, value: &[u8]| [field(1, key.as_bytes()), field(2, value)].concat();
    let message = Definition::new(&file("/1")).to_pb();
    let digest = digest_of(&message, 0);

    let export = [b"\x08\x01", &unknown[..]].concat();
    let group = [&field(1, b"g"), &unknown[..]].concat();
    let metadata = [field(4, &export), field(6, &group), unknown.to_vec()].concat();
    let limits = field(7, b"\x08\x01");
    let nested = field(2, &entry("sha256:x", &limits));
    let info = [field(1, b"a"), field(3, &nested), unknown.to_vec()].concat();
    let position = [b"\x08\x01", &unknown[..]].concat();
    let range = [field(1, &position), unknown.to_vec()].concat();
    let location = [field(2, &range), unknown.to_vec()].concat();
    let list = [field(1, &location), unknown.to_vec()].concat();
    let locations = field(1, &entry(&digest, &list));
    let source = [locations, field(2, &info), unknown.to_vec()].concat();
    let bytes = [
        field(1, &message.def[0]),
        field(1, &message.def[1]),
        field(2, &entry(&digest, &metadata)),
        field(3, &source),
        unknown.to_vec(),
    ]
    .concat();
    let read = Definition::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    let found = |bytes: &[u8]| {
        bytes
            .windows(unknown.len())
            .filter(|w| w == unknown)
            .count()
    };
    assert_eq!(found(&read.to_bytes()), 10);
    let changed = read.map_operations(|vertex, _| {
        let mut op = vertex.op();
        op.constraints = None;
        Ok::<_, ()>(Some(op))
    });
    let changed = changed.unwrap().to_bytes();
    assert_ne!(changed, bytes);
    assert_eq!(found(&changed), 10);
    let group = read.metadata(read.output().digest().unwrap()).unwrap();
    assert_eq!(group.progress_group().unwrap().id, "g");

    // A source map in two parts is one.
    let parts = [&bytes[..], &field(3, &field(2, b"\x0a\x01b"))].concat();
    let read = Definition::from_bytes(&parts).unwrap();
    assert_eq!(read.to_pb().source.unwrap().infos.len(), 2);
    let written = read.to_bytes();
    assert_eq!(
        Definition::from_bytes(&written).unwrap().to_bytes(),
        written
    );
}

#[test]
fn keeps_source_files_and_positions() {
    let mut message = Definition::new(&graph()).to_pb();
    let first = digest_of(&message, 0);
    let info = |name: &str| SourceFile::new(name, "TOML", "x = 1\n").to_pb();
    let source = message.source.as_mut().unwrap();
    // Files that are not used, and equal ones, keep their numbers.
    source.infos = vec![info("unused"), info("a"), info("a"), info("last")];
    let position = |line, character| Some(pb::Position { line, character });
    let location = |source_index, ranges| pb::Location {
        source_index,
        ranges,
    };
    let range = |start, end| pb::Range { start, end };
    source.locations.insert(
        first,
        pb::Locations {
            locations: vec![
                location(2, vec![range(position(1, 2), position(1, 5))]),
                location(2, vec![range(position(1, 2), position(1, 5))]),
                location(1, vec![range(None, position(-1, 0)), range(None, None)]),
                location(3, Vec::new()),
            ],
        },
    );
    survives(&message);
    let source = message.source.as_mut().unwrap();
    let last = source
        .locations
        .values_mut()
        .find(|l| !l.locations.is_empty());
    last.unwrap().locations[0].source_index = 4;
    assert_eq!(
        Definition::from_pb(message).unwrap_err(),
        DecodeError::MissingSource(4)
    );
}

#[test]
fn keeps_an_empty_definition() {
    survives(&pb::Definition::default());
    survives(&pb::Definition {
        source: Some(pb::Source {
            infos: vec![SourceFile::new("a", "TOML", "").to_pb()],
            ..pb::Source::default()
        }),
        ..pb::Definition::default()
    });
}

#[test]
fn unlocated_operations_have_an_empty_entry() {
    let image = Source::image("alpine:3".parse().unwrap());
    let message = Definition::new(&image.output()).to_pb();
    let source = message.source.as_ref().unwrap();
    assert_eq!(source.infos, []);
    let expected = BTreeMap::from([(digest_of(&message, 0), pb::Locations::default())]);
    assert_eq!(source.locations, expected);
    // Go writes the empty message, prost leaves it out.
    let bytes = Definition::new(&image_output()).to_bytes();
    assert!(bytes.ends_with(b"\x12\x00"));
    assert_eq!(pb::Definition::decode(&*bytes).unwrap(), message);
}

fn image_output() -> Output {
    Source::image("alpine:3".parse().unwrap()).output()
}
