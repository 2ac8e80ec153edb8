//! The operations, one file each.

mod build;
mod diff;
mod exec;
mod file;
mod file_action;
mod git_url;
mod inputs;
mod merge;
mod mount;
mod source;
mod source_git;
mod source_http;
mod source_image;
mod source_local;
mod source_oci;

pub use build::Build;
pub use diff::Diff;
pub use exec::{Exec, Executed, NetworkMode, Proxy, SecretEnv, SecurityMode, Ulimit};
pub use file::File;
pub use file_action::{
    Account, CopyFrom, FileAction, Mkdir, Mkfile, Owner, Rm, Symlink, Timestamp,
};
pub use git_url::{GitUrl, GitUrlError};
pub use merge::Merge;
pub use mount::{
    Access, BindMount, CacheId, CacheIdError, CacheMount, ContentCache, Mount, SecretMount,
    Sharing, SshMount, TmpfsMount,
};
pub use source::{Source, SourceError};
pub use source_git::GitSource;
pub use source_http::{HttpSource, HttpUrl, HttpUrlError};
pub use source_image::{ImageSource, ResolveMode};
pub use source_local::{Differ, LocalSource};
pub use source_oci::OciLayoutSource;
