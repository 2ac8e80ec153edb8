//! `case.toml`: the request of a case, and its engine's answers.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file. The defaults are those of a complete daemon and of an
/// ordinary `python:3.11-slim`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What the case tests, in one sentence.
    pub about: String,
    /// The build context, relative to the case's directory.
    #[serde(default)]
    pub context: String,
    /// The paths of the context that belong to the case; all if empty.
    #[serde(default)]
    pub only: Vec<String>,
    /// Files that an editor or git would change.
    #[serde(default)]
    pub write: Vec<Write>,
    /// The snapshots of a build that succeeds.
    #[serde(default)]
    pub show: Vec<Kind>,
    /// Cases with nearly the same graphs, one for each image in the order of
    /// platforms: `graph.snap` then holds the difference from theirs.
    #[serde(default)]
    pub differs_from: Vec<String>,
    /// Frontend options, as the daemon passes them: `target`, `platform`,
    /// `build-arg:NAME`, `context:NAME`, `no-cache`, …
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Graphs that the client hands over, by name.
    #[serde(default)]
    pub input: BTreeMap<String, Input>,
    /// The platform of the daemon's worker.
    #[serde(default = "linux_amd64")]
    pub builder: String,
    /// Capabilities of graphs that are disabled in the daemon.
    #[serde(default)]
    pub disabled: Vec<String>,
    /// Images in addition to `python:3.11-slim` for amd64 and arm64.
    #[serde(default)]
    pub image: Vec<Image>,
    /// The file system of the base image.
    #[serde(default)]
    pub system: System,
    /// The answer of the resolve step. By default every requirement is found
    /// and has no dependencies.
    pub resolution: Option<Resolution>,
    /// SHA-256 hashes of packages' files, by the package; by default that of
    /// the file's name.
    #[serde(default)]
    pub hashes: BTreeMap<String, String>,
    /// Indexes that have packages in other versions than the ones that were
    /// chosen elsewhere: `private NAME…`, or `public NAME…`.
    #[serde(default)]
    pub ambiguous: BTreeMap<String, String>,
    /// Packages without a wheel, which have a source distribution.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Builds of wheels that fail, by their labels (`docopt==0.6.2`): the reason.
    #[serde(default)]
    pub failing: BTreeMap<String, String>,
    /// The labels of builds that compile something.
    #[serde(default)]
    pub compiling: Vec<String>,
    /// Libraries that the image lacks: package, file, library.
    #[serde(default)]
    pub missing_libraries: Vec<(String, String, String)>,
    /// Whether the builder cannot run programs of other platforms.
    #[serde(default)]
    pub no_emulation: bool,
    /// Packages that write different content to the same file.
    #[serde(default)]
    pub clash: Vec<Clash>,
    /// Error messages of steps that fail, by script.
    #[serde(default)]
    pub fail: BTreeMap<String, String>,
}

/// A kind of snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `lamina plan`
    Plan,
    /// `lamina plan --format json`
    Json,
    /// The definitions of the images.
    Graph,
    /// The configurations of the images.
    Config,
    /// The definition of the resolve step.
    Resolve,
}

/// A generated file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Its path in the context.
    pub path: String,
    /// Its beginning.
    #[serde(default)]
    pub text: String,
    /// Bytes after the text.
    #[serde(default)]
    pub bytes: Vec<u8>,
    /// How often text and bytes are repeated.
    #[serde(default = "one")]
    pub times: usize,
}

/// An image in the registry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its reference.
    pub name: String,
    /// Its platforms.
    pub platforms: Vec<String>,
    /// The `config` of its configuration, as JSON; by default that of
    /// `python:3.11-slim`.
    pub config: Option<String>,
    /// Its file system, if it is not the base image's.
    pub system: Option<System>,
}

/// A graph that the client hands over: a tree with files of the case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The directory that has them; it is no part of the build context.
    pub directory: String,
    /// The image configuration that goes with it, as JSON.
    pub config: Option<String>,
}

/// What the step that looks into the base image finds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct System {
    /// Interpreters.
    pub python: Vec<String>,
    /// Those that the builder has too, by default all.
    pub builder_python: Option<Vec<String>>,
    /// The C library.
    pub libc: String,
    /// Lines `name:uid:gid:home`.
    pub passwd: Vec<String>,
    /// Lines `name:gid`.
    pub group: Vec<String>,
}

/// The answer of the resolve step.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Resolution {
    /// Pins, one list for each layer: `torch==2.1.2`, or `torch==2.1.2 from
    /// https://…` if the index is not PyPI.
    Slices(Vec<Vec<String>>),
    /// A conflict, with the resolver's message.
    Conflict(String),
    /// Indexes that deny access, each with its answer: the status, what became
    /// of credentials, and the packages: `401 absent NAME…`.
    Denied(BTreeMap<String, String>),
}

/// A clash of two packages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clash {
    /// The two packages.
    pub packages: (String, String),
    /// Some of the files they share.
    pub files: Vec<String>,
    /// The number of such files.
    pub count: usize,
}

impl Default for System {
    fn default() -> Self {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Self {
            python: lines(&["/usr/local/bin/python3.11"]),
            builder_python: None,
            libc: "glibc-2.36".to_owned(),
            passwd: lines(&["root:0:0:/root", "_apt:42:65534:/nonexistent"]),
            group: lines(&["root:0", "nogroup:65534"]),
        }
    }
}

impl Write {
    /// The whole file.
    pub fn content(&self) -> Vec<u8> {
        let mut piece = self.text.clone().into_bytes();
        piece.extend(&self.bytes);
        piece.repeat(self.times)
    }
}

fn linux_amd64() -> String {
    "linux/amd64".to_owned()
}

fn one() -> usize {
    1
}
