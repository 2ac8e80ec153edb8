//! Wheels of what has none: source distributions, projects and repositories.
//!
//! Somebody else's code runs when a wheel is built. It runs in a step of its
//! own, with nothing but its source: no credentials and no cache that others
//! use. A source distribution is fetched by a step before, which has them.

use buildkit_llb::{Digest, Exec, Mount, Output, at};

use super::build_root::{BUILD, environment};
use super::pip_options::build_arguments;
use super::python_steps::with_indexes;
use super::step::{self, native, unless_cached, with_network};
use super::{BuildRoot, LinkDirectory, Origin, PythonSteps};
use crate::facts::BuiltWheel;
use crate::python::{Hash, PackageName, Requirement, machine};
use crate::source::{Diagnostics, Location, locations};
use crate::steps::{self, BuildRequest, BuiltRequest, FetchRequest};

/// Below this directory steps find wheels that were built.
const PLACE: &str = "/lamina/built";

/// Below this directory steps find wheels that were fetched for their hashes.
const FETCHED: &str = "/lamina/fetched";

/// Where a build finds the file that was fetched for it.
const SOURCE: &str = "/lamina/source";

/// What a wheel is built of.
#[derive(Clone, Debug)]
pub enum BuildSource<'a> {
    /// A project or repository, which is mounted.
    Origin(&'a Origin),
    /// A file that a [`fetch`] brings: its output and name.
    File(Output, String),
    /// A file in a directory of wheels, by its name.
    Link(&'a LinkDirectory, String),
}

/// A wheel that is to be built.
#[derive(Clone, Debug)]
pub struct WheelBuild<'a> {
    /// What it is built of.
    pub source: BuildSource<'a>,
    /// The package for people: `docopt==0.6.2`, `./project`.
    pub label: String,
    /// The hashes of which a mounted file has one; empty where none are given.
    pub hashes: Vec<Hash>,
    /// The requirement lines that ask for it, as far as they are known.
    pub asked: Vec<&'a Location>,
}

/// A tree with a wheel in it.
#[derive(Clone, Debug)]
pub struct WheelTree {
    /// The directory in which steps find the wheel.
    pub directory: String,
    output: Output,
    /// The wheel's directory in the tree.
    selector: &'static str,
    /// The package, if it was compiled here.
    pub compiled: Option<PackageName>,
}

impl WheelTree {
    /// The tree of a wheel that a [`fetch`] brought.
    pub fn fetched(label: &str, output: Output) -> Self {
        Self {
            directory: format!("{FETCHED}/{}", key(label)),
            output,
            selector: "/file",
            compiled: None,
        }
    }

    /// Puts it into a step.
    pub(super) fn mounted(&self, exec: Exec) -> Exec {
        let mount = Mount::read_only(&self.output).selector(step::path(self.selector));
        exec.mount(step::path(&self.directory), mount)
    }
}

/// The name of a directory for something.
fn key(label: &str) -> String {
    format!("{:.12}", Digest::of(label.as_bytes()).hex())
}

/// A wheel that was built.
#[derive(Clone, Debug)]
pub struct Built {
    key: String,
    /// The requirement that it is of, as [`Display`](std::fmt::Display) gives
    /// it; none for a source distribution of an index.
    pub requirement: Option<String>,
    /// What it is.
    pub wheel: BuiltWheel,
    output: Output,
}

impl Built {
    /// The wheel that a [`build`] made; `output` is what that returned.
    pub fn new(
        label: &str,
        requirement: Option<&Requirement>,
        wheel: BuiltWheel,
        output: Output,
    ) -> Self {
        Self {
            key: key(label),
            requirement: requirement.map(ToString::to_string),
            wheel,
            output,
        }
    }

    /// The directory in which steps find the wheel.
    pub fn directory(&self) -> String {
        format!("{PLACE}/{}", self.key)
    }

    /// The requirement line by which the resolution gets it.
    pub(super) fn as_given(&self, requirement: &Requirement) -> String {
        let named = Requirement {
            name: Some(self.wheel.name.clone()),
            ..requirement.clone()
        };
        named.at_path(&format!("{}/{}", self.directory(), self.wheel.file))
    }

    pub(super) fn request(&self) -> BuiltRequest {
        BuiltRequest {
            key: self.key.clone(),
            name: self.wheel.name.to_string(),
            source: self.requirement.is_none(),
            version: self.wheel.version.to_string(),
            wheel: self.wheel.file.clone(),
        }
    }

    /// Lets the resolution read its metadata: not the wheel, as a change of
    /// code is no reason to resolve again.
    pub(super) fn metadata(&self, exec: Exec) -> Exec {
        let mount = Mount::read_only(&self.output).selector(at("/metadata"));
        exec.mount(step::path(&self.directory()), mount)
    }

    /// The tree that it is installed from.
    pub fn tree(&self) -> WheelTree {
        WheelTree {
            directory: self.directory(),
            output: self.output.clone(),
            selector: "/wheel",
            compiled: (!self.wheel.is_pure).then(|| self.wheel.name.clone()),
        }
    }
}

/// A file that is fetched.
#[derive(Clone, Debug)]
pub struct Fetch<'a> {
    /// Where it is.
    pub source: FetchSource<'a>,
    /// Its SHA-256, where it is known.
    pub sha256: Option<&'a Hash>,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
    /// The package for people: `docopt==0.6.2`.
    pub label: &'a str,
}

/// Where a file is that is fetched.
#[derive(Clone, Debug)]
pub enum FetchSource<'a> {
    /// At a URL.
    Url(&'a str),
    /// In a directory of wheels, by its name: it is only hashed.
    Link(&'a LinkDirectory, &'a str),
    /// A mounted file: it is only hashed.
    Origin(&'a Origin),
}

/// The step that fetches one file; its answer is `answer.json`.
pub fn fetch(python: &PythonSteps<'_>, fetch: &Fetch<'_>) -> Output {
    let url = match fetch.source {
        FetchSource::Url(url) => url.to_owned(),
        FetchSource::Link(link, name) => format!("{}/{name}", link.directory()),
        FetchSource::Origin(origin) => origin.place().to_owned(),
    };
    let request = FetchRequest {
        sha256: fetch.sha256.map(|hash| hash.digest().to_owned()),
        size: fetch.size,
        trusted_hosts: python.trusted_hosts(),
        url,
    };
    let words = format!("fetch {}", fetch.label);
    let exec = native(python, &steps::fetch(&request), Some(&python.interpreter))
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(python.plan.shared_step_name(BUILD, &words));
    let exec = match fetch.source {
        FetchSource::Url(_) => with_indexes(python, exec),
        FetchSource::Link(link, _) => link.mounted(exec),
        FetchSource::Origin(origin) => origin.mounted(exec),
    };
    unless_cached(python.options, &[BUILD], exec)
        .finish()
        .output(at("/out"))
}

/// The step that builds a wheel; its answer is `answer.json`.
///
/// It fails with [`BuildAnswer::FAILED`] where there is no wheel. With `explain`,
/// a key of its own, it answers why.
///
/// # Errors
///
/// Variables that the image to build in does not have.
///
/// [`BuildAnswer::FAILED`]: crate::facts::BuildAnswer::FAILED
pub fn build(
    python: &PythonSteps<'_>,
    root: &BuildRoot,
    build: &WheelBuild<'_>,
    explain: Option<&str>,
) -> Result<Output, Diagnostics> {
    let (source, subdirectory) = match &build.source {
        BuildSource::Origin(origin) => (origin.place().to_owned(), origin.subdirectory()),
        BuildSource::File(_, name) => (format!("{SOURCE}/{name}"), None),
        BuildSource::Link(link, name) => (format!("{}/{name}", link.directory()), None),
    };
    let request = BuildRequest {
        cross: root.platform != python.plan.platform,
        env: environment(&root.image, &python.resolution.build)?,
        explain: explain.map(str::to_owned),
        hashes: build.hashes.iter().map(ToString::to_string).collect(),
        index_arguments: build_arguments(&python.resolution.options),
        isolation: true,
        label: build.label.clone(),
        machine: machine(&python.plan.platform).to_owned(),
        python: python.version,
        source,
        subdirectory,
        trusted_hosts: python.trusted_hosts(),
    };
    let words = match explain {
        Some(_) => format!("why there is no wheel of {}", build.label),
        None => format!("build a wheel of {}", build.label),
    };
    let mut exec = root
        .python_step(python, &steps::build(&request))
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(root.step_name(python, &words));
    exec = match &build.source {
        BuildSource::Origin(origin) => origin.mounted(exec),
        BuildSource::Link(..) => exec,
        BuildSource::File(output, _) => {
            let file = Mount::read_only(output).selector(at("/file"));
            exec.mount(at(SOURCE), file)
        }
    };
    // What a build requires may be there.
    for link in &python.links {
        exec = link.mounted(exec);
    }
    for location in locations(build.asked.iter().copied()) {
        exec = exec.location(location);
    }
    let exec = with_network(python.options, exec);
    Ok(unless_cached(python.options, &[BUILD], exec)
        .finish()
        .output(at("/out")))
}
