//! The user's files, places in them, and diagnostics about them.
//!
//! A [`Diagnostic`] has one [`Location`]. How it is shown is decided in this
//! module alone: the command line prints annotated excerpts; BuildKit gets a
//! message and the lines of the file, and its clients print the excerpt. The
//! text of a diagnostic is masked ([`masked`]) and escaped ([`escaped`]) when
//! the diagnostic is made.

mod budget;
mod buildkit;
mod credentials;
mod diagnostic;
mod diagnostics;
mod escape;
mod excerpt;
mod file;
mod redact;
mod render;
pub mod rules;
mod suggest;
mod text;

pub(crate) use budget::limit_source_map;
pub use buildkit::locations;
pub(crate) use buildkit::{source_info, source_range};
pub use diagnostic::{Diagnostic, Severity};
pub use diagnostics::Diagnostics;
pub use escape::escaped;
pub(crate) use escape::escaped_lines;
pub use file::{LineColumn, Location, SourceFile, Span, Spanned};
pub use redact::{holds_credentials, masked, url_holds_credentials};
pub use rules::Rule;
pub use suggest::nearest;
pub(crate) use suggest::{did_you_mean, nearest_file};
pub(crate) use text::{binary_size, listed};
