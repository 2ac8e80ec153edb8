//! The account that images run as.

use super::System;
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
    let taken = |at: &Option<Location>, message: String, help: String| {
        let diagnostic = Diagnostic::error(message).help(help);
        Err(match at {
            Some(location) => diagnostic.at(location.clone()).label("asked for here"),
            None => diagnostic,
        })
    };
    // A clash of names stands where the name does, if the stub has it.
    let by_name = if wanted.name_location.is_some() {
        &wanted.name_location
    } else {
        &wanted.location
    };
    let free = |uid: &u32| {
        !system.users.iter().any(|user| user.uid == *uid)
            && !system.groups.iter().any(|(_, gid)| gid == uid)
    };
    if let Some(user) = system.users.iter().find(|user| user.name == wanted.name) {
        if user.uid == wanted.uid && user.uid == user.gid {
            return Ok(ImageAccount {
                name: user.name.clone(),
                uid: user.uid,
                home: user.home.clone(),
                exists: true,
            });
        }
        return taken(
            by_name,
            format!(
                "{image} already has a user `{}`, with uid {}",
                user.name, user.uid
            ),
            if user.uid == user.gid && user.uid != 0 {
                format!("choose another name, or write `uid = {}`", user.uid)
            } else {
                "choose another name: `user = { name = … }`".to_owned()
            },
        );
    }
    if let Some((name, gid)) = system.groups.iter().find(|(name, _)| *name == wanted.name) {
        return taken(
            by_name,
            format!("{image} already has a group `{name}`, with gid {gid}"),
            "choose another name: `user = { name = … }`".to_owned(),
        );
    }
    if let Some(uid) = Some(wanted.uid).filter(free) {
        return Ok(ImageAccount::new(&wanted.name, uid));
    }
    if wanted.location.is_none() {
        let next = (wanted.uid..wanted.uid + 1000).find(|uid| free(uid));
        if let Some(uid) = next {
            return Ok(ImageAccount::new(&wanted.name, uid));
        }
    }
    let owner = system
        .users
        .iter()
        .find(|user| user.uid == wanted.uid)
        .map(|user| format!("user `{}`", user.name))
        .or_else(|| {
            let group = system.groups.iter().find(|(_, gid)| *gid == wanted.uid)?;
            Some(format!("group `{}`", group.0))
        })
        .unwrap_or_default();
    taken(
        &wanted.location,
        format!("{image} already has the id {} for its {owner}", wanted.uid),
        "choose another uid: `user = { name = …, uid = … }`".to_owned(),
    )
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
