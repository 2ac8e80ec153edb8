//! What is built: a pure value of the stub, the requirement files and the
//! target, without BuildKit in it.
//!
//! The plan is the seam: the command line prints it, tests snapshot it, the
//! graph is made of it. All that the graph takes from the user's files is in it, and so
//! in its JSON. What only an engine can tell (digests, the resolution) is not;
//! see `facts`.

mod component;
mod render;
mod resolution;
mod settings;
mod target;

pub use component::{Branch, Component, Kind};
pub use resolution::Resolution;
pub use settings::{Run, Settings};
pub use target::{Selection, Stage, select, stages};

/// Declares the module of each kind, and makes the components of all kinds.
macro_rules! kinds {
    ($($module:ident: $Kind:ident,)*) => {
        $(pub mod $module;)*

        /// All components of a variant, from the bottom of its images to the
        /// top.
        fn components(planning: &Planning<'_>) -> Vec<Component> {
            let mut components = Vec::new();
            $(components.extend($module::components(planning));)*
            components
        }
    };
}

crate::kinds::for_each_kind!(kinds);

use std::collections::BTreeSet;

use buildkit_llb::Platform;
use serde::Serialize;

use crate::python::{Index, Requirement, RequirementSet};
use crate::source::{Diagnostics, Location};
use crate::stub::{Accelerator, Name, Project, Variant};

/// One image: a variant on a platform, up to a stage.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The project's name, for progress.
    pub project: Option<String>,
    /// The variant.
    pub variant: Name,
    /// The platform of the image.
    #[serde(serialize_with = "serialize_as_text")]
    pub platform: Platform,
    /// Where to stop.
    pub stage: Stage,
    /// What the image asks the container runtime for.
    pub accelerator: Option<Accelerator>,
    /// The base image, as the user named it.
    pub base_image: String,
    /// Where the stub names the base image.
    #[serde(skip)]
    pub base_image_location: Option<Location>,
    /// How the packages of all layers are resolved together; `None` where the
    /// variant has no layers.
    pub resolution: Option<Resolution>,
    /// All components of the variant, bottom first: also those that the stage
    /// leaves out, so that a stage has the same packages and the same names of
    /// steps as the whole image.
    pub components: Vec<Component>,
    /// What the image's configuration says.
    pub settings: Settings,
}

/// What the plans of all kinds are made from.
pub struct Planning<'a> {
    /// What is built.
    pub variant: &'a Variant,
    /// The requirements of each Python layer, URLs at their mirrors.
    pub requirements: &'a [Vec<Requirement>],
}

impl Plan {
    /// Puts a plan together.
    ///
    /// `sets` are the requirements of the variant's layers, in their order,
    /// markers evaluated for `platform`.
    ///
    /// # Errors
    ///
    /// Options of several layers that contradict each other, or that cannot be
    /// followed.
    pub fn new(
        project: &Project,
        variant: &Variant,
        platform: &Platform,
        stage: &Stage,
        sets: Vec<RequirementSet>,
    ) -> Result<Self, Diagnostics> {
        let (resolution, requirements) = Resolution::new(variant, sets)?;
        let mut components = components(&Planning {
            variant,
            requirements: &requirements,
        });
        component::include(&mut components, stage);
        Ok(Self {
            project: project.name.as_ref().map(|name| name.value.clone()),
            variant: variant.name.clone(),
            platform: platform.clone(),
            stage: stage.clone(),
            accelerator: variant.accelerator,
            base_image: variant.base.image.clone(),
            base_image_location: variant.base.image_location.clone(),
            resolution,
            components,
            settings: Settings::new(variant, stage),
        })
    }

    /// The components of this image.
    pub fn included(&self) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(|it| it.included)
    }

    /// All Python layers of the variant, bottom first: what the resolution is
    /// of, whatever the stage.
    pub fn python_layers(&self) -> impl Iterator<Item = &python::Python> {
        self.components
            .iter()
            .filter_map(|component| match &component.kind {
                Kind::Python(layer) => Some(layer),
                _ => None,
            })
    }

    /// Whether this image has Python layers.
    pub fn installs_packages(&self) -> bool {
        self.included()
            .any(|component| matches!(component.kind, Kind::Python(_)))
    }

    /// All requirements and constraints, bottom layer first.
    pub fn all_requirements(&self) -> impl Iterator<Item = &Requirement> {
        let layers = self.python_layers().flat_map(|layer| &layer.requirements);
        let constraints = self.resolution.iter().flat_map(|it| &it.constraints);
        layers.chain(constraints)
    }

    /// The requirements of which wheels have to be built, each once.
    pub fn built_requirements(&self) -> impl Iterator<Item = &Requirement> {
        let mut seen = BTreeSet::new();
        let requirements = self.python_layers().flat_map(|layer| &layer.requirements);
        requirements.filter(move |it| it.source.needs_build() && seen.insert(it.to_string()))
    }

    /// The indexes that packages are looked up in, beside the default one.
    pub fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.resolution.iter().flat_map(|it| it.options.indexes())
    }

    /// What messages call this image: `cpu/arm64`.
    pub fn label(&self) -> String {
        format!("{}/{}", self.variant, self.platform.architecture())
    }

    /// The name of a step of a component, as progress shows it:
    /// `[ragex cpu/arm64 2/5 torch] words`.
    ///
    /// The components of the whole image are counted, so that a stage's steps
    /// have the same names as the image's.
    pub fn step_name(&self, component: &Component, words: &str) -> String {
        let total = self.components.len();
        let position = self.components.iter().position(|it| it.id == component.id);
        let number = position.map_or(total, |index| index + 1);
        format!(
            "[{} {number}/{total} {}] {words}",
            self.title(),
            component.id
        )
    }

    /// The name of a step that serves all components: `[ragex cpu/arm64
    /// resolve] words`.
    pub fn shared_step_name(&self, purpose: &str, words: &str) -> String {
        format!("[{} {purpose}] {words}", self.title())
    }

    /// What progress calls this image, beside those of other projects:
    /// `ragex cpu/arm64`.
    fn title(&self) -> String {
        match &self.project {
            Some(project) => format!("{project} {}", self.label()),
            None => self.label(),
        }
    }
}

/// Serializes a value as its text.
fn serialize_as_text<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: std::fmt::Display,
    S: serde::Serializer,
{
    serializer.collect_str(value)
}
