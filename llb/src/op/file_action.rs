//! Single actions of a file operation, with all their options.

use std::fmt;

use buildkit_proto::pb;

use crate::op::copy::CopyFrom;
use crate::op::owner::Owner;
use crate::paths::{AnyPath, raw};

/// A point in time, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timestamp(pub(crate) i64);

impl Timestamp {
    /// From seconds since 1970.
    pub fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// From nanoseconds since 1970.
    pub fn from_nanos(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    pub(super) fn or_unset(time: Option<Self>) -> i64 {
        time.map_or(-1, |time| time.0)
    }

    /// The time in an action; -1 is none.
    pub(super) fn read(time: i64) -> Option<Self> {
        (time != -1).then_some(Self(time))
    }
}

/// Nanoseconds since 1970, as actions have them.
impl From<Timestamp> for i64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl From<i64> for Timestamp {
    fn from(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }
}

/// One action of a file operation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FileAction {
    /// Makes a directory.
    Mkdir(Mkdir),
    /// Makes a file.
    Mkfile(Mkfile),
    /// Makes a symbolic link.
    Symlink(Symlink),
    /// Removes something.
    Rm(Rm),
    /// Copies from another tree.
    Copy(Box<CopyFrom>),
}

pub(super) fn permissions(mode: u32) -> i32 {
    // As in Go: daemons drop the other bits of new files and directories.
    i32::try_from(mode & 0o777).unwrap_or_default()
}

/// Makes a directory. One that exists already is left as it is.
///
/// Daemons may apply their own umask to the mode: with the usual one, BuildKit
/// 0.13 makes a directory of mode 0755 for 0777. Only the permission bits count.
#[derive(Clone, Debug)]
pub struct Mkdir {
    path: AnyPath,
    mode: u32,
    parents: bool,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Mkdir {
    /// A directory at this path.
    pub fn new(path: impl Into<AnyPath>, mode: u32) -> Self {
        Self {
            path: path.into(),
            mode,
            parents: false,
            owner: None,
            created: None,
        }
    }

    /// Creates missing parents too, with the same mode and owner.
    #[doc(alias = "WithParents")]
    pub fn parents(mut self) -> Self {
        self.parents = true;
        self
    }
}

/// Makes a file. What [`Mkdir`] says about the mode applies here too.
#[derive(Clone)]
pub struct Mkfile {
    path: AnyPath,
    mode: u32,
    data: Vec<u8>,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

/// With the size of the data instead of the data.
impl fmt::Debug for Mkfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mkfile")
            .field("path", &self.path)
            .field("mode", &self.mode)
            .field("bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

impl Mkfile {
    /// A file at this path, with this content.
    pub fn new(path: impl Into<AnyPath>, mode: u32, data: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            mode,
            data: data.into(),
            owner: None,
            created: None,
        }
    }
}

/// Makes a symbolic link.
#[derive(Clone, Debug)]
pub struct Symlink {
    target: String,
    path: AnyPath,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Symlink {
    /// A link at `path` that points to `target`, which may be relative to the
    /// link.
    pub fn new(path: impl Into<AnyPath>, target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            path: path.into(),
            owner: None,
            created: None,
        }
    }
}

/// Removes a file, or a directory with everything in it.
#[derive(Clone, Debug)]
pub struct Rm {
    path: AnyPath,
    allow_not_found: bool,
    allow_wildcard: bool,
}

impl Rm {
    /// The file or directory at this path.
    pub fn new(path: impl Into<AnyPath>) -> Self {
        Self {
            path: path.into(),
            allow_not_found: false,
            allow_wildcard: false,
        }
    }

    /// Does not fail if there is nothing to remove.
    #[doc(alias = "WithAllowNotFound")]
    pub fn allow_not_found(mut self) -> Self {
        self.allow_not_found = true;
        self
    }

    /// The path is a pattern.
    #[doc(alias = "WithAllowWildcard")]
    pub fn wildcard(mut self) -> Self {
        self.allow_wildcard = true;
        self
    }

    pub(crate) fn is_wildcard(&self) -> bool {
        self.allow_wildcard
    }
}

macro_rules! owner_methods {
    ($($action:ty)*) => {
        $(impl $action {
            /// The owner; see [`Owner`] for what happens without one.
            #[doc(alias = "WithUser")]
            #[doc(alias = "WithUIDGID")]
            pub fn owner(mut self, owner: Owner) -> Self {
                self.owner = Some(owner);
                self
            }

            /// The time of creation and modification.
            #[doc(alias = "WithCreatedTime")]
            pub fn created(mut self, time: Timestamp) -> Self {
                self.created = Some(time);
                self
            }
        })*
    };
}

owner_methods!(Mkdir Mkfile Symlink CopyFrom);

impl FileAction {
    /// An action to leave behind where another is moved out.
    pub(super) fn placeholder() -> Self {
        Self::Rm(Rm::new(raw(String::new())))
    }

    /// The owner that it names.
    pub(crate) fn owner(&self) -> Option<&Owner> {
        match self {
            Self::Mkdir(action) => action.owner.as_ref(),
            Self::Mkfile(action) => action.owner.as_ref(),
            Self::Symlink(action) => action.owner.as_ref(),
            Self::Rm(_) => None,
            Self::Copy(action) => action.owner.as_ref(),
        }
    }

    pub(super) fn read_mkdir(action: pb::FileActionMkDir, owner: Option<Owner>) -> Self {
        Self::Mkdir(Mkdir {
            path: AnyPath::read(action.path),
            mode: action.mode.cast_unsigned(),
            parents: action.make_parents,
            owner,
            created: Timestamp::read(action.timestamp),
        })
    }

    pub(super) fn read_mkfile(action: pb::FileActionMkFile, owner: Option<Owner>) -> Self {
        Self::Mkfile(Mkfile {
            path: AnyPath::read(action.path),
            mode: action.mode.cast_unsigned(),
            data: action.data,
            owner,
            created: Timestamp::read(action.timestamp),
        })
    }

    pub(super) fn read_symlink(action: pb::FileActionSymlink, owner: Option<Owner>) -> Self {
        Self::Symlink(Symlink {
            target: action.oldpath,
            path: AnyPath::read(action.newpath),
            owner,
            created: Timestamp::read(action.timestamp),
        })
    }

    pub(crate) fn into_pb(self, owner: Option<pb::ChownOpt>) -> pb::file_action::Action {
        use pb::file_action::Action;
        match self {
            Self::Mkdir(action) => Action::Mkdir(pb::FileActionMkDir {
                path: action.path.into(),
                mode: permissions(action.mode),
                make_parents: action.parents,
                owner,
                timestamp: Timestamp::or_unset(action.created),
            }),
            Self::Mkfile(action) => Action::Mkfile(pb::FileActionMkFile {
                path: action.path.into(),
                mode: permissions(action.mode),
                data: action.data,
                owner,
                timestamp: Timestamp::or_unset(action.created),
            }),
            Self::Symlink(action) => Action::Symlink(pb::FileActionSymlink {
                oldpath: action.target,
                newpath: action.path.into(),
                owner,
                timestamp: Timestamp::or_unset(action.created),
            }),
            Self::Rm(action) => Action::Rm(action.into()),
            Self::Copy(action) => Action::Copy(action.into_pb(owner)),
        }
    }
}

impl From<Rm> for pb::FileActionRm {
    fn from(action: Rm) -> Self {
        Self {
            path: action.path.into(),
            allow_not_found: action.allow_not_found,
            allow_wildcard: action.allow_wildcard,
        }
    }
}

impl From<pb::FileActionRm> for Rm {
    fn from(action: pb::FileActionRm) -> Self {
        Self {
            path: AnyPath::read(action.path),
            allow_not_found: action.allow_not_found,
            allow_wildcard: action.allow_wildcard,
        }
    }
}

macro_rules! into_action {
    ($($kind:ident: $action:ty;)*) => {
        $(impl From<$action> for FileAction {
            fn from(action: $action) -> Self {
                Self::$kind(action)
            }
        })*
    };
}

into_action! {
    Mkdir: Mkdir;
    Mkfile: Mkfile;
    Symlink: Symlink;
    Rm: Rm;
}

impl From<CopyFrom> for FileAction {
    fn from(action: CopyFrom) -> Self {
        Self::Copy(Box::new(action))
    }
}
