//! `lamina plan`: what a build would do, without a daemon.

use buildkit_llb::Platform;

use super::{Answer, Format, PlanArguments};
use crate::plan::{Plan, select};
use crate::project::{DiskFiles, Loader};
use crate::source::{Diagnostic, Diagnostics};

/// The plans, or what is wrong with the project.
pub(super) fn run(arguments: &PlanArguments) -> Answer {
    match plans(arguments) {
        Ok((plans, warnings)) => Answer {
            code: 0,
            out: match arguments.format {
                Format::Tree => plans.iter().map(Plan::tree).collect::<Vec<_>>().join("\n"),
                Format::Json => {
                    let all: Vec<_> = plans.iter().map(Plan::json).collect();
                    format!("{:#}\n", serde_json::Value::Array(all))
                }
            },
            err: rendered(&warnings),
        },
        Err(mistakes) => Answer {
            code: 1,
            out: String::new(),
            err: rendered(&mistakes),
        },
    }
}

fn rendered(messages: &Diagnostics) -> String {
    if messages.is_empty() {
        String::new()
    } else {
        messages.render() + "\n"
    }
}

fn plans(arguments: &PlanArguments) -> Result<(Vec<Plan>, Diagnostics), Diagnostics> {
    let mut build_args = std::collections::BTreeMap::new();
    for argument in &arguments.build_args {
        let (name, value) = argument.split_once('=').map_or_else(
            || {
                (
                    argument.clone(),
                    std::env::var(argument).unwrap_or_default(),
                )
            },
            |(name, value)| (name.to_owned(), value.to_owned()),
        );
        build_args.insert(name, value);
    }
    let platforms = arguments
        .platform
        .iter()
        .map(|text| text.parse::<Platform>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Diagnostic::error(error.to_string()))?;
    let files = DiskFiles::new(&arguments.context, arguments.file.as_deref());
    let mut loader = Loader::new(files);
    let project = wait(loader.project(&build_args))?;
    let own = Platform::new("linux", std::env::consts::ARCH);
    let selection = select(&project, &arguments.target, &platforms, &own)?;
    let plans = wait(crate::build::plans(&mut loader, &project, &selection))?;
    Ok((plans, project.warnings))
}

/// Runs what reads a disk: it waits for nothing else.
fn wait<T>(work: impl Future<Output = Result<T, Diagnostics>>) -> Result<T, Diagnostics> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime =
        runtime.map_err(|error| Diagnostic::error(format!("failed to start: {error}")))?;
    runtime.block_on(work)
}
