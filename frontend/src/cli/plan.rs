//! `lamina plan`: what a build would do, without a daemon.

use buildkit_llb::Platform;

use super::{Answer, Format, PlanArguments};
use crate::client;
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
    let mut diagnostics = Diagnostics::new();
    let build_args = arguments.build_args.iter();
    let build_args = build_args.filter_map(|text| diagnostics.keep(build_arg(text))?);
    let build_args = build_args.collect();
    let platforms = arguments.platform.iter();
    let platforms = platforms.filter_map(|text| diagnostics.keep(client::platform(text)));
    let platforms: Vec<Platform> = platforms.collect();
    diagnostics.into_result(())?;
    let files = DiskFiles::new(&arguments.context, arguments.file.as_deref());
    let mut loader = Loader::new(files);
    let project = wait(loader.project(&build_args))?;
    let own = Platform::new("linux", std::env::consts::ARCH);
    let selection = select(&project, &arguments.target, &platforms, &own)?;
    let plans = wait(crate::build::plans(&mut loader, &project, &selection))?;
    Ok((plans, project.warnings))
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
