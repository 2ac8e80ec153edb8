//! The orchestrator: load, plan, resolve, lower, solve, return.
//!
//! The only module besides `gateway` that waits for the outside. What can be
//! asked at the same time is; what the user wrote is checked before anything
//! is pulled.

mod images;
mod outcome;
mod plans;
mod present;
mod report;
mod unused;

use buildkit_llb::{Definition, Output, Platform};
use futures_util::future::{try_join, try_join_all};

use crate::client::Options;
use crate::facts::{self, Resolution, System};
use crate::gateway::{
    Bridge, BridgeError, MAX_FILE_BYTES, Outcome, Pong, Ref, SolveRequest, Warning,
};
use crate::lower::{self, Context, Installed, UvSource};
use crate::plan::{self, Plan};
use crate::project::{BridgeFiles, Loader};
use crate::python::{Hashes, Pin, PythonVersion};
use crate::source::{Diagnostic, Diagnostics};
use outcome::{Built, outcome};
pub(crate) use plans::plans;

/// What a client can require of a frontend, and of this one: also what the
/// label `moby.buildkit.frontend.caps` of its image says.
pub const CAPS: [&str; 4] = [
    "moby.buildkit.frontend.inputs",
    "moby.buildkit.frontend.subrequests",
    "moby.buildkit.frontend.contexts",
    "moby.buildkit.frontend.gitquerystring",
];

/// Answers one request of BuildKit's: a build.
pub async fn build<B: Bridge>(bridge: &B, options: &Options) -> Result<Outcome, BridgeError> {
    let mut required = options.frontend_caps.iter();
    if let Some(cap) = required.find(|cap| !CAPS.contains(&cap.as_str())) {
        return Err(BridgeError::unsupported_cap(cap));
    }
    if let Some(id) = &options.request_id {
        return Err(BridgeError::unsupported_request(id));
    }
    if let Some(url) = &options.context {
        return Err(not_yet(&format!("a remote build context ({url})")).into());
    }
    let files = BridgeFiles::new(bridge, options);
    let vertex = files.stub_vertex();
    let mut loader = Loader::new(files);
    let (pong, project) = try_join(bridge.ping(), loader.project(&options.build_args)).await?;
    let mut warnings = project.warnings.clone();
    warnings.extend(unused::names(options, &project));
    warn(bridge, &pong, &vertex, &warnings).await?;

    let builder = options
        .default_platform()
        .cloned()
        .unwrap_or_else(Platform::linux_amd64);
    let target = options.target.as_deref().unwrap_or_default();
    let selection = plan::select(&project, target, &options.platforms, &builder)?;
    let plans = plans(&mut loader, &project, &selection).await?;

    let ignored: Vec<String> = loader.ignore().patterns().map(str::to_owned).collect();
    let images = plans.iter().map(|plan| {
        let build = ImageBuild {
            bridge,
            options,
            pong: &pong,
            plan,
            builder: &builder,
            ignored: &ignored,
            vertex: &vertex,
        };
        async move { build.run().await }
    });
    let images = try_join_all(images).await?;
    Ok(outcome(options, &selection, images))
}

/// A key or way of use that a later version has.
fn not_yet(what: &str) -> Diagnostic {
    Diagnostic::error(format!("{what} is not available yet"))
}

async fn warn<B: Bridge>(
    bridge: &B,
    pong: &Pong,
    vertex: &str,
    warnings: &Diagnostics,
) -> Result<(), BridgeError> {
    if !pong.has_gateway("gateway.warnings") {
        return Ok(());
    }
    for warning in warnings.iter() {
        let request = Warning {
            vertex: vertex.to_owned(),
            // Clients show no more than this unless they are asked to.
            short: match &warning.help {
                Some(help) => format!("{} ({help})", warning.message),
                None => warning.message.clone(),
            },
            detail: Vec::new(),
            url: String::new(),
            location: warning.location.clone(),
        };
        bridge.warn(request).await?;
    }
    Ok(())
}

/// The way of one plan to its image.
struct ImageBuild<'a, B> {
    bridge: &'a B,
    options: &'a Options,
    pong: &'a Pong,
    plan: &'a Plan,
    builder: &'a Platform,
    ignored: &'a [String],
    /// Where progress shows warnings.
    vertex: &'a str,
}

impl<B: Bridge> ImageBuild<'_, B> {
    async fn run(&self) -> Result<Built, BridgeError> {
        let images = images::resolve(self.bridge, self.options, self.plan, self.builder).await?;
        let uv = self.uv_source().await?;
        // What is empty here is filled in as it becomes known.
        let mut context = Context {
            plan: self.plan,
            images: &images,
            options: self.options,
            interpreter: None,
            uv: &Output::SCRATCH,
            origins: &[],
            links: &[],
        };
        let origins = lower::origins(&context, self.ignored)?;
        context.origins = &origins;
        let links = lower::link_folders(&context, self.ignored);
        context.links = &links;
        let copied = lower::needed_files(&context, self.ignored);
        let mounted = origins.iter().filter_map(lower::Origin::file);
        let needed = mounted.chain(links.iter().map(|link| &link.folder));
        present::check(self.bridge, needed.chain(&copied)).await?;
        let python = images::python_version(self.plan, &images.target_image)?;
        let inspected = lower::inspect(&context);
        // First what the base has: without its Python no step can say so well.
        let system = self.system(&inspected, &context, python).await?;
        let any = system.pythons.first().map(String::as_str);
        context.interpreter = system.python(python).or(any);
        let uv = match self.plan.installed {
            0 => Output::SCRATCH,
            _ => self.uv(&uv, &context)?,
        };
        context.uv = &uv;
        let slices = self.slices(&inspected, &context, &system, python).await?;
        let account = lower::choose_account(&context, &system)?;
        let installed: Vec<Installed> = slices
            .iter()
            .enumerate()
            .take(self.plan.installed)
            // An empty slice is no layer, but the bottom has the environment.
            .filter(|(index, slice)| *index == 0 || !slice.is_empty())
            .map(|(index, slice)| {
                lower::install(&context, &inspected, &system, python, index, slice)
            })
            .collect();
        let merge = self.pong.has_llb("mergeop") && self.pong.has_llb("diffop");
        let image = lower::assemble(&context, &system, &account, &installed, self.ignored, merge)?;
        let config = lower::image_config(
            self.plan,
            &images.target_image,
            account.uid,
            self.options,
            &image.layers,
        )?;
        let (reference, ()) = try_join(
            self.solve(&image.output, true),
            self.no_clashes(&context, &installed),
        )
        .await?;
        Ok(Built {
            reference,
            config: config.to_string().into_bytes(),
            base: images.target_image,
        })
    }

    async fn solve(&self, output: &Output, evaluate: bool) -> Result<Option<Ref>, BridgeError> {
        let definition = Definition::new(output).to_pb();
        self.bridge
            .solve(SolveRequest {
                definition,
                evaluate,
            })
            .await
    }

    /// Runs a step and reads a file that it wrote.
    async fn answer(&self, output: &Output, path: &str) -> Result<Vec<u8>, BridgeError> {
        let missing = || BridgeError::new(format!("a step of lamina's wrote no {path}"));
        let reference = self.solve(output, false).await?.ok_or_else(missing)?;
        let content = self.bridge.read_file(&reference, path, MAX_FILE_BYTES);
        content.await?.optional(path)?.ok_or_else(missing)
    }

    async fn uv_source(&self) -> Result<UvSource, BridgeError> {
        Ok(match self.options.context_for("uv", self.builder)? {
            None => UvSource::Pinned,
            Some(context) => {
                let tree = images::tool(self.bridge, self.options, "uv", context, self.builder);
                UvSource::Context(tree.await?)
            }
        })
    }

    fn uv(&self, source: &UvSource, context: &Context<'_>) -> Result<Output, BridgeError> {
        lower::uv_tree(context, source).ok_or_else(|| {
            Diagnostic::error(format!(
                "this release of lamina has no uv for {}",
                self.builder
            ))
            .help("pass one with --build-context uv=docker-image://… or a directory")
            .into()
        })
    }

    async fn system(
        &self,
        inspected: &Output,
        context: &Context<'_>,
        python: PythonVersion,
    ) -> Result<System, BridgeError> {
        let reference = self.solve(inspected, false).await?;
        let Some(reference) = reference else {
            return Err(BridgeError::new(
                "failed to inspect the base image: the step has no output",
            ));
        };
        let read = async |name: &'static str| {
            let file = self.bridge.read_file(&reference, name, MAX_FILE_BYTES);
            let bytes = file.await?.optional(name)?;
            Ok::<_, BridgeError>(bytes.map(|bytes| (name, bytes)))
        };
        let files = try_join_all(System::FILES.map(read)).await?;
        let files = files.into_iter().flatten().collect();
        let system = System::read(&files).map_err(|error| BridgeError::new(error.to_string()))?;
        images::check_system(context.plan, &system, python)?;
        Ok(system)
    }

    /// What each layer installs, as requirement lines.
    async fn slices(
        &self,
        inspected: &Output,
        context: &Context<'_>,
        system: &System,
        python: PythonVersion,
    ) -> Result<Vec<Vec<Pin>>, BridgeError> {
        if self.plan.installed == 0 {
            return Ok(Vec::new());
        }
        let ask = async |explain: Option<&str>| {
            let output = lower::resolve(context, inspected, system, python, explain);
            self.answer(&output, "resolution.json").await
        };
        let answer = match ask(None).await {
            // Asked again, since a failed step answers nothing. The answer may
            // be a resolution: the step may have been another build's, which
            // asked the same at the same time without our credentials.
            Err(error) if error.exit_code() == Some(Resolution::FAILED) => {
                ask(Some(&self.options.session_id)).await
            }
            answer => answer,
        }?;
        let layers = self.plan.layers.len();
        let mut slices = match Resolution::read(&answer, layers) {
            Ok(Resolution::Resolved { slices, denied }) => {
                let warnings = report::warnings(self.plan, &denied);
                warn(self.bridge, self.pong, self.vertex, &warnings).await?;
                slices
            }
            Ok(Resolution::Failed(failure)) => {
                return Err(report::no_resolution(self.plan, &failure).into());
            }
            Err(error) => return Err(BridgeError::new(error.to_string())),
        };
        let hashes = Hashes::new(
            self.plan.all_requirements(),
            self.plan.options.require_hashes.as_ref(),
        );
        let mut diagnostics = Diagnostics::new();
        for slice in &mut slices {
            diagnostics.keep(hashes.add_to(slice));
        }
        Ok(diagnostics.into_result(slices)?)
    }

    async fn no_clashes(
        &self,
        context: &Context<'_>,
        installed: &[Installed],
    ) -> Result<(), BridgeError> {
        if installed.is_empty() {
            return Ok(());
        }
        let output = lower::clash_check(context, installed);
        let bytes = self.answer(&output, "clashes.json").await?;
        let clashes =
            facts::clashes(&bytes).map_err(|error| BridgeError::new(error.to_string()))?;
        Ok(report::clashes(self.plan, &clashes).into_result(())?)
    }
}
