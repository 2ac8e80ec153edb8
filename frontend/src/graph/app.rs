//! Directories and application files, placed on the assembled image: there
//! links of the base are followed, and directories that exist keep their mode
//! and owner.

use buildkit_llb::{ContainerPath, CopyFrom, File, Mkdir, Output, Owner};

use super::image_config::fill;
use super::local::local_source;
use super::location::locations;
use super::step;
use super::{ChosenAccount, Component, Context};
use crate::config::Copy;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::options::Options;

/// What the placing changes, for the history.
pub(super) struct Placed {
    /// The image with everything in its place.
    pub(super) output: Output,
    /// What was done; `None` where there was nothing to do.
    pub(super) summary: Option<String>,
}

/// Creates the stub's directories and copies the application's files, all with
/// their final owner, in one layer.
pub(super) fn place(
    context: &Context<'_>,
    account: &ChosenAccount,
    ignored: &[String],
    root: &Output,
) -> Result<Placed, Diagnostics> {
    let plan = context.plan;
    let base = &context.images.target_image;
    let owner = Owner::ids(account.uid, account.uid);
    let mut problems = Diagnostics::new();
    let mut chain = File::on(root);
    let mut done = Vec::new();
    let mut places = Vec::new();
    for folder in std::iter::once(&plan.base.workdir).chain(&plan.base.dirs) {
        let Some(text) = problems.keep(fill(base, folder)) else {
            continue;
        };
        let Ok(path) = ContainerPath::new(&text) else {
            problems.push(
                Diagnostic::error(format!("`{text}` is no absolute path"))
                    .at(folder.location.clone())
                    .help("paths in the image begin with `/`"),
            );
            continue;
        };
        if path.is_root() {
            continue;
        }
        chain = chain.action(Mkdir::new(path, 0o755).parents().owner(owner.clone()));
        places.push(&folder.location);
        done.push(text);
    }
    let mut words = Vec::new();
    if !done.is_empty() {
        words.push(format!("mkdir {}", done.join(" ")));
    }
    let copies = plan
        .app
        .as_ref()
        .map(|app| &app.copy[..])
        .unwrap_or_default();
    if !copies.is_empty() {
        let files = local(context.options, "context", copies, ignored);
        for copy in copies {
            let Some(to) = problems.keep(fill(base, &copy.to)) else {
                continue;
            };
            let from = step::path(&format!("/{}", copy.from.value));
            let Ok(dest) = ContainerPath::new(&to) else {
                problems.push(
                    Diagnostic::error(format!("`{to}` is no absolute path"))
                        .at(copy.to.location.clone())
                        .help("paths in the image begin with `/`"),
                );
                continue;
            };
            let mut action = CopyFrom::tree(&files, from, dest)
                .follow_links()
                .contents_only()
                .wildcard()
                .create_parents()
                .owner(owner.clone());
            if to.ends_with('/') {
                action = action.into_directory();
            }
            if let Some(mode) = copy.mode {
                action = action.mode(mode);
            }
            chain = chain.action(action);
            places.push(&copy.from.location);
            words.push(format!("copy {} to {to}", copy.from.value));
        }
    }
    for place in locations(places) {
        chain = chain.location(place);
    }
    let words = words.join(", ");
    let summary = (!words.is_empty()).then_some(words);
    let output = match &summary {
        Some(words) => chain
            .name(context.name(&Component::Application, words))
            .output(),
        None => root.clone(),
    };
    problems.or(Placed { output, summary })
}

/// The files of the build context that are copied, and no others.
fn local(options: &Options, name: &str, copies: &[Copy], ignored: &[String]) -> Output {
    let mut paths: Vec<&str> = copies.iter().map(|copy| copy.from.value.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    local_source(options, name)
        .follow(paths)
        .exclude(ignored.iter().cloned())
        .name("[internal] load the application's files")
        .output()
}
