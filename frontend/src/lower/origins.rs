//! Requirements that are in no index: wheels and projects of the context, and
//! git repositories.
//!
//! BuildKit brings them (so git needs to be in no image, and credentials go
//! its ways), each alone, and the steps find them in a directory. A step is
//! keyed on their content.

use buildkit_llb::exec::BindMount;
use buildkit_llb::{Digest, GitUrl, Mount, Output, Source};

use super::{Context, step};
use crate::client::{Needed, local_source};
use crate::python::{FindLinks, GitSource, Pin, Requirement, RequirementSource};
use crate::source::Diagnostic;
use crate::source::locations;

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
    mount: BindMount,
    /// What of the build context it is, where it is from there.
    file: Option<Needed>,
}

impl Origin {
    /// Whether this is what a pin of the resolution installs.
    fn is_of(&self, pin: &Pin) -> bool {
        let reference = pin.reference().unwrap_or_default();
        let rest = reference.split_once(&self.place).map(|(_, rest)| rest);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.'))
    }

    /// What of the build context it is, where it is from there.
    pub fn file(&self) -> Option<&Needed> {
        self.file.as_ref()
    }

    /// Puts it into a step.
    pub(super) fn mounted(&self, exec: buildkit_llb::Exec) -> buildkit_llb::Exec {
        exec.mount(step::path(&self.place), self.mount.clone())
    }
}

/// All of a plan, in the order of its layers.
pub fn origins(context: &Context<'_>, ignored: &[String]) -> Result<Vec<Origin>, Diagnostic> {
    let mut all: Vec<Origin> = Vec::new();
    for requirement in context
        .plan
        .layers
        .iter()
        .flat_map(|layer| &layer.requirements)
    {
        if all
            .iter()
            .any(|known| known.written == requirement.to_string())
        {
            continue;
        }
        let Some(place) = mounted_at(requirement) else {
            continue;
        };
        match &requirement.source {
            RequirementSource::Path(path) => {
                all.push(local(context, ignored, requirement, path, place));
            }
            RequirementSource::Git(url) => all.push(git(requirement, url, place)?),
            RequirementSource::Registry(_) | RequirementSource::Url(_) => {}
        }
    }
    Ok(all)
}

/// A folder of wheels.
#[derive(Clone, Debug)]
pub struct LinkFolder {
    /// Its number among the links of the plan.
    pub(super) number: usize,
    pub(super) mount: BindMount,
    /// What of the build context it is.
    pub folder: Needed,
}

/// Folders of wheels in the context (`--find-links wheels/`), by their number
/// among the links of the plan.
pub fn link_folders(context: &Context<'_>, ignored: &[String]) -> Vec<LinkFolder> {
    let links = context.plan.options.find_links.iter().enumerate();
    let folders = links.filter_map(|(number, link)| match &link.value {
        FindLinks::Page(_) => None,
        FindLinks::Directory(path) => Some((number, path, &link.location)),
    });
    let mounts = folders.map(|(number, path, location)| {
        let path = path.as_str();
        let tree = local_source(context.options, "context")
            .exclude(ignored.iter().cloned())
            .follow([path])
            .name(format!("[internal] load {path}"))
            .output();
        LinkFolder {
            number,
            mount: Mount::read_only(&tree).selector(step::path(&format!("/{path}"))),
            folder: Needed::new(&tree, path, location),
        }
    });
    mounts.collect()
}

/// A link as a step is given it: a URL, or the place of a folder.
pub(super) fn link_place(number: usize, link: &FindLinks) -> String {
    match link {
        FindLinks::Page(url) => url.clone(),
        FindLinks::Directory(_) => directory_place(number),
    }
}

/// Where steps find a folder of wheels.
pub(super) fn directory_place(number: usize) -> String {
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

/// The requirement as a step is given it.
pub(super) fn given(requirement: &Requirement, origins: &[Origin]) -> String {
    let written = requirement.to_string();
    let origin = origins.iter().find(|origin| origin.written == written);
    origin.map_or(written, |origin| origin.text.clone())
}

/// Those that a slice installs.
pub(super) fn of_slice<'a>(origins: &'a [Origin], slice: &[Pin]) -> Vec<&'a Origin> {
    let needed = |origin: &&Origin| slice.iter().any(|pin| origin.is_of(pin));
    origins.iter().filter(needed).collect()
}

fn local(
    context: &Context<'_>,
    ignored: &[String],
    requirement: &Requirement,
    path: &str,
    place: String,
) -> Origin {
    let source = local_source(context.options, "context").exclude(ignored.iter().cloned());
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
        mount,
        file: Some(Needed::new(&tree, path, &requirement.location)),
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
    // As part of the path: for directories uv reads no fragment.
    let project = url.subdirectory().map(|inner| format!("{place}/{inner}"));
    Ok(Origin {
        text: requirement.at_path(project.as_deref().unwrap_or(&place)),
        written: requirement.to_string(),
        place,
        mount: Mount::discarded(&tree),
        file: None,
    })
}
