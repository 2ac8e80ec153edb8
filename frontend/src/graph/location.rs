//! Positions in the user's files as LLB locations, so that a step that fails
//! points at the line that asked for it.

use buildkit_llb as llb;

use crate::diagnostic::{LineColumn, Location, SourceFile};

/// A file as BuildKit's source maps name it.
pub fn source_file(file: &SourceFile) -> llb::SourceFile {
    llb::SourceFile::new(
        file.name(),
        language(file.name()),
        file.text().as_bytes().to_vec(),
    )
}

/// A place as an LLB location.
pub fn location(place: &Location) -> llb::Location {
    let position = |at: LineColumn| {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        llb::Position::new(number(at.line), number(at.column))
    };
    source_file(&place.file).at([llb::Range {
        start: position(place.start()),
        end: position(place.end()),
    }])
}

fn language(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "txt" | "in")) => "requirements",
        _ => "toml",
    }
}
