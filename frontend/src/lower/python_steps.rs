//! What the steps that resolve and install packages need.

use std::collections::BTreeSet;
use std::ops::Deref;

use buildkit_llb::{Exec, Mount, Output, at};
use pep440_rs::Version;

use super::step::{native, with_network};
use super::{LinkDirectory, Origin, StepContext};
use crate::facts::System;
use crate::plan::Resolution;
use crate::python::{PythonVersion, Tags};
use crate::steps::Step;

/// What is known once the base image is inspected.
#[derive(Clone, Debug)]
pub struct PythonSteps<'a> {
    /// What all steps need.
    pub steps: StepContext<'a>,
    /// What the base image holds.
    pub system: &'a System,
    /// How packages are resolved.
    pub resolution: &'a Resolution,
    /// The version of the image's Python.
    pub version: PythonVersion,
    /// The whole version, `3.11.14`, where it is known.
    pub full_version: Option<Version>,
    /// The tags of the wheels that the image can use.
    pub tags: Tags,
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

impl PythonSteps<'_> {
    /// Hosts to which credentials may go without a verified certificate: those
    /// that the user trusts, and those of indexes that the user gives without
    /// TLS.
    pub(super) fn trusted_hosts(&self) -> Vec<String> {
        let options = &self.resolution.options;
        let hosts = options.trusted_hosts.iter();
        let hosts = hosts.map(|host| host.value.as_str());
        let plain = options.indexes().filter_map(|index| {
            let rest = index.url.as_str().strip_prefix("http://")?;
            rest.split('/').next()
        });
        let all: BTreeSet<&str> = hosts.chain(plain).collect();
        all.into_iter().map(str::to_owned).collect()
    }
}

impl<'a> Deref for PythonSteps<'a> {
    type Target = StepContext<'a>;

    fn deref(&self) -> &StepContext<'a> {
        &self.steps
    }
}

/// A step of the target's Python, on the builder, with uv.
pub(super) fn python_step(python: &PythonSteps<'_>, step: &Step) -> Exec {
    native(python, step, Some(&python.interpreter))
        .mount(at("/lamina/uv"), Mount::read_only(&python.uv))
        .mount(
            at("/lamina/python"),
            Mount::read_only(&python.facts).selector(at("/python")),
        )
}

/// Lets a step fetch packages: with the network, and the credentials for it.
pub(super) fn with_indexes(python: &PythonSteps<'_>, exec: Exec) -> Exec {
    let exec = exec.mount(at("/root/.netrc"), Mount::secret("netrc").optional());
    with_network(python.options, exec)
}
