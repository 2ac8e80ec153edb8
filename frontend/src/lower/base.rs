//! The system: account, packages of the distribution, directories.

use buildkit_llb::{File, Mkdir, Output};

use super::image_config::{image_directory, image_path};
use super::{Lowering, Place, StepContext, Tree, accounts, apt, apt_step};
use crate::client::Needed;
use crate::plan::Component;
use crate::plan::base::Base;
use crate::source::{Diagnostics, locations};

pub(super) fn lower<'a>(
    lowering: &'a Lowering<'a>,
    component: &'a Component,
    base: &Base,
) -> Result<Vec<Tree<'a>>, Diagnostics> {
    let mut history = vec![lowering.account.summary()];
    let mut system = accounts::with_account(lowering, lowering.account);
    if !base.apt.is_empty() {
        system = apt::packages(lowering, component, base, &system);
        history.push(apt_step::summary(&base.packages()));
    }
    if let Some((created, summary)) = directories(lowering, component, base, &system)? {
        system = created;
        history.push(summary);
    }
    Ok(vec![Tree {
        component,
        place: Place::System(system),
        history,
    }])
}

pub(super) fn check(steps: &StepContext<'_>, base: &Base) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let image = &steps.images.target_image;
    // The first one is the working directory, which may be the root.
    let mut directories = base.directories.iter();
    if let Some(workdir) = directories.next() {
        diagnostics.keep(image_path(image, workdir));
    }
    for directory in directories {
        diagnostics.keep(image_directory(image, directory));
    }
    diagnostics
}

pub(super) fn needed_files(_base: &Base) -> Vec<Needed> {
    Vec::new()
}

/// Creates the stub's directories, where they do not exist, in one layer:
/// what is placed later meets them.
fn directories(
    lowering: &Lowering<'_>,
    component: &Component,
    base: &Base,
    root: &Output,
) -> Result<Option<(Output, String)>, Diagnostics> {
    let owner = accounts::owner(lowering.account);
    let mut diagnostics = Diagnostics::new();
    let mut chain = File::on(root);
    let mut created: Vec<String> = Vec::new();
    let mut origins = Vec::new();
    for directory in &base.directories {
        let path = diagnostics.keep(image_path(&lowering.images.target_image, directory));
        let Some(path) = path.filter(|path| !path.is_root()) else {
            continue;
        };
        created.push(path.to_string());
        origins.push(&directory.location);
        let mkdir = Mkdir::new(path, 0o755).parents();
        chain = chain.action(mkdir.owner(owner.clone()));
    }
    for location in locations(origins) {
        chain = chain.location(location);
    }
    let summary = format!("mkdir {}", created.join(" "));
    let name = lowering.name(component, &summary);
    diagnostics.into_result((!created.is_empty()).then(|| (chain.name(name).output(), summary)))
}
