//! Wheels of what has none, built by steps of their own.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::builds::Builds;
use super::engine::Engine;
use super::report;
use crate::facts::{BuiltWheel, FetchedFile, InvalidAnswer, SourceDistribution};
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{self, BuildSource, Built, Fetch, FetchSource, PythonSteps, WheelBuild};
use crate::python::{
    Hash, Hashes, LockedFile, Pin, PinSource, Requirement, RequirementSource, rewrite,
};
use crate::source::{Diagnostic, Diagnostics};

/// Builds wheels, each once.
pub(super) struct Wheels<'a, B> {
    pub(super) engine: &'a Engine<'a, B>,
    pub(super) python: &'a PythonSteps<'a>,
    /// The hashes that requirement lines give.
    pub(super) hashes: Hashes<'a>,
    builds: Builds<'a, B>,
    built: Vec<Built>,
}

impl<'a, B: Bridge> Wheels<'a, B> {
    pub(super) fn new(engine: &'a Engine<'a, B>, python: &'a PythonSteps<'a>) -> Self {
        let required = python.resolution.options.require_hashes.as_ref();
        Self {
            engine,
            python,
            hashes: Hashes::new(python.plan.all_requirements(), required),
            builds: Builds::new(engine, python),
            built: Vec::new(),
        }
    }

    /// What was built so far.
    pub(super) fn built(&self) -> &[Built] {
        &self.built
    }

    /// Whether a pin is of a wheel that was built for a requirement.
    pub(super) fn is_built(&self, pin: &Pin) -> bool {
        let directory = pin.reference().map(LockedFile::at);
        let directory = directory.and_then(|file| file.mounted_in());
        directory.is_some_and(|it| self.built.iter().any(|built| built.directory() == it))
    }

    /// The wheel of a source distribution of an index.
    pub(super) fn of_source(&self, source: &SourceDistribution) -> Option<&Built> {
        self.built.iter().find(|built| {
            built.requirement.is_none()
                && built.wheel.name == source.name
                && built.wheel.version == source.version
        })
    }

    /// Builds what the requirements name by itself: projects, repositories and
    /// archives.
    pub(super) async fn build_requirements(&mut self) -> Result<(), BridgeError> {
        let plan = self.python.plan;
        let requirements: Vec<&Requirement> = plan.built_requirements().collect();
        let builds = (requirements.iter()).map(|requirement| self.of_requirement(requirement));
        let builds = try_join_all(builds).await?;
        let wheels = self.builds.run(&builds).await?;
        for ((requirement, build), (wheel, output)) in
            requirements.into_iter().zip(&builds).zip(wheels)
        {
            check_name(requirement, build, &wheel)?;
            let built = Built::new(&build.label, Some(requirement), wheel, output);
            self.built.push(built);
        }
        Ok(())
    }

    /// Builds source distributions of indexes, those that were not built yet.
    pub(super) async fn build_sources(
        &mut self,
        sources: &[SourceDistribution],
    ) -> Result<(), BridgeError> {
        let new: BTreeSet<&SourceDistribution> = sources
            .iter()
            .filter(|source| self.of_source(source).is_none())
            .collect();
        if new.is_empty() {
            return Err(BridgeError::new(
                "the resolution asks for wheels that were built already",
            ));
        }
        let builds = new.iter().map(|source| self.of_index(source));
        let builds = try_join_all(builds).await?;
        let wheels = self.builds.run(&builds).await?;
        for ((source, build), (wheel, output)) in new.into_iter().zip(&builds).zip(wheels) {
            check_version(source, build, &wheel)?;
            self.built
                .push(Built::new(&build.label, None, wheel, output));
        }
        Ok(())
    }

    /// The build of what a requirement names.
    async fn of_requirement(
        &self,
        requirement: &'a Requirement,
    ) -> Result<WheelBuild<'a>, BridgeError> {
        let label = requirement.to_string();
        let hashes = self.hashes.of_requirement(requirement)?;
        let source = if let RequirementSource::Url(url) = &requirement.source {
            let fetch = Fetch {
                source: FetchSource::Url(url),
                sha256: None,
                size: None,
                label: &label,
            };
            let (output, file) = self.fetch(&fetch, &hashes).await?;
            BuildSource::File(output, file.name)
        } else {
            let mut origins = self.python.origins.iter();
            let origin = origins.find(|origin| origin.is_of(requirement));
            let origin =
                origin.ok_or_else(|| BridgeError::new(format!("`{label}` is not mounted")))?;
            BuildSource::Origin(origin)
        };
        Ok(WheelBuild {
            source,
            label,
            hashes,
            asked: vec![&requirement.location],
        })
    }

    /// The build of a source distribution of an index.
    async fn of_index(&self, source: &SourceDistribution) -> Result<WheelBuild<'a>, BridgeError> {
        let hashes = self.check_hashes(source)?;
        let label = format!("{}=={}", source.name, source.version);
        let build_source = self.bring(source, &hashes, &label).await?;
        let requirements = self.python.plan.all_requirements();
        let asked = requirements.filter(|it| it.name.as_ref() == Some(&source.name));
        Ok(WheelBuild {
            source: build_source,
            label,
            hashes,
            asked: asked.map(|it| &it.location).collect(),
        })
    }

    /// The file of a source distribution.
    async fn bring(
        &self,
        source: &SourceDistribution,
        hashes: &[Hash],
        label: &str,
    ) -> Result<BuildSource<'a>, BridgeError> {
        let file = LockedFile::at(&source.url);
        if let Some(directory) = file.mounted_in() {
            let mut links = self.python.links.iter();
            let link = links.find(|link| link.directory() == directory);
            let link = link.ok_or_else(|| {
                BridgeError::new(format!("`{label}` is in no directory of `--find-links`"))
            })?;
            return Ok(BuildSource::Link(link, file.name));
        }
        let url = rewrite(&source.url, &self.python.resolution.mirrors);
        let fetch = Fetch {
            source: FetchSource::Url(&url),
            sha256: source.sha256.as_ref(),
            size: source.size,
            label,
        };
        let (output, fetched) = self.fetch(&fetch, hashes).await?;
        Ok(BuildSource::File(output, fetched.name))
    }

    /// The hashes that lines give for a source distribution. Nothing of a file
    /// that has none of them is run.
    fn check_hashes(&self, source: &SourceDistribution) -> Result<Vec<Hash>, Diagnostics> {
        let mut pins = [Pin {
            name: Some(source.name.clone()),
            extras: Vec::new(),
            source: PinSource::Version(source.version.clone()),
            index: None,
            hashes: Vec::new(),
        }];
        self.hashes.add_to(&mut pins)?;
        let [pin] = pins;
        Ok(pin.hashes)
    }

    /// Fetches a file that has one of the hashes, if there are any.
    pub(super) async fn fetch(
        &self,
        fetch: &Fetch<'_>,
        hashes: &[Hash],
    ) -> Result<(buildkit_llb::Output, FetchedFile), BridgeError> {
        let python = self.python;
        let output = lower::fetch(python, fetch);
        let answer = self.engine.answer(&output, "answer.json").await?;
        let file = FetchedFile::read(&answer).map_err(|error| invalid(&error))?;
        let has = |hash: &Hash| file.hashes.contains(hash);
        if !hashes.is_empty() && !hashes.iter().any(has) {
            let same = |hash: &&Hash| Some(hash.algorithm()) == hashes.first().map(Hash::algorithm);
            let found = file.hashes.iter().find(same).map(ToString::to_string);
            let error = report::other_hashes(python.plan, fetch.label, &file.name, found, hashes);
            return Err(error.into());
        }
        Ok((output, file))
    }

    /// Where a file of the lock is.
    pub(super) fn place<'f>(&'f self, file: &'f LockedFile, url: &'f str) -> FetchSource<'f> {
        let Some(directory) = file.mounted_in() else {
            return FetchSource::Url(url);
        };
        let mut links = self.python.links.iter();
        if let Some(link) = links.find(|link| link.directory() == directory) {
            return FetchSource::Link(link, &file.name);
        }
        let mut origins = self.python.origins.iter();
        match origins.find(|origin| origin.directory() == directory) {
            Some(origin) => FetchSource::Origin(origin),
            None => FetchSource::Url(url),
        }
    }
}

/// The wheel of a requirement that names a package is of that one.
fn check_name(
    requirement: &Requirement,
    build: &WheelBuild<'_>,
    wheel: &BuiltWheel,
) -> Result<(), Diagnostic> {
    match &requirement.name {
        Some(name) if *name != wheel.name => {
            let error = Diagnostic::error(format!(
                "`{}` is the package `{}`, not `{name}`",
                build.label, wheel.name
            ));
            let error = error.help(format!("write `{} @ …`", wheel.name));
            Err(report::at_places(error, &build.asked))
        }
        _ => Ok(()),
    }
}

/// The wheel of a source distribution is of its package and version.
fn check_version(
    source: &SourceDistribution,
    build: &WheelBuild<'_>,
    wheel: &BuiltWheel,
) -> Result<(), Diagnostic> {
    if (&wheel.name, &wheel.version) == (&source.name, &source.version) {
        return Ok(());
    }
    let error = Diagnostic::error(format!(
        "the source distribution of `{}` builds `{}=={}`",
        build.label, wheel.name, wheel.version
    ));
    let error = error.help("pin another version of it, or tell its authors");
    Err(report::at_places(error, &build.asked))
}

fn invalid(error: &InvalidAnswer) -> BridgeError {
    BridgeError::new(error.to_string())
}
