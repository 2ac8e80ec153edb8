//! Components to one image: merged where the engine can, stacked otherwise.

use buildkit_llb::{Diff, File, Merge, Output};

use super::step;
use super::{Lowering, Place, Tree};

/// A whole image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its file system.
    pub output: Output,
    /// What `docker history` says of its layers above the base, bottom first.
    pub history: Vec<String>,
}

/// Puts the image together. `merge`: whether the engine has merges. Where the
/// base's `/opt` is no plain directory, it is stacked all the same.
///
/// Both ways give the same files and one layer for each component.
pub fn assemble(lowering: &Lowering<'_>, trees: &[Tree<'_>], merge: bool) -> Image {
    let owned = trees
        .iter()
        .any(|it| matches!(it.place, Place::Owned { .. }));
    let output = if merge && owned && lowering.system.opt.is_some() {
        merged(lowering, trees)
    } else {
        stacked(lowering, trees)
    };
    let history = trees.iter().flat_map(|tree| &tree.history);
    Image {
        output,
        history: history.cloned().collect(),
    }
}

/// Only trees below directories that lamina owns are merged: a tree's own
/// directories replace links and modes of the base.
///
/// Files are placed on the system, not on the merge, which would have to be
/// materialized for it: every file linked anew. What they add to the system is
/// merged as one more tree.
fn merged(lowering: &Lowering<'_>, trees: &[Tree<'_>]) -> Output {
    let mut system = lowering.images.target.clone();
    for tree in trees {
        if let Place::System(output) = &tree.place {
            system = output.clone();
        }
    }
    // What a component added, without the empty tree that it began with, which
    // would be a layer of the image before each of them. The difference to a
    // tree's own parent is its last layer as it is.
    let layer = |tree: &Tree<'_>, lower: &Output, upper: &Output| {
        let name = lowering.name(tree.component, "as a layer");
        Diff::between(lower, upper).name(name).output()
    };
    let mut layers = vec![system.clone()];
    for each in trees {
        if let Place::Owned { tree, empty, .. } = &each.place {
            layers.push(layer(each, empty, tree));
        }
    }
    let mut root = system;
    for each in trees {
        if let Place::Placed(place) = &each.place {
            let next = place(&root);
            layers.push(layer(each, &root, &next));
            root = next;
        }
    }
    Merge::of(layers)
        .name(lowering.plan().shared_step_name("merge", "layers"))
        .output()
}

/// Each component on those below it, by copies.
fn stacked(lowering: &Lowering<'_>, trees: &[Tree<'_>]) -> Output {
    let below = lowering.images.target.clone();
    trees.iter().fold(below, |below, each| match &each.place {
        Place::System(output) => output.clone(),
        Place::Owned { prefix, tree, .. } => File::on(&below)
            .copy(tree, step::path(prefix), step::path(prefix))
            .name(lowering.name(each.component, "join the image"))
            .output(),
        Place::Placed(place) => place(&below),
    })
}
