//! Who owns what a file operation makes.

use crate::vertex::Output;

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
