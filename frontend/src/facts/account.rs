//! The account that images run as.

use super::{Account, System};
use crate::source::{Diagnostic, Location};
use crate::stub::User;

/// The account that the image gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageAccount {
    /// The login name.
    pub name: String,
    /// User and group id.
    pub uid: u32,
    /// The home directory.
    pub home: String,
    /// Whether the base has it already.
    pub exists: bool,
}

/// Finds the account: what the stub asks for has to be free, and what it does
/// not ask for is never an alias of something that is there.
///
/// # Errors
///
/// A name or id that the base image has already, at the place where the stub
/// asks for it.
pub fn choose_account(
    image: &str,
    wanted: &User,
    system: &System,
) -> Result<ImageAccount, Diagnostic> {
    if let Some(user) = system.users.iter().find(|user| user.name == wanted.name) {
        if user.uid == wanted.uid && user.uid == user.gid {
            return Ok(ImageAccount {
                name: user.name.clone(),
                uid: user.uid,
                home: user.home.clone(),
                exists: true,
            });
        }
        return Err(at_name(wanted, taken_by_user(image, user)));
    }
    if let Some((name, gid)) = system.groups.iter().find(|(name, _)| *name == wanted.name) {
        let message = format!("{image} already has a group `{name}`, with gid {gid}");
        let error = Diagnostic::error(message).help("choose another name: `user = { name = … }`");
        return Err(at_name(wanted, error));
    }
    // If the stub does not set the uid, any free one will do.
    let last = match wanted.location {
        Some(_) => wanted.uid,
        None => wanted.uid + 999,
    };
    let uid = (wanted.uid..=last).find(|uid| owner_of(*uid, system).is_none());
    uid.map(|uid| ImageAccount::new(&wanted.name, uid))
        .ok_or_else(|| {
            let owner = owner_of(wanted.uid, system).unwrap_or_default();
            let message = format!("{image} already has the id {} for its {owner}", wanted.uid);
            let error = Diagnostic::error(message)
                .help("choose another uid: `user = { name = …, uid = … }`");
            at(wanted.location.as_ref(), error)
        })
}

/// A user of the base image has the name, and another id.
fn taken_by_user(image: &str, user: &Account) -> Diagnostic {
    let Account { name, uid, gid, .. } = user;
    let group = if gid == uid {
        String::new()
    } else {
        format!(" and gid {gid}")
    };
    let message = format!("{image} already has a user `{name}`, with uid {uid}{group}");
    let help = if user.uid == user.gid && user.uid != 0 {
        format!("choose another name, or write `uid = {}`", user.uid)
    } else {
        "choose another name: `user = { name = … }`".to_owned()
    };
    Diagnostic::error(message).help(help)
}

/// The user or group of the base image that has an id.
fn owner_of(id: u32, system: &System) -> Option<String> {
    let user = system.users.iter().find(|user| user.uid == id);
    let group = || system.groups.iter().find(|(_, gid)| *gid == id);
    user.map(|user| format!("user `{}`", user.name))
        .or_else(|| group().map(|(name, _)| format!("group `{name}`")))
}

/// Where the stub names the account, or else where it asks for one.
fn at_name(wanted: &User, error: Diagnostic) -> Diagnostic {
    let location = wanted.name_location.as_ref();
    at(location.or(wanted.location.as_ref()), error)
}

fn at(location: Option<&Location>, error: Diagnostic) -> Diagnostic {
    match location {
        Some(location) => error.at(location.clone()).label("asked for here"),
        None => error,
    }
}

impl ImageAccount {
    /// What progress and history say: `account app (10001)`.
    pub fn summary(&self) -> String {
        format!("account {} ({})", self.name, self.uid)
    }

    fn new(name: &str, uid: u32) -> Self {
        Self {
            name: name.to_owned(),
            uid,
            home: format!("/home/{name}"),
            exists: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the message would say just what the stub asks for.
    #[test]
    fn a_user_with_another_group_is_reported_with_it() {
        let system = System {
            users: vec![Account {
                name: "games".to_owned(),
                uid: 5,
                gid: 60,
                home: "/usr/games".to_owned(),
            }],
            ..System::default()
        };
        let wanted = User {
            name: "games".to_owned(),
            name_location: None,
            uid: 5,
            location: None,
        };
        let error = choose_account("debian", &wanted, &system).unwrap_err();
        assert_eq!(
            error.message(),
            "debian already has a user `games`, with uid 5 and gid 60"
        );
    }
}
