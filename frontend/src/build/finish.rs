//! The last phase: the graph of an image, solved.

use futures_util::future::try_join;
use serde_json::Value;

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
    let library_path = variable(&inspected.config, "LD_LIBRARY_PATH");
    let checks = try_join(
        check_clashes(engine, python.as_ref(), &trees),
        check_libraries(engine, &lowering, &trees, library_path),
    );
    let (reference, _) = try_join(engine.solve(&image.output, true), checks).await?;
    Ok(Built {
        reference,
        config: config.to_string().into_bytes(),
        base: inspected.images.target_image.clone(),
    })
}

/// A variable of an image's configuration; empty without it.
fn variable<'a>(config: &'a Value, name: &str) -> &'a str {
    let variables = config["config"]["Env"].as_array().into_iter().flatten();
    let mut pairs = variables.filter_map(|it| it.as_str()?.split_once('='));
    let found = pairs.find(|(key, _)| *key == name);
    found.map_or("", |(_, value)| value)
}

/// Fails if a package that was compiled here needs a library that the image
/// does not have.
async fn check_libraries<B: Bridge>(
    engine: &Engine<'_, B>,
    lowering: &Lowering<'_>,
    trees: &[Tree<'_>],
    library_path: &str,
) -> Result<(), BridgeError> {
    let Some(python) = lowering.python else {
        return Ok(());
    };
    let check = lower::libraries_check(python, trees, lowering.wheels, library_path);
    let Some(output) = check else {
        return Ok(());
    };
    let bytes = engine.answer(&output, "libraries.json").await?;
    let missing = facts::missing_libraries(&bytes);
    let missing = missing.map_err(|error| BridgeError::new(error.to_string()))?;
    Ok(report::missing_libraries(python.plan, &missing).into_result(())?)
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
