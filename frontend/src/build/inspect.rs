//! The second phase: what the base image holds.
//!
//! Every error that depends only on the base image is reported here, before
//! packages are resolved.

use buildkit_llb::{Output, Platform};
use futures_util::future::{try_join, try_join_all};
use pep440_rs::Version;
use serde_json::Value;

use super::engine::Engine;
use super::images;
use super::interpreter::{self, Interpreter};
use crate::client::Options;
use crate::facts::{ImageAccount, System, choose_account};
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{
    self, Context, Images, LinkDirectory, Origin, PythonSteps, StepContext, UvSource, VENV_BIN,
};
use crate::plan::{Kind, Plan, Resolution};
use crate::python::{PythonVersion, Tags, machine};
use crate::source::{Diagnostic, Diagnostics};
use crate::stub::User;

/// An image whose base is known.
pub(super) struct Inspected<'a> {
    pub(super) context: Context<'a>,
    pub(super) images: Images,
    pub(super) system: System,
    pub(super) account: ImageAccount,
    /// The image's configuration, without a history yet.
    pub(super) config: Value,
    python: Option<Python<'a>>,
}

/// What Python steps need beside the images.
struct Python<'a> {
    resolution: &'a Resolution,
    version: PythonVersion,
    full_version: Option<Version>,
    tags: Tags,
    interpreter: String,
    facts: Output,
    uv: Output,
    origins: Vec<Origin>,
    links: Vec<LinkDirectory>,
}

impl Inspected<'_> {
    /// What steps need.
    pub(super) fn steps(&self) -> StepContext<'_> {
        StepContext {
            context: self.context,
            images: &self.images,
        }
    }

    /// What Python steps need; `None` where the image has no Python layers.
    pub(super) fn python_steps(&self) -> Option<PythonSteps<'_>> {
        let python = self.python.as_ref()?;
        Some(PythonSteps {
            steps: self.steps(),
            system: &self.system,
            resolution: python.resolution,
            version: python.version,
            full_version: python.full_version.clone(),
            tags: python.tags.clone(),
            interpreter: python.interpreter.clone(),
            facts: python.facts.clone(),
            uv: python.uv.clone(),
            origins: python.origins.clone(),
            links: python.links.clone(),
        })
    }
}

pub(super) async fn inspect<'a, B: Bridge>(
    engine: &Engine<'_, B>,
    context: Context<'a>,
) -> Result<Inspected<'a>, BridgeError> {
    let plan = context.plan;
    let resolution = plan
        .resolution
        .as_ref()
        .filter(|_| plan.installs_packages());
    let (images, uv) = try_join(
        images::resolve(engine.bridge, context.options, plan, context.builder),
        uv_source(engine, &context, resolution.is_some()),
    )
    .await?;
    let steps = StepContext {
        context,
        images: &images,
    };
    let target = &images.target_image;
    let facts = lower::inspect(&steps);
    let system = read_system(engine, &facts).await?;

    let mut diagnostics = lower::check(&steps);
    let python = match resolution.zip(uv) {
        Some((resolution, uv)) => {
            let python = python(&steps, resolution, &system, facts, &uv);
            diagnostics.keep(python).map(Some)
        }
        None => Some(None),
    };
    let account = diagnostics.keep(choose_account(&plan.base_image, user(plan), &system));
    let uid = account.as_ref().map_or(0, |it| it.uid);
    let interpreter = image_interpreter(plan, &system);
    let interpreter = interpreter.as_deref();
    let config = lower::image_config(plan, target, uid, interpreter, context.options);
    let config = diagnostics.keep(config);
    match (python, account, config) {
        (Some(python), Some(account), Some(config)) if !diagnostics.has_errors() => Ok(Inspected {
            context,
            images,
            system,
            account,
            config,
            python,
        }),
        _ => Err(diagnostics.unique().into()),
    }
}

/// The files that the step wrote.
pub(super) async fn read_system<B: Bridge>(
    engine: &Engine<'_, B>,
    facts: &Output,
) -> Result<System, BridgeError> {
    let Some(reference) = engine.solve(facts, false).await? else {
        return Err(BridgeError::new(
            "failed to inspect the base image: the step has no output",
        ));
    };
    let read = async |name: &'static str| {
        let bytes = engine.read(&reference, name).await?;
        Ok::<_, BridgeError>(bytes.map(|bytes| (name, bytes)))
    };
    let files = try_join_all(System::FILES.map(read)).await?;
    let files = files.into_iter().flatten().collect();
    System::read(&files).map_err(|error| BridgeError::new(error.to_string()))
}

fn python<'a>(
    steps: &StepContext<'_>,
    resolution: &'a Resolution,
    system: &System,
    facts: Output,
    uv: &UvSource,
) -> Result<Python<'a>, Diagnostics> {
    let image = &steps.images.target_image;
    let Interpreter { version, path } =
        interpreter::find(steps.plan, resolution, image, system, steps.builder)?;
    let libc = system.libc.ok_or_else(|| no_libc(steps.plan))?;
    let uv = lower::uv_tree(steps, resolution, &path, uv, steps.builder);
    let uv = uv.ok_or_else(|| no_uv(steps.builder))?;
    Ok(Python {
        resolution,
        version,
        full_version: system.python_full_version(version).cloned(),
        tags: Tags::new(version, machine(&steps.plan.platform), libc),
        interpreter: path,
        facts,
        uv,
        origins: lower::origins(steps)?,
        links: lower::link_directories(steps, resolution),
    })
}

/// Which wheels an image can use depends on its C library.
fn no_libc(plan: &Plan) -> Diagnostic {
    let name = &plan.base_image;
    Diagnostic::error(format!(
        "the base image `{name}` has neither glibc nor musl"
    ))
    .help("choose a base image of a distribution, such as `python:3.11-slim`")
}

/// The installer: what the client put in its place, or the release's own.
/// `None` where nothing is installed.
async fn uv_source<B: Bridge>(
    engine: &Engine<'_, B>,
    context: &Context<'_>,
    installs: bool,
) -> Result<Option<UvSource>, BridgeError> {
    if !installs {
        return Ok(None);
    }
    uv_for(engine, context.options, context.builder)
        .await
        .map(Some)
}

/// The installer for a platform.
pub(super) async fn uv_for<B: Bridge>(
    engine: &Engine<'_, B>,
    options: &Options,
    platform: &Platform,
) -> Result<UvSource, BridgeError> {
    Ok(match options.context_for(images::UV, platform)? {
        None => UvSource::Pinned,
        Some(context) => {
            let tree = images::tool(engine.bridge, options, images::UV, context, platform);
            UvSource::Context(tree.await?)
        }
    })
}

/// No release has a uv for a platform.
pub(super) fn no_uv(platform: &Platform) -> Diagnostic {
    Diagnostic::error(format!("this release of lamina has no uv for {platform}"))
        .help("pass one with --build-context uv=docker-image://… or a directory")
}

/// The interpreter that the image's own commands use.
fn image_interpreter(plan: &Plan, system: &System) -> Option<String> {
    if plan.settings.virtual_environment {
        return Some(format!("{VENV_BIN}/python"));
    }
    system.pythons.first().cloned()
}

/// The account that the stub asks for.
fn user(plan: &Plan) -> &User {
    let mut components = plan.components.iter();
    let user = components.find_map(|component| match &component.kind {
        Kind::Base(base) => Some(&base.user),
        _ => None,
    });
    user.expect("every plan has a component of the kind `base`")
}
