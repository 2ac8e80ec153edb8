//! Base images: found under their names or the client's, resolved to digests,
//! and checked against what was asked for.

use buildkit_llb::source::ResolveMode;
use buildkit_llb::{Digest, Output, Platform, Reference, Source};
use futures_util::future::try_join;

use super::outcome::CONFIG;
use crate::client::{NamedContext, Options, local_source};
use crate::facts::BaseImage;
use crate::gateway::{Bridge, BridgeError, ResolveRequest, platform_json};
use crate::lower::Images;
use crate::plan::Plan;
use crate::source::{Diagnostic, Location, listed};

/// The named context that replaces the installer.
pub(super) const UV: &str = "uv";

/// Resolves the base for the image's platform and for the builder's, and the
/// image of `[build]`.
pub(super) async fn resolve<B: Bridge>(
    bridge: &B,
    options: &Options,
    plan: &Plan,
    builder: &Platform,
) -> Result<Images, BridgeError> {
    let find = Find {
        bridge,
        options,
        plan,
        name: &plan.base_image,
        role: Role::Base,
    };
    let bases = try_join(find.image(&plan.platform), find.image(builder));
    let build = build_image(bridge, options, plan, builder);
    let ((base, on_builder), build) = try_join(bases, build).await?;
    let ((target, target_image), (builder, builder_image)) = (base, on_builder);
    Ok(Images {
        target,
        target_image,
        builder,
        builder_image,
        build,
    })
}

/// The image of `[build]`; `None` where the stub has none, or nothing is
/// installed.
pub(super) async fn build_image<B: Bridge>(
    bridge: &B,
    options: &Options,
    plan: &Plan,
    platform: &Platform,
) -> Result<Option<(Output, BaseImage)>, BridgeError> {
    let resolution = plan.resolution.as_ref();
    let image = resolution.and_then(|it| it.build.image.as_ref());
    let Some(image) = image.filter(|_| plan.installs_packages()) else {
        return Ok(None);
    };
    let find = Find {
        bridge,
        options,
        plan,
        name: &image.value,
        role: Role::Build(&image.location),
    };
    find.image(platform).await.map(Some)
}

/// A tool that the client replaces: an image or a directory.
pub(super) async fn tool<B: Bridge>(
    bridge: &B,
    options: &Options,
    name: &str,
    context: NamedContext,
    platform: &Platform,
) -> Result<Output, BridgeError> {
    if let NamedContext::Local { name } = &context {
        return Ok(local_source(options, name)
            .name(format!("[internal] load the context {name}"))
            .output());
    }
    if let NamedContext::Input { name: input } = &context {
        return Ok(input_tree(options, name, input)?.clone());
    }
    let (source, reference) = image_source(options, name, context, platform)?;
    let found = resolve_source(bridge, options, source, &reference, platform).await?;
    Ok(found.0)
}

/// The graph that a named context stands for.
fn input_tree<'a>(options: &'a Options, name: &str, input: &str) -> Result<&'a Output, Diagnostic> {
    let inputs = &options.inputs;
    inputs.get(input).ok_or_else(|| {
        let sent = listed(inputs.names());
        Diagnostic::error(format!(
            "the build context `{name}` is the input `{input}`, which the client does not send"
        ))
        .help(format!("the inputs that it sends: {sent}"))
    })
}

/// An input as an image: its tree, and the configuration that goes with it.
/// Without one, it is the root of an image for whatever platform is built.
fn input_image(
    options: &Options,
    name: &str,
    input: &str,
    platform: &Platform,
) -> Result<(Output, BaseImage), Diagnostic> {
    let tree = input_tree(options, name, input)?;
    let metadata = options.input_metadata.get(input);
    let config = metadata.and_then(|it| it.get(CONFIG));
    let config = config
        .cloned()
        .unwrap_or_else(|| platform_json(platform).to_string().into_bytes());
    let image = BaseImage::new(&format!("input:{input}"), None, &config);
    let image = image.map_err(|error| {
        Diagnostic::error(error).help("pass an image, or a target that gives one")
    })?;
    Ok((tree.clone(), image))
}

struct Find<'a, B> {
    bridge: &'a B,
    options: &'a Options,
    plan: &'a Plan,
    name: &'a str,
    role: Role<'a>,
}

/// What an image is for.
#[derive(Clone, Copy)]
enum Role<'a> {
    Base,
    /// Wheels are built in it; the stub names it here.
    Build(&'a Location),
}

impl Role<'_> {
    fn words(self) -> &'static str {
        match self {
            Self::Base => "base image",
            Self::Build(_) => "build image",
        }
    }
}

impl<B: Bridge> Find<'_, B> {
    async fn image(&self, platform: &Platform) -> Result<(Output, BaseImage), BridgeError> {
        let name = self.name;
        let context = match self.options.context_for(name, platform)? {
            Some(context) => context,
            None => NamedContext::Image(name.to_owned()),
        };
        let found = if let NamedContext::Input { name: input } = &context {
            input_image(self.options, name, input, platform)
                .map_err(|problem| self.at_name(problem))?
        } else {
            let (source, reference) = image_source(self.options, name, context, platform)
                .map_err(|problem| self.at_name(problem))?;
            resolve_source(self.bridge, self.options, source, &reference, platform)
                .await
                .map_err(|error| self.not_found(&reference, platform, &error))?
        };
        let has = found.1.platform();
        if has != *platform {
            let reference = &found.1.reference;
            return Err(self.wrong_platform(reference, platform, &has).into());
        }
        Ok(found)
    }

    /// The image as messages call it: also by the name of what the client put
    /// in its place.
    fn shown(&self, taken: &str) -> String {
        let image = self.name;
        if taken == image {
            format!("`{image}`")
        } else {
            format!("`{taken}` (in the place of `{image}`)")
        }
    }

    fn not_found(&self, taken: &str, platform: &Platform, error: &BridgeError) -> BridgeError {
        let (image, role) = (self.name, self.role.words());
        let shown = self.shown(taken);
        if error.is_missing_platform() {
            let problem = Diagnostic::error(format!("{role} {shown} has no {platform}"));
            return self.at_name(self.platform_help(platform, problem)).into();
        }
        let problem = Diagnostic::error(format!(
            "failed to resolve {role} {shown}: {}",
            error.message
        ))
        .help(format!(
            "check its name and tag, log in to its registry, or put another image in its \
             place with --build-context {image}=docker-image://…"
        ));
        self.at_name(problem).into()
    }

    fn wrong_platform(&self, taken: &str, platform: &Platform, has: &Platform) -> Diagnostic {
        let (role, shown) = (self.role.words(), self.shown(taken));
        let problem = Diagnostic::error(format!("{role} {shown} has no {platform}, only {has}"));
        self.at_name(self.platform_help(platform, problem))
    }

    fn at_name(&self, problem: Diagnostic) -> Diagnostic {
        match self.role {
            Role::Base => at_base(self.plan, problem),
            Role::Build(location) => problem.at(location.clone()).label("the build image"),
        }
    }

    fn platform_help(&self, platform: &Platform, problem: Diagnostic) -> Diagnostic {
        if let Role::Build(_) = self.role {
            return problem.help(format!(
                "wheels are built on {platform}: choose an image that has it, or remove \
                 `[build] image` and install what builds need with `[build] apt`"
            ));
        }
        problem.help(if *platform == self.plan.platform {
            format!("choose a base image with {platform}, or build another platform")
        } else {
            format!(
                "Python packages are installed on the builder's own {platform}, in the same \
                 image: choose a base image that has it too"
            )
        })
    }
}

pub(super) fn at_base(plan: &Plan, problem: Diagnostic) -> Diagnostic {
    match &plan.base_image_location {
        Some(location) => problem.at(location.clone()).label("the base image"),
        None => problem,
    }
}

fn image_source(
    options: &Options,
    name: &str,
    context: NamedContext,
    platform: &Platform,
) -> Result<(Source, String), Diagnostic> {
    match context {
        NamedContext::Image(text) => {
            let reference = parse(&text)?;
            let mode = match options.image_resolve_mode {
                crate::client::ResolveMode::Default => ResolveMode::Default,
                crate::client::ResolveMode::Pull => ResolveMode::Pull,
                crate::client::ResolveMode::Local => ResolveMode::PreferLocal,
            };
            let source = Source::image(reference)
                .platform(platform.clone())
                .resolve_mode(mode)
                .source();
            Ok((source, text))
        }
        NamedContext::OciLayout { store, digest } => {
            let reference = parse(&format!("{}@{digest}", parse(name)?.name()))?;
            let source = Source::oci_layout(reference)
                .platform(platform.clone())
                .store(&options.session_id, &store)
                .source();
            Ok((source, name.to_owned()))
        }
        NamedContext::Scratch
        | NamedContext::Local { .. }
        | NamedContext::Input { .. }
        | NamedContext::Git(_)
        | NamedContext::Http(_) => Err(Diagnostic::error(format!(
            "the build context `{name}` is not an image: that is not available yet"
        ))
        .help(format!(
            "pass an image: `--build-context {name}=docker-image://IMAGE`"
        ))),
    }
}

fn parse(text: &str) -> Result<Reference, Diagnostic> {
    text.parse().map_err(|error| {
        Diagnostic::error(format!("`{text}` is not an image reference: {error}"))
            .help("it is written [registry/]name[:tag][@digest]")
    })
}

async fn resolve_source<B: Bridge>(
    bridge: &B,
    options: &Options,
    source: Source,
    reference: &str,
    platform: &Platform,
) -> Result<(Output, BaseImage), BridgeError> {
    let request = ResolveRequest {
        source: source.to_pb(),
        platform: platform.clone(),
        mode: options.image_resolve_mode.as_str().to_owned(),
        name: format!("[internal] load metadata for {reference} ({platform})"),
    };
    let meta = bridge.resolve(request).await?;
    let config = meta.config.unwrap_or_default();
    let mut image =
        BaseImage::new(reference, meta.digest.clone(), &config).map_err(BridgeError::new)?;
    let source = source
        .rewritten(meta.source)
        .map_err(|error| BridgeError::new(error.to_string()))?;
    image.name = in_registry(&source);
    Ok((
        pinned(source, reference, meta.digest.as_deref(), platform),
        image,
    ))
}

/// The name under which others find the same image: its tag, not its digest.
fn in_registry(source: &Source) -> Option<String> {
    let text = source.identifier().strip_prefix("docker-image://")?;
    let reference: Reference = text.parse().ok()?;
    Some(match reference.tag() {
        Some(tag) => format!("{}:{tag}", reference.name()),
        None => reference.name(),
    })
}

/// The image by its digest, so that the build's key is what was resolved.
fn pinned(source: Source, reference: &str, digest: Option<&str>, platform: &Platform) -> Output {
    let name = format!("[base] {reference} ({platform})");
    let by_digest = || {
        let digest: Digest = digest?.parse().ok()?;
        let text = source.identifier().strip_prefix("docker-image://")?;
        let reference: Reference = text.parse().ok()?;
        let mode = match source.attr("image.resolvemode") {
            Some("pull") => ResolveMode::Pull,
            Some("local") => ResolveMode::PreferLocal,
            _ => ResolveMode::Default,
        };
        Some(
            Source::image(reference.with_digest(digest))
                .platform(platform.clone())
                .resolve_mode(mode)
                .name(name.clone())
                .output(),
        )
    };
    match by_digest() {
        Some(output) => output,
        None => source.name(name).output(),
    }
}
