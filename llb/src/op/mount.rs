//! What an exec sees besides its root: one type a kind of mount.
//!
//! Each kind has only the options that it can have: a secret has no selector, a
//! tree in memory is no output, and so on.

use std::fmt;
use std::str::FromStr;

use buildkit_proto::pb;
use thiserror::Error;

use crate::path::ContainerPath;
use crate::vertex::Output;

/// Something that an exec sees at a path.
#[derive(Clone, Debug)]
pub enum Mount {
    /// A tree.
    Bind(BindMount),
    /// A directory that outlives the build.
    Cache(CacheMount),
    /// A directory in memory.
    Tmpfs(TmpfsMount),
    /// A secret of the client, as a file.
    Secret(SecretMount),
    /// The client's SSH agent, as a socket.
    Ssh(SshMount),
}

/// What an exec may do with a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    ReadOnly,
    /// Write to it; what it becomes is an output of the exec.
    Writable,
    /// Write to it; what it becomes is thrown away.
    Discarded,
}

/// Whether an exec is the same where a mounted tree has the same content, or
/// only where it was made in the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentCache {
    /// As the daemon thinks best: by content, where the tree is read-only or is
    /// mounted in whole.
    #[default]
    Default,
    /// By content. Daemons refuse it for a part of a writable tree, whose other
    /// parts the exec could reach.
    On,
    /// By how it was made, which needs no look at the tree.
    Off,
}

/// How execs that run at one time use one cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// All at once.
    #[default]
    Shared,
    /// Each its own copy.
    Private,
    /// One after another.
    Locked,
}

/// The name of a cache, the same for all builds of a daemon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheId(String);

/// Why a text names no cache.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a cache's id must not be empty")]
pub struct CacheIdError;

impl CacheId {
    /// A cache by its name.
    pub fn new(id: impl Into<String>) -> Result<Self, CacheIdError> {
        let id = id.into();
        if id.is_empty() {
            return Err(CacheIdError);
        }
        Ok(Self(id))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same cache in a namespace: `ns/id`. An empty namespace is none.
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
    pub(crate) selector: Option<ContainerPath>,
    pub(crate) content_cache: ContentCache,
}

/// A directory that outlives the build.
#[derive(Clone, Debug)]
pub struct CacheMount {
    pub(crate) id: CacheId,
    pub(crate) sharing: Sharing,
    pub(crate) seed: Output,
    pub(crate) selector: Option<ContainerPath>,
    pub(crate) read_only: bool,
}

/// A directory in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct TmpfsMount {
    pub(crate) size: u64,
}

/// A secret of the client, as a file.
#[derive(Clone, Debug)]
pub struct SecretMount(pub(crate) pb::SecretOpt);

/// The client's SSH agent, as a socket.
#[derive(Clone, Debug)]
pub struct SshMount(pub(crate) pb::SshOpt);

impl Mount {
    /// A tree to read.
    pub fn read_only(tree: &Output) -> BindMount {
        BindMount::new(tree, Access::ReadOnly)
    }

    /// A tree to write to: what it becomes is an output of the exec.
    pub fn tree(tree: &Output) -> BindMount {
        BindMount::new(tree, Access::Writable)
    }

    /// A tree to write to, for this exec alone.
    pub fn discarded(tree: &Output) -> BindMount {
        BindMount::new(tree, Access::Discarded)
    }

    /// A directory that outlives the build.
    pub fn cache(id: CacheId, sharing: Sharing) -> CacheMount {
        CacheMount {
            id,
            sharing,
            seed: Output::SCRATCH,
            selector: None,
            read_only: false,
        }
    }

    /// A directory in memory.
    pub fn tmpfs() -> TmpfsMount {
        TmpfsMount::default()
    }

    /// A secret of the client, as a file that only its owner can read.
    pub fn secret(id: impl Into<String>) -> SecretMount {
        SecretMount(pb::SecretOpt {
            id: id.into(),
            mode: 0o400,
            ..pb::SecretOpt::default()
        })
    }

    /// An SSH agent of the client, as a socket that only its owner can use.
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
    pub fn new(tree: &Output, access: Access) -> Self {
        Self {
            tree: tree.clone(),
            access,
            selector: None,
            content_cache: ContentCache::Default,
        }
    }

    /// The part of the tree that is mounted. Of a writable tree, the output is
    /// still the whole tree.
    pub fn selector(mut self, path: ContainerPath) -> Self {
        self.selector = Some(path);
        self
    }

    /// Whether the exec is the same where the tree's content is.
    pub fn content_cache(mut self, mode: ContentCache) -> Self {
        self.content_cache = mode;
        self
    }
}

impl CacheMount {
    /// What the cache holds when it is new.
    pub fn seed(mut self, tree: &Output) -> Self {
        self.seed = tree.clone();
        self
    }

    /// The part of the seed that the cache holds when it is new.
    pub fn selector(mut self, path: ContainerPath) -> Self {
        self.selector = Some(path);
        self
    }

    /// The exec may only read it.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

impl TmpfsMount {
    /// How many bytes it can hold.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = bytes;
        self
    }
}

/// The options of files that the client provides.
macro_rules! file_methods {
    ($mount:ty, $what:literal) => {
        impl $mount {
            #[doc = concat!("The ", $what, "'s owner; root otherwise.")]
            pub fn owner(mut self, uid: u32, gid: u32) -> Self {
                self.0.uid = uid;
                self.0.gid = gid;
                self
            }

            #[doc = concat!("The ", $what, "'s mode.")]
            pub fn mode(mut self, mode: u32) -> Self {
                self.0.mode = mode & 0o777;
                self
            }

            /// The exec also runs where the client has none.
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
