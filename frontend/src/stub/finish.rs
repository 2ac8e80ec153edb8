//! One variant, from the level that holds all it inherits: defaults, what is
//! derived by convention, and the checks that need the whole.

use super::convention::{self, Files, Listing};
use super::list::List;
use super::load::Stub;
use super::tables::{Level, RawApp, RawBase, RawHealthcheck, RawLayer, RawPython};
use super::values::image_python;
use super::{
    App, Base, Copy, Healthcheck, Index, Installer, Layer, Name, Part, Python, Template, User,
    Variant,
};
use crate::python::PythonVersion;
use crate::source::{Diagnostic, Diagnostics, Location, Spanned};

/// Where neither stub nor base image say one: the version with the widest
/// choice of wheels, those of torch before 2.2 among them.
const PYTHON: PythonVersion = PythonVersion {
    major: 3,
    minor: 11,
};

/// The account of images whose stub names none.
const USER: &str = "app";
const UID: u32 = 10001;
const WORKDIR: &str = "/app";

/// What a variant is made from, besides its tables.
pub(super) struct Context<'a> {
    pub(super) stub: &'a Stub,
    pub(super) listing: &'a Listing,
    /// The requirement files that bear its name.
    pub(super) files: Option<&'a Files>,
    /// Where the stub declares it.
    pub(super) location: Option<Location>,
    pub(super) silence: Silence,
}

/// What no table of the stub says, so that conventions do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    pub(super) layers: bool,
    pub(super) copy: bool,
}

impl Silence {
    pub(super) fn of(stub: &Stub) -> Self {
        Self {
            layers: stub.levels().all(|level| level.python.layers.is_none()),
            copy: stub.levels().all(|level| level.app.copy.is_none()),
        }
    }
}

impl Context<'_> {
    /// The place of what stands nowhere: the line that makes it a stub.
    pub(super) fn nowhere(&self) -> Location {
        self.stub.file.at(0..self.stub.file.line(1).len())
    }
}

/// The variant, or what is wrong with it.
pub(super) fn variant(
    name: &Name,
    level: &Level,
    context: &Context<'_>,
    problems: &mut Diagnostics,
) -> Option<Variant> {
    if let Some(error) = level.contradiction() {
        problems.push(error);
        return None;
    }
    let workdir = level.base.workdir.clone();
    let workdir =
        workdir.unwrap_or_else(|| Spanned::new(Template::literal(WORKDIR), context.nowhere()));
    let mut base = base(&level.base, level.python.version.as_ref(), workdir);
    let mut app = app(&level.app, problems)?;
    if context.silence.copy {
        copy_by_convention(&mut base, &mut app, context);
    }
    let accelerator = level.accelerator.as_ref().map(|a| a.value);
    let accelerator = accelerator.or_else(|| convention::accelerator(name));
    Some(Variant {
        name: name.clone(),
        location: context.location.clone(),
        platforms: platforms(name, level, context, problems)?,
        accelerator,
        python: python(name, &level.python, &base, context, problems)?,
        base,
        app,
    })
}

fn platforms(
    name: &Name,
    level: &Level,
    context: &Context<'_>,
    problems: &mut Diagnostics,
) -> Option<Vec<buildkit_llb::Platform>> {
    let Some(list) = &level.platforms else {
        let cuda = level.accelerator.is_some() || convention::accelerator(name).is_some();
        return Some(convention::platforms(cuda, context.files));
    };
    let mut platforms = Vec::new();
    for platform in list.own() {
        if !platforms.contains(&platform.value) {
            platforms.push(platform.value.clone());
        }
    }
    if platforms.is_empty() {
        let error = Diagnostic::error(format!("the variant `{name}` has no platform"))
            .at(context.location.clone())
            .help("name one: `platforms = [\"linux/amd64\"]`, or leave the key out");
        problems.push(error);
        return None;
    }
    Some(platforms)
}

fn base(
    raw: &RawBase,
    version: Option<&Spanned<PythonVersion>>,
    workdir: Spanned<Template>,
) -> Base {
    let default_image = || {
        let version = version.map_or(PYTHON, |v| v.value);
        format!("python:{version}-slim")
    };
    let mut apt: Vec<Spanned<String>> = Vec::new();
    for package in raw.apt.iter().flat_map(List::own) {
        if !apt.iter().any(|known| known.value == package.value) {
            apt.push(package.clone());
        }
    }
    let mut dirs: Vec<Spanned<Template>> = Vec::new();
    for dir in raw.dirs.iter().flat_map(List::own) {
        if !dirs.iter().any(|known| known.value == dir.value) {
            dirs.push(dir.clone());
        }
    }
    Base {
        image: raw
            .image
            .as_ref()
            .map_or_else(default_image, |i| i.value.clone()),
        image_location: raw.image.as_ref().map(|i| i.location.clone()),
        apt,
        user: User {
            name: raw.user_name.as_ref().map_or(USER, |n| &n.value).to_owned(),
            name_location: raw.user_name.as_ref().map(|n| n.location.clone()),
            uid: raw.uid.as_ref().map_or(UID, |u| u.value),
            location: raw.uid.as_ref().map(|u| u.location.clone()),
        },
        workdir,
        dirs,
        env: raw.env.clone(),
    }
}

fn python(
    name: &Name,
    raw: &RawPython,
    base: &Base,
    context: &Context<'_>,
    problems: &mut Diagnostics,
) -> Option<Python> {
    let indexes: Vec<Index> = raw
        .indexes
        .iter()
        .flat_map(List::own)
        .map(|index| Index {
            url: index.url.clone(),
            default: index.default.unwrap_or_default(),
            anonymous: index.anonymous.unwrap_or_default(),
        })
        .collect();
    let defaults: Vec<&Index> = indexes.iter().filter(|i| i.default).collect();
    if let [first, second, ..] = defaults[..] {
        let error = Diagnostic::error("two indexes replace PyPI")
            .at(second.url.location.clone())
            .related(first.url.location.clone(), "the first one")
            .help("keep one `default = true`; the others are asked besides it");
        problems.push(error);
        return None;
    }
    let layers = if context.silence.layers {
        layers_by_convention(name, context)
    } else {
        layers(name, raw.layers.as_ref(), problems)?
    };
    Some(Python {
        // The default image is of the default version.
        version: raw
            .version
            .as_ref()
            .map(|v| v.value)
            .or_else(|| image_python(&base.image)),
        version_location: raw.version.as_ref().map(|v| v.location.clone()),
        installer: raw.installer.unwrap_or(Installer::Uv),
        indexes,
        mirrors: mirrors(&context.stub.mirrors, &raw.mirrors),
        layers,
    })
}

/// The build argument's before the stub's: it is what this build's network
/// needs, so it also hides what the stub says of addresses below. Where two
/// apply, users of the list take the longer prefix.
fn mirrors(passed: &[(String, String)], stub: &[(String, String)]) -> Vec<(String, String)> {
    let mut mirrors: Vec<(String, String)> = Vec::new();
    // Of two for one address, the last one passed counts.
    for (from, to) in passed.iter().rev() {
        if !mirrors.iter().any(|(known, _)| known == from) {
            mirrors.push((from.clone(), to.clone()));
        }
    }
    let hidden = |from: &str| {
        let rest =
            |(known, _): &(String, String)| from.strip_prefix(known.as_str()).map(str::to_owned);
        let mut rests = passed.iter().filter_map(rest);
        rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    mirrors.extend(stub.iter().filter(|(from, _)| !hidden(from)).cloned());
    mirrors
}

fn layers(
    variant: &Name,
    raw: Option<&List<RawLayer>>,
    problems: &mut Diagnostics,
) -> Option<Vec<Layer>> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut right = true;
    for raw in raw.into_iter().flat_map(List::own) {
        let name = &raw.name;
        if raw.requirements.is_none() && raw.packages.is_none() {
            right = false;
            let error =
                Diagnostic::error(format!("the layer `{}` has nothing to install", name.value))
                    .at(name.location.clone())
                    .help("add `requirements = \"requirements/….txt\"` or `packages = [\"…\"]`");
            problems.push(error);
            continue;
        }
        let layer = layer(variant, raw);
        // Emptied by the variant: it goes without.
        if layer.requirements.is_empty() && layer.packages.is_empty() {
            continue;
        }
        if let Some(below) = layers.iter().find(|l| l.app).filter(|_| !layer.app) {
            right = false;
            let mut error = Diagnostic::error(format!(
                "the layer `{}` stands above `{}`, which belongs to the application",
                layer.name, below.name
            ))
            .at(name.location.clone())
            .help("move it below, or give it `app = true` too");
            if let Some(location) = &below.location {
                error = error.related(location.clone(), "the application's layer");
            }
            problems.push(error);
        }
        layers.push(layer);
    }
    right.then_some(layers)
}

fn layer(variant: &Name, raw: &RawLayer) -> Layer {
    let requirements = raw.requirements.iter().flat_map(List::own).map(|path| {
        let path = path.clone();
        path.map(|path| path.replace("{variant}", variant.as_str()))
    });
    Layer {
        name: raw.name.value.clone(),
        location: Some(raw.name.location.clone()),
        requirements: requirements.collect(),
        required: true,
        packages: raw.packages.iter().flat_map(List::own).cloned().collect(),
        app: raw.app.unwrap_or_default(),
    }
}

fn layers_by_convention(variant: &Name, context: &Context<'_>) -> Vec<Layer> {
    let found = convention::layers(context.listing, variant, context.files);
    let layers = found.into_iter().filter_map(|(name, paths, app)| {
        let paths = paths.into_iter();
        Some(Layer {
            name: Name::new(name)?,
            location: None,
            requirements: paths
                .map(|path| Spanned::new(path, context.nowhere()))
                .collect(),
            // The listing has the file, so it is a mistake if none is there
            // for one of the platforms.
            required: true,
            packages: Vec::new(),
            app,
        })
    });
    layers.collect()
}

fn app(raw: &RawApp, problems: &mut Diagnostics) -> Option<App> {
    let healthcheck = match &raw.healthcheck {
        None => None,
        Some(raw) => Some(healthcheck(raw, problems)?),
    };
    let mut expose: Vec<String> = Vec::new();
    for port in raw.expose.iter().flat_map(List::own).flatten() {
        if !expose.contains(port) {
            expose.push(port.clone());
        }
    }
    let mut volumes: Vec<String> = Vec::new();
    for path in raw.volumes.iter().flat_map(List::own) {
        if !volumes.contains(path) {
            volumes.push(path.clone());
        }
    }
    let words = |list: &Option<List<String>>| {
        let list = list.as_ref();
        list.map(|list| list.own().cloned().collect::<Vec<_>>())
    };
    Some(App {
        copy: raw.copy.iter().flat_map(List::own).cloned().collect(),
        entrypoint: words(&raw.entrypoint),
        cmd: words(&raw.cmd),
        expose,
        volumes,
        healthcheck,
        stop_signal: raw.stop_signal.clone(),
        labels: raw.labels.clone(),
    })
}

fn healthcheck(raw: &RawHealthcheck, problems: &mut Diagnostics) -> Option<Healthcheck> {
    let RawHealthcheck::Keys {
        location,
        probe,
        timing,
    } = raw
    else {
        return Some(Healthcheck::Disabled);
    };
    let probe = probe.as_ref().map(super::tables::RawProbe::resolve);
    let empty = matches!(&probe, None | Some(super::Probe::Command(_)))
        && !matches!(&probe, Some(super::Probe::Command(words)) if !words.is_empty());
    if empty {
        let error = Diagnostic::error("the health check asks nothing")
            .at(location.clone())
            .help("add `http = \"8000/health\"` or `cmd = [\"…\"]`");
        problems.push(error);
    }
    Some(Healthcheck::Check {
        probe: probe.filter(|_| !empty)?,
        timing: *timing,
    })
}

/// `src/` and `app/` under their names in the working directory.
fn copy_by_convention(base: &mut Base, app: &mut App, context: &Context<'_>) {
    let listing = context.listing;
    let below = |name: &str| {
        let mut parts = base.workdir.value.0.clone();
        let ends_in_slash = base.workdir.value.to_string().ends_with('/');
        let tail = if ends_in_slash { "" } else { "/" };
        match parts.last_mut() {
            Some(Part::Literal(text)) => text.extend([tail, name]),
            _ => parts.push(Part::Literal(format!("{tail}{name}"))),
        }
        Template(parts)
    };
    for (name, there) in [("src", listing.src), ("app", listing.app)] {
        if there {
            app.copy.push(Copy {
                from: Spanned::new(name.to_owned(), context.nowhere()),
                to: Spanned::new(below(name), context.nowhere()),
                mode: None,
            });
        }
    }
    if listing.src && !base.env.iter().any(|(name, _)| name == "PYTHONPATH") {
        let path = Spanned::new(below("src"), context.nowhere());
        base.env.push(("PYTHONPATH".to_owned(), path));
    }
}
