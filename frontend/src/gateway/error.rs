//! Errors of the bridge: those that the daemon sends, and those that are
//! returned to it.
//!
//! BuildKit encodes the details of an error as `Any` messages whose type URL
//! ends in `+json` and whose value is JSON, not protobuf. Details from the
//! daemon are forwarded unchanged: from them, clients print the place in the
//! user's file that a failed step comes from.

use std::error::Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::{google, pb};
use prost::Message;
use serde_json::{Value, json};

use super::wording;
use crate::source::{Diagnostic, Diagnostics, Location, escaped, source_info, source_range};

/// The most places of an error. Clients print an excerpt for each, and more
/// would hide the message.
const EXCERPTS: usize = 10;

/// Clients show the message of this code as it is. Before a message with
/// another code, each process on the way puts the code's name.
const UNKNOWN: i32 = 2;
/// The detail that is a place in a file, by the last part of its type's URL.
const SOURCE: &str = "errdefs.Source+json";
const NOT_FOUND: i32 = 5;
const UNIMPLEMENTED: i32 = 12;

/// Why a call failed: the daemon's status with its details.
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
    /// An error of the frontend itself. The message becomes one escaped line.
    pub fn new(message: impl AsRef<str>) -> Self {
        Self {
            code: UNKNOWN,
            message: escaped(message.as_ref()).into_owned(),
            details: Vec::new(),
        }
    }

    /// The answer to an unknown subrequest: without an error, `--check` would
    /// report no warnings.
    ///
    /// It does not have the detail `Subrequest`, because of which each process
    /// on the way would repeat the message, and buildx would build again with
    /// Docker's own Dockerfile frontend and show its errors about the stub.
    pub fn unsupported_request(name: &str) -> Self {
        // buildx also looks for "unsupported request NAME" in the message.
        Self::new(format!("lamina does not support the request `{name}`"))
    }

    /// The answer to a client that requires a frontend capability that lamina
    /// does not have.
    pub fn unsupported_cap(name: &str) -> Self {
        // Clients also print the name in the detail.
        let name = escaped(name);
        Self {
            code: UNIMPLEMENTED,
            details: vec![detail("FrontendCap", &json!({ "name": name }))],
            ..Self::new(format!("lamina does not support `{name}`"))
        }
    }

    /// Both errors as one: the lines of this one's message first, each once.
    /// As one error has, it has at most [`EXCERPTS`] places.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for line in other.message.lines() {
            if !self.message.lines().any(|known| known == line) {
                self.message.push('\n');
                self.message.push_str(line);
            }
        }
        // The daemon reverses their order on the way to the client.
        let mut details = other.details;
        details.retain(|detail| !self.details.contains(detail));
        details.append(&mut self.details);
        let places = details
            .iter()
            .filter(|detail| is_of(detail, SOURCE))
            .count();
        let mut surplus = places.saturating_sub(EXCERPTS);
        details.retain(|detail| {
            let drop = surplus > 0 && is_of(detail, SOURCE);
            surplus -= usize::from(drop);
            !drop
        });
        self.details = details;
        self
    }

    /// The exit code of the process of a failed step.
    pub fn exit_code(&self) -> Option<i32> {
        let exit = self.json_details("gatewayapi.ExitMessage+json").next();
        let code = exit.and_then(|exit| exit.get("Code")?.as_i64());
        code.and_then(|code| i32::try_from(code).ok())
            .or_else(|| wording::exit_code(&self.message))
    }

    /// Whether the program of a step could not be executed, as is the case for
    /// one of another architecture: shells say so with 126, runc with 255.
    pub fn is_not_executable(&self) -> bool {
        matches!(self.exit_code(), Some(126 | 255)) || wording::is_not_executable(&self.message)
    }

    /// Whether an image exists, but not for the requested platform.
    pub fn is_missing_platform(&self) -> bool {
        wording::is_missing_platform(&self.message)
    }

    /// Whether a path does not exist in a result. The message of a failed step
    /// may end with the same text, about files of that step.
    pub(super) fn is_missing_path(&self) -> bool {
        matches!(self.code, UNKNOWN | NOT_FOUND)
            && wording::is_missing_path(&self.message)
            && !self.is_failed_step()
    }

    /// Whether a step failed: its error has the detail `Vertex`, or `Solve` with
    /// an `op`. Errors of reads have a `Solve` without one.
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
            .filter(move |detail| is_of(detail, name))
            .map(|detail| serde_json::from_slice(&detail.value).unwrap_or_default())
    }

    /// The error as a message of the protocol.
    ///
    /// It always has a place. To an error without one, Docker's builtin frontend,
    /// which reads the `# syntax=` line and starts this one, adds the lines
    /// around that line, from the stub as it is (`wrapSource` in
    /// `frontend/dockerfile/builder/build.go`): they have nothing to do with the
    /// error, and may hold credentials and control characters.
    pub(super) fn into_status(mut self) -> google::rpc::Status {
        if self.json_details(SOURCE).next().is_none() {
            self.details.push(no_source());
        }
        google::rpc::Status {
            // 0 would not be an error.
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
        // That the connection is broken is only in the cause.
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
            "failed to connect to BuildKit: {error}{}",
            cause.unwrap_or_default()
        ))
    }
}

/// The messages of all errors, a line each, with their places. Warnings are not
/// part of it, they are sent by [`Bridge::warn`](super::Bridge::warn).
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
        // The daemon reverses their order.
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

/// Whether a detail is of a type, by the last part of its URL.
fn is_of(detail: &prost_types::Any, name: &str) -> bool {
    detail.type_url.rsplit('/').next() == Some(name)
}

fn detail(name: &str, value: &Value) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("github.com/moby/buildkit/errdefs.{name}+json"),
        value: value.to_string().into_bytes(),
    }
}

/// A place that clients print as nothing: it has no range.
fn no_source() -> prost_types::Any {
    detail("Source", &json!({ "info": {}, "ranges": [] }))
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
mod tests;
