//! The system layer: what the base image holds, and the account on top of it.

use buildkit_llb::exec::ContentCache;
use buildkit_llb::{File, Mkdir, Mount, Output, Owner, at};

use super::step::{self, native};
use super::{Component, Context};
use crate::facts::System;
use crate::source::{Diagnostic, Location};
use crate::steps;

/// The step that looks into the target's base; its files are for
/// [`System::read`]. Native, whatever the target is: nothing of it is run.
pub fn inspect(context: &Context<'_>) -> Output {
    native(context, &steps::inspect())
        .mount(
            at("/base"),
            Mount::read_only(&context.images.target).content_cache(ContentCache::Off),
        )
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(step::shared_name(&format!("inspect {}", on_base(context))))
        .finish()
        .output(at("/out"))
}

/// The base image as the names of steps say it.
fn on_base(context: &Context<'_>) -> String {
    let plan = context.plan;
    format!("{} ({})", plan.base.image, plan.platform)
}

/// The account that the image gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenAccount {
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
pub fn choose_account(context: &Context<'_>, system: &System) -> Result<ChosenAccount, Diagnostic> {
    let wanted = &context.plan.base.user;
    let image = &context.plan.base.image;
    let clash = |at: &Option<Location>, message: String, help: String| {
        let problem = Diagnostic::error(message).help(help);
        Err(match at {
            Some(location) => problem.at(location.clone()).label("asked for here"),
            None => problem,
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
            return Ok(ChosenAccount {
                name: user.name.clone(),
                uid: user.uid,
                home: user.home.clone(),
                exists: true,
            });
        }
        return clash(
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
        return clash(
            by_name,
            format!("{image} already has a group `{name}`, with gid {gid}"),
            "choose another name: `user = { name = … }`".to_owned(),
        );
    }
    if let Some(uid) = Some(wanted.uid).filter(free) {
        return Ok(ChosenAccount::new(&wanted.name, uid));
    }
    if wanted.location.is_none() {
        let next = (wanted.uid..wanted.uid + 1000).find(|uid| free(uid));
        if let Some(uid) = next {
            return Ok(ChosenAccount::new(&wanted.name, uid));
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
    clash(
        &wanted.location,
        format!("{image} already has the id {} for its {owner}", wanted.uid),
        "choose another uid: `user = { name = …, uid = … }`".to_owned(),
    )
}

impl ChosenAccount {
    fn new(name: &str, uid: u32) -> Self {
        Self {
            name: name.to_owned(),
            uid,
            home: format!("/home/{name}"),
            exists: false,
        }
    }
}

/// The base with the account in it: under apt, so that packages add theirs to
/// the same files.
pub(super) fn with_account(context: &Context<'_>, account: &ChosenAccount) -> Output {
    let base = &context.images.target;
    let words = format!("account {} ({})", account.name, account.uid);
    let home = step::path(&account.home);
    let name = |words: &str| context.name(&Component::Inside("base"), words);
    let mut chain = File::on(base);
    if !account.exists {
        let step = steps::accounts(&account.name, account.uid, &account.home);
        let files = native(context, &step)
            .mount(
                at("/base"),
                Mount::read_only(base).content_cache(ContentCache::Off),
            )
            .mount(at("/out"), Mount::writable(&Output::SCRATCH))
            .name(step::shared_name(&format!(
                "{words} for {}",
                on_base(context)
            )))
            .finish()
            .output(at("/out"));
        chain = chain.copy(&files, at("/etc"), at("/etc"));
    }
    let owner = Owner::ids(account.uid, account.uid);
    let home = Mkdir::new(home, 0o750).parents().owner(owner);
    chain.action(home).name(name(&words)).output()
}
