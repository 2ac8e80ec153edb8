//! Components to one image: merged where the engine can, stacked otherwise.

use buildkit_llb::{Diff, File, Merge, Output, at};

use super::app::{directories, place};
use super::apt;
use super::image_config::HistoryEntry;
use super::python::{Installed, empty_environment};
use super::system::with_account;
use super::{ChosenAccount, Component, Context, VENV};
use crate::facts::System;
use crate::source::Diagnostics;

/// A whole image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its file system.
    pub output: Output,
    /// Its layers above the base, bottom first.
    pub layers: Vec<HistoryEntry>,
}

/// Puts the image together. `merge`: whether the engine has merges. Where the
/// base's `/opt` is no plain directory, it is stacked all the same.
///
/// Both ways give the same files, a layer a component.
pub fn assemble(
    context: &Context<'_>,
    system: &System,
    account: &ChosenAccount,
    installed: &[Installed],
    ignored: &[String],
    merge: bool,
) -> Result<Image, Diagnostics> {
    let plan = context.plan;
    let mut layers = vec![HistoryEntry::layer(format!(
        "account {} ({})",
        account.name, account.uid
    ))];
    let accounts = with_account(context, account);
    let base = apt::packages(context, system, &accounts);
    if !plan.base.apt.is_empty() {
        let names: Vec<&str> = plan.base.apt.iter().map(|p| p.value.as_str()).collect();
        layers.push(HistoryEntry::layer(format!(
            "apt-get install {}",
            names.join(" ")
        )));
    }
    let made = directories(context, account, &base)?;
    layers.extend(made.summary.map(HistoryEntry::layer));
    let base = made.output;
    for layer in installed {
        let name = &plan.layers[layer.index].name;
        layers.push(HistoryEntry::layer(format!("{name}: {}", layer.summary)));
    }
    let merge = merge && system.opt.is_some() && !installed.is_empty();
    let root = if merge {
        base.clone()
    } else {
        stacked(context, &base, installed)
    };
    let placed = place(context, system, account, ignored, &root)?;
    if let Some(summary) = placed.summary {
        layers.push(HistoryEntry::layer(summary));
    }
    let output = if merge {
        merged(context, system, &base, installed, &placed.output)
    } else {
        placed.output
    };
    Ok(Image { output, layers })
}

/// Only trees below the environment are merged: a tree's own directories
/// replace links and modes of the base. `placed` is the base with directories
/// and application files in their places: there, not on the merge, which
/// would have to be materialized for it, every file linked anew.
fn merged(
    context: &Context<'_>,
    system: &System,
    base: &Output,
    installed: &[Installed],
    placed: &Output,
) -> Output {
    let empty = empty_environment(system);
    // What a layer installed, without the empty tree that it began with, which
    // would be a layer of the image before each of them. The difference to a
    // tree's own parent is its last layer as it is.
    let added = installed.iter().map(|layer| {
        let name = context.name(&Component::Layer(layer.index), "as a layer");
        Diff::between(&empty, &layer.tree).name(name).output()
    });
    let placed = (placed != base).then(|| {
        let name = context.name(&Component::Application, "as a layer");
        Diff::between(base, placed).name(name).output()
    });
    Merge::of(std::iter::once(base.clone()).chain(added).chain(placed))
        .name(context.name(&Component::Inside("merge"), "layers"))
        .output()
}

fn stacked(context: &Context<'_>, base: &Output, installed: &[Installed]) -> Output {
    installed.iter().fold(base.clone(), |below, layer| {
        File::on(&below)
            .copy(&layer.tree, at(VENV), at(VENV))
            .name(context.name(&Component::Layer(layer.index), "join the image"))
            .output()
    })
}
