//! `lamina plan`: what a build would do, without a daemon.

use buildkit_llb::Platform;

use super::{Answer, Format, PlanArguments};
use crate::client;
use crate::plan::{Plan, select};
use crate::project::{DiskFiles, Loader};
use crate::source::{Diagnostic, Diagnostics};

/// Prints the plans, or the errors of the project.
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
        Err(diagnostics) => Answer {
            code: 1,
            out: String::new(),
            err: rendered(&diagnostics),
        },
    }
}

fn rendered(diagnostics: &Diagnostics) -> String {
    if diagnostics.is_empty() {
        String::new()
    } else {
        diagnostics.render() + "\n"
    }
}

fn plans(arguments: &PlanArguments) -> Result<(Vec<Plan>, Diagnostics), Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let build_args = arguments.build_args.iter();
    let build_args = build_args.filter_map(|text| diagnostics.keep(build_arg(text))?);
    let build_args = build_args.collect();
    let platforms = match &arguments.platform[..] {
        [] => Some(Vec::new()),
        list => diagnostics.keep(client::platforms(&list.join(","))),
    };
    let platforms = diagnostics.into_result(platforms.unwrap_or_default())?;
    let files = DiskFiles::new(&arguments.context, arguments.file.as_deref());
    let mut loader = Loader::new(files);
    let project = wait(loader.project(&build_args))?;
    let own = Platform::new("linux", std::env::consts::ARCH);
    let selection = select(&project, &arguments.target, &platforms, &own)?;
    let plans = wait(crate::build::plans(&mut loader, &project, &selection))?;
    let mut warnings = project.warnings;
    warnings.extend(loader.take_warnings());
    Ok((plans, warnings))
}

/// `NAME=VALUE`, or `NAME` with the value of the environment; as for `docker
/// build`, none where that has none.
fn build_arg(text: &str) -> Result<Option<(String, String)>, Diagnostic> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, std::env::var(text).ok()),
    };
    if name.is_empty() {
        let message = format!("invalid value `{text}` for `--build-arg`: expected a name");
        return Err(Diagnostic::error(message).help("write `--build-arg NAME=VALUE`"));
    }
    Ok(value.map(|value| (name.to_owned(), value)))
}

/// Runs what reads a disk: it waits for nothing else.
fn wait<T>(work: impl Future<Output = Result<T, Diagnostics>>) -> Result<T, Diagnostics> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime =
        runtime.map_err(|error| Diagnostic::error(format!("failed to start: {error}")))?;
    runtime.block_on(work)
}

#[cfg(test)]
mod tests;
