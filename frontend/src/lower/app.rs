//! Directories and application files, placed on the assembled image: there
//! links of the base are followed, and directories that exist keep their mode
//! and owner.
//!
//! File operations do it, without a process, wherever they can: a copy keeps
//! the directory that it copies to, but takes over mode and owner of those
//! below it, and stops at links there. So what may meet directories of the
//! image below its destination is left to a step ([`placing`]), which takes a
//! Python: without one, it is file operations or an error.

use buildkit_llb::{ContainerPath, CopyFrom, File, Mkdir, Output, Owner};

use super::image_config::fill;
use super::placing;
use super::step;
use super::{ChosenAccount, Component, Context};
use crate::client::Options;
use crate::client::{Needed, local_source};
use crate::facts::System;
use crate::source::locations;
use crate::source::{Diagnostic, Diagnostics, Location, Spanned};
use crate::stub::{Copy, Template};

/// What the placing changes, for the history.
pub(super) struct Placed {
    /// The image with everything in its place.
    pub(super) output: Output,
    /// What was done; `None` where there was nothing to do.
    pub(super) summary: Option<String>,
}

/// What goes where, with the base's variables filled in.
pub(super) struct Wanted<'a> {
    /// Who owns what is new: user and group.
    pub(super) uid: u32,
    /// The stub's directories, which `root` has.
    pub(super) folders: Vec<ContainerPath>,
    /// Copies, in the stub's order.
    pub(super) copies: Vec<WantedCopy>,
    /// The places that ask for all of it.
    pub(super) places: Vec<&'a Location>,
}

/// A copy out of the build context.
pub(super) struct WantedCopy {
    /// A path or pattern in the context, as if the context were the root.
    pub(super) from: ContainerPath,
    /// Where to.
    pub(super) to: ContainerPath,
    /// Whether `to` is a directory also where there is none yet.
    pub(super) into: bool,
    /// The mode of all files and directories, where it is not theirs.
    pub(super) mode: Option<u32>,
}

/// Creates the stub's directories, where they do not exist, in one layer of
/// the system: what is placed later meets them.
pub(super) fn directories(
    context: &Context<'_>,
    account: &ChosenAccount,
    root: &Output,
) -> Result<Placed, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut chain = File::on(root);
    let mut created: Vec<String> = Vec::new();
    let mut origins = Vec::new();
    for directory in wanted_directories(context) {
        let Some((_, path)) = problems.keep(in_image(context, directory)) else {
            continue;
        };
        if path.is_root() {
            continue;
        }
        created.push(path.to_string());
        origins.push(&directory.location);
        let mkdir = Mkdir::new(path, 0o755).parents();
        chain = chain.action(mkdir.owner(Owner::ids(account.uid, account.uid)));
    }
    problems.into_result(())?;
    if created.is_empty() {
        return Ok(Placed {
            output: root.clone(),
            summary: None,
        });
    }
    for location in locations(origins) {
        chain = chain.location(location);
    }
    let summary = format!("mkdir {}", created.join(" "));
    Ok(Placed {
        output: chain
            .name(context.name(&Component::Base, &summary))
            .output(),
        summary: Some(summary),
    })
}

fn wanted_directories<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = &'a Spanned<Template>> + use<'a> {
    let base = &context.plan.base;
    std::iter::once(&base.workdir).chain(&base.dirs)
}

/// Copies the application's files, with their final owner, in one layer.
/// `root` has the stub's directories.
pub(super) fn place(
    context: &Context<'_>,
    system: &System,
    account: &ChosenAccount,
    ignored: &[String],
    root: &Output,
) -> Result<Placed, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut wanted = Wanted {
        uid: account.uid,
        folders: Vec::new(),
        copies: Vec::new(),
        places: Vec::new(),
    };
    for directory in wanted_directories(context) {
        let path = problems.keep(in_image(context, directory));
        wanted.folders.extend(path.map(|(_, path)| path));
    }
    let mut words = Vec::new();
    let copies = context.plan.app.iter().flat_map(|app| &app.copy);
    let copies: Vec<&Copy> = copies.collect();
    for copy in &copies {
        let Some((text, to)) = problems.keep(in_image(context, &copy.to)) else {
            continue;
        };
        words.push(format!("copy {} to {text}", copy.from.value));
        wanted.copies.push(WantedCopy {
            from: step::path(&format!("/{}", copy.from.value)),
            to,
            into: text.ends_with('/'),
            mode: copy.mode,
        });
        wanted.places.push(&copy.from.location);
    }
    problems.into_result(())?;
    if words.is_empty() {
        return Ok(Placed {
            output: root.clone(),
            summary: None,
        });
    }
    let words = words.join(", ");
    let files = local(context.options, &copies, ignored);
    let name = context.name(&Component::Application, &words);
    let output = match (wanted.needs_care(system), context.interpreter) {
        (true, Some(_)) => placing::step(context, &wanted, &files, root, name),
        (true, None) => {
            let staged = placing::harmless(context, &wanted, &files, root);
            let chain = wanted.chain(&staged, root, |number, _| {
                step::path(&format!("/{number}/*"))
            });
            chain.name(name).output()
        }
        (false, _) => {
            let chain = wanted.chain(&files, root, |_, copy| copy.from.clone());
            chain.name(name).output()
        }
    };
    Ok(Placed {
        output,
        summary: Some(words),
    })
}

impl Wanted<'_> {
    /// Whether a copy could meet directories or links of the image below its
    /// destination.
    fn needs_care(&self, system: &System) -> bool {
        self.copies.iter().any(|copy| {
            let made = self.folders.iter().any(|folder| {
                let below = folder.as_str().strip_prefix(copy.to.as_str());
                below.is_some_and(|rest| rest.starts_with('/'))
            });
            made || is_known(&copy.to, system)
        })
    }

    /// The copies, as one file operation; `from` is where a copy's files are.
    fn chain(
        &self,
        files: &Output,
        root: &Output,
        from: impl Fn(usize, &WantedCopy) -> ContainerPath,
    ) -> File {
        let owner = Owner::ids(self.uid, self.uid);
        let mut chain = File::on(root);
        for (number, copy) in self.copies.iter().enumerate() {
            let mut action = CopyFrom::tree(files, from(number, copy), copy.to.clone())
                .follow_links()
                .contents_only()
                .wildcard()
                .create_parents()
                .owner(owner.clone());
            if copy.into {
                action = action.into_directory();
            }
            if let Some(mode) = copy.mode {
                action = action.mode(mode);
                // Newer daemons give it to the directories above as well.
                if let Some(above) = copy.above() {
                    let above = Mkdir::new(above, 0o755).parents();
                    chain = chain.action(above.owner(owner.clone()));
                }
            }
            chain = chain.action(action);
        }
        for place in locations(self.places.iter().copied()) {
            chain = chain.location(place);
        }
        chain
    }
}

impl WantedCopy {
    /// The directory that a file is copied to, unless it is the root.
    fn above(&self) -> Option<ContainerPath> {
        let folder = if self.into {
            Some(self.to.clone())
        } else {
            self.to.parent()
        };
        folder.filter(|folder| !folder.is_root())
    }
}

/// Directories at the root that packages of a distribution use, so that they
/// may be there whatever the base has.
const STANDARD: [&str; 20] = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc",
    "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

/// Whether the image may have something at a path before anything is placed:
/// it has the first part of the path.
fn is_known(path: &ContainerPath, system: &System) -> bool {
    let Some(top) = path
        .as_str()
        .split('/')
        .nth(1)
        .filter(|top| !top.is_empty())
    else {
        return true;
    };
    STANDARD.contains(&top) || system.root.contains(top)
}

/// A path in the image as the stub writes it, and as such.
fn in_image(
    context: &Context<'_>,
    path: &Spanned<Template>,
) -> Result<(String, ContainerPath), Diagnostic> {
    let text = fill(&context.images.target_image, path)?;
    match ContainerPath::new(&text) {
        Ok(path) => Ok((text, path)),
        Err(_) => Err(Diagnostic::error(format!("`{text}` is no absolute path"))
            .at(path.location.clone())
            .help("paths in the image begin with `/`")),
    }
}

/// What the application's copies have to find in the build context. Whether a
/// pattern matches something is for the copy to see.
pub fn needed_files(context: &Context<'_>, ignored: &[String]) -> Vec<Needed> {
    let copies: Vec<&Copy> = context.plan.app.iter().flat_map(|app| &app.copy).collect();
    let files = local(context.options, &copies, ignored);
    let paths = copies.iter().map(|copy| &copy.from);
    let paths = paths.filter(|from| !from.value.contains(['*', '?', '[']));
    paths
        .map(|from| Needed::new(&files, &from.value, &from.location))
        .collect()
}

/// The files of the build context that are copied, and no others.
fn local(options: &Options, copies: &[&Copy], ignored: &[String]) -> Output {
    let mut paths: Vec<&str> = copies.iter().map(|copy| copy.from.value.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    local_source(options, "context")
        .follow(paths)
        .exclude(ignored.iter().cloned())
        .name("[internal] load the application's files")
        .output()
}
