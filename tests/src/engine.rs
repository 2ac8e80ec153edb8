//! The real engine: what the end-to-end tests drive, and how they look at
//! what came out.
//!
//! A test asks for an [`Engine`] ([`containerd`] or [`classic`]), describes a
//! [`Build`] as a user would on the command line, and reads the [`Image`]
//! that it gives, or the text that `docker buildx build` prints. The frontend
//! image is built once, from this working tree.

mod build;
mod command;
mod frontend;
mod image;
mod layer;
mod progress;
mod project;
pub(crate) mod setup;

pub use build::{Build, Finished, Output};
pub use command::{Command, Ended};
pub use image::{Image, Images};
pub use layer::{Entry, Kind, Layer, SECRETS};
pub use progress::{Progress, Step};
pub use project::Project;
pub use setup::{Engine, Setup, classic, containerd, setup};
