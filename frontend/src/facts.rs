//! What only the engine can tell, as typed values: base images, the target's
//! system, and the resolution.
//!
//! The texts that are read here are written by the scripts in `steps`.

mod account;
mod answer;
mod clash;
mod files;
mod image;
mod index_answers;
mod libraries;
mod resolution;
mod slices;
mod system;
mod wheel;

pub use account::{ImageAccount, choose_account};
pub use answer::InvalidAnswer;
pub use clash::{Clash, clashes};
pub use files::{Chosen, HashCheck, NoFile, choose};
pub use image::BaseImage;
pub use index_answers::{AmbiguousIndex, Credentials, DeniedIndex, DeniedStatus};
pub use libraries::{MissingLibrary, missing_libraries};
pub use resolution::{Resolution, ResolutionFailure, SourceDistribution, UvFailure, UvFailureKind};
pub use slices::InvalidSlices;
pub use system::{Account, DirectoryAttributes, Distribution, System};
pub use wheel::{BuildAnswer, BuiltWheel, FetchedFile};
