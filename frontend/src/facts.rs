//! What only the engine can tell, as typed values: base images, the target's
//! system, and the resolution.
//!
//! The texts that are read here are written by the scripts in `steps`.

mod image;
mod resolution;
mod system;

pub use image::BaseImage;
pub use resolution::{Clash, Refusal, Resolution, Verdict, clashes};
pub use system::{Account, Distribution, Folder, System};
