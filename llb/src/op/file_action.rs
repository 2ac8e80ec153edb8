//! Single changes to a tree, with all their options.

use buildkit_proto::pb;

use crate::op::copy::CopyFrom;
use crate::op::owner::Owner;
use crate::path::ContainerPath;

/// A moment, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub(crate) i64);

impl Timestamp {
    /// So many seconds since 1970.
    pub fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// So many nanoseconds since 1970.
    pub fn from_nanos(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    pub(super) fn or_unset(time: Option<Self>) -> i64 {
        time.map_or(-1, |time| time.0)
    }
}

/// One change to a tree.
#[derive(Clone, Debug)]
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
    // Daemons drop the other bits; dropped here, equal results have equal digests.
    i32::try_from(mode & 0o777).unwrap_or_default()
}

/// Makes a directory. One that exists already is left as it is.
///
/// Daemons may take their own umask off the mode: with the usual one, BuildKit
/// 0.13 makes 0755 of 0777.
#[derive(Clone, Debug)]
pub struct Mkdir {
    path: ContainerPath,
    mode: u32,
    parents: bool,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Mkdir {
    /// A directory at this path.
    pub fn new(path: ContainerPath, mode: u32) -> Self {
        Self {
            path,
            mode,
            parents: false,
            owner: None,
            created: None,
        }
    }

    /// With missing directories above it, of the same mode and owner.
    pub fn parents(mut self) -> Self {
        self.parents = true;
        self
    }
}

/// Makes a file. For its mode holds what is said of [`Mkdir`]'s.
#[derive(Clone, Debug)]
pub struct Mkfile {
    path: ContainerPath,
    mode: u32,
    data: Vec<u8>,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Mkfile {
    /// A file at this path, with this content.
    pub fn new(path: ContainerPath, mode: u32, data: impl Into<Vec<u8>>) -> Self {
        Self {
            path,
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
    path: ContainerPath,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Symlink {
    /// A link at `path` that says `target`, which may be relative to the link.
    pub fn new(path: ContainerPath, target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            path,
            owner: None,
            created: None,
        }
    }
}

/// Removes a file, or a directory with all that is in it.
#[derive(Clone, Debug)]
pub struct Rm {
    path: ContainerPath,
    allow_not_found: bool,
    allow_wildcard: bool,
}

impl Rm {
    /// What is at this path.
    pub fn new(path: ContainerPath) -> Self {
        Self {
            path,
            allow_not_found: false,
            allow_wildcard: false,
        }
    }

    /// Nothing there is no error.
    pub fn allow_not_found(mut self) -> Self {
        self.allow_not_found = true;
        self
    }

    /// The path is a pattern.
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
            /// Who owns it.
            pub fn owner(mut self, owner: Owner) -> Self {
                self.owner = Some(owner);
                self
            }

            /// When it was made and changed, as the tree tells.
            pub fn created(mut self, time: Timestamp) -> Self {
                self.created = Some(time);
                self
            }
        })*
    };
}

owner_methods!(Mkdir Mkfile Symlink CopyFrom);

impl FileAction {
    /// The accounts that it names.
    pub(crate) fn owner(&self) -> Option<&Owner> {
        match self {
            Self::Mkdir(action) => action.owner.as_ref(),
            Self::Mkfile(action) => action.owner.as_ref(),
            Self::Symlink(action) => action.owner.as_ref(),
            Self::Rm(_) => None,
            Self::Copy(action) => action.owner.as_ref(),
        }
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
            Self::Rm(action) => Action::Rm(pb::FileActionRm {
                path: action.path.into(),
                allow_not_found: action.allow_not_found,
                allow_wildcard: action.allow_wildcard,
            }),
            Self::Copy(action) => Action::Copy(action.into_pb(owner)),
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
