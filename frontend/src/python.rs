//! Python packaging: requirements, requirement files, markers, mirrors.

#![allow(
    clippy::result_large_err,
    reason = "a mistake ends the build: it is made a few times, and moved"
)]

mod machine;
mod markers;
mod mirror;
mod requirement;
mod requirements_txt;
mod version;

pub use machine::machine;
pub use mirror::rewrite;
pub use requirement::*;
pub use requirements_txt::{Loaded, Sources, Texts, decode, load};
pub use version::PythonVersion;
