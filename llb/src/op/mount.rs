//! The mounts of an exec, with a type for each kind.
//!
//! Each kind has only the options that it can have: a secret has no selector, a
//! tmpfs is not an output, and so on.

use std::fmt;
use std::str::FromStr;

use buildkit_proto::pb;
use thiserror::Error;

use crate::paths::AnyPath;
use crate::vertex::Output;

/// Something that is mounted in an exec's container.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Mount {
    /// A tree.
    Bind(BindMount),
    /// A cache directory, which outlives the build.
    Cache(CacheMount),
    /// A directory in memory.
    Tmpfs(TmpfsMount),
    /// A secret of the client, as a file.
    Secret(SecretMount),
    /// An SSH agent of the client, as a socket.
    Ssh(SshMount),
}

/// What an exec may do with a tree, and whether the changes are an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Access {
    /// The exec can only read it.
    #[doc(alias = "Readonly")]
    ReadOnly,
    /// The exec can write to it; the changed tree is an output.
    Writable,
    /// The exec can write to it; the changes are discarded.
    #[doc(alias = "ForceNoOutput")]
    Discarded,
}

/// Whether the cache key of an exec has the content of a mounted tree, or the
/// operations that made it.
#[doc(alias = "MountContentCache")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ContentCache {
    /// As the daemon decides: the content of a tree that is read-only or mounted
    /// as a whole.
    #[default]
    Default,
    /// The content. Daemons refuse this for a part of a writable tree, since the
    /// exec could reach its other parts.
    On,
    /// The operations that made it, so that the content is not needed.
    Off,
}

/// How execs that run at the same time share a cache.
#[doc(alias = "CacheMountSharingMode")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Sharing {
    /// All of them use it at once.
    #[default]
    Shared,
    /// Each has its own.
    Private,
    /// They wait for each other.
    Locked,
}

/// The id of a cache, which all builds of a daemon share. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheId(String);

/// Why a text is not a [`CacheId`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid cache id: expected a text that is not empty")]
pub struct CacheIdError;

impl CacheId {
    /// An id from its text.
    pub fn new(id: impl Into<String>) -> Result<Self, CacheIdError> {
        let id = id.into();
        if id.is_empty() {
            return Err(CacheIdError);
        }
        Ok(Self(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same id in a namespace, as `namespace/id`. An empty namespace changes
    /// nothing.
    pub fn in_namespace(self, namespace: &str) -> Self {
        if namespace.is_empty() {
            self
        } else {
            Self(format!("{namespace}/{}", self.0))
        }
    }
}

impl fmt::Display for CacheId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CacheId {
    type Err = CacheIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// A tree at a path.
#[derive(Clone, Debug)]
pub struct BindMount {
    pub(crate) tree: Output,
    pub(crate) access: Access,
    pub(crate) selector: Option<AnyPath>,
    pub(crate) content_cache: ContentCache,
}

/// A cache directory, which outlives the build.
#[doc(alias = "AsPersistentCacheDir")]
#[derive(Clone, Debug)]
pub struct CacheMount {
    pub(crate) id: CacheId,
    pub(crate) sharing: Sharing,
    pub(crate) seed: Output,
    pub(crate) selector: Option<AnyPath>,
    pub(crate) read_only: bool,
    pub(crate) content_cache: ContentCache,
}

/// A directory in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct TmpfsMount {
    pub(crate) size: u64,
    pub(crate) content_cache: ContentCache,
}

/// A secret of the client, as a file.
#[derive(Clone, Debug)]
pub struct SecretMount(pub(crate) pb::SecretOpt);

/// An SSH agent of the client, as a socket.
#[derive(Clone, Debug)]
pub struct SshMount(pub(crate) pb::SshOpt);

impl Mount {
    /// A tree that can only be read.
    pub fn read_only(tree: impl Into<Output>) -> BindMount {
        BindMount::new(tree, Access::ReadOnly)
    }

    /// A tree that can be written to; the changed tree is an output of the exec.
    pub fn writable(tree: impl Into<Output>) -> BindMount {
        BindMount::new(tree, Access::Writable)
    }

    /// A tree that can be written to; the changes are discarded.
    #[doc(alias = "ForceNoOutput")]
    pub fn discarded(tree: impl Into<Output>) -> BindMount {
        BindMount::new(tree, Access::Discarded)
    }

    /// A cache directory, which outlives the build.
    #[doc(alias = "AsPersistentCacheDir")]
    pub fn cache(id: CacheId, sharing: Sharing) -> CacheMount {
        CacheMount {
            id,
            sharing,
            seed: Output::SCRATCH,
            selector: None,
            read_only: false,
            content_cache: ContentCache::Default,
        }
    }

    /// A directory in memory.
    #[doc(alias = "Tmpfs")]
    pub fn tmpfs() -> TmpfsMount {
        TmpfsMount::default()
    }

    /// A secret of the client, as a file that only its owner can read.
    #[doc(alias = "AddSecret")]
    #[doc(alias = "SecretID")]
    pub fn secret(id: impl Into<String>) -> SecretMount {
        SecretMount(pb::SecretOpt {
            id: id.into(),
            mode: 0o400,
            ..pb::SecretOpt::default()
        })
    }

    /// An SSH agent of the client, as a socket that only its owner can use.
    #[doc(alias = "AddSSHSocket")]
    #[doc(alias = "SSHID")]
    #[doc(alias = "SSHSocketTarget")]
    pub fn ssh(id: impl Into<String>) -> SshMount {
        SshMount(pb::SshOpt {
            id: id.into(),
            mode: 0o600,
            ..pb::SshOpt::default()
        })
    }
}

impl BindMount {
    /// A tree with this access.
    pub fn new(tree: impl Into<Output>, access: Access) -> Self {
        Self {
            tree: tree.into(),
            access,
            selector: None,
            content_cache: ContentCache::Default,
        }
    }

    /// The part of the tree that is mounted. The output of a writable mount is
    /// still the whole tree.
    #[doc(alias = "SourcePath")]
    pub fn selector(mut self, path: impl Into<AnyPath>) -> Self {
        self.selector = Some(path.into());
        self
    }

    /// Whether the tree's content is part of the cache key.
    pub fn content_cache(mut self, mode: ContentCache) -> Self {
        self.content_cache = mode;
        self
    }
}

impl CacheMount {
    /// The initial content of the cache.
    pub fn seed(mut self, tree: impl Into<Output>) -> Self {
        self.seed = tree.into();
        self
    }

    /// Whether the seed's content is part of the cache key.
    pub fn content_cache(mut self, mode: ContentCache) -> Self {
        self.content_cache = mode;
        self
    }

    /// The part of the seed that is the initial content.
    #[doc(alias = "SourcePath")]
    pub fn selector(mut self, path: impl Into<AnyPath>) -> Self {
        self.selector = Some(path.into());
        self
    }

    /// The exec can only read the cache.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

impl TmpfsMount {
    /// The size in bytes; without one, half of the memory.
    #[doc(alias = "TmpfsSize")]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = bytes;
        self
    }

    /// Writes a content cache mode, which daemons ignore for a tmpfs.
    pub fn content_cache(mut self, mode: ContentCache) -> Self {
        self.content_cache = mode;
        self
    }
}

/// The options of secrets and agents.
macro_rules! file_methods {
    ($mount:ty, $what:literal) => {
        impl $mount {
            #[doc = concat!("The ", $what, "'s owner; root if none is set.")]
            #[doc(alias = "SecretFileOpt")]
            #[doc(alias = "SSHSocketOpt")]
            pub fn owner(mut self, uid: u32, gid: u32) -> Self {
                self.0.uid = uid;
                self.0.gid = gid;
                self
            }

            #[doc = concat!("The ", $what, "'s mode.")]
            pub fn mode(mut self, mode: u32) -> Self {
                self.0.mode = mode;
                self
            }

            /// Lets the exec run if the client has none.
            #[doc(alias = "SecretOptional")]
            #[doc(alias = "SSHOptional")]
            pub fn optional(mut self) -> Self {
                self.0.optional = true;
                self
            }
        }
    };
}

file_methods!(SecretMount, "file");
file_methods!(SshMount, "socket");

macro_rules! into_mount {
    ($($kind:ident: $mount:ty;)*) => {
        $(impl From<$mount> for Mount {
            fn from(mount: $mount) -> Self {
                Self::$kind(mount)
            }
        })*
    };
}

into_mount! {
    Bind: BindMount;
    Cache: CacheMount;
    Tmpfs: TmpfsMount;
    Secret: SecretMount;
    Ssh: SshMount;
}
