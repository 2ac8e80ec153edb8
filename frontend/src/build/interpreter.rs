//! Which Python the image has.

use super::images::at_base;
use crate::facts::{BaseImage, System};
use crate::plan::{Plan, Resolution};
use crate::python::PythonVersion;
use crate::source::Diagnostic;

/// The version of the image's Python: the stub's, or what the configuration of
/// the base image says.
///
/// # Errors
///
/// A version that is not the base image's, or that neither of them says.
pub(super) fn version(
    plan: &Plan,
    resolution: &Resolution,
    image: &BaseImage,
) -> Result<PythonVersion, Diagnostic> {
    let found = image.env("PYTHON_VERSION").and_then(|text| {
        let mut parts = text.split('.');
        Some(PythonVersion {
            major: parts.next()?.parse().ok()?,
            minor: parts.next()?.parse().ok()?,
        })
    });
    let image = &image.reference;
    let diagnostic = match (resolution.python, found) {
        (Some(expected), Some(found)) if expected != found => {
            Diagnostic::error(format!("{image} has Python {found}, not {expected}")).help(format!(
                "set `[python] version = \"{found}\"`, or choose another base image"
            ))
        }
        (Some(version), _) => return Ok(version),
        (None, Some(found)) if found == PythonVersion::DEFAULT => return Ok(found),
        // The requirement files are read before the image is known.
        (None, Some(found)) => Diagnostic::error(format!(
            "{image} has Python {found}, and the stub names no version"
        ))
        .help(format!(
            "set `[python] version = \"{found}\"`: markers of requirements are evaluated for it"
        )),
        (None, None) => Diagnostic::error(format!("{image} does not say which Python it has"))
            .help("set `[python] version`"),
    };
    Err(at_version(plan, resolution, diagnostic))
}

/// The interpreter of a version, by its path in the base image.
///
/// # Errors
///
/// The base image has none.
pub(super) fn find(
    plan: &Plan,
    resolution: &Resolution,
    system: &System,
    version: PythonVersion,
) -> Result<String, Diagnostic> {
    if let Some(interpreter) = system.python(version) {
        return Ok(interpreter.to_owned());
    }
    let diagnostic = Diagnostic::error(format!(
        "{} has no Python {version}: it has {}",
        plan.base_image,
        system.python_list()
    ))
    .help("choose a base image with that version; installing Python is not available yet");
    Err(at_version(plan, resolution, diagnostic))
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
