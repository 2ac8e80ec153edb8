//! Real engines for the end-to-end tests, and access to the images they build.
//!
//! A test asks for an [`Engine`] ([`containerd`] or [`classic`]), describes a
//! [`Build`] as a user would on the command line, and reads the [`Image`]
//! that results, or the text that `docker buildx build` prints. The frontend
//! image is built once, from this working tree.

mod agent;
mod build;
mod command;
mod frontend;
mod image;
mod layer;
mod layout;
mod program;
mod progress;
mod project;
mod repository;
mod server;
pub(crate) mod setup;

pub use agent::Agent;
pub use build::{Build, Finished, Output};
pub use command::{Command, Ended};
pub use image::{Image, Images};
pub use layer::{Entry, Kind, Layer, SECRETS};
pub use layout::{LayerFile, archive, write_layout};
pub use progress::{Progress, Step};
pub use project::Project;
pub use repository::Repository;
pub use server::{Request, Server};
pub use setup::{Engine, FRONTEND, Setup, classic, containerd, setup};
