//! Graphs changed: sources pinned, inputs replaced, constraints added.

#![allow(clippy::unwrap_used, reason = "a test")]

use buildkit_llb::error::InputsError;
use buildkit_llb::{
    Constraints, CopyFrom, Definition, Digest, Exec, File, Merge, Mount, Output, Passthrough,
    Platform, Source, SourceFile, at, canonical, pb,
};

fn amd64() -> Platform {
    Platform::linux_amd64()
}

fn image(name: &str) -> Output {
    let stub = SourceFile::new("Dockerfile", "Dockerfile", "FROM a\n");
    let source = Source::image(name.parse().unwrap()).platform(amd64());
    source.name(name).location(stub.lines(1, 1)).output()
}

/// A build on two images, which copies from both.
fn build(one: &Output, two: &Output) -> Output {
    let built = Exec::on(one)
        .args(["make"])
        .mount(at("/in"), Mount::read_only(two))
        .platform(amd64())
        .name("make")
        .ignore_cache()
        .finish();
    let copied = File::on(two)
        .action(CopyFrom::tree(built.root(), at("/out"), at("/out")))
        .action(CopyFrom::tree(one, at("/etc"), at("/etc")));
    Merge::of([copied.output(), one.clone()]).output()
}

fn pin(name: &str) -> String {
    format!("{name}@{}", Digest::of(name.as_bytes()))
}

/// Pins every image, as a policy does.
fn pinned(definition: &Definition) -> Definition {
    definition
        .map_sources(|source| {
            let Some(reference) = source.image_reference() else {
                return Ok(None);
            };
            let digest = Digest::of(reference.familiar().as_bytes());
            let reference = reference.with_digest(digest);
            Ok::<_, String>(Some(source.clone().with_image_reference(&reference)))
        })
        .unwrap()
}

#[test]
fn pins_images_and_keeps_everything_else() {
    let named = |name: &str, reference: &str| {
        let stub = SourceFile::new("Dockerfile", "Dockerfile", "FROM a\n");
        let source = Source::image(reference.parse().unwrap()).platform(amd64());
        source.name(name).location(stub.lines(1, 1)).output()
    };
    let before = Definition::new(&build(&image("a:1"), &image("b:2")));
    let expected = build(&named("a:1", &pin("a:1")), &named("b:2", &pin("b:2")));
    let expected = Definition::new(&expected);
    assert_eq!(pinned(&before).to_bytes(), expected.to_bytes());

    // The same for a definition that was read.
    let read = Definition::from_bytes(&before.to_bytes()).unwrap();
    assert_eq!(pinned(&read).to_bytes(), expected.to_bytes());
    assert_eq!(pinned(&read).dump(), expected.dump());
    // Once pinned, nothing changes.
    let twice = pinned(&expected).map_sources(|_| Ok::<_, ()>(None));
    assert_eq!(twice.unwrap().to_bytes(), pinned(&expected).to_bytes());
}

#[test]
fn changes_nothing_without_a_change() {
    let definition = Definition::new(&build(&image("a:1"), &image("b:2")));
    let mut seen = Vec::new();
    let same = definition.map_sources(|source| {
        seen.push(source.identifier().to_owned());
        Ok::<_, String>(Some(source.clone()))
    });
    assert_eq!(same.unwrap().to_bytes(), definition.to_bytes());
    assert_eq!(seen.len(), 2);
}

#[test]
fn unites_sources_that_become_equal() {
    let definition = Definition::new(&build(&image("a:1"), &image("b:2")));
    for definition in [
        definition.clone(),
        Definition::from_bytes(&definition.to_bytes()).unwrap(),
    ] {
        let one = definition.map_sources(|source| {
            let reference = "c:3".parse().unwrap();
            Ok::<_, ()>(Some(source.clone().with_image_reference(&reference)))
        });
        let one = one.unwrap();
        assert_eq!(one.vertices().len(), definition.vertices().len() - 1);
        let image = one.vertices().next().unwrap();
        // The last one in the order of the definition: copies are visited last to first.
        assert_eq!(one.metadata(image.digest()).unwrap().name(), Some("a:1"));
        let bytes = one.to_bytes();
        assert_eq!(Definition::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    }
}

#[test]
fn writes_metadata_that_is_added() {
    let mut message = Definition::new(&build(&image("a:1"), &image("b:2"))).to_pb();
    message.metadata.clear();
    message.source = None;
    let definition = Definition::from_pb(message).unwrap();
    let policy = SourceFile::new("policy", "TOML", "pin = true\n");
    let added = definition.map_sources(|source| {
        let source = source.clone().name("added").location(policy.lines(1, 1));
        Ok::<_, ()>(Some(source))
    });
    let added = added.unwrap();
    let message = added.to_pb();
    assert_eq!(message.def, definition.to_pb().def);
    assert_eq!(message.metadata.len(), 2);
    let source = message.source.as_ref().unwrap();
    assert_eq!((source.infos.len(), source.locations.len()), (1, 2));
    let read = Definition::from_bytes(&added.to_bytes()).unwrap();
    assert_eq!(read.to_pb(), message);
}

#[test]
fn stops_at_the_first_error() {
    let definition = Definition::new(&build(&image("a:1"), &image("b:2")));
    let error = definition.map_sources(|source| Err(source.identifier().to_owned()));
    assert!(error.unwrap_err().starts_with("docker-image://"));
}

#[test]
fn replaces_inputs_of_any_operation() {
    let (one, two) = (image("a:1"), image("b:2"));
    let exec = |root: &Output| {
        let exec = Exec::on(root).args(["true"]).platform(amd64()).name("n");
        exec.finish().root()
    };
    let changed = exec(&one).with_inputs([&two]).unwrap();
    assert_eq!(changed, exec(&two));
    assert_eq!(changed.vertex().unwrap().metadata().name(), Some("n"));
    assert_eq!(
        exec(&one).with_inputs([&two, &two]),
        Err(InputsError::Count {
            expected: 1,
            found: 2
        })
    );
    assert_eq!(
        exec(&one).with_inputs([Output::SCRATCH]),
        Err(InputsError::Scratch(0))
    );

    let passthrough = |a: &Output, b: &Output| {
        let op = Passthrough::new("id").gives(a).depends_on(b);
        op.finish().unwrap().remove(0)
    };
    let changed = passthrough(&one, &two).with_inputs([&two, &one]).unwrap();
    assert_eq!(changed, passthrough(&two, &one));
}

#[test]
fn keeps_fields_that_are_not_known() {
    // An image with a field of number 12 in its operation.
    let mut bytes = image("a:1").vertex().unwrap().bytes().to_vec();
    bytes.extend(b"\x62\x02hi");
    let input = pb::Input {
        digest: Digest::of(&bytes).to_string(),
        index: 0,
    };
    let terminal = pb::Op {
        inputs: vec![input],
        ..pb::Op::default()
    };
    let message = pb::Definition {
        def: vec![bytes, canonical::op(&terminal)],
        ..pb::Definition::default()
    };
    let definition = pinned(&Definition::from_pb(message).unwrap());
    let pinned = definition.vertices().next().unwrap();
    assert!(pinned.bytes().ends_with(b"\x62\x02hi"));
    let text = String::from_utf8_lossy(pinned.bytes()).into_owned();
    assert!(text.contains(&pin("a:1")), "{text}");
}

#[test]
fn constraints_come_before_those_of_operations() {
    let graph = Constraints::new().worker_filter("g").platform(amd64());
    let file = || File::on(Output::SCRATCH).mkdir(at("/a"), 0o755);
    let file = || file().worker_filter("own");
    let constrained = file().output().constrained(&graph);
    assert_eq!(constrained, file().constraints(&graph).output());
    let filters = constrained.vertex().unwrap().op().constraints.unwrap();
    assert_eq!(filters.filter, ["g", "own"]);
    assert_eq!(constrained.constrained(&graph), constrained);

    // A platform of its own stays, whatever the order of calls.
    let arm64 = Platform::linux_arm64();
    let source = || Source::image("a:1".parse().unwrap());
    let one = source().platform(arm64.clone()).constraints(&graph);
    let two = source().constraints(&graph).platform(arm64.clone());
    assert_eq!(one.output(), two.output());
    assert_eq!(
        platform_of(&source().constraints(&graph).output()),
        Some(amd64())
    );
    let none = Constraints::new().worker_filter("h");
    let both = source().constraints(&graph).constraints(&none).output();
    assert_eq!(platform_of(&both), Some(amd64()));
}

fn platform_of(output: &Output) -> Option<Platform> {
    output.platform()
}

#[test]
fn the_platform_of_a_tree_is_that_which_go_inherits() {
    let arm64 = Platform::linux_arm64();
    let image = Source::image("a:1".parse().unwrap()).platform(arm64.clone());
    let image = image.output();
    let other = File::on(Output::SCRATCH).mkdir(at("/o"), 0o755);
    let file = File::on(&image)
        .mkdir(at("/a"), 0o755)
        .action(CopyFrom::chain(&other, at("/o"), at("/a")))
        .output();
    let merge = Merge::of([file.clone(), other.clone().output()]).output();
    for tree in [&image, &file, &merge] {
        assert_eq!(tree.platform(), Some(arm64.clone()));
    }
    assert_eq!(other.output().platform(), None);
    assert_eq!(Output::SCRATCH.platform(), None);
}
