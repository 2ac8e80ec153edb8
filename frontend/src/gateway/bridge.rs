//! What the frontend asks BuildKit for, as a trait. The implementation speaks
//! gRPC over stdin and stdout; tests may have their own.

use std::collections::BTreeMap;

use buildkit_llb::Platform;
use buildkit_proto::pb;

use super::error::BridgeError;
use crate::source::{Diagnostic, binary_size};

/// The calls of BuildKit's `LLBBridge` service that lamina makes.
///
/// All calls are made from one task, so the futures need not be `Send`. Calls
/// may be made concurrently.
#[allow(async_fn_in_trait, reason = "one task makes all calls")]
pub trait Bridge {
    /// Capabilities and workers of the daemon.
    async fn ping(&self) -> Result<Pong, BridgeError>;

    /// Resolves an image (or other source) to its digest and configuration.
    async fn resolve(&self, request: ResolveRequest) -> Result<SourceMeta, BridgeError>;

    /// Loads a graph. `None` is the empty result, scratch.
    async fn solve(&self, request: SolveRequest) -> Result<Option<Ref>, BridgeError>;

    /// Runs the operations that a result comes from.
    async fn evaluate(&self, reference: &Ref) -> Result<(), BridgeError>;

    /// What is at a path of a result. A file of more than `limit` bytes is not
    /// sent, only its size is; a limit above [`MAX_FILE_BYTES`] counts as that.
    async fn read_file(
        &self,
        reference: &Ref,
        path: &str,
        limit: usize,
    ) -> Result<FileContent, BridgeError>;

    /// The entries of a directory of a result, sorted by name; `None` if the
    /// directory does not exist.
    async fn read_dir(
        &self,
        reference: &Ref,
        path: &str,
    ) -> Result<Option<Vec<DirEntry>>, BridgeError>;

    /// The graphs that the client passes by name, as contexts of the form
    /// `input:NAME`.
    async fn inputs(&self) -> Result<BTreeMap<String, pb::Definition>, BridgeError>;

    /// Shows a warning in the build's output, if the daemon can.
    async fn warn(&self, warning: Warning) -> Result<(), BridgeError>;

    /// Ends the build with its result or an error. Called once.
    async fn finish(&self, outcome: Result<Outcome, BridgeError>) -> Result<(), BridgeError>;
}

/// The daemon's capabilities.
#[derive(Clone, Debug, Default)]
pub struct Pong {
    /// Capabilities of the gateway protocol, by name.
    pub gateway_caps: BTreeMap<String, CapState>,
    /// Capabilities of LLB, by name.
    pub llb_caps: BTreeMap<String, CapState>,
}

/// Whether a capability that the daemon knows is enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapState {
    /// It is enabled.
    Enabled,
    /// It is disabled, for the reason that the daemon gives.
    Disabled(String),
}

impl Pong {
    /// Whether a capability of LLB is enabled, such as `mergeop`.
    pub fn has_llb(&self, name: &str) -> bool {
        self.llb_caps.get(name) == Some(&CapState::Enabled)
    }

    /// Whether a capability of the gateway is enabled, such as
    /// `gateway.warnings`.
    pub fn has_gateway(&self, name: &str) -> bool {
        self.gateway_caps.get(name) == Some(&CapState::Enabled)
    }
}

/// A source operation to resolve.
#[derive(Clone, Debug)]
pub struct ResolveRequest {
    /// The operation, with its attributes.
    pub source: pb::SourceOp,
    /// The platform to resolve it for.
    pub platform: Platform,
    /// `default`, `pull` or `local`.
    pub mode: String,
    /// The name that progress shows.
    pub name: String,
}

/// What a source resolved to.
#[derive(Clone, Debug)]
pub struct SourceMeta {
    /// The operation to use in graphs: a source policy may have rewritten it.
    pub source: pb::SourceOp,
    /// The digest, for images.
    pub digest: Option<String>,
    /// The raw image configuration, for images.
    pub config: Option<Vec<u8>>,
}

/// A graph to load.
#[derive(Clone, Debug)]
pub struct SolveRequest {
    /// The graph.
    pub definition: pb::Definition,
    /// Whether to run it at once, and to fail if it fails.
    pub evaluate: bool,
}

/// The handle of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref(pub String);

/// The largest file that one message of the gateway carries: 16 MiB, less what
/// is around the file.
pub const MAX_FILE_BYTES: usize = (16 << 20) - 1024;

/// What is at a path of a result, followed if it is a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// A file, whole.
    File(Vec<u8>),
    /// A file that is larger than the limit.
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit that was passed.
        limit: usize,
    },
    /// A directory.
    Directory,
    /// Something else that is not a regular file: a device, a pipe, a socket.
    Special,
    /// Nothing, or a symbolic link to nothing.
    Missing,
}

impl FileContent {
    /// The bytes of a file that may be missing, for callers that have no
    /// better place for the errors than the path itself.
    pub fn optional(self, path: &str) -> Result<Option<Vec<u8>>, Diagnostic> {
        match self {
            Self::File(bytes) => Ok(Some(bytes)),
            Self::Missing => Ok(None),
            Self::Directory => Err(Diagnostic::error(format!(
                "{path} is a directory, expected a file"
            ))),
            Self::Special => Err(Diagnostic::error(format!("{path} is not a regular file"))),
            Self::TooLarge { size, limit } => Err(Diagnostic::error(format!(
                "{path} is too large: {}, the limit is {}",
                binary_size(size),
                binary_size(limit as u64)
            ))),
        }
    }
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// Its name.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// A warning for the build's output.
#[derive(Clone, Debug)]
pub struct Warning {
    /// The digest of the vertex that the warning is shown at. Clients show only
    /// warnings at vertices that progress has shown.
    pub vertex: String,
    /// The message.
    pub short: String,
    /// Further lines, which clients show on request.
    pub detail: Vec<String>,
    /// The URL of a page that explains it.
    pub url: String,
    /// The place that it is about.
    pub location: Option<crate::source::Location>,
}

impl Warning {
    /// A diagnostic at a vertex. Its help is part of the short text, since
    /// clients show no more by default; the rule is in the details.
    pub fn new(vertex: impl Into<String>, diagnostic: &Diagnostic) -> Self {
        let rule = diagnostic.rule();
        Self {
            vertex: vertex.into(),
            short: diagnostic.summary(),
            detail: rule
                .map(|rule| format!("{}: {}", rule.name, rule.summary))
                .into_iter()
                .collect(),
            url: rule
                .and_then(|rule| rule.page)
                .unwrap_or_default()
                .to_owned(),
            location: diagnostic.location().cloned(),
        }
    }
}

/// The result of a build.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The answer to a subrequest, which has no file system.
    Metadata(BTreeMap<String, Vec<u8>>),
    /// One image.
    Single {
        /// The file system; `None` is scratch.
        reference: Option<Ref>,
        /// `containerimage.config` and others.
        metadata: BTreeMap<String, Vec<u8>>,
    },
    /// An image a platform.
    Multi {
        /// File systems by platform id.
        references: BTreeMap<String, Option<Ref>>,
        /// Metadata, `refs.platforms` included.
        metadata: BTreeMap<String, Vec<u8>>,
    },
}
