//! Which Python the image has.

use buildkit_llb::Platform;

use super::images::at_base;
use crate::facts::{BaseImage, System};
use crate::plan::{Plan, Resolution};
use crate::python::PythonVersion;
use crate::source::Diagnostic;

/// The Python of an image.
pub(super) struct Interpreter {
    /// Its version.
    pub(super) version: PythonVersion,
    /// Its path in the base image.
    pub(super) path: String,
}

/// The Python that the stub asks for, or else the one that the configuration of
/// the base image names.
///
/// # Errors
///
/// The base image has another one, or none, or it is not known which of its
/// own is meant; or its image for the builder does not have it.
pub(super) fn find(
    plan: &Plan,
    resolution: &Resolution,
    image: &BaseImage,
    system: &System,
    builder: &Platform,
) -> Result<Interpreter, Diagnostic> {
    let named = image.env("PYTHON_VERSION").and_then(minor_version);
    let found = system.python_list();
    let image = &image.reference;
    let diagnostic = match (resolution.python, named) {
        _ if system.pythons.is_empty() => Diagnostic::error(format!(
            "{image} has no Python, which the Python layers need"
        ))
        .help("choose a base image with Python, such as `python:3.11-slim`"),
        (Some(expected), Some(found)) if expected != found => {
            Diagnostic::error(format!("{image} has Python {found}, not {expected}")).help(format!(
                "set `[python] version = \"{found}\"`, or choose another base image"
            ))
        }
        // The requirement files are read before the image is known.
        (None, Some(found)) if found != PythonVersion::DEFAULT => Diagnostic::error(format!(
            "{image} has Python {found}, and the stub names no version"
        ))
        .help(format!(
            "set `[python] version = \"{found}\"`: markers of requirements are evaluated for it"
        )),
        (None, None) => {
            let suggestion = system
                .pythons
                .first()
                .and_then(|path| version_of_path(path));
            let example = suggestion.unwrap_or(PythonVersion::DEFAULT);
            Diagnostic::error(format!(
                "{image} does not say which Python it uses: it has {found}"
            ))
            .help(format!(
                "set it in the stub: `[python] version = \"{example}\"`"
            ))
        }
        (Some(version), _) | (None, Some(version)) => match system.python(version) {
            Some(path) if !system.builder_pythons.iter().any(|it| it == path) => {
                not_on_the_builder(image, path, &plan.platform, builder)
            }
            Some(path) => {
                return Ok(Interpreter {
                    version,
                    path: path.to_owned(),
                });
            }
            None => Diagnostic::error(format!("{image} has no Python {version}: it has {found}"))
                .help("choose a base image with that version, or set `[python] version`"),
        },
    };
    Err(at_version(plan, resolution, diagnostic))
}

/// Installers run on the builder, with the interpreter at the path that the
/// image has it at.
fn not_on_the_builder(
    image: &str,
    path: &str,
    platform: &Platform,
    builder: &Platform,
) -> Diagnostic {
    let help = if builder == platform {
        format!("choose a base image in which {path} can be executed")
    } else {
        format!(
            "packages are installed on the builder: choose a base image with the same Python for \
             {builder} and {platform}, or build on {platform}"
        )
    };
    Diagnostic::error(format!("{image} has no executable {path} for {builder}")).help(help)
}

/// `3.11` of `3.11.14`.
fn minor_version(text: &str) -> Option<PythonVersion> {
    let mut parts = text.split('.');
    Some(PythonVersion {
        major: parts.next()?.parse().ok()?,
        minor: parts.next()?.parse().ok()?,
    })
}

/// `3.12` of `/usr/bin/python3.12`.
fn version_of_path(path: &str) -> Option<PythonVersion> {
    minor_version(path.rsplit('/').next()?.strip_prefix("python")?)
}

/// At the line that asks for a version of Python, and the base image's with it.
fn at_version(plan: &Plan, resolution: &Resolution, diagnostic: Diagnostic) -> Diagnostic {
    let Some(location) = &resolution.python_location else {
        return at_base(plan, diagnostic);
    };
    let diagnostic = diagnostic.at(location.clone()).label("asked for here");
    match &plan.base_image_location {
        Some(image) => diagnostic.related(image.clone(), "the base image"),
        None => diagnostic,
    }
}
