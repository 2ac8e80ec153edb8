//! The gRPC client against a scripted daemon.

use std::collections::BTreeMap;

use buildkit_llb::Platform;
use buildkit_proto::moby::buildkit::v1::frontend::result::Result as Kind;
use buildkit_proto::pb;
use lamina::client::Options;
use lamina::gateway::{
    Bridge, BridgeError, CapState, FileContent, GrpcBridge, MAX_FILE_BYTES, Outcome, Ref,
    ResolveRequest, SolveRequest, Warning,
};
use lamina::source::{Diagnostic, SourceFile};
use lamina_tests::bridge::{
    Call, Record, ScriptedBridge, Tree, failed_step, local_source, single_op, status,
};
use serde_json::{Value, json};

fn local(name: &str) -> pb::Definition {
    local_source(name, "session")
}

fn step() -> pb::Definition {
    single_op(pb::op::Op::Exec(pb::ExecOp::default()), &[])
}

fn solve(definition: pb::Definition) -> SolveRequest {
    SolveRequest {
        definition,
        evaluate: false,
    }
}

fn request(reference: &str, platform: Platform) -> ResolveRequest {
    ResolveRequest {
        source: pb::SourceOp {
            identifier: format!("docker-image://{reference}"),
            attrs: BTreeMap::new(),
        },
        platform,
        mode: "default".to_owned(),
        name: "load metadata".to_owned(),
    }
}

async fn solved(script: ScriptedBridge, definition: pb::Definition) -> (GrpcBridge, Record, Ref) {
    let (bridge, record) = script.connect().await;
    let reference = bridge.solve(solve(definition)).await;
    let reference = reference.expect("it loads").expect("it is not empty");
    (bridge, record, reference)
}

/// What is at a path, of any size that a message carries.
async fn read(
    bridge: &GrpcBridge,
    reference: &Ref,
    path: &str,
) -> Result<FileContent, BridgeError> {
    bridge.read_file(reference, path, MAX_FILE_BYTES).await
}

#[tokio::test]
async fn files_and_directories_of_a_local() {
    let script = ScriptedBridge::new()
        .file("context", "Dockerfile", "# syntax=lamina\n")
        .file("context", "requirements/ml.txt", "numpy\n")
        .file("context", "requirements/gpu/torch.txt", "torch\n");
    let (bridge, _, local) = solved(script, local("context")).await;
    let stub = FileContent::File(b"# syntax=lamina\n".to_vec());
    assert_eq!(read(&bridge, &local, "Dockerfile").await, Ok(stub));
    let list = bridge.read_dir(&local, "requirements").await.unwrap();
    let list: Vec<_> = list
        .unwrap()
        .into_iter()
        .map(|e| (e.name, e.is_dir))
        .collect();
    assert_eq!(
        list,
        [("gpu".to_owned(), true), ("ml.txt".to_owned(), false)]
    );
    for (path, content) in [
        ("none", FileContent::Missing),
        ("Dockerfile/x", FileContent::Missing),
        ("requirements", FileContent::Directory),
        (".", FileContent::Directory),
    ] {
        assert_eq!(read(&bridge, &local, path).await, Ok(content), "{path}");
    }
    assert_eq!(bridge.read_dir(&local, "none").await, Ok(None));
}

#[tokio::test]
async fn a_failed_step_is_not_a_missing_file() {
    let text = "runc: exec /bin/sh: no such file or directory";
    let script = ScriptedBridge::new().run(|graph| Err(failed_step(text, &graph.target.digest)));
    let (bridge, _, step) = solved(script, step()).await;
    let error = read(&bridge, &step, "lock.txt").await.unwrap_err();
    assert_eq!(error.message, text);
    assert_eq!(error.details.len(), 2);
    assert_eq!(bridge.evaluate(&step).await.unwrap_err(), error);
}

#[tokio::test]
async fn graphs_run_when_they_are_needed() {
    let script = ScriptedBridge::new()
        .run(|_| Err(failed_step("exit code: 1", "sha256:x")))
        .without_gateway("gateway.evaluate");
    let (bridge, record, lazy) = solved(script, step()).await;
    assert!(bridge.evaluate(&lazy).await.is_err());
    assert!(matches!(record.calls().last(), Some(Call::StatFile(_))));
    let at_once = SolveRequest {
        definition: step(),
        evaluate: true,
    };
    let error = bridge.solve(at_once).await.unwrap_err();
    assert_eq!(error.message, "exit code: 1");
}

#[tokio::test]
async fn evaluates_after_solving_where_solve_cannot() {
    let script = ScriptedBridge::new()
        .run(|_| Err(failed_step("exit code: 1", "sha256:x")))
        .without_gateway("gateway.solve.evaluate");
    let (bridge, record) = script.connect().await;
    let at_once = SolveRequest {
        definition: step(),
        evaluate: true,
    };
    assert!(bridge.solve(at_once).await.is_err());
    assert!(matches!(record.calls().last(), Some(Call::Evaluate(_))));
}

#[tokio::test]
async fn reads_large_files_in_one_message() {
    let content: Vec<u8> = (0..8_u32 << 20).map(|n| n.to_le_bytes()[1]).collect();
    let script = ScriptedBridge::new().file("context", "model.bin", content.clone());
    let (bridge, _, local) = solved(script, local("context")).await;
    let read = read(&bridge, &local, "model.bin").await.unwrap();
    assert!(read == FileContent::File(content));
}

#[tokio::test]
async fn files_over_the_limit_are_not_sent() {
    const MIB: usize = 1 << 20;
    let script = ScriptedBridge::new().file("context", "model.bin", vec![0; 40 * MIB]);
    let (bridge, record, local) = solved(script, local("context")).await;
    for (limit, allowed) in [(8 * MIB, 8 * MIB), (usize::MAX, MAX_FILE_BYTES)] {
        let read = bridge.read_file(&local, "model.bin", limit).await;
        let too_large = FileContent::TooLarge {
            size: 40 << 20,
            limit: allowed,
        };
        assert_eq!(read, Ok(too_large.clone()));
        let error = too_large.optional("model.bin").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("model.bin is too large: 40 MiB")
        );
    }
    let ranges = record.calls().into_iter().filter_map(|call| match call {
        Call::ReadFile(request) => Some(request.range.unwrap().length),
        _ => None,
    });
    assert_eq!(
        ranges.collect::<Vec<_>>(),
        [(8 << 20) + 1, (16 << 20) - 1023]
    );
}

#[tokio::test]
async fn a_file_of_just_the_limit_is_read() {
    let script = ScriptedBridge::new()
        .file("context", "nine", "123456789")
        .file("context", "max", vec![1; MAX_FILE_BYTES]);
    let (bridge, _, local) = solved(script, local("context")).await;
    let nine = bridge.read_file(&local, "nine", 9).await;
    assert_eq!(nine, Ok(FileContent::File(b"123456789".to_vec())));
    let eight = bridge.read_file(&local, "nine", 8).await;
    assert_eq!(eight, Ok(FileContent::TooLarge { size: 9, limit: 8 }));
    let max = read(&bridge, &local, "max").await.unwrap();
    assert!(max == FileContent::File(vec![1; MAX_FILE_BYTES]));
}

#[tokio::test]
async fn details_of_any_size_come_back_unchanged() {
    for size in [10, 20 << 10, 600 << 10] {
        let noise = json!({ "text": "ä".repeat(size) });
        let sent = noise.clone();
        let script = ScriptedBridge::new().run(move |_| {
            let details = [("errdefs.Unheard", sent.clone())];
            Err(status(tonic::Code::Internal, "boom — ü", &details))
        });
        let (bridge, record, step) = solved(script, step()).await;
        let error = bridge.evaluate(&step).await.unwrap_err();
        assert_eq!((error.code, &*error.message), (13, "boom — ü"));
        let url = "github.com/moby/buildkit/errdefs.Unheard+json";
        assert_eq!(error.details[0].type_url, url);
        assert_eq!(error.details[0].value, noise.to_string().into_bytes());

        bridge.finish(Err(error)).await.unwrap();
        let returned = record.returned().unwrap().error.unwrap();
        assert_eq!((returned.code, &*returned.message), (13, "boom — ü"));
        assert_eq!(returned.details[0].type_url, url);
        assert_eq!(returned.details[0].value, noise.to_string().into_bytes());
    }
}

#[tokio::test]
async fn disabled_capabilities_have_reasons() {
    let script = ScriptedBridge::new()
        .disable_llb("mergeop", "only with the containerd store")
        .without_llb("diffop");
    let (bridge, _) = script.connect().await;
    let pong = bridge.ping().await.unwrap();
    assert!(pong.has_gateway("gateway.warnings"));
    assert!(!pong.has_llb("mergeop") && !pong.has_llb("diffop"));
    let why = CapState::Disabled("only with the containerd store".to_owned());
    assert_eq!(pong.llb_caps["mergeop"], why);
    let merge = single_op(pb::op::Op::Merge(pb::MergeOp::default()), &["mergeop"]);
    let error = bridge.solve(solve(merge)).await.unwrap_err();
    assert!(error.message.ends_with("only with the containerd store"));
}

#[tokio::test]
async fn capabilities_are_requested_once() {
    let (bridge, record) = ScriptedBridge::new().connect().await;
    let other = bridge.clone();
    let (one, two) = tokio::join!(bridge.ping(), other.ping());
    assert!(one.is_ok() && two.is_ok());
    bridge.solve(solve(local("context"))).await.unwrap();
    let pings = record
        .calls()
        .into_iter()
        .filter(|c| matches!(c, Call::Ping));
    assert_eq!(pings.count(), 1);
}

#[tokio::test]
async fn an_empty_graph_is_scratch() {
    let (bridge, _) = ScriptedBridge::new().connect().await;
    let scratch = bridge.solve(solve(pb::Definition::default())).await;
    assert_eq!(scratch, Ok(None));
}

#[tokio::test]
async fn each_solve_has_the_cache_imports() {
    let options = Options::parse([(
        "BUILDKIT_FRONTEND_OPT_0".to_owned(),
        "cache-from=registry/cache".to_owned(),
    )])
    .unwrap();
    let (bridge, record) = ScriptedBridge::new().connect().await;
    let bridge = bridge.with_cache_imports(&options.cache_imports);
    for _ in 0..2 {
        bridge.solve(solve(local("context"))).await.unwrap();
    }
    let imports: Vec<_> = record
        .calls()
        .into_iter()
        .filter_map(|call| match call {
            Call::Solve(request) => Some(request.cache_imports),
            _ => None,
        })
        .collect();
    assert_eq!(imports.len(), 2);
    for import in imports.into_iter().flatten() {
        assert_eq!(import.r#type, "registry");
        assert_eq!(import.attrs["ref"], "registry/cache");
    }
}

#[tokio::test]
async fn images_are_resolved_with_either_call() {
    for old in [false, true] {
        let mut script = ScriptedBridge::new()
            .image("python:3.11-slim", "linux/amd64", "amd")
            .image("python:3.11-slim", "linux/arm64", "arm")
            .image("single", "linux/amd64", "amd");
        if old {
            script = script.without_gateway("source.metaresolver");
        }
        let (bridge, _) = script.connect().await;
        let full = "docker.io/library/python:3.11-slim";
        let arm = bridge.resolve(request(full, Platform::linux_arm64())).await;
        let arm = arm.unwrap();
        assert_eq!(arm.config.unwrap(), b"arm");
        assert!(arm.digest.unwrap().starts_with("sha256:"));
        let prefix = format!("docker-image://{full}");
        assert!(arm.source.identifier.starts_with(&prefix));
        // As the daemon does: no error, another architecture.
        let single = bridge
            .resolve(request("single", Platform::linux_arm64()))
            .await;
        assert_eq!(single.unwrap().config.unwrap(), b"amd");
        let none = bridge
            .resolve(request("none", Platform::linux_arm64()))
            .await;
        assert!(none.unwrap_err().message.contains("not found"));
    }
}

#[tokio::test]
async fn results_of_each_kind() {
    let metadata = BTreeMap::from([("result.txt".to_owned(), b"x".to_vec())]);
    let ended = async |outcome| {
        let (bridge, record) = ScriptedBridge::new().connect().await;
        bridge.finish(Ok(outcome)).await.unwrap();
        let again = bridge.finish(Err(BridgeError::new("late"))).await;
        assert!(again.is_err());
        record.returned().unwrap().result.unwrap()
    };
    let answer = ended(Outcome::Metadata(metadata.clone())).await;
    assert_eq!(answer.metadata["result.txt"], b"x");
    assert!(matches!(answer.result, Some(Kind::Ref(r)) if r.id.is_empty()));

    let single = ended(Outcome::Single {
        reference: Some(Ref("r1".to_owned())),
        metadata: metadata.clone(),
    });
    assert!(matches!(single.await.result, Some(Kind::Ref(r)) if r.id == "r1"));

    let references = BTreeMap::from([
        ("linux/amd64".to_owned(), Some(Ref("r1".to_owned()))),
        ("linux/arm64".to_owned(), None),
    ]);
    let multi = ended(Outcome::Multi {
        references,
        metadata,
    });
    let Some(Kind::Refs(map)) = multi.await.result else {
        panic!("no map");
    };
    assert_eq!(map.refs["linux/amd64"].id, "r1");
    assert_eq!(map.refs["linux/arm64"].id, "");
}

#[tokio::test]
async fn errors_are_returned_with_their_place() {
    let file = SourceFile::new("Dockerfile", "# syntax=lamina\nlabell = 1\n");
    let error = Diagnostic::error("unknown key `labell`").at(file.at(16..22));
    let (bridge, record) = ScriptedBridge::new().connect().await;
    bridge.finish(Err(error.into())).await.unwrap();
    let error = record.returned().unwrap().error.unwrap();
    assert_eq!(error.message, "Dockerfile:2: unknown key `labell`");
    let source: Value = serde_json::from_slice(&error.details[0].value).unwrap();
    assert_eq!(source["ranges"][0]["start"]["line"], 2);
}

#[tokio::test]
async fn rejects_unknown_frontend_capabilities() {
    let (bridge, record) = ScriptedBridge::new().connect().await;
    let error = BridgeError::unsupported_cap("moby.buildkit.frontend.dreams");
    bridge.finish(Err(error)).await.unwrap();
    let error = record.returned().unwrap().error.unwrap();
    assert_eq!(error.code, 12);
    assert_eq!(
        error.details[0].type_url,
        "github.com/moby/buildkit/errdefs.FrontendCap+json"
    );
    let name = br#"{"name":"moby.buildkit.frontend.dreams"}"#;
    assert_eq!(error.details[0].value, name);
}

#[tokio::test]
async fn warnings_show_their_place() {
    let file = SourceFile::new("Dockerfile", "# syntax=lamina\na = 1\n");
    let warning = || Warning {
        vertex: "sha256:v".to_owned(),
        short: "undeclared".to_owned(),
        detail: vec!["more".to_owned()],
        url: String::new(),
        location: Some(file.at(16..17)),
    };
    let (bridge, record) = ScriptedBridge::new().connect().await;
    bridge.warn(warning()).await.unwrap();
    let sent = record.warnings().remove(0);
    assert_eq!((sent.level, &*sent.short), (1, &b"undeclared"[..]));
    assert_eq!(sent.info.unwrap().data, file.text().as_bytes());
    assert_eq!(sent.ranges[0].start.unwrap().line, 2);
    let script = ScriptedBridge::new().without_gateway("gateway.warnings");
    let (bridge, record) = script.connect().await;
    bridge.warn(warning()).await.unwrap();
    assert!(record.warnings().is_empty());
}

#[tokio::test]
async fn reads_inputs_of_the_client() {
    let script = ScriptedBridge::new().input("base", step());
    let (bridge, _) = script.connect().await;
    let inputs = bridge.inputs().await.unwrap();
    assert_eq!(inputs["base"], step());
}

#[tokio::test]
async fn calls_are_concurrent() {
    let script = ScriptedBridge::new().run(|_| Ok(Tree::new().file("a", "1")));
    let (bridge, _, step) = solved(script, step()).await;
    let read = || read(&bridge, &step, "a");
    let (a, b, c) = tokio::join!(read(), read(), read());
    let content = FileContent::File(b"1".to_vec());
    assert!([a, b, c].into_iter().all(|r| r.unwrap() == content));
}

#[tokio::test]
async fn a_closed_connection_is_an_error() {
    let (here, there) = tokio::io::duplex(1024);
    drop(there);
    let bridge = GrpcBridge::connect(here).await;
    let error = match bridge {
        Ok(bridge) => bridge.ping().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(!error.message.is_empty());
}
