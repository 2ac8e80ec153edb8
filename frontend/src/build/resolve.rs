//! The third phase: which packages each layer installs, and of which files.
//!
//! The resolution runs no code of packages. Where it has to know what a
//! package without wheels needs, it answers so; the package is built, and the
//! resolution asked again.

use super::engine::Engine;
use super::inspect::Inspected;
use super::wheels::Wheels;
use super::{packages, report};
use crate::facts::Resolution;
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{self, Built, PythonSteps, WheelTree};
use crate::python::Package;
use crate::source::Diagnostic;

/// How often the resolution may ask for builds: each time it finds source
/// distributions that it did not see before.
const ROUNDS: usize = 32;

/// An image whose packages are known.
pub(super) struct Resolved<'a> {
    pub(super) inspected: Inspected<'a>,
    /// What each Python layer of the variant installs, bottom first.
    pub(super) slices: Vec<Vec<Package>>,
    /// Trees with the wheels that no URL has.
    pub(super) wheels: Vec<WheelTree>,
}

pub(super) async fn resolve<'a, B: Bridge>(
    engine: &Engine<'_, B>,
    inspected: Inspected<'a>,
) -> Result<Resolved<'a>, BridgeError> {
    let (slices, wheels) = match inspected.python_steps() {
        Some(python) => resolved(engine, &python).await?,
        None => (Vec::new(), Vec::new()),
    };
    Ok(Resolved {
        inspected,
        slices,
        wheels,
    })
}

async fn resolved<B: Bridge>(
    engine: &Engine<'_, B>,
    python: &PythonSteps<'_>,
) -> Result<(Vec<Vec<Package>>, Vec<WheelTree>), BridgeError> {
    let plan = python.plan;
    let mut wheels = Wheels::new(engine, python);
    wheels.build_requirements().await?;
    for _ in 0..ROUNDS {
        match ask(engine, python, wheels.built()).await? {
            Resolution::NeedsBuilds(sources) => wheels.build_sources(&sources).await?,
            Resolution::Resolved {
                slices,
                lock,
                ambiguous,
                denied,
            } => {
                let warnings = report::ambiguous(plan, &ambiguous)?;
                engine.warn(&warnings).await?;
                engine.warn(&report::warnings(plan, &denied)).await?;
                return packages::choose(wheels, slices, &lock).await;
            }
            Resolution::Failed(failure) => {
                return Err(report::no_resolution(plan, &failure).into());
            }
        }
    }
    let message = format!(
        "the resolution of {} needs more than {ROUNDS} rounds of builds",
        plan.label()
    );
    let error = Diagnostic::error(message)
        .help("pin the packages without wheels to the versions that are to be installed");
    Err(error.into())
}

/// Asks the resolve step, and where it fails, asks it why.
async fn ask<B: Bridge>(
    engine: &Engine<'_, B>,
    python: &PythonSteps<'_>,
    built: &[Built],
) -> Result<Resolution, BridgeError> {
    let ask = async |explain: Option<&str>| {
        let output = lower::resolve(python, built, explain);
        engine.answer(&output, "resolution.json").await
    };
    let answer = match ask(None).await {
        // Asked again, since a failed step answers nothing. The answer may be a
        // resolution: the step may have been another build's, which asked the
        // same at the same time without our credentials.
        Err(error) if error.exit_code() == Some(Resolution::FAILED) => {
            ask(Some(&python.options.session_id)).await
        }
        answer => answer,
    }?;
    let layers = python.plan.python_layers().count();
    Resolution::read(&answer, layers).map_err(|error| BridgeError::new(error.to_string()))
}
