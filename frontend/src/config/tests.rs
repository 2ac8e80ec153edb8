//! Stubs in, projects or rendered messages out.

#![allow(clippy::format_push_string)] // Test texts need not be fast.

mod bytes;
mod conventions;
mod example;
mod inheritance;
mod interpolation;
mod keys;
mod names;
mod values;

use std::collections::BTreeMap;

use super::{Listing, Project, Variant, load};
use crate::diagnostic::Diagnostics;

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

/// The project of a body that is right.
fn project(body: &str) -> Project {
    loaded(body, &[]).unwrap_or_else(|problems| panic!("{}", problems.render()))
}

fn variant(body: &str, name: &str) -> Variant {
    project(body).variant(name).unwrap().clone()
}

/// The messages for a body that is wrong.
fn mistakes(body: &str) -> String {
    loaded(body, &[]).unwrap_err().render()
}
