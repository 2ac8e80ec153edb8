//! `case.toml`: what is asked of a case, and what its engine answers.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file. What it does not say is that of a usual daemon and of a
/// usual `python:3.11-slim`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What the case shows, in a sentence.
    pub about: String,
    /// The build context, relative to the case's directory.
    #[serde(default)]
    pub context: String,
    /// What of the context belongs to the case; all of it where it is empty.
    #[serde(default)]
    pub only: Vec<String>,
    /// Files that an editor or git would not leave as they are.
    #[serde(default)]
    pub write: Vec<Write>,
    /// What is snapshot of a build that succeeds.
    #[serde(default)]
    pub show: Vec<Kind>,
    /// Cases with nearly the same graphs, one for each image in the order of
    /// platforms: `graph.snap` then holds the difference from theirs.
    #[serde(default)]
    pub differs_from: Vec<String>,
    /// Frontend options, as the daemon hands them over: `target`, `platform`,
    /// `build-arg:NAME`, `context:NAME`, `no-cache`, …
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// The platform of the daemon's worker.
    #[serde(default = "linux_amd64")]
    pub builder: String,
    /// Capabilities of graphs that the daemon has switched off.
    #[serde(default)]
    pub disabled: Vec<String>,
    /// Images, besides `python:3.11-slim` for amd64 and arm64.
    #[serde(default)]
    pub image: Vec<Image>,
    /// What the base image's file system holds.
    #[serde(default)]
    pub system: System,
    /// The answer of the resolve step; without one, everything that is asked
    /// for is found, and nothing else is needed.
    pub resolution: Option<Resolution>,
    /// Packages that write different content to one file.
    #[serde(default)]
    pub clash: Vec<Clash>,
    /// Steps that fail: by the script that they run.
    #[serde(default)]
    pub fail: BTreeMap<String, String>,
}

/// What can be shown of a build.
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

/// A file that is made, not kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Its path in the context.
    pub path: String,
    /// How it begins.
    #[serde(default)]
    pub text: String,
    /// Bytes after that.
    #[serde(default)]
    pub bytes: Vec<u8>,
    /// How often all of it comes.
    #[serde(default = "one")]
    pub times: usize,
}

/// An image in the registry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its reference.
    pub name: String,
    /// What it has.
    pub platforms: Vec<String>,
    /// Its configuration's `config`, as JSON; that of `python:3.11-slim`
    /// where there is none.
    pub config: Option<String>,
}

/// What the step that looks into the base image finds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct System {
    /// Interpreters.
    pub python: Vec<String>,
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
    /// Pins, a list a layer: `torch==2.1.2`, or `torch==2.1.2 from https://…`
    /// where the index is not PyPI.
    Slices(Vec<Vec<String>>),
    /// The resolver's words.
    Conflict(String),
    /// Indexes that deny access, each with its answer: the status, what became
    /// of credentials, and the packages: `401 absent NAME…`.
    Denied(BTreeMap<String, String>),
}

/// A clash of two packages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clash {
    /// The two.
    pub packages: (String, String),
    /// Some of the files.
    pub files: Vec<String>,
    /// How many there are.
    pub count: usize,
}

impl Default for System {
    fn default() -> Self {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Self {
            python: lines(&["/usr/local/bin/python3.11"]),
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
