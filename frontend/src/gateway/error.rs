//! Errors of the bridge: what came from the daemon, and what goes back to it.
//!
//! BuildKit writes the details of an error as `Any` messages whose type URL
//! ends in `+json` and whose value is JSON, not protobuf. Details from the
//! daemon are opaque here: forwarded unchanged, they let clients print where
//! in the user's file a step failed.

use std::error::Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::{google, pb};
use prost::Message;
use serde_json::{Value, json};

use super::wording;
use crate::source::{Diagnostic, Diagnostics, Location, escaped, source_info, source_range};

/// Clients print an excerpt for each; more would hide the message.
const EXCERPTS: usize = 10;

/// `Unknown`: clients show the message of this code as it is, and put the name
/// of any other code before it, once for each process on the way.
const UNKNOWN: i32 = 2;
const NOT_FOUND: i32 = 5;
const UNIMPLEMENTED: i32 = 12;

/// Why a call failed: the daemon's status, whose details are kept as they are.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct BridgeError {
    /// The gRPC status code.
    pub code: i32,
    /// The message.
    pub message: String,
    /// `google.rpc.Status` details, forwarded unchanged.
    pub details: Vec<prost_types::Any>,
}

impl BridgeError {
    /// An error of the frontend itself: one line, whatever it quotes.
    pub fn new(message: impl AsRef<str>) -> Self {
        Self {
            code: UNKNOWN,
            message: escaped(message.as_ref()).into_owned(),
            details: Vec::new(),
        }
    }

    /// The answer to a subrequest that there is none of, so that nobody takes
    /// silence for a clean check.
    ///
    /// Not with the detail `Subrequest` that there is for it: each process on
    /// the way would say so once more, and buildx would build again with
    /// Docker's own Dockerfile frontend, and show what that makes of a stub.
    pub fn unsupported_request(name: &str) -> Self {
        // Not "unsupported request NAME": buildx looks for that, too.
        Self::new(format!("lamina does not support the request `{name}`"))
    }

    /// The answer to a frontend capability that the client needs and lamina
    /// lacks.
    pub fn unsupported_cap(name: &str) -> Self {
        // Clients print the name of the detail, too.
        let name = escaped(name);
        Self {
            code: UNIMPLEMENTED,
            details: vec![detail("FrontendCap", &json!({ "name": name }))],
            ..Self::new(format!("lamina does not support `{name}`"))
        }
    }

    /// The exit code of the process that failed, where one did.
    pub fn exit_code(&self) -> Option<i32> {
        let exit = self.json_details("gatewayapi.ExitMessage+json").next();
        let code = exit.and_then(|exit| exit.get("Code")?.as_i64());
        code.and_then(|code| i32::try_from(code).ok())
            .or_else(|| wording::exit_code(&self.message))
    }

    /// Whether an image has no variant for the platform that was asked for.
    pub fn is_missing_platform(&self) -> bool {
        wording::is_missing_platform(&self.message)
    }

    /// Whether a path does not exist in a result. A step that failed before
    /// there was a result may end with the same text, about its own files.
    pub(super) fn is_missing_path(&self) -> bool {
        matches!(self.code, UNKNOWN | NOT_FOUND)
            && wording::is_missing_path(&self.message)
            && !self.is_failed_step()
    }

    /// Whether a step failed: such errors come with its vertex, or with its
    /// operation. Every error of a read has the detail `Solve`, but only that
    /// of a step has an `op` in it.
    pub(super) fn is_failed_step(&self) -> bool {
        self.json_details("errdefs.Vertex+json").next().is_some()
            || self
                .json_details("errdefs.Solve+json")
                .any(|solve| solve.get("op").is_some_and(|op| !op.is_null()))
    }

    /// The details of a type, by the last part of its URL.
    fn json_details<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Value> + 'a {
        self.details
            .iter()
            .filter(move |detail| detail.type_url.rsplit('/').next() == Some(name))
            .map(|detail| serde_json::from_slice(&detail.value).unwrap_or_default())
    }

    /// The form in which it travels.
    pub(super) fn into_status(self) -> google::rpc::Status {
        google::rpc::Status {
            // 0 would be no error at all.
            code: if self.code == 0 { UNKNOWN } else { self.code },
            message: self.message,
            details: self
                .details
                .into_iter()
                .map(|any| google::protobuf::Any {
                    type_url: any.type_url,
                    value: any.value,
                })
                .collect(),
        }
    }
}

impl From<tonic::Status> for BridgeError {
    fn from(status: tonic::Status) -> Self {
        let details = google::rpc::Status::decode(status.details()).unwrap_or_default();
        let mut message = status.message().to_owned();
        // A broken connection says so only in what is under it.
        let mut cause = status.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        Self {
            code: status.code().into(),
            message,
            details: details
                .details
                .into_iter()
                .map(|any| prost_types::Any {
                    type_url: any.type_url,
                    value: any.value,
                })
                .collect(),
        }
    }
}

impl From<tonic::transport::Error> for BridgeError {
    fn from(error: tonic::transport::Error) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}"));
        Self::new(format!(
            "no connection to BuildKit: {error}{}",
            cause.unwrap_or_default()
        ))
    }
}

/// The messages of all errors, with an excerpt for each that is in a file.
/// Warnings have a way of their own ([`super::Bridge::warn`]).
impl From<Diagnostics> for BridgeError {
    fn from(diagnostics: Diagnostics) -> Self {
        let errors: Diagnostics = diagnostics
            .into_iter()
            .filter(Diagnostic::is_error)
            .collect();
        let mut details: Vec<_> = errors
            .iter()
            .flat_map(Diagnostic::places)
            .take(EXCERPTS)
            .map(source)
            .collect();
        // The daemon turns their order round on the way to the client.
        details.reverse();
        Self {
            code: UNKNOWN,
            // A line for each, and each is escaped.
            message: errors.to_string(),
            details,
        }
    }
}

impl From<Diagnostic> for BridgeError {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}

fn detail(name: &str, value: &Value) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("github.com/moby/buildkit/errdefs.{name}+json"),
        value: value.to_string().into_bytes(),
    }
}

fn source(location: &Location) -> prost_types::Any {
    let info = source_info(location);
    let range = source_range(location);
    let position = |p: Option<pb::Position>| {
        let p = p.unwrap_or_default();
        json!({ "line": p.line, "character": p.character })
    };
    let value = json!({
        "info": {
            "filename": info.filename,
            "data": STANDARD.encode(&info.data),
            "language": info.language,
        },
        "ranges": [{ "start": position(range.start), "end": position(range.end) }],
    });
    detail("Source", &value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, rules};

    #[test]
    fn diagnostics_become_messages_and_excerpts() {
        let file = SourceFile::new("Dockerfile", "# syntax=lamina\nlabell = 1\n");
        let mut all = Diagnostics::new();
        all.push(Diagnostic::error("unknown key `labell`").at(file.at(16..22)));
        all.push(Diagnostic::warning(&rules::UNUSED_FILTER, "not said").at(file.at(0..1)));
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
    fn what_explains_a_mistake_is_an_excerpt_too() {
        let one = SourceFile::new("a.txt", "a\n");
        let other = SourceFile::new("b.txt", "b\n");
        let clash = Diagnostic::error("no")
            .at(one.at(0..1))
            .related(other.at(0..1), "and this");
        assert_eq!(BridgeError::from(clash).details.len(), 2);
    }

    #[test]
    fn excerpts_go_out_last_one_first() {
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
    fn unsupported_requests_start_no_other_frontend() {
        for name in ["frontend.lint", "frontend.outline", "frontend.plan"] {
            let error = BridgeError::unsupported_request(name);
            assert!(error.details.is_empty());
            assert!(!error.message.contains("unsupported request"));
        }
    }

    #[test]
    fn a_status_of_no_error_is_never_sent() {
        let error = BridgeError {
            code: 0,
            ..BridgeError::new("odd")
        };
        assert_eq!(error.into_status().code, 2);
    }

    #[test]
    fn broken_details_are_no_reason_to_fail() {
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
}
