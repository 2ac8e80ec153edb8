//! What is built: a pure value of the configuration, the requirement files
//! and the target, without BuildKit in it.
//!
//! The plan is the seam: the command line prints it, tests snapshot it, the
//! graph lowers it. What only an engine can tell (digests, the resolution) is
//! not here; see `facts`.

mod layers;
mod print;
mod target;

pub use layers::LayerPlan;
pub use target::{Selection, Stage, select};

use buildkit_llb::Platform;

use crate::python::{Options, PythonVersion, Requirement, RequirementSet, merged};
use crate::source::{Diagnostic, Diagnostics, Location, SourceFile};
use crate::stub::{App, Base, Installer, Name, Project, Variant};

/// One image: a variant on a platform, up to a stage.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The stub, for positions.
    pub stub: SourceFile,
    /// The project's name, for progress.
    pub project: Option<String>,
    /// The variant.
    pub variant: Name,
    /// The platform of the image.
    pub platform: Platform,
    /// Where to stop.
    pub stage: Stage,
    /// Whether images ask for NVIDIA's GPUs.
    pub cuda: bool,
    /// The system layer.
    pub base: Base,
    /// The Python version; `None` where only the base image tells.
    pub python: Option<PythonVersion>,
    /// Where the stub says so.
    pub python_location: Option<Location>,
    /// What installs packages.
    pub installer: Installer,
    /// All Python layers of the variant, bottom first. All are resolved
    /// together, whatever the stage, so that a stage has the same packages as
    /// the whole image.
    pub layers: Vec<LayerPlan>,
    /// How many of the layers go into this image.
    pub installed: usize,
    /// Limits that hold for all layers.
    pub constraints: Vec<Requirement>,
    /// Indexes and the like, for all layers.
    pub options: Options,
    /// Rewritten URL prefixes.
    pub mirrors: Vec<(String, String)>,
    /// The application, where the stage includes it.
    pub app: Option<App>,
}

impl Plan {
    /// Puts a plan together.
    ///
    /// `sets` are the requirements of the variant's layers, in their order,
    /// markers evaluated for `platform`.
    pub fn new(
        project: &Project,
        variant: &Variant,
        platform: &Platform,
        stage: &Stage,
        sets: Vec<RequirementSet>,
    ) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::new();
        let mut options = Options::default();
        let mut constraints: Vec<Requirement> = Vec::new();
        let mut layers = Vec::new();
        for (layer, mut set) in variant.python.layers.iter().zip(sets) {
            set.mirror(&variant.python.mirrors);
            if let Err(problem) = options.unite(set.options) {
                problems.push(problem);
            }
            constraints.extend(set.constraints);
            layers.push(LayerPlan {
                name: layer.name.clone(),
                location: layer.location.clone(),
                requirements: set.requirements,
                app: layer.app,
            });
        }
        if let Some(location) = &options.prefer_binary {
            problems.push(
                Diagnostic::error("`--prefer-binary` is not available")
                    .at(location.clone())
                    .label("uv resolves, which has no such preference")
                    .help("take the line out, or name the packages in `--only-binary`"),
            );
        }
        let constraints = merged(constraints);
        layers::mirror_default_index(&variant.python, &mut options);
        layers::add_stub_indexes(&variant.python, &mut options, &mut problems);
        let installed = layers::installed(&layers, stage);
        problems.into_result(Self {
            stub: project.stub.clone(),
            project: project.name.as_ref().map(|name| name.value.clone()),
            variant: variant.name.clone(),
            platform: platform.clone(),
            stage: stage.clone(),
            cuda: variant.accelerator.is_some(),
            base: variant.base.clone(),
            python: variant.python.version,
            python_location: variant.python.version_location.clone(),
            installer: variant.python.installer,
            layers,
            installed,
            constraints,
            options,
            mirrors: variant.python.mirrors.clone(),
            app: (*stage == Stage::Whole).then(|| variant.app.clone()),
        })
    }

    /// All requirements and constraints, bottom layer first.
    pub fn all_requirements(&self) -> impl Iterator<Item = &Requirement> {
        let layers = self.layers.iter().flat_map(|layer| &layer.requirements);
        layers.chain(&self.constraints)
    }

    /// The layers that go into this image and hold something.
    pub fn image_layers(&self) -> impl Iterator<Item = (usize, &LayerPlan)> {
        self.layers.iter().enumerate().take(self.installed)
    }

    /// What messages call this image: `cpu/arm64`.
    pub fn label(&self) -> String {
        format!("{}/{}", self.variant, self.platform.architecture())
    }

    /// What progress calls this image, beside those of other projects:
    /// `ragex cpu/arm64`.
    pub fn title(&self) -> String {
        match &self.project {
            Some(project) => format!("{project} {}", self.label()),
            None => self.label(),
        }
    }
}
