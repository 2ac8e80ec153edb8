//! The last phase: the graph of an image, solved.

use futures_util::future::try_join;

use super::engine::Engine;
use super::outcome::Built;
use super::report;
use super::resolve::Resolved;
use crate::facts;
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{self, Lowering, PythonSteps, Tree};

/// Builds one image.
pub(super) async fn finish<B: Bridge>(
    engine: &Engine<'_, B>,
    resolved: &Resolved<'_>,
) -> Result<Built, BridgeError> {
    let inspected = &resolved.inspected;
    let python = inspected.python_steps();
    let lowering = Lowering {
        steps: inspected.steps(),
        system: &inspected.system,
        account: &inspected.account,
        python: python.as_ref(),
        slices: &resolved.slices,
        wheels: &resolved.wheels,
    };
    let trees = lower::lower(&lowering)?;
    let merge = engine.has("mergeop") && engine.has("diffop");
    let image = lower::assemble(&lowering, &trees, merge);
    let mut config = inspected.config.clone();
    let epoch = inspected.context.options.source_date_epoch;
    lower::add_history(&mut config, &image.history, epoch);
    let (reference, ()) = try_join(
        engine.solve(&image.output, true),
        check_clashes(engine, python.as_ref(), &trees),
    )
    .await?;
    Ok(Built {
        reference,
        config: config.to_string().into_bytes(),
        base: inspected.images.target_image.clone(),
    })
}

/// Fails if two packages write different content to the same file.
async fn check_clashes<B: Bridge>(
    engine: &Engine<'_, B>,
    python: Option<&PythonSteps<'_>>,
    trees: &[Tree<'_>],
) -> Result<(), BridgeError> {
    let Some(python) = python else {
        return Ok(());
    };
    let Some(output) = lower::clash_check(python, trees) else {
        return Ok(());
    };
    let bytes = engine.answer(&output, "clashes.json").await?;
    let clashes = facts::clashes(&bytes).map_err(|error| BridgeError::new(error.to_string()))?;
    Ok(report::clashes(python.plan, &clashes).into_result(())?)
}
