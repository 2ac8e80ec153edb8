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
mod lint;
mod location;
mod metadata;
mod needed;
mod op;
mod path;
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

pub use buildkit_proto::pb;

pub use caps::{Cap, CapSet, Unsupported};
pub use decode::DecodeError;
pub use definition::Definition;
pub use digest::{Digest, DigestError};
pub use lint::{Lint, LintKind};
pub use location::{Location, Position, Range, SourceFile};
pub use metadata::Metadata;
pub use op::{
    Access, Account, BindMount, BlobReference, BlobReferenceError, Build, CacheId, CacheIdError,
    CacheMount, ContentCache, CopyFrom, Diff, Differ, Exec, ExecError, Executed, File, FileAction,
    GitBundle, GitSignature, GitSource, GitUrl, GitUrlError, HttpSource, HttpUrl, HttpUrlError,
    ImageBlobSource, ImageSource, LayoutReference, LayoutReferenceError, LocalSource, Merge, Mkdir,
    Mkfile, Mount, NetworkMode, OciLayoutBlobSource, OciLayoutSource, Owner, OwnerError,
    Passthrough, PassthroughError, Proxy, ResolveMode, Rm, SecretEnv, SecretMount, SecurityMode,
    Sharing, Source, SourceError, SshMount, Symlink, Timestamp, TmpfsMount, Ulimit,
};
pub use path::{AnyPath, ContainerPath, PathError, RawPath, at, raw};
pub use platform::{Platform, PlatformError};
pub use reference::{Reference, ReferenceError};
pub use resources::{ProgressGroup, Resources};
pub use rewrite::InputsError;
pub use settings::Constraints;
pub use vertex::{Output, Vertex};

/// The readme's example, which runs as a test of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
