//! The graph: a plan and the facts about its images, lowered to LLB.
//!
//! Pure: the same plan, facts, options and capabilities give the same bytes.
//! Every component is a tree of its own below [`VENV`]; the image is their
//! merge over the system, or, where the engine cannot merge, a chain of
//! copies of the same trees. Application files and directories are placed on
//! the result, where links and modes of the base are respected.

mod app;
mod apt;
mod assemble;
mod date;
mod image_config;

mod origins;
mod pip_options;
mod placing;
mod python;
mod step;
mod system;
mod tools;

pub use app::needed_files;
pub use assemble::{Image, assemble};
pub use image_config::{HistoryEntry, image_config};

pub use origins::{LinkFolder, Origin, link_folders, mounted_at, origins};
pub use python::{Installed, clash_check, install, resolve};
pub use step::Images;
pub use system::{ChosenAccount, choose_account, inspect};
pub use tools::{UV_VERSION, UvSource, uv_tree};

use buildkit_llb::{Output, Platform};

use crate::client::Options;
use crate::plan::Plan;

/// The virtual environment: one fixed path, in every image.
pub const VENV: &str = "/opt/venv";

/// Where the environment's programs are.
pub const PATH_OF_VENV: &str = "/opt/venv/bin";

/// What every lowering function needs.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What is built.
    pub plan: &'a Plan,
    /// The base images.
    pub images: &'a Images,
    /// What the command line says.
    pub options: &'a Options,
    /// The Python that steps run, by its path in the base: the one that the
    /// environment is made with; where there is no environment, any or none.
    pub interpreter: Option<&'a str>,
    /// The tree with the program `uv`.
    pub uv: &'a Output,
    /// Requirements that no index has.
    pub origins: &'a [Origin],
    /// Folders of wheels in the build context.
    pub links: &'a [LinkFolder],
}

impl Context<'_> {
    /// Whether the image is of another architecture than the builder.
    pub fn cross(&self) -> bool {
        self.plan.platform != *self.builder()
    }

    /// The platform that steps run on that need not run the target's code.
    pub fn builder(&self) -> &Platform {
        &self.images.builder_platform
    }

    /// What progress shows: `[ragex cpu/arm64 2/5 torch] words`.
    ///
    /// The components of the whole image are counted, so that a stage's steps
    /// have the same names as the image's.
    pub fn name(&self, component: &Component<'_>, words: &str) -> String {
        let total = self.plan.layers.len() + 2;
        let (number, name) = match component {
            Component::Base => (1, "base"),
            Component::Layer(index) => (2 + index, self.plan.layers[*index].name.as_str()),
            Component::Application => (total, "application"),
            Component::Inside(name) => {
                return format!("[{} {name}] {words}", self.plan.title());
            }
        };
        format!("[{} {number}/{total} {name}] {words}", self.plan.title())
    }
}

/// What a step works for.
#[derive(Clone, Copy, Debug)]
pub enum Component<'a> {
    /// The system layer.
    Base,
    /// A Python layer, by its number.
    Layer(usize),
    /// Files of the application.
    Application,
    /// A step that serves the others and makes no layer.
    Inside(&'a str),
}
