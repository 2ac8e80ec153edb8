//! The resolved configuration: everything that follows from the stub alone.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use buildkit_llb::Platform;

use crate::python::PythonVersion;
use crate::source::{Diagnostics, Location, SourceFile, Spanned};

/// A project, as its stub and its conventions make it.
#[derive(Clone, Debug)]
pub struct Project {
    /// The stub itself, for messages and for BuildKit's source maps.
    pub stub: SourceFile,
    /// Shown in progress and used for default tags.
    pub name: Option<Spanned<String>>,
    /// Values of the declared build arguments: `${NAME}` in requirement files.
    pub args: BTreeMap<String, String>,
    /// The variant that is built when no target names one; `None` where
    /// there are several and none is the default (an error once it is needed).
    pub default: Option<Name>,
    /// The variants that are targets, by name, in the order of their names.
    pub variants: Vec<Variant>,
    /// What is to be said, but stops nothing.
    pub warnings: Diagnostics,
}

impl Project {
    /// The variant of a name.
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|v| v.name.as_str() == name)
    }
}

/// The name of a variant or of a Python layer: `[a-z][a-z0-9_]*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name, if the text is one.
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        (first && rest).then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One variant, with all that it inherits.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name, the first word of its targets.
    pub name: Name,
    /// Where the stub declares it; a variant by convention is nowhere.
    pub location: Option<Location>,
    /// What it is built for: at least one, in the order given.
    pub platforms: Vec<Platform>,
    /// The accelerator that its images ask the container runtime for.
    pub accelerator: Option<Accelerator>,
    /// The system layer.
    pub base: Base,
    /// Interpreter, packages and where they come from.
    pub python: Python,
    /// The application on top.
    pub app: App,
}

/// What computes besides the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// NVIDIA's GPUs.
    Cuda,
}

/// The system layer: base image, packages, account, directories.
#[derive(Clone, Debug)]
pub struct Base {
    /// The base image as the user wrote it (or the default), arguments
    /// substituted; its location is `None` when it is the default.
    pub image: String,
    /// Where the stub names the image.
    pub image_location: Option<Location>,
    /// Runtime packages of the distribution, in the order given, each once.
    pub apt: Vec<Spanned<String>>,
    /// The account that the image runs as.
    pub user: User,
    /// The working directory: absolute.
    pub workdir: Spanned<Template>,
    /// Directories that are created and belong to the user.
    pub dirs: Vec<Spanned<Template>>,
    /// Environment variables of the image, in the order of their first mention.
    pub env: Vec<(String, Spanned<Template>)>,
}

/// The account that images run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The login name; `app` unless the stub says otherwise.
    pub name: String,
    /// Where the stub asks for the name.
    pub name_location: Option<Location>,
    /// The user id, also the group's; 10001 unless the stub says otherwise.
    pub uid: u32,
    /// Where the stub asks for the id. A clash with an account of the base image
    /// is an error then; otherwise the next free id is taken.
    pub location: Option<Location>,
}

/// A text in which variables of the base image are still to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Part>);

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Stands for itself.
    Literal(String),
    /// `${env:NAME}`: a variable of the base image.
    BaseEnv(String),
}

impl Template {
    /// A text with nothing to fill in.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Part::Literal(text.into())])
    }

    /// Fills in, or names the first variable that the base image lacks.
    pub fn fill(&self, lookup: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Ok(text.clone()),
                Part::BaseEnv(name) => lookup(name).ok_or_else(|| name.clone()),
            })
            .collect()
    }
}

/// As the user wrote it.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::BaseEnv(name) => write!(f, "${{env:{name}}}"),
        })
    }
}

/// Interpreter, packages, and where they come from.
#[derive(Clone, Debug)]
pub struct Python {
    /// The version that the stub asks for, or the tag of its base image, or
    /// the default; `None` where only the base image knows.
    pub version: Option<PythonVersion>,
    /// Where the stub says so.
    pub version_location: Option<Location>,
    /// What installs the packages.
    pub installer: Installer,
    /// Indexes beside or instead of those of the requirement files.
    pub indexes: Vec<Index>,
    /// URL prefixes that are rewritten wherever they occur: from, to.
    pub mirrors: Vec<(String, String)>,
    /// From the bottom (rarely changes) to the top (often changes).
    pub layers: Vec<Layer>,
}

/// The program that installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// Astral's uv.
    Uv,
    /// The base image's own pip.
    Pip,
}

impl Installer {
    /// The program's name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Pip => "pip",
        }
    }
}

/// A package index of the stub.
#[derive(Clone, Debug)]
pub struct Index {
    /// Its URL (PEP 503).
    pub url: Spanned<String>,
    /// Whether it replaces PyPI.
    pub default: bool,
    /// Whether it wants no credentials: then that it refuses a package means
    /// that it does not have it.
    pub anonymous: bool,
}

/// A Python layer: one image layer, one stage.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name, also that of the stage.
    pub name: Name,
    /// Where the stub declares it.
    pub location: Option<Location>,
    /// Paths of requirement files, relative to the context; the first that
    /// exists is used. `{variant}` is filled in, `{arch}` is not yet.
    pub requirements: Vec<Spanned<String>>,
    /// Whether it is an error when none of the files exists: the stub names
    /// them, or by convention there is one for some platform of the variant.
    pub required: bool,
    /// Requirements given in place.
    pub packages: Vec<Spanned<String>>,
    /// Whether it belongs to the application, not to the `ml` stage.
    pub app: bool,
}

/// The application: files and how to run them.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// Files from the context, in order.
    pub copy: Vec<Copy>,
    /// The image's entrypoint; the base image's where there is none.
    pub entrypoint: Option<Vec<String>>,
    /// The image's command; with an entrypoint and no command there is none.
    pub cmd: Option<Vec<String>>,
    /// Ports as the image configuration names them: `8000/tcp`.
    pub expose: Vec<String>,
    /// Volumes: absolute paths.
    pub volumes: Vec<String>,
    /// How to ask whether it works.
    pub healthcheck: Option<Healthcheck>,
    /// The signal that stops it.
    pub stop_signal: Option<String>,
    /// Labels, in the order of their first mention.
    pub labels: Vec<(String, Spanned<Template>)>,
}

/// Files from the build context that go into the image.
#[derive(Clone, Debug)]
pub struct Copy {
    /// A path or pattern relative to the context, as for Dockerfile's COPY.
    pub from: Spanned<String>,
    /// Where to: absolute; a trailing slash makes it a directory.
    pub to: Spanned<Template>,
    /// Mode of the files and directories; theirs where there is none.
    pub mode: Option<u32>,
}

/// A health check of the image configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    /// Switches off that of the base image.
    Disabled,
    /// Runs something.
    Check {
        /// What is asked.
        probe: Probe,
        /// How often, and how patiently.
        timing: Timing,
    },
}

/// How often a health check asks, and how patiently; what is `None` is the
/// engine's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Time between two checks.
    pub interval: Option<Duration>,
    /// Time after which a check has failed.
    pub timeout: Option<Duration>,
    /// Time to start up, in which failures do not count.
    pub start_period: Option<Duration>,
    /// Failures in a row that make the container unhealthy.
    pub retries: Option<u32>,
}

impl Timing {
    /// These, and where they say nothing, those.
    pub(super) fn over(self, those: Self) -> Self {
        Self {
            interval: self.interval.or(those.interval),
            timeout: self.timeout.or(those.timeout),
            start_period: self.start_period.or(those.start_period),
            retries: self.retries.or(those.retries),
        }
    }
}

/// What a health check asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// An argument vector, run in the container.
    Command(Vec<String>),
    /// `PORT/PATH` on the container's own loopback, asked with its Python.
    Http(String),
}
