//! The orchestrator: load, inspect, resolve, lower, solve, return.
//!
//! The only module besides `gateway` and `project` that waits for the outside.
//! Independent requests run concurrently. What the user wrote is checked before
//! anything is pulled, and what only the base image tells before packages are
//! resolved; errors of all platforms are reported together.

mod build_roots;
mod builds;
mod engine;
mod failures;
mod finish;
mod images;
mod inspect;
mod interpreter;
mod outcome;
mod packages;
mod plans;
mod present;
mod report;
mod resolve;
mod unused;
mod wheels;

use buildkit_llb::Platform;
use futures_util::future::{join, join_all, try_join};

use crate::client::{BuildContext, Inputs, Options};
use crate::gateway::{Bridge, BridgeError, Outcome};
use crate::lower::{self, Context};
use crate::plan::{self, Plan, Selection};
use crate::project::{BridgeFiles, Loader};
use engine::Engine;
use failures::Failures;
use finish::finish;
use outcome::outcome;
pub(crate) use plans::plans;
use resolve::Resolved;

/// The frontend capabilities that a client can require of lamina; also what the
/// label `moby.buildkit.frontend.caps` of its image says.
pub const CAPS: [&str; 4] = [
    "moby.buildkit.frontend.inputs",
    "moby.buildkit.frontend.subrequests",
    "moby.buildkit.frontend.contexts",
    "moby.buildkit.frontend.gitquerystring",
];

/// Answers one request from BuildKit: a build.
///
/// # Errors
///
/// Errors in the user's files and options, with their places; failed steps as
/// the daemon reports them.
pub async fn build<B: Bridge>(bridge: &B, options: &Options) -> Result<Outcome, BridgeError> {
    let mut required = options.frontend_caps.iter();
    if let Some(cap) = required.find(|cap| !CAPS.contains(&cap.as_str())) {
        return Err(BridgeError::unsupported_cap(cap));
    }
    if let Some(subrequest) = &options.subrequest {
        return Err(BridgeError::unsupported_request(subrequest.id()));
    }
    let inputs = Inputs::read(bridge.inputs().await?)?;
    let options = &options.clone().with_inputs(inputs);
    BuildContext::of(options).check()?;
    let (engine, loaded) = load(bridge, options).await?;
    let contexts: Vec<Context<'_>> = loaded.contexts(options).collect();
    let analyses = contexts.iter().map(|context| analyze(&engine, *context));
    let needed = loaded.plans.iter().flat_map(lower::needed_files);
    let present = present::check(&engine, options, &loaded.ignored, needed.collect());
    let (present, analyses) = join(present, join_all(analyses)).await;
    let mut failures = Failures::default();
    failures.keep(present);
    let resolved: Vec<Resolved<'_>> = failures.keep_all(analyses);
    failures.into_result()?;
    let images = join_all(resolved.iter().map(|it| finish(&engine, it))).await;
    let mut failures = Failures::default();
    let images = failures.keep_all(images);
    failures.into_result()?;
    Ok(outcome(options, &loaded.selection, images))
}

/// What was read of the project, and planned.
struct Loaded {
    selection: Selection,
    /// One for each platform of the selection.
    plans: Vec<Plan>,
    /// The platform that the daemon runs on.
    builder: Platform,
    /// Patterns of files that stay out of the build context.
    ignored: Vec<String>,
}

impl Loaded {
    fn contexts<'a>(&'a self, options: &'a Options) -> impl Iterator<Item = Context<'a>> {
        self.plans.iter().map(move |plan| Context {
            plan,
            options,
            builder: &self.builder,
            ignored: &self.ignored,
        })
    }
}

async fn load<'a, B: Bridge>(
    bridge: &'a B,
    options: &Options,
) -> Result<(Engine<'a, B>, Loaded), BridgeError> {
    let files = BridgeFiles::new(bridge, options);
    let vertex = files.stub_vertex();
    let mut loader = Loader::new(files);
    let (pong, project) = try_join(bridge.ping(), loader.project(&options.build_args)).await?;
    let engine = Engine::new(bridge, pong, vertex);
    engine.warn(&project.warnings).await?;

    let builder = options.default_platform().cloned();
    let builder = builder.unwrap_or_else(Platform::linux_amd64);
    let target = options.target.as_deref().unwrap_or_default();
    let selection = plan::select(&project, target, &options.platforms, &builder)?;
    let plans = plans(&mut loader, &project, &selection).await?;
    engine.warn(&loader.take_warnings()).await?;
    engine
        .warn(&unused::names(options, &project, &plans))
        .await?;
    let ignored = loader.ignore().patterns().map(str::to_owned).collect();
    let project = Loaded {
        selection,
        plans,
        builder,
        ignored,
    };
    Ok((engine, project))
}

/// Finds out everything about one image that lowering needs.
async fn analyze<'a, B: Bridge>(
    engine: &Engine<'_, B>,
    context: Context<'a>,
) -> Result<Resolved<'a>, BridgeError> {
    let inspected = inspect::inspect(engine, context).await?;
    resolve::resolve(engine, inspected).await
}
