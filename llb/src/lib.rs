//! BuildKit LLB graphs as Rust values, byte for byte as BuildKit's own client
//! makes them.
//!
//! LLB is the language that BuildKit solves: a graph of operations on file trees.
//! This crate makes, reads and changes such graphs, and nothing else: it does no
//! input or output, reads no clock and no environment.
//!
//! - A **builder** ([`Source`], [`Exec`], [`File`], [`Merge`], [`Diff`],
//!   [`Build`], [`Passthrough`]) describes one operation. Its last call encodes
//!   and digests it once.
//! - An [`Output`] is a cheap handle to a result, which other operations take.
//!   [`Output::SCRATCH`] is the empty tree.
//! - A [`Definition`] is the graph behind an output, ready to be sent.
//!
//! ```
//! use buildkit_llb::{CacheId, Definition, Exec, File, Merge, Mount, Output, Platform};
//! use buildkit_llb::{Sharing, Source, SourceFile, at};
//!
//! let platform = Platform::linux_arm64();
//! let stub = SourceFile::new("Dockerfile", "Dockerfile", "FROM python\nRUN …\n");
//!
//! let base = Source::image("python:3.11-slim".parse()?)
//!     .platform(platform.clone())
//!     .location(stub.lines(1, 1))
//!     .output();
//! let list = File::on(Output::SCRATCH)
//!     .mkfile(at("/list.txt"), 0o644, "numpy==2.1\n")
//!     .output();
//! let empty = File::on(Output::SCRATCH).mkdir(at("/opt/venv"), 0o755).output();
//! let venv = Exec::on(&base)
//!     .args(["pip", "install", "--target=/opt/venv", "-r", "/in/list.txt"])
//!     .mount(at("/in"), Mount::read_only(&list))
//!     .mount(at("/root/.cache/pip"), Mount::cache(CacheId::new("pip")?, Sharing::Shared))
//!     .mount(at("/opt/venv"), Mount::writable(&empty).selector(at("/opt/venv")))
//!     .platform(platform)
//!     .name("install numpy")
//!     .location(stub.lines(2, 2))
//!     .finish()
//!     .output(at("/opt/venv"));
//! let image = Merge::of([&base, &venv]).output();
//!
//! let definition = Definition::new(&image);
//! assert_eq!(definition.vertices().len(), 5);
//! let bytes = definition.to_bytes(); // for a Solve, or for `buildctl build`
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Guarantees
//!
//! - Equal values give equal bytes, those of BuildKit's Go client: daemons digest
//!   each operation again, and lose source locations and warnings if the digests
//!   differ.
//! - Metadata (name, location, capabilities, progress group, resources,
//!   `ignore_cache`) is not part of an operation's digest. A definition merges the
//!   metadata of equal operations.
//! - Nothing is inherited: platform and worker filters are set on each operation,
//!   or by one [`Constraints`] value on many.
//! - Reading a definition and writing it again loses nothing.
//! - Graphs can have any depth and width: nothing recurses, nothing is quadratic.
//!
//! # Features
//!
//! - `serde`: `Serialize` and `Deserialize` for the values that options take.

mod attr;
pub mod canonical;
mod caps;
mod convert;
mod decode;
mod definition;
mod digest;
mod dump;
mod encode;
mod files;
mod lints;
mod location;
mod needed;
mod op;
mod operation_metadata;
mod paths;
mod platform;
mod redact;
mod reference;
mod resources;
mod rewrite;
#[cfg(feature = "serde")]
mod serde_impls;
mod settings;
mod unique;
mod vertex;
mod wire;

pub use buildkit_proto::moby::buildkit::v1::apicaps;
pub use buildkit_proto::pb;

pub use caps::{Cap, CapSet};
pub use definition::Definition;
pub use digest::Digest;
pub use location::SourceFile;
pub use op::{
    Build, CacheId, CopyFrom, Diff, Exec, File, GitUrl, HttpUrl, Merge, Mkdir, Mkfile, Mount,
    Owner, Passthrough, Rm, Sharing, Source, Symlink,
};
pub use paths::{ContainerPath, at, raw};
pub use platform::Platform;
pub use reference::Reference;
pub use settings::Constraints;
pub use vertex::{Output, Vertex};

/// Sources: their builders, addresses and options.
pub mod source {
    pub use crate::op::{
        BlobReference, Differ, GitBundle, GitSignature, GitSource, GitUrl, HttpSource, HttpUrl,
        ImageBlobSource, ImageSource, LayoutReference, LocalSource, OciLayoutBlobSource,
        OciLayoutSource, ResolveMode, Source,
    };
    pub use crate::reference::Reference;
}

/// Execs: their mounts, environment and outputs.
pub mod exec {
    pub use crate::op::{
        Access, BindMount, CacheId, CacheMount, ContentCache, Exec, Executed, Mount, NetworkMode,
        Proxy, SecretEnv, SecretMount, SecurityMode, Sharing, SshMount, TmpfsMount, Ulimit,
    };
}

/// File operations: their actions and owners.
pub mod file {
    pub use crate::op::{
        Account, CopyFrom, File, FileAction, Mkdir, Mkfile, Owner, Rm, Symlink, Timestamp,
    };
}

/// Metadata of operations: names, locations, progress groups, limits.
pub mod metadata {
    pub use crate::location::{Location, Position, Range, SourceFile};
    pub use crate::operation_metadata::Metadata;
    pub use crate::resources::{ProgressGroup, Resources};
}

/// Paths: clean, raw, and either.
pub mod path {
    pub use crate::paths::{AnyPath, ContainerPath, RawPath, at, raw};
}

/// What is legal in a definition and surely wrong.
pub mod lint {
    pub use crate::lints::{Lint, LintKind};
}

/// Why something is invalid, for each type that checks.
pub mod error {
    pub use crate::caps::Unsupported;
    pub use crate::decode::DecodeError;
    pub use crate::digest::DigestError;
    pub use crate::op::{
        BlobReferenceError, CacheIdError, ExecError, GitUrlError, HttpUrlError,
        LayoutReferenceError, OwnerError, PassthroughError, SourceError, VertexError,
    };
    pub use crate::paths::PathError;
    pub use crate::platform::PlatformError;
    pub use crate::reference::ReferenceError;
    pub use crate::rewrite::InputsError;
}

/// The readme's example, which runs as a test of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
