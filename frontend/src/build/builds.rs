//! Builds of wheels: natively, and emulated where something is compiled for
//! another architecture than the builder's.

use buildkit_llb::Output;
use futures_util::future::join_all;

use super::build_roots;
use super::engine::Engine;
use super::failures::Failures;
use super::report;
use crate::facts::{BuildAnswer, BuiltWheel};
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{self, BuildRoot, PythonSteps, WheelBuild};

/// Runs builds. The roots that they run in are made when they are needed.
pub(super) struct Builds<'a, B> {
    engine: &'a Engine<'a, B>,
    python: &'a PythonSteps<'a>,
    native: Option<BuildRoot>,
    emulated: Option<BuildRoot>,
}

/// A wheel and the tree that it is in.
type BuiltTree = (BuiltWheel, Output);

impl<'a, B: Bridge> Builds<'a, B> {
    pub(super) fn new(engine: &'a Engine<'a, B>, python: &'a PythonSteps<'a>) -> Self {
        Self {
            engine,
            python,
            native: None,
            emulated: None,
        }
    }

    /// The wheels of builds, in their order.
    pub(super) async fn run(
        &mut self,
        builds: &[WheelBuild<'_>],
    ) -> Result<Vec<BuiltTree>, BridgeError> {
        if builds.is_empty() {
            return Ok(Vec::new());
        }
        let native = match self.native.take() {
            Some(root) => root,
            None => build_roots::native(self.engine, self.python).await?,
        };
        let mut wheels = self.all(&native, builds).await?;
        self.native = Some(native);
        let missing = |wheel: &Option<BuiltTree>| wheel.is_none();
        let missing: Vec<usize> = (wheels.iter().enumerate())
            .filter(|(_, wheel)| missing(wheel))
            .map(|(index, _)| index)
            .collect();
        if !missing.is_empty() {
            let compiled: Vec<WheelBuild<'_>> = (missing.iter())
                .filter_map(|index| builds.get(*index).cloned())
                .collect();
            let emulated = match self.emulated.take() {
                Some(root) => root,
                None => build_roots::emulated(self.engine, self.python).await?,
            };
            let built = self.all(&emulated, &compiled).await?;
            self.emulated = Some(emulated);
            for (index, wheel) in missing.into_iter().zip(built) {
                if let Some(place) = wheels.get_mut(index) {
                    *place = wheel;
                }
            }
        }
        let wheels: Option<Vec<BuiltTree>> = wheels.into_iter().collect();
        wheels.ok_or_else(|| BridgeError::new("a wheel was not built"))
    }

    /// The wheels of builds in one root, `None` where they have to be built in
    /// that of the target. What fails is reported together.
    async fn all(
        &self,
        root: &BuildRoot,
        builds: &[WheelBuild<'_>],
    ) -> Result<Vec<Option<BuiltTree>>, BridgeError> {
        let built = join_all(builds.iter().map(|build| self.one(root, build))).await;
        let mut failures = Failures::default();
        let built = failures.keep_all(built);
        failures.into_result()?;
        Ok(built)
    }

    async fn one(
        &self,
        root: &BuildRoot,
        build: &WheelBuild<'_>,
    ) -> Result<Option<BuiltTree>, BridgeError> {
        let python = self.python;
        let answer = match self.ask(root, build, None).await {
            // Asked again, since a failed step answers nothing.
            Err(error) if error.exit_code() == Some(BuildAnswer::FAILED) => {
                let key = &python.options.session_id;
                self.ask(root, build, Some(key)).await
            }
            answer => answer,
        };
        match answer {
            Ok((BuildAnswer::Built(wheel), output)) => Ok(Some((wheel, output))),
            Ok((BuildAnswer::OtherPlatform(_), _)) if root.platform != python.plan.platform => {
                Ok(None)
            }
            Ok((BuildAnswer::OtherPlatform(reason), _)) => {
                Err(report::other_platform(python, build, &reason).into())
            }
            Ok((BuildAnswer::Failed(reason), _)) => {
                Err(report::failed_build(python, build, &reason).into())
            }
            Err(error) if root.is_emulated(python) && error.is_not_executable() => {
                Err(report::no_emulation(python, build).into())
            }
            Err(error) => Err(error),
        }
    }

    async fn ask(
        &self,
        root: &BuildRoot,
        build: &WheelBuild<'_>,
        explain: Option<&str>,
    ) -> Result<(BuildAnswer, Output), BridgeError> {
        let output = lower::build(self.python, root, build, explain)?;
        let answer = self.engine.answer(&output, "answer.json").await?;
        let answer = BuildAnswer::read(&answer);
        let answer = answer.map_err(|error| BridgeError::new(error.to_string()))?;
        Ok((answer, output))
    }
}
