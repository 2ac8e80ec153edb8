//! The third phase: which packages each layer installs.

use super::engine::Engine;
use super::inspect::Inspected;
use super::report;
use crate::facts::Resolution;
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{self, PythonSteps};
use crate::python::{Hashes, Pin};
use crate::source::Diagnostics;

/// An image whose packages are known.
pub(super) struct Resolved<'a> {
    pub(super) inspected: Inspected<'a>,
    /// What each Python layer of the variant installs, bottom first.
    pub(super) slices: Vec<Vec<Pin>>,
}

pub(super) async fn resolve<'a, B: Bridge>(
    engine: &Engine<'_, B>,
    inspected: Inspected<'a>,
) -> Result<Resolved<'a>, BridgeError> {
    let slices = match inspected.python_steps() {
        Some(python) => slices(engine, &python).await?,
        None => Vec::new(),
    };
    Ok(Resolved { inspected, slices })
}

async fn slices<B: Bridge>(
    engine: &Engine<'_, B>,
    python: &PythonSteps<'_>,
) -> Result<Vec<Vec<Pin>>, BridgeError> {
    let plan = python.plan;
    let ask = async |explain: Option<&str>| {
        let output = lower::resolve(python, explain);
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
    let layers = plan.python_layers().count();
    let mut slices = match Resolution::read(&answer, layers) {
        Ok(Resolution::Resolved { slices, denied }) => {
            engine.warn(&report::warnings(plan, &denied)).await?;
            slices
        }
        Ok(Resolution::Failed(failure)) => {
            return Err(report::no_resolution(plan, &failure).into());
        }
        Err(error) => return Err(BridgeError::new(error.to_string())),
    };
    let required = python.resolution.options.require_hashes.as_ref();
    let hashes = Hashes::new(plan.all_requirements(), required);
    let mut diagnostics = Diagnostics::new();
    for slice in &mut slices {
        diagnostics.keep(hashes.add_to(slice));
    }
    Ok(diagnostics.into_result(slices)?)
}
