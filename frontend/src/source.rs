//! What users are told about their own files: sources, spans, diagnostics.
//!
//! A [`Diagnostic`] carries its position once, as a [`Location`]; how it is
//! shown is decided here and nowhere else: as an annotated excerpt for the
//! command line, as message and source info for BuildKit, whose clients print
//! the excerpt themselves.

mod budget;
mod buildkit;
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
