//! Positions in the user's files as LLB locations, so that a step that fails
//! points at the line that asked for it.

use buildkit_llb as llb;

use crate::source::{LineColumn, Location, SourceFile};

/// A file as BuildKit's source maps name it.
pub fn source_file(file: &SourceFile) -> llb::SourceFile {
    llb::SourceFile::new(
        file.name(),
        language(file.name()),
        file.text().as_bytes().to_vec(),
    )
}

/// Places as LLB locations, one a file: clients print an excerpt for each.
pub fn locations<'a>(places: impl IntoIterator<Item = &'a Location>) -> Vec<llb::Location> {
    let mut files: Vec<(&SourceFile, Vec<llb::Range>)> = Vec::new();
    for place in places {
        let range = range(place);
        match files.iter_mut().find(|(file, _)| **file == place.file) {
            Some((_, ranges)) => ranges.push(range),
            None => files.push((&place.file, vec![range])),
        }
    }
    let located = files.into_iter().map(|(file, mut ranges)| {
        ranges.sort_by_key(|range| (range.start.line, range.start.character));
        source_file(file).at(ranges)
    });
    located.collect()
}

fn range(place: &Location) -> llb::Range {
    let position = |at: LineColumn| {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        llb::Position::new(number(at.line), number(at.column))
    };
    llb::Range {
        start: position(place.start()),
        end: position(place.end()),
    }
}

fn language(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "txt" | "in")) => "requirements",
        _ => "toml",
    }
}
