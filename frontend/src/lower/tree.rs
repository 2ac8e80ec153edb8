//! What a component becomes: a tree, and how it joins the image.

use buildkit_llb::Output;

use crate::plan::Component;

/// A component's part of the image: one layer, or none.
pub struct Tree<'a> {
    /// The component.
    pub component: &'a Component,
    /// How it joins the image.
    pub place: Place<'a>,
    /// What `docker history` says of the layers, bottom first: one entry each.
    pub history: Vec<String>,
}

/// How a tree joins the image.
pub enum Place<'a> {
    /// It is the system: the base image with this component in it.
    System(Output),
    /// It is merged: it has files below a directory that lamina owns, and
    /// nothing else.
    Owned {
        /// The directory.
        prefix: &'static str,
        /// The tree with the component's files.
        tree: Output,
        /// The tree that the component's files were added to: just the
        /// directory.
        empty: Output,
    },
    /// It is put on what is below it, where links and directories of the base
    /// are respected: this adds it to a root file system.
    Placed(Box<dyn Fn(&Output) -> Output + 'a>),
}
