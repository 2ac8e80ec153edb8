//! Credentials in a line, found before anything else looks at it.

use super::line::Line;
use crate::source::{Diagnostic, holds_credentials};

/// An error if a URL of this line holds credentials.
pub(super) fn check(line: &Line) -> Result<(), Diagnostic> {
    if holds_credentials(&line.text) {
        Err(error(line))
    } else {
        Ok(())
    }
}

/// The error: it names the file and line, and has no excerpt.
pub(super) fn error(line: &Line) -> Diagnostic {
    let place = line.whole();
    let (name, line) = (place.file.name(), place.start().line);
    Diagnostic::credentials(format_args!("{name}, line {line}"))
}
