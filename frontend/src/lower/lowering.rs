//! Everything that components are lowered from.

use std::ops::Deref;

use super::{PythonSteps, StepContext, WheelTree};
use crate::facts::{ImageAccount, System};
use crate::plan::{Component, Plan};
use crate::python::Package;

/// What is known once packages are resolved.
#[derive(Clone, Copy, Debug)]
pub struct Lowering<'a> {
    /// What all steps need.
    pub steps: StepContext<'a>,
    /// What the base image holds.
    pub system: &'a System,
    /// The account that the image runs as.
    pub account: &'a ImageAccount,
    /// What Python steps need; `None` where the image has no Python layers.
    pub python: Option<&'a PythonSteps<'a>>,
    /// What each Python layer installs, bottom first.
    pub slices: &'a [Vec<Package>],
    /// Trees with the wheels that no URL has.
    pub wheels: &'a [WheelTree],
}

impl<'a> Deref for Lowering<'a> {
    type Target = StepContext<'a>;

    fn deref(&self) -> &StepContext<'a> {
        &self.steps
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn plan(&self) -> &'a Plan {
        self.steps.context.plan
    }

    /// The name of a step of a component.
    pub(super) fn name(&self, component: &Component, words: &str) -> String {
        self.plan().step_name(component, words)
    }
}
