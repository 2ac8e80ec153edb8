//! The account that images run as.

use buildkit_llb::{File, Mkdir, Output, Owner, at};

use super::StepContext;
use super::inspect::{on_base, over_base};
use super::step;
use crate::facts::ImageAccount;
use crate::steps;

/// The base image with the account in it. It goes under apt, so that packages
/// add their accounts to the same files.
pub(super) fn with_account(context: &StepContext<'_>, account: &ImageAccount) -> Output {
    let base = &context.images.target;
    let mut chain = File::on(base);
    if !account.exists {
        chain = chain.copy(account_files(context, account), at("/etc"), at("/etc"));
    }
    let home = Mkdir::new(step::path(&account.home), 0o750).parents();
    let name = context.plan.shared_step_name("base", &account.summary());
    chain.action(home.owner(owner(account))).name(name).output()
}

/// Copies of the base's account files, with the account in them.
fn account_files(context: &StepContext<'_>, account: &ImageAccount) -> Output {
    let step = steps::accounts(&account.name, account.uid, &account.home);
    let words = format!("{} for {}", account.summary(), on_base(context));
    over_base(context, &step, &words)
}

/// The account's user and group, as the owner of files.
pub(super) fn owner(account: &ImageAccount) -> Owner {
    Owner::ids(account.uid, account.uid)
}
