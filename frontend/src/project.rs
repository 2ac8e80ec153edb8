//! A project, loaded: its stub, and the requirement files that the layers of a
//! variant are read from.
//!
//! What has to be read, in which order, and what it means is written once, in
//! the [`Loader`]. Where the files are is behind a trait, [`Files`]: at
//! BuildKit's client ([`BridgeFiles`]), on a disk ([`DiskFiles`]), in memory
//! ([`MemoryFiles`]).

mod bridge;
mod disk;
mod files;
mod limits;
mod links;
mod loader;
mod memory;
mod requirements;

pub use bridge::BridgeFiles;
pub use disk::DiskFiles;
pub use files::{Content, Files, Listed, StubFile, Wanted};
pub use loader::Loader;
pub use memory::MemoryFiles;
