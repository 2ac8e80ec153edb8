//! What the steps that resolve and install packages need.

use std::ops::Deref;

use buildkit_llb::Output;
use pep440_rs::Version;

use super::{LinkDirectory, Origin, StepContext};
use crate::plan::Resolution;
use crate::python::PythonVersion;

/// What is known once the base image is inspected.
#[derive(Clone, Debug)]
pub struct PythonSteps<'a> {
    /// What all steps need.
    pub steps: StepContext<'a>,
    /// How packages are resolved.
    pub resolution: &'a Resolution,
    /// The version of the image's Python.
    pub version: PythonVersion,
    /// The whole version, `3.11.14`, where it is known.
    pub full_version: Option<Version>,
    /// The interpreter of that version, by its path in the base image.
    pub interpreter: String,
    /// What was found in the base image: interpreters and C library.
    pub facts: Output,
    /// The tree with the program `uv`.
    pub uv: Output,
    /// Requirements that no index has.
    pub origins: Vec<Origin>,
    /// Directories of wheels in the build context.
    pub links: Vec<LinkDirectory>,
}

impl<'a> Deref for PythonSteps<'a> {
    type Target = StepContext<'a>;

    fn deref(&self) -> &StepContext<'a> {
        &self.steps
    }
}
