//! Stubs in, projects or rendered diagnostics out.

#![allow(clippy::format_push_string)] // Test texts need not be fast.

mod advice;
mod build;
mod bytes;
mod conventions;
mod example;
mod inheritance;
mod interpolation;
mod keys;
mod limits;
mod names;
mod secrets;
mod values;

use std::collections::BTreeMap;

use super::{Listing, Project, Variant, load};
use crate::source::Diagnostics;

/// The files of a usual project.
fn usual() -> Listing {
    files(&[
        "cpu-amd64.txt",
        "cpu-arm64.txt",
        "cuda.txt",
        "base-ml.txt",
        "app.txt",
    ])
}

fn files(names: &[&str]) -> Listing {
    Listing {
        requirements: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Listing::default()
    }
}

fn arguments(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn stub(body: &str) -> String {
    format!("# syntax=lamina\n{body}")
}

fn loaded(body: &str, passed: &[(&str, &str)]) -> Result<Project, Diagnostics> {
    load(
        "Dockerfile",
        stub(body).as_bytes(),
        &arguments(passed),
        &usual(),
    )
}

/// The project of a valid body.
fn project(body: &str) -> Project {
    loaded(body, &[]).unwrap_or_else(|errors| panic!("{}", errors.render()))
}

fn variant(body: &str, name: &str) -> Variant {
    project(body).variant(name).unwrap().clone()
}

/// The errors of an invalid body.
fn errors(body: &str) -> String {
    loaded(body, &[]).unwrap_err().render()
}

/// All of a variant, in a form to be read.
fn described(variant: &Variant) -> String {
    let Variant {
        name,
        location,
        platforms,
        accelerator,
        base,
        build,
        python,
        app,
    } = variant;
    let platforms: Vec<_> = platforms.iter().map(ToString::to_string).collect();
    let mut lines = vec![
        format!(
            "{name} {location:?} on {}, {accelerator:?}",
            platforms.join(" ")
        ),
        format!("  image {} {:?}", base.image, base.image_location),
        format!(
            "  user {} {} {:?}",
            base.user.name, base.user.uid, base.user.location
        ),
        format!(
            "  workdir {} {:?}",
            base.workdir.value, base.workdir.location
        ),
    ];
    lines.extend(
        base.apt
            .iter()
            .map(|p| format!("  apt {} {:?}", p.value, p.location)),
    );
    lines.extend((build.image.iter()).map(|it| format!("  build {} {:?}", it.value, it.location)));
    lines.extend((build.apt.iter()).map(|it| format!("  build apt {}", it.value)));
    let env = build.env.iter();
    lines.extend(env.map(|(name, it)| format!("  build env {name}={}", it.value)));
    lines.extend(
        base.dirs
            .iter()
            .map(|d| format!("  dir {} {:?}", d.value, d.location)),
    );
    let env = base.env.iter();
    lines.extend(env.map(|(name, v)| format!("  env {name}={} {:?}", v.value, v.location)));
    let version = python.version.map_or("?".to_owned(), |v| v.to_string());
    lines.push(format!(
        "  python {version} {:?}, {:?}",
        python.version_location, python.installer
    ));
    let indexes = python.indexes.iter();
    lines.extend(indexes.map(|i| format!("  index {} default: {}", i.url.value, i.default)));
    let mirrors = python.mirrors.iter();
    lines.extend(mirrors.map(|(from, to)| format!("  mirror {from} -> {to}")));
    for layer in &python.layers {
        let app = if layer.app {
            ", of the application"
        } else {
            ""
        };
        lines.push(format!("  layer {} {:?}{app}", layer.name, layer.location));
        let files = layer.requirements.iter().flat_map(|files| &files.paths);
        let items = files.chain(&layer.packages);
        lines.extend(items.map(|i| format!("    {} {:?}", i.value, i.location)));
    }
    lines.extend(app.copy.iter().map(|c| {
        let mode = c
            .mode
            .map_or("own".to_owned(), |mode| format!("{mode:04o}"));
        format!("  copy {} to {} with {mode} mode", c.from.value, c.to.value)
    }));
    lines.push(format!(
        "  entrypoint {:?} cmd {:?}",
        app.entrypoint, app.cmd
    ));
    lines.push(format!(
        "  expose {:?} volumes {:?}",
        app.expose, app.volumes
    ));
    lines.push(format!(
        "  stop {:?} health {:?}",
        app.stop_signal, app.healthcheck
    ));
    let labels = app.labels.iter();
    lines.extend(labels.map(|(key, v)| format!("  label {key}={} {:?}", v.value, v.location)));
    lines.join("\n") + "\n"
}
