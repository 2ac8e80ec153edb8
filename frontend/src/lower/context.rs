//! What lowering knows first.
//!
//! Each type holds what is known at one point of a build, so that nothing is
//! a placeholder: [`Context`] from the start, [`StepContext`] with the base
//! images, [`PythonSteps`](super::PythonSteps) with the interpreter, and
//! [`Lowering`](super::Lowering) with everything.

use std::ops::Deref;

use buildkit_llb::{Output, Platform};

use crate::client::Options;
use crate::facts::BaseImage;
use crate::plan::Plan;

/// What is known from the start.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What is built.
    pub plan: &'a Plan,
    /// What the command line says.
    pub options: &'a Options,
    /// The platform that steps run on that need not run the target's code.
    pub builder: &'a Platform,
    /// Patterns of files that stay out of the build context.
    pub ignored: &'a [String],
}

impl Context<'_> {
    /// Whether the image is of another platform than the builder.
    pub fn is_cross(&self) -> bool {
        self.plan.platform != *self.builder
    }
}

/// The base images of a build.
#[derive(Clone, Debug)]
pub struct Images {
    /// The base of the image.
    pub target: Output,
    /// What the engine says about it.
    pub target_image: BaseImage,
    /// The same base for the builder's own platform: where native steps run.
    pub builder: Output,
    /// What the engine says about that one.
    pub builder_image: BaseImage,
    /// The image of `[build]` for the builder's platform, if the stub has one.
    pub build: Option<(Output, BaseImage)>,
}

impl Images {
    /// The image that wheels are built in natively.
    pub fn build_image(&self) -> &BaseImage {
        let build = self.build.as_ref();
        build.map_or(&self.builder_image, |(_, image)| image)
    }
}

/// What steps need, once the base images are resolved.
#[derive(Clone, Copy, Debug)]
pub struct StepContext<'a> {
    /// What is known from the start.
    pub context: Context<'a>,
    /// The base images.
    pub images: &'a Images,
}

impl<'a> Deref for StepContext<'a> {
    type Target = Context<'a>;

    fn deref(&self) -> &Context<'a> {
        &self.context
    }
}
