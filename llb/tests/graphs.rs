//! Whole graphs: order, metadata of equal operations, source maps, capabilities,
//! depth and width.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::time::Instant;

use buildkit_llb::error::DecodeError;
use buildkit_llb::metadata::ProgressGroup;
use buildkit_llb::{
    CacheId, Cap, CapSet, Constraints, CopyFrom, Definition, Diff, Exec, File, Merge, Mkdir, Mount,
    Output, Owner, Platform, Rm, Sharing, Source, SourceFile, at, pb,
};

fn file(data: &str) -> File {
    File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, data)
}

fn caps(caps: impl IntoIterator<Item = Cap>) -> BTreeSet<Cap> {
    caps.into_iter().collect()
}

/// A graph with everything that dumps show.
fn everything() -> Output {
    let stub = SourceFile::new("stub.toml", "TOML", "a\nb\nc\n");
    let platform = "linux/arm/v7".parse::<Platform>().unwrap();
    let base = Source::image("alpine:3".parse().unwrap())
        .platform(platform.clone())
        .layer_limit(2)
        .location(stub.lines(1, 1))
        .output();
    let empty = File::on(&Output::SCRATCH)
        .action(
            Mkdir::new(at("/x"), 0o755)
                .parents()
                .owner(Owner::ids(7, 8)),
        )
        .mkfile(at("/x/big"), 0o600, "z".repeat(300))
        .output();
    let run = Exec::on(&base)
        .args(["sh", "-c", "echo \"hi\" > /x/y"])
        .env("A", "b c")
        .cwd(at("/tmp"))
        .mount(at("/x"), Mount::writable(&empty).selector(at("/x")))
        .mount(
            at("/cache"),
            Mount::cache(CacheId::new("c").unwrap(), Sharing::Locked),
        )
        .mount(at("/ro"), Mount::read_only(&base))
        .mount(at("/gone"), Mount::discarded(&base))
        .mount(at("/run/s"), Mount::secret("s").optional())
        .secret_env("TOKEN", "t")
        .constraints(&Constraints::new().platform(platform).worker_filter("a==b"))
        .name("say hi")
        .progress_group(ProgressGroup::new("g", "greetings"))
        .ignore_cache()
        .location(stub.lines(2, 3))
        .finish();
    let copy = File::on(&base)
        .action(Rm::new(at("/etc/*")).wildcard())
        .action(
            CopyFrom::tree(run.output(at("/x")), at("/x"), at("/y"))
                .include(["*.py"])
                .owner(Owner::named("app")),
        )
        .symlink(at("/l"), "y")
        .output();
    Merge::of([copy, Diff::between(base, run.root()).output()]).output()
}

#[test]
fn dumps_are_stable() {
    let dump = Definition::new(&everything()).dump();
    let big = buildkit_llb::Digest::of("z".repeat(300).as_bytes());
    let head = format!(
        r#"0: docker-image://docker.io/library/alpine:3 [linux/arm/v7]
  image.layerlimit = "2"
  at stub.toml:1
1: file
  scratch: mkdir /x mode=0755 parents owner=7:8
  #0: mkfile /x/big mode=0600 data=(300 bytes, {big})
"#
    );
    let rest = r#"2: exec [linux/arm/v7] "say hi"
  worker a==b
  run "sh" "-c" "echo \"hi\" > /x/y"
  env "A=b c"
  env TOKEN = secret "t"
  cwd /tmp
  mount / = 0 -> 0
  mount /cache = cache "c" LOCKED
  mount /gone = 0 discarded
  mount /ro = 0 read-only
  mount /x = 1 selector=/x -> 1
  mount /run/s = secret "s" mode=0400 optional
  ignore-cache
  group "greetings"
  at stub.toml:2-3
3: file
  0: rm /etc/* wildcard
  #0: copy 2.1 /x to /y include=["*.py"] owner=app@0:app@0
  #1: symlink /l -> y
4: diff
  lower 0
  upper 2
5: merge
  3
  4
= 5
"#;
    assert_eq!(dump, format!("{head}{rest}"));
}

#[test]
fn writes_graphs_for_graphviz() {
    let a = file("1").name("say \"a\"").output();
    let dot = Definition::new(&Merge::of([a, file("2").output()]).output()).dot();
    assert_eq!(
        dot,
        "digraph {
  0 [label=\"say \\\"a\\\"\"];
  1 [label=\"file\"];
  2 [label=\"merge\"];
  0 -> 2 [label=\"0\"];
  1 -> 2 [label=\"0\"];
  wanted [shape=plaintext];
  2 -> wanted [label=\"0\"];
}
"
    );
}

#[test]
fn reads_a_definition_back() {
    let definition = Definition::new(&everything());
    let read = Definition::from_bytes(&definition.to_bytes()).unwrap();
    assert_eq!(read.output(), definition.output());
    assert_eq!(read.to_pb(), definition.to_pb());
    assert_eq!(read.dump(), definition.dump());
}

#[test]
fn the_message_has_the_same_bytes() {
    for output in [Output::SCRATCH, everything(), chain(100)] {
        let definition = Definition::new(&output);
        let message = definition.to_pb();
        let bytes = definition.to_bytes();
        assert_eq!(buildkit_llb::canonical::definition(&message), bytes);
        let [a, b] = [
            Definition::from_pb(message).unwrap(),
            Definition::from_bytes(&bytes).unwrap(),
        ];
        assert_eq!(a.to_pb(), b.to_pb());
    }
}

#[test]
fn operations_of_newer_daemons_keep_their_bytes() {
    // A known head with an operation of number 8, which is not known here.
    let mut unknown = prost::Message::encode_to_vec(&pb::Op {
        constraints: Some(pb::WorkerConstraints::default()),
        ..pb::Op::default()
    });
    unknown.extend_from_slice(b"\x42\x02\x08\x01");
    let digest = buildkit_llb::Digest::of(&unknown);
    let terminal = prost::Message::encode_to_vec(&pb::Op {
        inputs: vec![pb::Input {
            digest: digest.to_string(),
            index: 3,
        }],
        ..pb::Op::default()
    });
    let sent = pb::Definition {
        def: vec![unknown, terminal],
        ..pb::Definition::default()
    };
    let read = Definition::from_pb(sent.clone()).unwrap();
    assert_eq!(read.output().digest(), Some(&digest));
    assert_eq!(read.to_pb().def, sent.def);
    let filter = Constraints::new().worker_filter("x");
    let filtered = read.output().constrained(&filter);
    let bytes = filtered.vertex().unwrap().bytes();
    assert_eq!(bytes, b"\x5a\x03\x0a\x01x\x42\x02\x08\x01");
    assert!(read.dump().starts_with("0: unknown\n"), "{}", read.dump());
}

#[test]
fn rejects_what_is_not_a_definition() {
    let good = Definition::new(&file("1").output()).to_pb();
    let with = |change: &dyn Fn(&mut pb::Definition)| {
        let mut definition = good.clone();
        change(&mut definition);
        Definition::from_pb(definition).unwrap_err()
    };
    assert!(matches!(
        with(&|d| drop(d.def.remove(0))),
        DecodeError::MissingInput(_)
    ));
    assert!(matches!(
        with(&|d| drop(d.def.pop())),
        DecodeError::NoTerminal
    ));
    assert!(matches!(
        with(&|d| d.def[0][0] = 0xff),
        DecodeError::Malformed(_)
    ));
    assert!(Definition::from_bytes(b"\x0a").is_err());
    assert!(Definition::from_bytes(b"").unwrap().is_empty());
}

#[test]
fn merges_equal_operations_and_their_metadata() {
    let stub = SourceFile::new("stub", "TOML", "a\nb\n");
    let same = SourceFile::new("stub", "TOML", "a\nb\n");
    let first = file("1").name("first").location(stub.lines(1, 1));
    let second = file("1")
        .name("second")
        .location(same.lines(2, 2))
        .location(stub.lines(1, 1))
        .require(Cap::new("x.y"))
        .ignore_cache();
    let merge = Merge::of([first.output(), second.output()]).output();
    let definition = Definition::new(&merge);
    assert_eq!(definition.vertices().len(), 2);

    let digest = file("1").output().digest().unwrap().clone();
    let metadata = definition.metadata(&digest).unwrap();
    assert_eq!(metadata.name(), Some("second"));
    assert!(metadata.ignores_cache());
    assert_eq!(metadata.caps(), [Cap::FILE_BASE, Cap::new("x.y")]);

    let source = definition.to_pb().source.unwrap();
    assert_eq!(source.infos.len(), 1);
    let lines: Vec<i32> = source.locations[digest.as_str()]
        .locations
        .iter()
        .map(|location| location.ranges[0].start.unwrap().line)
        .collect();
    // As in Go, a location that is set twice is there twice.
    assert_eq!(lines, [1, 2, 1]);
    let dump = definition.dump();
    assert!(
        dump.contains("  at stub:1\n  at stub:2\n1: merge"),
        "{dump}"
    );
}

#[test]
fn lists_required_capabilities() {
    let plain = Definition::new(&file("1").output());
    let always = [Cap::FILE_BASE, Cap::CONSTRAINTS, Cap::PLATFORM];
    assert_eq!(plain.required_caps(), caps(always.clone()));

    let all = Definition::new(&everything());
    let needed = all.required_caps();
    for cap in [
        Cap::MERGE_OP,
        Cap::DIFF_OP,
        Cap::EXEC_SECRET_ENV,
        Cap::EXEC_MOUNT_SELECTOR,
        Cap::FILE_SYMLINK,
        Cap::FILE_COPY_PATTERNS,
        Cap::SOURCE_IMAGE_LAYER_LIMIT,
        Cap::META_IGNORE_CACHE,
        Cap::META_DESCRIPTION,
    ] {
        assert!(needed.contains(&cap), "{cap}");
    }
    let daemon = CapSet::of(needed.clone());
    assert_eq!(all.check(&daemon), Ok(()));
    let classic = daemon.without(Cap::MERGE_OP, "containerd only");
    assert_eq!(
        all.check(&classic).unwrap_err().to_string(),
        "this BuildKit has no capability `mergeop`: containerd only"
    );
    assert!(!plain.required_caps().contains(&Cap::META_DESCRIPTION));
}

#[test]
fn every_operation_has_a_metadata_entry() {
    let definition = Definition::new(&everything()).to_pb();
    assert_eq!(definition.def.len(), definition.metadata.len());
    for bytes in &definition.def {
        let digest = buildkit_llb::Digest::of(bytes);
        assert!(definition.metadata.contains_key(digest.as_str()));
    }
}

#[test]
fn the_empty_tree_has_an_empty_definition() {
    let definition = Definition::new(&Output::SCRATCH);
    assert!(definition.is_empty() && definition.digest().is_none());
    assert_eq!(definition.to_pb(), pb::Definition::default());
    assert_eq!(definition.dump(), "= scratch\n");
}

fn chain(length: usize) -> Output {
    (0..length).fold(Output::SCRATCH, |below, n| {
        File::on(&below)
            .mkfile(at("/a"), 0o644, n.to_string())
            .output()
    })
}

/// A million takes half a minute unoptimized, and fewer are enough for so small a
/// stack. (`benches/` measures the million.)
const DEEP: usize = if cfg!(debug_assertions) {
    50_000
} else {
    1_000_000
};

#[test]
fn a_deep_chain_is_encoded_read_and_dropped() {
    let thread = std::thread::Builder::new().stack_size(128 << 10);
    thread.spawn(deep_chain).unwrap().join().unwrap();
}

fn deep_chain() {
    let deep = chain(DEEP);
    let bytes = Definition::new(&deep).to_bytes();
    // The last handle to the whole chain goes here.
    drop(deep);
    let read = Definition::from_bytes(&bytes).unwrap();
    assert_eq!(read.vertices().len(), DEEP);
    let dump = read.dump();
    assert_eq!(dump.lines().count(), 2 * DEEP + 1);
    assert_eq!(read.dot().lines().count(), 2 * DEEP + 3);
    let output = read.output().clone();
    drop(read);
    drop(output);
}

#[test]
fn a_wide_merge_and_a_ladder_of_diamonds_take_linear_time() {
    let start = Instant::now();
    let wide = Merge::of((0..5_000).map(|n| file(&n.to_string()).output())).output();
    assert_eq!(Definition::new(&wide).vertices().len(), 5_001);
    // 2^1000 paths: only a walk that remembers comes to an end.
    let ladder = (0..1_000).fold(file("0").output(), |below, n| {
        let side = |side: &str| {
            File::on(&below)
                .mkfile(at("/s"), 0o644, format!("{side}{n}"))
                .output()
        };
        Merge::of([side("l"), side("r")]).output()
    });
    let definition = Definition::new(&ladder);
    assert_eq!(definition.vertices().len(), 1 + 3 * 1_000);
    let read = Definition::from_pb(definition.to_pb()).unwrap();
    assert_eq!(read.to_pb(), definition.to_pb());
    // Generous: unoptimised, on a busy machine. Quadratic time takes minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// As `state.go` of Go's client: each vertex is visited, and each visit of an equal
/// operation merges its metadata.
#[test]
fn merges_metadata_in_the_order_of_visits() {
    let stub = |name: &str| SourceFile::new(name, "TOML", "a\n");
    let base = |name: &str| {
        let image = Source::image("alpine:3".parse().unwrap());
        let image = image.name(name).location(stub(name).lines(1, 1));
        image
            .progress_group(ProgressGroup::new(name, name))
            .output()
    };
    // Equal inputs of one exec are one input, and their metadata is merged.
    let exec = Exec::on(base("root"))
        .args(["true"])
        .mount(at("/b"), Mount::read_only(base("b")))
        .mount(at("/a"), Mount::read_only(base("a")))
        .finish();
    let definition = Definition::new(&exec.root());
    assert_eq!(exec.vertex().unwrap().inputs().len(), 1);
    assert_eq!(definition.vertices().len(), 2);
    let image = definition.vertices().next().unwrap();
    let metadata = definition.metadata(image.digest()).unwrap();
    assert_eq!(metadata.name(), Some("b"));
    assert_eq!(metadata.progress_group().unwrap().id, "b");
    let names = |definition: &Definition| -> Vec<String> {
        let infos = definition.to_pb().source.unwrap().infos;
        infos.into_iter().map(|info| info.filename).collect()
    };
    assert_eq!(names(&definition), ["root", "a", "b"]);

    // Copies are visited from the last to the first, each after its base.
    let copy = |name: &str| CopyFrom::tree(base(name), at("/"), at("/"));
    let file = File::on(base("base")).action(copy("1")).action(copy("2"));
    let definition = Definition::new(&file.output());
    assert_eq!(names(&definition), ["base", "2", "1"]);
    let image = definition.vertices().next().unwrap();
    assert_eq!(
        definition.metadata(image.digest()).unwrap().name(),
        Some("1")
    );
    let source = definition.to_pb().source.unwrap();
    let indexes = source.locations[image.digest().as_str()].locations.iter();
    let indexes: Vec<i32> = indexes.map(|location| location.source_index).collect();
    assert_eq!(indexes, [0, 1, 2]);
}
