//! Requirements that are in no index: wheels and projects of the context, and
//! git repositories.
//!
//! BuildKit brings them (so git needs to be in no image, and credentials go
//! its ways), each alone, and the steps find them in a directory. A step is
//! keyed on their content.

use std::collections::BTreeSet;

use buildkit_llb::exec::BindMount;
use buildkit_llb::{Digest, GitUrl, Mount, Output, Source};

use super::{Context, step};
use crate::client::{Needed, local_source};
use crate::plan::Resolution;
use crate::python::{FindLinks, GitSource, Requirement, RequirementSource};
use crate::source::{Diagnostic, Diagnostics, locations};

/// Below this directory steps find them.
const PLACE: &str = "/lamina/sources";

/// A requirement that is mounted.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The requirement as the resolver is given it: its source by its place.
    text: String,
    /// The requirement as the user wrote it, normalised.
    written: String,
    /// Where steps find it.
    place: String,
    /// The project's directory in a repository.
    subdirectory: Option<String>,
    needs_build: bool,
    mount: BindMount,
}

impl Origin {
    /// Where steps find it.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The project's directory in a repository.
    pub(super) fn subdirectory(&self) -> Option<String> {
        self.subdirectory.clone()
    }

    /// The requirement as the resolution is given it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is of a requirement.
    pub fn is_of(&self, requirement: &Requirement) -> bool {
        self.written == requirement.to_string()
    }

    /// Whether a wheel of it has to be built.
    pub fn needs_build(&self) -> bool {
        self.needs_build
    }

    /// The directory that a wheel is in.
    pub fn directory(&self) -> &str {
        self.place
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory)
    }

    /// Puts it into a step.
    pub(super) fn mounted(&self, exec: buildkit_llb::Exec) -> buildkit_llb::Exec {
        exec.mount(step::path(&self.place), self.mount.clone())
    }
}

/// All of a plan, in the order of its layers.
///
/// # Errors
///
/// A git repository whose URL BuildKit cannot fetch.
pub fn origins(context: &Context<'_>) -> Result<Vec<Origin>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut all: Vec<Origin> = Vec::new();
    let mut seen = BTreeSet::new();
    let layers = context.plan.python_layers();
    for requirement in layers.flat_map(|layer| &layer.requirements) {
        if !seen.insert(requirement.to_string()) {
            continue;
        }
        let Some(place) = mounted_at(requirement) else {
            continue;
        };
        match &requirement.source {
            RequirementSource::Path(path) => all.push(local(context, requirement, path, place)),
            RequirementSource::Git(url) => {
                all.extend(diagnostics.keep(git(requirement, url, place)));
            }
            RequirementSource::Registry(_) | RequirementSource::Url(_) => {}
        }
    }
    diagnostics.into_result(all)
}

/// A directory of wheels.
#[derive(Clone, Debug)]
pub struct LinkDirectory {
    /// Its number among the links of the plan.
    number: usize,
    mount: BindMount,
}

impl LinkDirectory {
    /// Where steps find it.
    pub fn directory(&self) -> String {
        link_directory(self.number)
    }

    /// Puts it into a step.
    pub(super) fn mounted(&self, exec: buildkit_llb::Exec) -> buildkit_llb::Exec {
        exec.mount(step::path(&self.directory()), self.mount.clone())
    }
}

/// Directories of wheels in the context (`--find-links wheels/`), by their number
/// among the links of the plan.
pub fn link_directories(context: &Context<'_>, resolution: &Resolution) -> Vec<LinkDirectory> {
    let links = resolution.options.find_links.iter().enumerate();
    let directories = links.filter_map(|(number, link)| match &link.value {
        FindLinks::Page(_) => None,
        FindLinks::Directory(path) => Some((number, path)),
    });
    let mounts = directories.map(|(number, path)| {
        let path = path.as_str();
        let tree = local_source(context.options, "context")
            .exclude(context.ignored.iter().cloned())
            .follow([path])
            .name(format!("[internal] load {path}"))
            .output();
        LinkDirectory {
            number,
            mount: Mount::read_only(&tree).selector(step::path(&format!("/{path}"))),
        }
    });
    mounts.collect()
}

/// The directories of wheels that have to be in the build context.
pub(super) fn needed_links(resolution: &Resolution) -> impl Iterator<Item = Needed> {
    let links = resolution.options.find_links.iter();
    links.filter_map(|link| match &link.value {
        FindLinks::Page(_) => None,
        FindLinks::Directory(path) => Some(Needed::new(path, &link.location)),
    })
}

/// A link as a step is given it: a URL, or the place of a directory.
pub(super) fn link_place(number: usize, link: &FindLinks) -> String {
    match link {
        FindLinks::Page(url) => url.clone(),
        FindLinks::Directory(_) => link_directory(number),
    }
}

/// Where steps find a folder of wheels.
pub(super) fn link_directory(number: usize) -> String {
    format!("{PLACE}/links/{number}")
}

/// Where steps find a requirement that is mounted; `None` for others.
///
/// Its directory is named by its text alone, since steps see the path, and are
/// the same whatever other lines there are.
pub fn mounted_at(requirement: &Requirement) -> Option<String> {
    let name = match &requirement.source {
        RequirementSource::Registry(_) | RequirementSource::Url(_) => return None,
        RequirementSource::Git(_) => "repository",
        RequirementSource::Path(path) => match path.rsplit('/').next().unwrap_or(path) {
            "." => "project",
            // A wheel is known by its file name, so it keeps it.
            name => name,
        },
    };
    let digest = Digest::of(requirement.to_string().as_bytes());
    Some(format!("{PLACE}/{:.12}/{name}", digest.hex()))
}

fn local(context: &Context<'_>, requirement: &Requirement, path: &str, place: String) -> Origin {
    let source = local_source(context.options, "context").exclude(context.ignored.iter().cloned());
    let source = if path == "." {
        source
    } else {
        source.follow([path])
    };
    let tree = source.name(format!("[internal] load {path}")).output();
    // Builds write into a project's directory; nothing of that is kept.
    let mount = Mount::discarded(&tree).selector(step::path(&format!("/{path}")));
    Origin {
        text: requirement.at_path(&place),
        written: requirement.to_string(),
        place,
        subdirectory: None,
        needs_build: requirement.source.needs_build(),
        mount,
    }
}

fn git(requirement: &Requirement, url: &GitSource, place: String) -> Result<Origin, Diagnostic> {
    let wrong = |why: &str| {
        Diagnostic::error(format!("`{requirement}`: {why}"))
            .at(requirement.location.clone())
            .label("a requirement from git")
            .help("it is written name @ git+https://host/repository@branch-tag-or-commit")
    };
    let address = &url.repository;
    let parsed: GitUrl = address
        .parse()
        .map_err(|error| wrong(&format!("{error}")))?;
    let ssh = parsed.is_ssh();
    let mut source = Source::git(parsed).keep_git_dir();
    if let Some(reference) = &url.reference {
        source = source.reference(reference.as_str());
    }
    if ssh {
        source = source.ssh_agent("default");
    }
    // What the daemon says of a reference that is not there names neither the
    // repository nor the line.
    for place in locations([&requirement.location]) {
        source = source.location(place);
    }
    let tree: Output = source
        .name(format!("[internal] load git {address}"))
        .output();
    Ok(Origin {
        text: requirement.at_path(&place),
        written: requirement.to_string(),
        place,
        subdirectory: url.subdirectory().map(ToString::to_string),
        needs_build: true,
        mount: Mount::discarded(&tree),
    })
}
