//! The operations, one file each.

mod blob_reference;
mod build;
mod copy;
mod diff;
mod exec;
mod exec_context;
mod exec_mount;
mod executed;
mod file;
mod file_action;
mod from_vertex;
mod git_url;
mod go_url;
mod inherit;
mod inputs;
mod layout_reference;
mod merge;
mod mount;
mod owner;
mod passthrough;
mod source;
mod source_blob;
mod source_caps;
mod source_file;
mod source_git;
mod source_http;
mod source_image;
mod source_local;
mod source_methods;
mod source_oci;

pub use blob_reference::{BlobReference, BlobReferenceError};
pub use build::Build;
pub use copy::CopyFrom;
pub use diff::Diff;
pub use exec::{Exec, ExecError};
pub use exec_context::{NetworkMode, Proxy, SecretEnv, SecurityMode, Ulimit};
pub use executed::Executed;
pub use file::File;
pub use file_action::{FileAction, Mkdir, Mkfile, Rm, Symlink, Timestamp};
pub use from_vertex::VertexError;
pub use git_url::{GitUrl, GitUrlError};
pub(crate) use inputs::EMPTY;
pub use layout_reference::{LayoutReference, LayoutReferenceError};
pub use merge::Merge;
pub use mount::{
    Access, BindMount, CacheId, CacheIdError, CacheMount, ContentCache, Mount, SecretMount,
    Sharing, SshMount, TmpfsMount,
};
pub use owner::{Account, Owner, OwnerError};
pub(crate) use passthrough::PassthroughOp;
pub use passthrough::{Passthrough, PassthroughError};
pub use source::{Source, SourceError};
pub use source_blob::{ImageBlobSource, OciLayoutBlobSource};
pub use source_git::{GitBundle, GitSignature, GitSource};
pub use source_http::{HttpSource, HttpUrl, HttpUrlError};
pub use source_image::{ImageSource, ResolveMode};
pub use source_local::{Differ, LocalSource};
pub use source_oci::OciLayoutSource;
