//! Copies from one tree to another.

use buildkit_proto::pb;

use crate::op::file::File;
use crate::op::file_action::{Timestamp, permissions};
use crate::op::owner::Owner;
use crate::path::ContainerPath;
use crate::vertex::Output;

/// "As it comes": no mode given.
const UNSET: i32 = -1;

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

impl CopyFrom {
    pub(super) fn into_pb(self, owner: Option<pb::ChownOpt>) -> pb::FileActionCopy {
        let below = self.into_directory && !self.dest.is_root();
        let mut dest = String::from(self.dest);
        if below {
            dest.push('/');
        }
        pb::FileActionCopy {
            src: self.path.into(),
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
            include_patterns: self.include,
            exclude_patterns: self.exclude,
            always_replace_existing_dest_paths: self.replace,
            mode_str: self.symbolic_mode,
            required_paths: self.required,
        }
    }
}
