//! Where the files of a project come from, as a trait.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Diagnostics;

/// The files of a project, wherever they are.
///
/// Paths are relative to the root of the build context, with `/` between the
/// parts. Each call is one batch: an implementation for which a request is
/// expensive has everything at hand that can be asked together.
#[allow(async_fn_in_trait, reason = "one task runs everything")]
pub trait Files {
    /// Why files could not be read at all.
    type Error: From<Diagnostics>;

    /// The stub, and the ignore file that is for it alone.
    async fn stub(&mut self) -> Result<StubFile, Self::Error>;

    /// Lists directories of the build context.
    async fn list(&mut self, wanted: &Wanted) -> Result<Listed, Self::Error>;

    /// Reads files of the build context. The answer has an entry for every
    /// path; a file longer than `limit` bytes is [`Content::TooLarge`]. Once
    /// all of them, in the order of their paths, have more than `total` bytes
    /// together, the rest is [`Content::Unread`], so that they take no memory.
    ///
    /// Symbolic links are followed as BuildKit follows them: within the build
    /// context, whose root is the root of absolute links.
    async fn read(
        &mut self,
        paths: &BTreeSet<String>,
        limit: u64,
        total: u64,
    ) -> Result<BTreeMap<String, Content>, Self::Error>;
}

/// The stub's bytes and those of its ignore file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StubFile {
    /// The name that messages call it by.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is at `<name>.dockerignore`; `None` if nothing is.
    pub ignore: Option<Content>,
}

/// What [`Files::list`] is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Directories whose text files (`*.txt`) are wanted.
    pub text_directories: BTreeSet<String>,
    /// Directories at the root that are looked for; what is in them is not.
    pub directories: BTreeSet<String>,
    /// Files that will be read next, whatever is listed.
    pub files: BTreeSet<String>,
}

/// What [`Files::list`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The paths of the text files. A symbolic link is one, wherever it leads.
    pub text_files: BTreeSet<String>,
    /// The paths of directories with the name of a text file.
    pub misnamed: BTreeSet<String>,
    /// Those of the directories that exist; symbolic links do not count.
    pub directories: BTreeSet<String>,
}

/// What is found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file, whole.
    Bytes(Vec<u8>),
    /// A file that is longer than what is read; its size in bytes, where that
    /// is known.
    TooLarge(Option<u64>),
    /// A file that is not read, as those before it are long enough together.
    Unread,
    /// A directory.
    Directory,
    /// Neither a file nor a directory: a device, a socket.
    Special,
    /// A symbolic link that leads out of the build context.
    Outside,
    /// Nothing.
    Missing,
}

/// How many bytes of a batch may still be read.
#[derive(Debug)]
pub(super) struct Allowance(Option<u64>);

impl Allowance {
    /// At most so many.
    pub(super) fn new(total: u64) -> Self {
        Self(Some(total))
    }

    /// How many.
    pub(super) fn left(&self) -> u64 {
        self.0.unwrap_or(0)
    }

    /// Whether nothing more is read.
    pub(super) fn is_spent(&self) -> bool {
        self.0.is_none()
    }

    /// The content of the next file, or that it is not read. After the first
    /// file that is not, no other is, however short.
    pub(super) fn take(&mut self, content: Content) -> Content {
        match &content {
            Content::Bytes(bytes) => {
                let size = bytes.len() as u64;
                self.0 = self.0.and_then(|left| left.checked_sub(size));
            }
            Content::Unread => self.0 = None,
            _ => return content,
        }
        if self.is_spent() {
            Content::Unread
        } else {
            content
        }
    }
}

/// Whether a file of this name is listed.
pub(super) fn is_text_file(name: &str) -> bool {
    name.strip_suffix(".txt").is_some()
}

/// The directory of a path; empty for one at the root.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}
