//! `lamina plan`: what a build would do, without a daemon.

use buildkit_llb::Platform;

use super::{Answer, Format, PlanArguments};
use crate::plan::{Plan, select};
use crate::project::disk::Directory;
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
    let mut directory = Directory::open(&arguments.context, arguments.file.as_deref());
    let project = directory.project(&build_args)?;
    let own = Platform::new("linux", std::env::consts::ARCH);
    let selection = select(&project, &arguments.target, &platforms, &own)?;
    let mut problems = Diagnostics::new();
    let mut plans = Vec::new();
    for platform in &selection.platforms {
        if let Some(plan) = problems.keep(directory.plan(&project, &selection, platform)) {
            plans.push(plan);
        }
    }
    let plans = problems.into_result(plans)?;
    Ok((plans, project.warnings))
}
