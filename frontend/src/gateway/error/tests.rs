use super::*;
use crate::source::{SourceFile, rules};

#[test]
fn diagnostics_become_messages_and_excerpts() {
    let file = SourceFile::new("Dockerfile", "# syntax=lamina\nlabell = 1\n");
    let mut all = Diagnostics::new();
    all.push(Diagnostic::error("unknown key `labell`").at(file.at(16..22)));
    all.push(Diagnostic::warning(&rules::UNUSED_FILTER, "a warning").at(file.at(0..1)));
    all.push(Diagnostic::error("no variant `x`").help("there is `cpu`"));
    let error = BridgeError::from(all);
    assert_eq!(error.code, 2);
    assert_eq!(
        error.message,
        "Dockerfile:2: unknown key `labell`\nno variant `x` (there is `cpu`)"
    );
    assert_eq!(error.details.len(), 1);
    assert_eq!(
        error.details[0].type_url,
        "github.com/moby/buildkit/errdefs.Source+json"
    );
    let value: Value = serde_json::from_slice(&error.details[0].value).unwrap();
    assert_eq!(
        value,
        json!({
            "info": {
                "filename": "Dockerfile",
                "data": "IyBzeW50YXg9bGFtaW5hCmxhYmVsbCA9IDEK",
                "language": "TOML",
            },
            "ranges": [{
                "start": {"line": 2, "character": 1},
                "end": {"line": 2, "character": 7},
            }],
        })
    );
}

#[test]
fn excerpts_are_limited() {
    let file = SourceFile::new("Dockerfile", "x".repeat(1 << 20));
    let all: Diagnostics = (0..50)
        .map(|at| Diagnostic::error("no").at(file.at(at..at + 1)))
        .collect();
    let error = BridgeError::from(all);
    assert_eq!(error.details.len(), EXCERPTS);
    let size: usize = error.details.iter().map(|d| d.value.len()).sum();
    assert!(size < 20_000, "{size}");
}

#[test]
fn related_places_have_excerpts() {
    let one = SourceFile::new("a.txt", "a\n");
    let other = SourceFile::new("b.txt", "b\n");
    let clash = Diagnostic::error("no")
        .at(one.at(0..1))
        .related(other.at(0..1), "and this");
    assert_eq!(BridgeError::from(clash).details.len(), 2);
}

#[test]
fn excerpts_are_sent_in_reverse_order() {
    let file = SourceFile::new("Dockerfile", "a\nb\n");
    let all: Diagnostics = [0, 2]
        .map(|at| Diagnostic::error("no").at(file.at(at..at + 1)))
        .into_iter()
        .collect();
    let lines = BridgeError::from(all).details.into_iter().map(|detail| {
        let value: Value = serde_json::from_slice(&detail.value).unwrap();
        value["ranges"][0]["start"]["line"].clone()
    });
    assert_eq!(lines.collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn unsupported_requests_do_not_start_another_frontend() {
    for name in ["frontend.lint", "frontend.outline", "frontend.plan"] {
        let error = BridgeError::unsupported_request(name);
        assert!(error.details.is_empty());
        assert!(!error.message.contains("unsupported request"));
    }
}

#[test]
fn errors_without_a_place_have_one_that_prints_nothing() {
    let sources = |error: BridgeError| -> Vec<Value> {
        let details = error.into_status().details.into_iter();
        let sources = details.filter(|detail| detail.type_url.ends_with(SOURCE));
        sources
            .map(|detail| serde_json::from_slice(&detail.value).unwrap())
            .collect()
    };
    let [nothing] = &sources(BridgeError::new("no variant `x`"))[..] else {
        panic!("one source");
    };
    assert_eq!(nothing["ranges"], json!([]));
    let file = SourceFile::new("Dockerfile", "a\n");
    let error = BridgeError::from(Diagnostic::error("no").at(file.at(0..1)));
    let [place] = &sources(error)[..] else {
        panic!("one source");
    };
    assert_eq!(place["info"]["filename"], "Dockerfile");
}

#[test]
fn code_zero_is_never_sent() {
    let error = BridgeError {
        code: 0,
        ..BridgeError::new("no code")
    };
    assert_eq!(error.into_status().code, 2);
}

#[test]
fn invalid_details_are_ignored() {
    let status = tonic::Status::with_details(
        tonic::Code::Internal,
        "boom",
        bytes(b"\xff\xff not protobuf"),
    );
    let error = BridgeError::from(status);
    assert_eq!((error.code, error.message.as_str()), (13, "boom"));
    assert!(error.details.is_empty());
}

fn bytes(data: &'static [u8]) -> prost::bytes::Bytes {
    prost::bytes::Bytes::from_static(data)
}

#[test]
fn exit_codes_are_read_from_the_details() {
    let mut error = BridgeError::new("something else");
    assert_eq!(error.exit_code(), None);
    error.details.push(prost_types::Any {
        type_url: "github.com/moby/buildkit/gatewayapi.ExitMessage+json".to_owned(),
        value: br#"{"Code":3}"#.to_vec(),
    });
    assert_eq!(error.exit_code(), Some(3));
}

#[test]
fn failed_steps_are_not_missing_paths() {
    let missing = BridgeError::new("open /x: no such file or directory");
    assert!(missing.is_missing_path());
    let mut with_stack = missing.clone();
    with_stack
        .details
        .push(detail("Solve", &json!({"inputIDs": []})));
    assert!(with_stack.is_missing_path());
    let mut step = missing.clone();
    step.details.push(detail("Vertex", &json!({"digest": "d"})));
    assert!(!step.is_missing_path());
    let mut step = missing;
    step.details.push(detail("Solve", &json!({"op": {}})));
    assert!(!step.is_missing_path());
    assert!(!BridgeError::new("permission denied").is_missing_path());
}
