//! Python packaging: names, requirements, requirement files, markers, mirrors.

mod format_control;
mod git;
mod hash;
mod hashes;
mod index;
mod machine;
mod markers;
mod mirror;
mod name;
mod options;
mod pin;
mod requirement;
mod requirements_txt;
mod set;
mod specifiers;
mod text;
mod version;

pub use format_control::{Format, FormatChange, FormatControl, FormatTarget};
pub use git::GitSource;
pub use hash::{Hash, HashAlgorithm, InvalidHash};
pub use hashes::Hashes;
pub use index::{FindLinks, Index, IndexUrl, PYPI};
pub use machine::machine;
pub use markers::PatchMarker;
pub(crate) use mirror::covers;
pub use mirror::rewrite;
pub use name::{Extra, InvalidName, PackageName};
pub use options::{Options, Target};
pub use pin::{InvalidPin, Pin, PinSource};
pub use requirement::{Requirement, RequirementSource, file_url};
pub use requirements_txt::{Loaded, Sources, Texts, Unusable, decode, included, load};
pub use set::{RequirementSet, merged};
pub use specifiers::Specifiers;
pub use version::PythonVersion;
