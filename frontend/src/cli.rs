//! The command line tool: the same program, offline, for people and CI.

mod plan;
mod project;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Plans layered Python machine-learning images. As `# syntax=` of a
/// Dockerfile it is a BuildKit frontend; here it works without a daemon.
#[derive(Debug, Parser)]
#[command(name = "lamina", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what a build would do: offline, packages unresolved.
    Plan(PlanArguments),
}

/// `lamina plan`
#[derive(Debug, clap::Args)]
struct PlanArguments {
    /// The project's directory: the build context.
    #[arg(default_value = ".")]
    context: PathBuf,
    /// The stub; `Dockerfile` in the context otherwise.
    #[arg(short, long)]
    file: Option<PathBuf>,
    /// `[variant][-arch][-stage]`, as for `docker buildx build`.
    #[arg(long, default_value = "")]
    target: String,
    /// Platforms, as for `docker buildx build`.
    #[arg(long, value_delimiter = ',')]
    platform: Vec<String>,
    /// Build arguments, as for `docker buildx build`.
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    build_args: Vec<String>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Tree)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Tree,
    /// For programs.
    Json,
}

/// Runs the command of the process's arguments; the exit code.
pub(crate) fn run() -> i32 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to stdout, mistakes to stderr; a closed
            // stream is nothing to report.
            let _ = error.print();
            return error.exit_code();
        }
    };
    match arguments.command {
        Command::Plan(arguments) => plan::run(&arguments),
    }
}
