//! Owners of what a file operation makes.

use std::str::FromStr;

use thiserror::Error;

use crate::vertex::Output;

/// A user or group.
#[doc(alias = "UserOpt")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Account {
    /// By number.
    Id(u32),
    /// By name, from `/etc/passwd` or `/etc/group` of the tree that is changed.
    Name(String),
    /// By name, from another tree. Go's client cannot express this.
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

/// The user and group that own something. Without an owner, a copy keeps the
/// owner of its source, and new files belong to root.
///
/// A user alone implies a group: the user's own group for a name, the same number
/// for a number. A group alone makes root the user. Daemons silently use root for
/// a name that the tree does not have.
///
/// ```
/// use buildkit_llb::Owner;
/// let owner: Owner = "1000:staff".parse()?;
/// assert_eq!(owner, Owner::default().user(1000).group("staff"));
/// # Ok::<(), buildkit_llb::error::OwnerError>(())
/// ```
#[doc(alias = "ChownOpt")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Owner {
    pub(crate) user: Option<Account>,
    pub(crate) group: Option<Account>,
}

/// Why a text is not an [`Owner`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid owner `{0}`: expected `user` or `user:group`, each a name or a number")]
pub struct OwnerError(String);

impl Owner {
    /// User and group by number.
    pub fn ids(uid: u32, gid: u32) -> Self {
        Self::default().user(uid).group(gid)
    }

    /// User and group of the same name, from the tree that is changed.
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

    /// The trees that names are looked up in, apart from the changed one.
    pub(crate) fn trees(&self) -> impl Iterator<Item = &Output> {
        let accounts = self.user.iter().chain(&self.group);
        accounts.filter_map(|account| match account {
            Account::NameIn(_, tree) => Some(tree),
            Account::Id(_) | Account::Name(_) => None,
        })
    }
}

/// `user` or `user:group`, as `WithUser` of Go's client reads them: `root` is 0,
/// and a number above 2147483647 is a name.
impl FromStr for Owner {
    type Err = OwnerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let account = |text: &str| match text.parse::<i32>() {
            Ok(id) => u32::try_from(id).ok().map(Account::Id),
            Err(_) if text == "root" => Some(Account::Id(0)),
            Err(_) if text.is_empty() || text.contains('\0') => None,
            Err(_) => Some(Account::Name(text.to_owned())),
        };
        let error = || OwnerError(text.to_owned());
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (text, None),
        };
        Ok(Self {
            user: Some(account(user).ok_or_else(error)?),
            group: group
                .map(|group| account(group).ok_or_else(error))
                .transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_owners_as_go_does() {
        let id = |id| Some(Account::Id(id));
        let name = |name: &str| Some(Account::Name(name.to_owned()));
        for (text, user, group) in [
            ("1000", id(1000), None),
            ("1000:50", id(1000), id(50)),
            ("root:app", id(0), name("app")),
            ("app", name("app"), None),
            ("app:a:b", name("app"), name("a:b")),
            ("4294967295", name("4294967295"), None),
        ] {
            assert_eq!(text.parse(), Ok(Owner { user, group }), "{text}");
        }
        for text in ["", ":", "app:", ":app", "-1", "1000:-5"] {
            assert!(text.parse::<Owner>().is_err(), "{text}");
        }
    }
}
