//! Copies from one tree to another.

use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;

use crate::op::file::{File, Step};
use crate::op::file_action::Timestamp;
use crate::op::owner::Owner;
use crate::paths::AnyPath;
use crate::vertex::Output;

/// No mode is given: what is copied keeps its own.
const UNSET: i32 = -1;

/// Where a copy comes from.
#[derive(Clone, Debug)]
pub(crate) enum CopySource {
    Output(Output),
    Chain(Chain),
}

/// A state of a chain of actions, by its last step.
#[derive(Clone)]
pub(crate) struct Chain(pub(crate) Arc<Step>);

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain(..)")
    }
}

/// Copies a file or directory from another tree.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the operation, free of the others"
)]
pub struct CopyFrom {
    pub(crate) source: CopySource,
    path: AnyPath,
    dest: AnyPath,
    into_directory: bool,
    pub(super) owner: Option<Owner>,
    mode: Option<u32>,
    symbolic_mode: String,
    pub(super) created: Option<Timestamp>,
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
    /// Copies `path` of a tree to `dest`.
    ///
    /// Go's client cleans `path`, and keeps a trailing `/` or `/.` of `dest`: use
    /// [`Self::into_directory`] for the first, [`raw`](crate::raw) for the second.
    pub fn tree(
        tree: impl Into<Output>,
        path: impl Into<AnyPath>,
        dest: impl Into<AnyPath>,
    ) -> Self {
        Self::new(CopySource::Output(tree.into()), path.into(), dest.into())
    }

    /// Copies from the result of other actions, which become part of the same
    /// operation: each step once, however often it is copied from. A chain that
    /// copies from an earlier state of itself contains that state twice, as with
    /// Go's client.
    ///
    /// ```
    /// use buildkit_llb::{CopyFrom, File, Output, at};
    /// let early = File::on(Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
    /// let late = early
    ///     .clone()
    ///     .rm(at("/a"))
    ///     .action(CopyFrom::chain(&early, at("/a"), at("/b")));
    /// # let _ = late.output();
    /// ```
    #[doc(alias = "WithState")]
    pub fn chain(chain: &File, path: impl Into<AnyPath>, dest: impl Into<AnyPath>) -> Self {
        Self::new(chain.as_source(), path.into(), dest.into())
    }

    fn new(source: CopySource, path: AnyPath, dest: AnyPath) -> Self {
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

    /// The destination is a directory, and the copy goes into it: writes a `/`
    /// behind the destination.
    pub fn into_directory(mut self) -> Self {
        self.into_directory = true;
        self
    }

    /// The mode of everything that is copied, with the setuid, setgid and sticky
    /// bits.
    #[doc(alias = "ChmodOpt")]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Changes the mode of everything that is copied, as in `u+x,go-w`. No
    /// capability tells whether a daemon supports this, and one that does not
    /// sets mode 000: prefer [`Self::mode`].
    #[doc(alias = "ModeStr")]
    pub fn symbolic_mode(mut self, change: impl Into<String>) -> Self {
        self.symbolic_mode = change.into();
        self
    }

    /// Follows a symbolic link at the source's path.
    #[doc(alias = "FollowSymlinks")]
    pub fn follow_links(mut self) -> Self {
        self.follow_links = true;
        self
    }

    /// Copies the contents of a directory, not the directory itself.
    #[doc(alias = "CopyDirContentsOnly")]
    pub fn contents_only(mut self) -> Self {
        self.contents_only = true;
        self
    }

    /// Unpacks a tar archive; anything else is copied.
    #[doc(alias = "AttemptUnpack")]
    pub fn unpack(mut self) -> Self {
        self.unpack = true;
        self
    }

    /// Creates missing parents of the destination.
    #[doc(alias = "CreateDestPath")]
    pub fn create_parents(mut self) -> Self {
        self.create_parents = true;
        self
    }

    /// The source's path is a pattern, which must match something.
    #[doc(alias = "AllowWildcard")]
    pub fn wildcard(mut self) -> Self {
        self.wildcard = true;
        self
    }

    /// The source's path is a pattern that may match nothing.
    #[doc(alias = "AllowEmptyWildcard")]
    pub fn optional_wildcard(mut self) -> Self {
        self.wildcard = true;
        self.allow_empty_wildcard = true;
        self
    }

    /// Copies only what matches one of these patterns.
    #[doc(alias = "IncludePatterns")]
    pub fn include<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.include.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Does not copy what matches one of these patterns.
    #[doc(alias = "ExcludePatterns")]
    #[doc(alias = "WithExcludePatterns")]
    pub fn exclude<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.exclude.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Fails unless each of these paths matches something.
    #[doc(alias = "RequiredPaths")]
    pub fn required<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.required.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Lets a file replace a directory, and a directory a file.
    #[doc(alias = "AlwaysReplaceExistingDestPaths")]
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

impl CopyFrom {
    pub(super) fn from_pb(
        copy: pb::FileActionCopy,
        source: CopySource,
        owner: Option<Owner>,
    ) -> Self {
        let has_mode = match copy.mode {
            UNSET => false,
            // What is written beside a symbolic mode.
            0 => copy.mode_str.is_empty(),
            _ => true,
        };
        Self {
            source,
            path: AnyPath::read(copy.src),
            dest: AnyPath::read(copy.dest),
            into_directory: false,
            owner,
            mode: has_mode.then_some(copy.mode.cast_unsigned()),
            symbolic_mode: copy.mode_str,
            created: Timestamp::read(copy.timestamp),
            follow_links: copy.follow_symlink,
            contents_only: copy.dir_copy_contents,
            unpack: copy.attempt_unpack_docker_compatibility,
            create_parents: copy.create_dest_path,
            wildcard: copy.allow_wildcard,
            allow_empty_wildcard: copy.allow_empty_wildcard,
            include: copy.include_patterns,
            exclude: copy.exclude_patterns,
            required: copy.required_paths,
            replace: copy.always_replace_existing_dest_paths,
        }
    }

    pub(super) fn into_pb(self, owner: Option<pb::ChownOpt>) -> pb::FileActionCopy {
        let mut dest = String::from(self.dest);
        if self.into_directory && !dest.ends_with('/') {
            dest.push('/');
        }
        pb::FileActionCopy {
            src: self.path.into(),
            dest,
            owner,
            mode: match self.mode {
                Some(mode) => mode.cast_signed(),
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
            include_patterns: self.include,
            exclude_patterns: self.exclude,
            always_replace_existing_dest_paths: self.replace,
            mode_str: self.symbolic_mode,
            required_paths: self.required,
        }
    }
}
