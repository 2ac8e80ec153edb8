//! Where wheels are built: the base image or that of `[build]`, with the
//! packages of `[build]` installed. No image has any of it.

use std::collections::BTreeMap;

use buildkit_llb::{Exec, Mount, Output, Platform, at};

use super::image_config::fill;
use super::step::{self, DEFAULT_PATH, unless_cached};
use super::{PythonSteps, StepContext, apt_step};
use crate::facts::{BaseImage, Distribution};
use crate::source::{Diagnostics, locations};
use crate::steps::{self, Step};
use crate::stub;

/// What progress and `--no-cache-filter` call the steps.
pub const BUILD: &str = "build";

/// A root that wheels are built in.
#[derive(Clone, Debug)]
pub struct BuildRoot {
    /// What it runs as: the builder, or the target where that is emulated.
    pub platform: Platform,
    /// The files.
    pub root: Output,
    /// The image that it is made of.
    pub image: BaseImage,
    /// The tree with the program `uv` for the platform.
    pub uv: Output,
}

impl BuildRoot {
    /// This root with the packages of `[build]`.
    pub fn with_packages(self, python: &PythonSteps<'_>, distribution: &Distribution) -> Self {
        let packages = &python.resolution.build.apt;
        if packages.is_empty() {
            return self;
        }
        let names: Vec<&str> = packages.iter().map(|it| it.value.as_str()).collect();
        let step = steps::apt(names.iter().copied());
        let exec = self.exec(python, &step, "");
        let mut exec = apt_step::with_caches(python.options, exec, distribution, &self.platform)
            .name(self.step_name(python, &apt_step::summary(&names)));
        for location in locations(packages.iter().map(|it| &it.location)) {
            exec = exec.location(location);
        }
        let exec = unless_cached(python.options, &[BUILD], exec);
        Self {
            root: exec.finish().root(),
            ..self
        }
    }

    /// Whether it runs as another platform than the builder.
    pub fn is_emulated(&self, python: &PythonSteps<'_>) -> bool {
        self.platform != *python.builder
    }

    /// A step with the image's interpreter and uv in this root.
    pub(super) fn python_step(&self, python: &PythonSteps<'_>, step: &Step) -> Exec {
        self.exec(python, step, &python.interpreter)
            .mount(at("/lamina/uv"), Mount::read_only(&self.uv))
            .mount(
                at("/lamina/python"),
                Mount::read_only(&python.facts).selector(at("/python")),
            )
    }

    /// The name of a step, which says if it is emulated.
    pub(super) fn step_name(&self, python: &PythonSteps<'_>, words: &str) -> String {
        let words = if self.is_emulated(python) {
            format!("{words} (emulated)")
        } else {
            words.to_owned()
        };
        python.plan.shared_step_name(BUILD, &words)
    }

    fn exec(&self, python: &PythonSteps<'_>, step: &Step, interpreter: &str) -> Exec {
        let variables = variables(&self.image);
        let (options, platform) = (python.options, &self.platform);
        step::in_root(options, &self.root, platform, step, interpreter, &variables)
    }
}

/// The environment of an image, but for what decides how Python and its
/// installers work.
fn variables(image: &BaseImage) -> BTreeMap<String, String> {
    let decides = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["PYTHON", "PIP_", "UV_"]
            .iter()
            .any(|it| name.starts_with(it))
    };
    let mut variables: BTreeMap<String, String> = image
        .environment()
        .filter(|(name, _)| !decides(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let ours = [("LC_ALL", "C.UTF-8"), ("PYTHONDONTWRITEBYTECODE", "1")];
    variables.extend(ours.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let path = variables.entry("PATH".to_owned()).or_default();
    if path.is_empty() {
        DEFAULT_PATH.clone_into(path);
    }
    variables
}

/// The variables of `[build.env]`, with those of the image to build in filled
/// in.
///
/// # Errors
///
/// Variables that the image does not have.
pub(super) fn environment(
    image: &BaseImage,
    build: &stub::Build,
) -> Result<BTreeMap<String, String>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut variables = BTreeMap::new();
    for (name, value) in &build.env {
        if let Some(value) = diagnostics.keep(fill(image, value)) {
            variables.insert(name.clone(), value);
        }
    }
    diagnostics.into_result(variables)
}

/// What is wrong with `[build]`, as far as the image to build in tells.
pub(super) fn check(steps: &StepContext<'_>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if let Some(resolution) = &steps.plan.resolution {
        let image = steps.images.build_image();
        diagnostics.keep(environment(image, &resolution.build));
    }
    diagnostics
}
