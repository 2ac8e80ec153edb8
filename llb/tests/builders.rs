//! Builders made of operations that exist already: they make the same operation
//! again, or say that they cannot.

#![allow(clippy::unwrap_used, reason = "a test")]

use buildkit_llb::error::VertexError;
use buildkit_llb::exec::{NetworkMode, Proxy, SecretEnv};
use buildkit_llb::file::Account;
use buildkit_llb::metadata::Resources;
use buildkit_llb::{
    Build, CopyFrom, Definition, Diff, Exec, File, Merge, Mkdir, Mount, Output, Owner, Passthrough,
    Platform, Source, Vertex, at, canonical, pb, raw,
};

mod vector_cases;

fn tree(data: &str) -> Output {
    File::on(Output::SCRATCH)
        .mkfile(at("/a"), 0o644, data)
        .output()
}

/// The operation made again by the builder of its kind.
fn again(vertex: &Vertex) -> Result<Output, VertexError> {
    let expected = |error: &VertexError| matches!(error, VertexError::Kind { .. });
    let first = |outputs: Vec<Output>| outputs.into_iter().next().unwrap();
    let results = [
        Source::try_from(vertex).map(Source::output),
        // Its root may be no output, or that of another operation.
        Exec::try_from(vertex).map(|exec| {
            let executed = exec.finish();
            let read = Definition::from_pb(alone(executed.vertex().unwrap()));
            read.unwrap().output().clone()
        }),
        File::try_from(vertex).map(File::output),
        Merge::try_from(vertex).map(Merge::output),
        Diff::try_from(vertex).map(Diff::output),
        Build::try_from(vertex).map(Build::output),
        Passthrough::try_from(vertex).map(|op| first(op.finish().unwrap())),
    ];
    let (mut made, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(output) => made.push(output),
            Err(error) if expected(&error) => {}
            Err(error) => errors.push(error),
        }
    }
    assert_eq!(made.len() + errors.len(), 1, "one kind is the right one");
    made.pop().ok_or_else(|| errors.remove(0))
}

/// A definition of this operation and those behind it.
fn alone(vertex: &Vertex) -> pb::Definition {
    let mut def: Vec<Vec<u8>> = Vec::new();
    for input in vertex.inputs() {
        let mut behind = Definition::new(&input).to_pb().def;
        behind.pop();
        def.extend(behind);
    }
    def.push(vertex.bytes().to_vec());
    let terminal = pb::Op {
        inputs: vec![pb::Input {
            digest: vertex.digest().to_string(),
            index: 0,
        }],
        ..pb::Op::default()
    };
    def.push(canonical::op(&terminal));
    pb::Definition {
        def,
        ..pb::Definition::default()
    }
}

#[test]
fn every_operation_of_the_vectors_is_made_again() {
    let mut count = 0;
    for (name, output) in vector_cases::cases() {
        let definition = Definition::new(&output);
        for vertex in definition.vertices() {
            let made = again(vertex).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(made.vertex().unwrap().bytes(), vertex.bytes(), "{name}");
            count += 1;
        }
    }
    assert!(count > 250, "{count}");
}

#[test]
fn metadata_stays() {
    let exec = Exec::on(tree("root"))
        .args(["true"])
        .platform(Platform::linux_arm64())
        .name("run")
        .ignore_cache()
        .resources(Resources::new().memory(1))
        .worker_filter("a==b")
        .finish();
    let vertex = exec.vertex().unwrap();
    let same = Exec::try_from(vertex).unwrap().finish();
    assert_eq!(same.vertex().unwrap().metadata(), vertex.metadata());
    let bytes = Definition::new(&exec.root()).to_bytes();
    assert_eq!(Definition::new(&same.root()).to_bytes(), bytes);
}

#[test]
fn an_exec_that_was_read_is_changed() {
    let exec = |secret| {
        let exec = Exec::on(tree("root"))
            .args(["make"])
            .env("A", "1")
            .mount(at("/in"), Mount::read_only(tree("in")))
            .mount(raw("/in"), Mount::tmpfs())
            .ssh(Mount::ssh("default"))
            .proxy(Proxy::new().http("h"));
        if secret {
            exec.network(NetworkMode::None)
                .env("A", "2")
                .mount(at("/in"), Mount::read_only(tree("other")))
                .secret_env_with(SecretEnv::new("token", "TOKEN"))
        } else {
            exec
        }
    };
    let bytes = Definition::new(&exec(false).finish().root()).to_bytes();
    let read = Definition::from_bytes(&bytes).unwrap();
    let changed = Exec::try_from(read.output().vertex().unwrap())
        .unwrap()
        .network(NetworkMode::None)
        .env("A", "2")
        .mount(at("/in"), Mount::read_only(tree("other")))
        .secret_env_with(SecretEnv::new("token", "TOKEN"));
    // The agent's variable stays where it was, before the one that is set again.
    let op = |exec: Exec| exec.finish().vertex().unwrap().op();
    let (changed, mut expected) = (op(changed), op(exec(true)));
    let Some(pb::op::Op::Exec(exec)) = &mut expected.op else {
        panic!("expected an exec");
    };
    exec.meta.as_mut().unwrap().env.reverse();
    assert_eq!(changed, expected);
}

#[test]
fn a_file_operation_that_was_read_is_continued() {
    let base = tree("base");
    let chain = File::on(tree("other"))
        .mkdir(at("/x"), 0o700)
        .mkfile(raw("y"), 0o600, "z");
    let owner = Owner::default()
        .user("app")
        .group(Account::NameIn("staff".to_owned(), tree("accounts")));
    let file = File::on(&base)
        .action(Mkdir::new(at("/d"), 0o755).parents().owner(owner))
        .action(CopyFrom::chain(&chain, at("/x"), at("/d")).symbolic_mode("u+x"))
        .action(CopyFrom::chain(&chain, at("/y"), at("/e")).mode(0o4755));
    let read = File::try_from(file.clone().output().vertex().unwrap()).unwrap();
    // Another copy from the chain would repeat it: the handles differ.
    let last = |file: File| file.rm(at("/d")).symlink(at("/l"), "d").output();
    assert_eq!(last(read), last(file));
}

#[test]
fn a_chain_that_copies_from_itself_is_made_again() {
    let early = File::on(tree("base")).mkfile(at("/a"), 0o644, "1");
    let copy = |dest| CopyFrom::chain(&early, at("/a"), dest);
    let file = early.clone().action(copy(at("/b"))).action(copy(at("/c")));
    let output = file.output();
    assert_eq!(again(output.vertex().unwrap()).unwrap(), output);
}

#[test]
fn builders_make_one_kind_and_nothing_approximately() {
    let image = Source::image("alpine:3".parse().unwrap()).output();
    let error = Exec::try_from(image.vertex().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid operation: expected an exec, found a source"
    );
    let exec = Exec::on(&image).args(["true"]).finish().root();
    let read = |change: &dyn Fn(&mut pb::Op)| {
        let mut op = exec.vertex().unwrap().op();
        change(&mut op);
        let mut message = Definition::new(&exec).to_pb();
        let bytes = canonical::op(&op);
        let digest = buildkit_llb::Digest::of(&bytes);
        message.def[1] = bytes;
        message.def[2] = canonical::op(&pb::Op {
            inputs: vec![pb::Input {
                digest: digest.to_string(),
                index: 0,
            }],
            ..pb::Op::default()
        });
        Definition::from_pb(message).unwrap().output().clone()
    };
    let changes: [&dyn Fn(&mut pb::Op); 7] = [
        &|op| op.constraints = None,
        &|op| own(op).network = 9,
        &|op| own(op).meta = None,
        &|op| own(op).meta.as_mut().unwrap().env.push("A".to_owned()),
        &|op| own(op).meta.as_mut().unwrap().args.clear(),
        &|op| own(op).mounts[0].result_id = "x".to_owned(),
        &|op| own(op).mounts[0].output = 3,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let output = read(change);
        let vertex = output.vertex().unwrap();
        let expected = VertexError::Inexact(vertex.digest().clone());
        assert_eq!(again(vertex).unwrap_err(), expected, "{number}");
    }
    assert!(again(read(&|_| {}).vertex().unwrap()).is_ok());
}

fn own(op: &mut pb::Op) -> &mut pb::ExecOp {
    match &mut op.op {
        Some(pb::op::Op::Exec(exec)) => exec,
        other => panic!("expected an exec, found {other:?}"),
    }
}
