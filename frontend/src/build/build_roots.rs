//! The roots that wheels are built in: the base image or that of `[build]`, on
//! the builder's platform, and on the target's where something is compiled.

use buildkit_llb::Platform;

use super::engine::Engine;
use super::{images, inspect};
use crate::facts::System;
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{self, BuildRoot, PythonSteps};
use crate::python::Libc;
use crate::source::{Diagnostic, Spanned};

/// The root that builds natively.
pub(super) async fn native<B: Bridge>(
    engine: &Engine<'_, B>,
    python: &PythonSteps<'_>,
) -> Result<BuildRoot, BridgeError> {
    let (root, image) = match &python.images.build {
        Some((root, image)) => (root.clone(), image.clone()),
        None => (
            python.images.builder.clone(),
            python.images.builder_image.clone(),
        ),
    };
    let root = BuildRoot {
        platform: python.builder.clone(),
        root,
        image,
        uv: python.uv.clone(),
    };
    with_packages(engine, python, root).await
}

/// The root that builds as the target.
pub(super) async fn emulated<B: Bridge>(
    engine: &Engine<'_, B>,
    python: &PythonSteps<'_>,
) -> Result<BuildRoot, BridgeError> {
    let (plan, options) = (python.plan, python.options);
    let platform = &plan.platform;
    let build = images::build_image(engine.bridge, options, plan, platform).await?;
    let (root, image) = build.unwrap_or_else(|| {
        let images = python.images;
        (images.target.clone(), images.target_image.clone())
    });
    let source = inspect::uv_for(engine, options, platform).await?;
    let (resolution, interpreter) = (python.resolution, &python.interpreter);
    let uv = lower::uv_tree(&python.steps, resolution, interpreter, &source, platform);
    let root = BuildRoot {
        platform: platform.clone(),
        root,
        image,
        uv: uv.ok_or_else(|| inspect::no_uv(platform))?,
    };
    with_packages(engine, python, root).await
}

/// The root with its packages, in which the interpreter is verified to be.
async fn with_packages<B: Bridge>(
    engine: &Engine<'_, B>,
    python: &PythonSteps<'_>,
    root: BuildRoot,
) -> Result<BuildRoot, BridgeError> {
    let Some(image) = &python.resolution.build.image else {
        return Ok(root.with_packages(python, &python.system.distribution));
    };
    let platform = root.platform.clone();
    let system = inspected(engine, python, &root, &image.value).await?;
    check_libc(python, image, &system, &platform)?;
    let root = root.with_packages(python, &system.distribution);
    if has_interpreter(python, &system) {
        return Ok(root);
    }
    // The packages may bring it.
    let words = format!("{} with the packages of [build]", image.value);
    let system = inspected(engine, python, &root, &words).await?;
    if has_interpreter(python, &system) {
        return Ok(root);
    }
    Err(no_interpreter(python, image, &system, &platform).into())
}

async fn inspected<B: Bridge>(
    engine: &Engine<'_, B>,
    python: &PythonSteps<'_>,
    root: &BuildRoot,
    name: &str,
) -> Result<System, BridgeError> {
    let words = format!("{name} ({})", root.platform);
    let facts = lower::inspect_root(&python.steps, &root.root, &words);
    inspect::read_system(engine, &facts).await
}

fn has_interpreter(python: &PythonSteps<'_>, system: &System) -> bool {
    system.pythons.contains(&python.interpreter)
}

fn no_interpreter(
    python: &PythonSteps<'_>,
    image: &Spanned<String>,
    system: &System,
    platform: &Platform,
) -> Diagnostic {
    let (name, path) = (&image.value, &python.interpreter);
    let message = format!(
        "build image `{name}` has no {path} for {platform}: it has {}",
        system.python_list()
    );
    Diagnostic::error(message)
        .at(image.location.clone())
        .label("the build image")
        .help(format!(
            "wheels are built with the Python of the base image `{}`: choose an image that has the \
             same version at that path, such as one made from it, or remove `image` and install \
             what builds need with `[build] apt`",
            python.plan.base_image
        ))
}

/// What is compiled for one C library does not run with another.
fn check_libc(
    python: &PythonSteps<'_>,
    image: &Spanned<String>,
    system: &System,
    platform: &Platform,
) -> Result<(), Diagnostic> {
    let (Some(expected), Some(found)) = (python.system.libc, system.libc) else {
        return Ok(());
    };
    if std::mem::discriminant(&expected) == std::mem::discriminant(&found) {
        return Ok(());
    }
    let (name, base) = (&image.value, &python.plan.base_image);
    let (expected, found) = (libc(expected), libc(found));
    Err(Diagnostic::error(format!(
        "build image `{name}` has {found} on {platform}, and the base image `{base}` has {expected}"
    ))
    .at(image.location.clone())
    .label("the build image")
    .help(format!("choose an image with {expected}")))
}

fn libc(libc: Libc) -> &'static str {
    match libc {
        Libc::Glibc { .. } => "glibc",
        Libc::Musl { .. } => "musl",
    }
}
