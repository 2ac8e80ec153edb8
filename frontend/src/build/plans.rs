//! From a loaded project and a selection to one plan for each platform.

use crate::plan::{Plan, Selection};
use crate::project::{Files, Loader};
use crate::source::{Diagnostic, Diagnostics};
use crate::stub::Project;

/// The plan of each selected platform. What is wrong with any of them is
/// reported together.
pub(crate) async fn plans<F: Files>(
    loader: &mut Loader<F>,
    project: &Project,
    selection: &Selection,
) -> Result<Vec<Plan>, F::Error> {
    let platforms = &selection.platforms;
    let Some(variant) = project.variant(selection.variant.as_str()) else {
        let message = format!("there is no variant `{}`", selection.variant);
        return Err(Diagnostics::from(Diagnostic::error(message)).into());
    };
    let all = loader.requirements(project, variant, platforms).await?;
    let mut diagnostics = Diagnostics::new();
    let mut plans = Vec::new();
    for (platform, sets) in platforms.iter().zip(all) {
        let plan = Plan::new(project, variant, platform, &selection.stage, sets);
        plans.extend(diagnostics.keep(plan));
    }
    Ok(diagnostics.unique().into_result(plans)?)
}
