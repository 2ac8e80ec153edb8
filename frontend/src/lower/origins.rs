//! Requirements that are in no index: wheels and projects of the context, and
//! git repositories.
//!
//! BuildKit brings them (so git needs to be in no image, and credentials go
//! its ways), each alone, and the steps find them in a directory. A step is
//! keyed on their content.

use buildkit_llb::{BindMount, Digest, GitUrl, Mount, Output, Source};

use super::{Context, step};
use crate::client::{Needed, local_source};
use crate::facts::Pin;
use crate::python::{Kind, Requirement};
use crate::source::Diagnostic;
use crate::source::locations;

/// Below this directory steps find them.
pub const PLACE: &str = "/lamina/sources";

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
        let rest = pin.pin.split_once(&self.place).map(|(_, rest)| rest);
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
        if all.iter().any(|known| known.written == requirement.text) {
            continue;
        }
        match &requirement.kind {
            Kind::Path(path) => all.push(local(context, ignored, requirement, path)),
            Kind::Git(url) => all.push(git(requirement, url)?),
            Kind::Index | Kind::Url(_) => {}
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
    let folders = links.filter(|(_, link)| !is_url(&link.value));
    let mounts = folders.map(|(number, link)| {
        let path = link.value.trim_start_matches("./").trim_end_matches('/');
        let tree = local_source(context.options, "context")
            .exclude(ignored.iter().cloned())
            .follow([path])
            .name(format!("[internal] load {path}"))
            .output();
        LinkFolder {
            number,
            mount: Mount::read_only(&tree).selector(step::path(&format!("/{path}"))),
            folder: Needed::new(&tree, path, &link.location),
        }
    });
    mounts.collect()
}

/// A link as a step is given it: a URL, or the place of a folder.
pub(super) fn link_place(number: usize, link: &str) -> String {
    if is_url(link) {
        link.to_owned()
    } else {
        format!("{PLACE}/links/{number}")
    }
}

/// The directory of a requirement: by its text alone, since steps see the place,
/// and what other lines there are is no concern of theirs.
fn place_of(requirement: &Requirement) -> String {
    let digest = Digest::of(requirement.text.as_bytes());
    format!("{PLACE}/{:.12}", digest.hex())
}

fn is_url(link: &str) -> bool {
    link.contains("://")
}

/// The requirement as a step is given it.
pub(super) fn given(requirement: &Requirement, origins: &[Origin]) -> String {
    let origin = origins
        .iter()
        .find(|origin| origin.written == requirement.text);
    origin.map_or_else(|| requirement.text.clone(), |origin| origin.text.clone())
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
) -> Origin {
    let name = path.rsplit('/').next().unwrap_or(path);
    // A wheel is known by its file name, so it keeps it.
    let place = format!(
        "{}/{}",
        place_of(requirement),
        if name == "." { "project" } else { name }
    );
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
        written: requirement.text.clone(),
        place,
        mount,
        file: Some(Needed::new(&tree, path, &requirement.location)),
    }
}

/// `git+https://host/repository@reference#subdirectory=…&egg=…`
fn git(requirement: &Requirement, url: &str) -> Result<Origin, Diagnostic> {
    let wrong = |why: &str| {
        Diagnostic::error(format!("`{}`: {why}", requirement.text))
            .at(requirement.location.clone())
            .label("a requirement from git")
            .help("it is written name @ git+https://host/repository@branch-tag-or-commit")
    };
    let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
    let address = address.strip_prefix("git+").unwrap_or(address);
    let path_start = address.find("://").map_or(0, |at| at + 3);
    let path_start = address[path_start..]
        .find('/')
        .map_or(address.len(), |at| path_start + at);
    let (address, reference) = match address[path_start..].rfind('@') {
        Some(at) => (&address[..path_start + at], &address[path_start + at + 1..]),
        None => (address, ""),
    };
    let parsed: GitUrl = address
        .parse()
        .map_err(|error| wrong(&format!("{error}")))?;
    let ssh = parsed.is_ssh();
    let mut source = Source::git(parsed).keep_git_dir();
    if !reference.is_empty() {
        source = source.reference(reference);
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
    let place = format!("{}/repository", place_of(requirement));
    let folder = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("subdirectory="));
    let text = match (requirement.text.split_once(" @ "), folder) {
        // As part of the path: for folders uv reads no fragment.
        (Some((head, _)), Some(folder)) => format!("{head} @ file://{place}/{folder}"),
        (Some((head, _)), None) => format!("{head} @ file://{place}"),
        (None, Some(folder)) => format!("{place}/{folder}"),
        (None, None) => place.clone(),
    };
    Ok(Origin {
        text,
        written: requirement.text.clone(),
        place,
        mount: Mount::discarded(&tree),
        file: None,
    })
}
