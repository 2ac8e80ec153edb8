//! The command line tool: the same program, offline, for people and CI.
//!
//! A command is a function of its arguments and the files. It returns its
//! output as an [`Answer`], which the program prints and tests compare.

mod plan;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::source::escaped_lines;
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
    /// Print what a build would do. Works offline: packages are not resolved.
    Plan(PlanArguments),
}

/// `lamina plan`
#[derive(Debug, clap::Args)]
struct PlanArguments {
    /// The project's directory: the build context.
    #[arg(default_value = ".")]
    context: PathBuf,
    /// The stub. [default: `Dockerfile` in the context]
    #[arg(short, long)]
    file: Option<PathBuf>,
    /// The target, `[variant][-arch][-stage]`, as for `docker buildx build`.
    #[arg(long, default_value = "")]
    target: String,
    /// Platforms, as for `docker buildx build`.
    #[arg(long, value_delimiter = ',')]
    platform: Vec<String>,
    /// Build arguments, as for `docker buildx build`.
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    build_args: Vec<String>,
    /// The output format.
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

/// The output of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The process's exit code.
    pub code: i32,
    /// For stdout.
    pub out: String,
    /// For stderr.
    pub err: String,
}

/// Runs the command that these arguments name; the first is the program's
/// name.
pub fn run<I, A>(arguments: I) -> Answer
where
    I: IntoIterator<Item = A>,
    A: Into<OsString> + Clone,
{
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.command {
            Command::Plan(arguments) => plan::run(&arguments),
        },
        // Help and version go to stdout, errors to stderr.
        Err(error) => {
            let text = escaped_lines(&error.to_string());
            let (out, err) = if error.use_stderr() {
                (String::new(), text)
            } else {
                (text, String::new())
            };
            Answer {
                code: error.exit_code(),
                out,
                err,
            }
        }
    }
}
