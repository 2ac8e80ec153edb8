//! Single changes to a tree, with all their options.

use buildkit_proto::pb;

use crate::op::file::File;
use crate::path::ContainerPath;
use crate::vertex::Output;

/// "As it comes": no mode or time given.
const UNSET: i32 = -1;

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

/// A user or group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// By number.
    Id(u32),
    /// By name, as the changed tree has it in `/etc/passwd` or `/etc/group`.
    Name(String),
    /// By name, as another tree has it.
    NameIn(String, Output),
}

impl From<u32> for Account {
    fn from(id: u32) -> Self {
        Self::Id(id)
    }
}

impl From<&str> for Account {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// Who owns something. Without an owner, a copy keeps its source's and new things
/// are root's.
///
/// A user alone brings a group along: the user's own where it is a name, the same
/// number where it is one. A group alone makes root the user. Daemons take a name
/// that the tree does not have for root, without a word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Owner {
    pub(crate) user: Option<Account>,
    pub(crate) group: Option<Account>,
}

impl Owner {
    /// User and group by number.
    pub fn ids(uid: u32, gid: u32) -> Self {
        Self::default().user(uid).group(gid)
    }

    /// User and group of the same name, as the changed tree has them.
    pub fn named(name: &str) -> Self {
        Self::default().user(name).group(name)
    }

    /// The user.
    pub fn user(mut self, user: impl Into<Account>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The group.
    pub fn group(mut self, group: impl Into<Account>) -> Self {
        self.group = Some(group.into());
        self
    }
}

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

    fn or_unset(time: Option<Self>) -> i64 {
        time.map_or(UNSET.into(), |time| time.0)
    }
}

fn permissions(mode: u32) -> i32 {
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

/// Where a copy comes from.
#[derive(Clone, Debug)]
pub(crate) enum CopySource {
    Output(Output),
    Chain(Box<File>),
}

/// Copies a file or directory from another tree.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the operation, free of the others"
)]
pub struct CopyFrom {
    pub(crate) source: CopySource,
    path: ContainerPath,
    dest: ContainerPath,
    into_directory: bool,
    owner: Option<Owner>,
    mode: Option<u32>,
    symbolic_mode: String,
    created: Option<Timestamp>,
    follow_links: bool,
    contents_only: bool,
    unpack: bool,
    create_parents: bool,
    wildcard: bool,
    allow_empty_wildcard: bool,
    include: Vec<String>,
    exclude: Vec<String>,
    required: Vec<String>,
    replace: bool,
}

impl CopyFrom {
    /// From a tree.
    pub fn tree(tree: &Output, path: ContainerPath, dest: ContainerPath) -> Self {
        Self::new(CopySource::Output(tree.clone()), path, dest)
    }

    /// From what other changes give, which become part of the same operation.
    /// Where they are an earlier state of the same chain, they are not repeated:
    ///
    /// ```
    /// use buildkit_llb::{CopyFrom, File, Output, at};
    /// let early = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
    /// let late = early
    ///     .clone()
    ///     .rm(at("/a"))
    ///     .action(CopyFrom::chain(&early, at("/a"), at("/b")));
    /// # let _ = late.output();
    /// ```
    pub fn chain(chain: &File, path: ContainerPath, dest: ContainerPath) -> Self {
        Self::new(CopySource::Chain(Box::new(chain.clone())), path, dest)
    }

    fn new(source: CopySource, path: ContainerPath, dest: ContainerPath) -> Self {
        Self {
            source,
            path,
            dest,
            into_directory: false,
            owner: None,
            mode: None,
            symbolic_mode: String::new(),
            created: None,
            follow_links: false,
            contents_only: false,
            unpack: false,
            create_parents: false,
            wildcard: false,
            allow_empty_wildcard: false,
            include: Vec::new(),
            exclude: Vec::new(),
            required: Vec::new(),
            replace: false,
        }
    }

    /// The destination is a directory, which the copy goes into.
    pub fn into_directory(mut self) -> Self {
        self.into_directory = true;
        self
    }

    /// Everything copied gets this mode.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Everything copied gets its mode changed so: `u+x,go-w`. No capability
    /// says whether a daemon knows this, and one that does not gives mode 000:
    /// prefer [`Self::mode`].
    pub fn symbolic_mode(mut self, change: impl Into<String>) -> Self {
        self.symbolic_mode = change.into();
        self
    }

    /// A link at the source's path is followed.
    pub fn follow_links(mut self) -> Self {
        self.follow_links = true;
        self
    }

    /// Of a directory only what is in it, not the directory itself.
    pub fn contents_only(mut self) -> Self {
        self.contents_only = true;
        self
    }

    /// A tar archive is unpacked; anything else is copied.
    pub fn unpack(mut self) -> Self {
        self.unpack = true;
        self
    }

    /// Missing directories above the destination are made.
    pub fn create_parents(mut self) -> Self {
        self.create_parents = true;
        self
    }

    /// The source's path is a pattern.
    pub fn wildcard(mut self) -> Self {
        self.wildcard = true;
        self
    }

    /// The source's path is a pattern that may match nothing.
    pub fn optional_wildcard(mut self) -> Self {
        self.wildcard = true;
        self.allow_empty_wildcard = true;
        self
    }

    /// Only what matches one of these patterns.
    pub fn include<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.include.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Not what matches one of these patterns.
    pub fn exclude<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.exclude.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Each of these paths must match something.
    pub fn required<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.required.extend(paths.into_iter().map(Into::into));
        self
    }

    /// A file takes the place of a directory and the other way round.
    pub fn replace_existing(mut self) -> Self {
        self.replace = true;
        self
    }

    pub(crate) fn has_patterns(&self) -> bool {
        !self.include.is_empty() || !self.exclude.is_empty()
    }

    pub(crate) fn has_required_paths(&self) -> bool {
        !self.required.is_empty()
    }

    pub(crate) fn replaces(&self) -> bool {
        self.replace
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

    pub(crate) fn to_pb(&self, owner: Option<pb::ChownOpt>) -> pb::file_action::Action {
        use pb::file_action::Action;
        match self {
            Self::Mkdir(action) => Action::Mkdir(pb::FileActionMkDir {
                path: action.path.as_str().to_owned(),
                mode: permissions(action.mode),
                make_parents: action.parents,
                owner,
                timestamp: Timestamp::or_unset(action.created),
            }),
            Self::Mkfile(action) => Action::Mkfile(pb::FileActionMkFile {
                path: action.path.as_str().to_owned(),
                mode: permissions(action.mode),
                data: action.data.clone(),
                owner,
                timestamp: Timestamp::or_unset(action.created),
            }),
            Self::Symlink(action) => Action::Symlink(pb::FileActionSymlink {
                oldpath: action.target.clone(),
                newpath: action.path.as_str().to_owned(),
                owner,
                timestamp: Timestamp::or_unset(action.created),
            }),
            Self::Rm(action) => Action::Rm(pb::FileActionRm {
                path: action.path.as_str().to_owned(),
                allow_not_found: action.allow_not_found,
                allow_wildcard: action.allow_wildcard,
            }),
            Self::Copy(action) => Action::Copy(action.to_pb(owner)),
        }
    }
}

impl CopyFrom {
    fn to_pb(&self, owner: Option<pb::ChownOpt>) -> pb::FileActionCopy {
        let mut dest = self.dest.as_str().to_owned();
        if self.into_directory && !self.dest.is_root() {
            dest.push('/');
        }
        pb::FileActionCopy {
            src: self.path.as_str().to_owned(),
            dest,
            owner,
            mode: match self.mode {
                Some(mode) => permissions(mode),
                None if self.symbolic_mode.is_empty() => UNSET,
                None => 0,
            },
            follow_symlink: self.follow_links,
            dir_copy_contents: self.contents_only,
            attempt_unpack_docker_compatibility: self.unpack,
            create_dest_path: self.create_parents,
            allow_wildcard: self.wildcard,
            allow_empty_wildcard: self.allow_empty_wildcard,
            timestamp: Timestamp::or_unset(self.created),
            include_patterns: self.include.clone(),
            exclude_patterns: self.exclude.clone(),
            always_replace_existing_dest_paths: self.replace,
            mode_str: self.symbolic_mode.clone(),
            required_paths: self.required.clone(),
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
