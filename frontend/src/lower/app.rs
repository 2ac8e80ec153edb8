//! The application's files, placed on the system: there links of the base are
//! followed, and directories that exist keep their mode and owner.
//!
//! File operations do it, without a process, wherever they can: a copy keeps
//! the directory that it copies to, but takes over mode and owner of those
//! below it, and stops at links there. So what may meet directories of the
//! image below its destination is left to a step ([`placing`]), which takes a
//! Python: without one, it is file operations or an error.

use buildkit_llb::{ContainerPath, CopyFrom, File, Mkdir, Output};

use super::image_config::{fill, image_path};
use super::placing::{self, Wanted, WantedCopy};
use super::{Context, Lowering, Place, StepContext, Tree, accounts, step};
use crate::client::{Needed, context_source};
use crate::facts::{BaseImage, System};
use crate::plan::app::App;
use crate::plan::{Component, Kind};
use crate::source::{Diagnostics, locations};
use crate::stub::Copy;

pub(super) fn lower<'a>(
    lowering: &'a Lowering<'a>,
    component: &'a Component,
    app: &App,
) -> Result<Vec<Tree<'a>>, Diagnostics> {
    let wanted = Wanted::new(lowering, component, app)?;
    let words = app.copies.iter().zip(&wanted.copies).map(|(copy, wanted)| {
        let slash = if wanted.into { "/" } else { "" };
        format!("copy {} to {}{slash}", copy.from.value, wanted.to)
    });
    let summary = words.collect::<Vec<_>>().join(", ");
    let name = lowering.name(component, &summary);
    let place = move |root: &Output| wanted.on(lowering, root, &name);
    Ok(vec![Tree {
        component,
        place: Place::Placed(Box::new(place)),
        history: vec![summary],
    }])
}

pub(super) fn check(steps: &StepContext<'_>, app: &App) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for copy in &app.copies {
        diagnostics.keep(image_path(&steps.images.target_image, &copy.to));
    }
    diagnostics
}

/// Whether a pattern matches something is for the copy to see.
pub(super) fn needed_files(app: &App) -> Vec<Needed> {
    let paths = app.copies.iter().filter(|copy| !copy.is_pattern());
    paths
        .map(|copy| Needed::new(&copy.from.value, &copy.from.location))
        .collect()
}

impl<'a> Wanted<'a> {
    fn new(
        lowering: &Lowering<'_>,
        component: &'a Component,
        app: &App,
    ) -> Result<Self, Diagnostics> {
        let image = &lowering.images.target_image;
        let mut diagnostics = Diagnostics::new();
        let mut copies = Vec::new();
        for copy in &app.copies {
            copies.extend(diagnostics.keep(WantedCopy::new(image, copy)));
        }
        let bases = lowering.plan().components.iter();
        let directories = bases.filter_map(|component| match &component.kind {
            Kind::Base(base) => Some(&base.directories),
            _ => None,
        });
        let directories = directories.flatten();
        diagnostics.into_result(Self {
            component,
            owner: accounts::owner(lowering.account),
            uid: lowering.account.uid,
            directories: directories
                .filter_map(|path| image_path(image, path).ok())
                .collect(),
            copies,
            files: files(lowering, app),
        })
    }

    /// The root file system with all of it.
    fn on(&self, lowering: &Lowering<'_>, root: &Output, name: &str) -> Output {
        // Any interpreter will do that runs where the step does.
        let any = || lowering.system.builder_pythons.first().map(String::as_str);
        let interpreter = lowering.python.map(|it| it.interpreter.as_str());
        match (self.needs_care(lowering.system), interpreter.or_else(any)) {
            (true, Some(python)) => placing::step(lowering, python, self, root, name),
            (true, None) => {
                let staged = placing::checked(lowering, self, root);
                let chain = self.chain(&staged, root, |number, _| {
                    step::path(&format!("/{number}/*"))
                });
                chain.name(name).output()
            }
            (false, _) => {
                let chain = self.chain(&self.files, root, |_, copy| copy.from.clone());
                chain.name(name).output()
            }
        }
    }

    /// Whether a copy could meet directories or links of the image below its
    /// destination.
    fn needs_care(&self, system: &System) -> bool {
        self.copies.iter().any(|copy| {
            let made = self.directories.iter().any(|directory| {
                let below = directory.as_str().strip_prefix(copy.to.as_str());
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
        let owner = &self.owner;
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
        for location in locations(&self.component.origins) {
            chain = chain.location(location);
        }
        chain
    }
}

impl WantedCopy {
    fn new(image: &BaseImage, copy: &Copy) -> Result<Self, Diagnostics> {
        let to = fill(image, &copy.to)?;
        Ok(Self {
            from: step::path(&format!("/{}", copy.from.value)),
            into: to.ends_with('/'),
            to: image_path(image, &copy.to)?,
            mode: copy.mode,
        })
    }

    /// The directory that a file is copied to, unless it is the root.
    fn above(&self) -> Option<ContainerPath> {
        let directory = if self.into {
            Some(self.to.clone())
        } else {
            self.to.parent()
        };
        directory.filter(|directory| !directory.is_root())
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

fn files(context: &Context<'_>, app: &App) -> Output {
    let copies = app.copies.iter();
    let mut paths: Vec<&str> = copies.map(|copy| copy.from.value.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    context_source(context.options)
        .follow(paths)
        .exclude(context.ignored.iter().cloned())
        .name("[internal] load the application's files")
        .output()
}
