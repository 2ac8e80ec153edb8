//! What users are told about their own files: sources, spans, diagnostics.
//!
//! A [`Diagnostic`] carries its position once, as a [`Location`]; how it is
//! shown is decided here and nowhere else: as an annotated excerpt for the
//! command line, as message and source info for BuildKit, whose clients print
//! the excerpt themselves.

pub(crate) mod buildkit;
mod diagnostic;
mod file;
mod llb;
mod redact;
mod render;
pub(crate) mod suggest;

pub use buildkit::{source_info, source_range};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use file::{LineColumn, Location, SourceFile, Span, Spanned};
pub use llb::{locations, source_file};
pub use redact::{holds_credentials, masked, url_holds_credentials};
pub use suggest::nearest;
