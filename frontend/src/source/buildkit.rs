//! Places in files as BuildKit writes them, so that its clients can print the
//! excerpt.
//!
//! Clients mark every line from a range's start to its end, both included, and
//! dereference both without asking: a range always has them. Lines and
//! characters count from 1.

use buildkit_proto::pb;

use crate::source::{LineColumn, Location, SourceFile};

/// Files up to this size are sent whole.
const WHOLE: usize = 64 << 10;
/// Of larger ones, this many lines around the place (clients print four),
const AROUND: usize = 8;
/// of a place no longer than this,
const LINES: usize = 200;
/// and this much of a line.
const LINE_BYTES: usize = 1000;

/// A whole file, as the source of a graph's locations.
pub fn source_info(file: &SourceFile) -> pb::SourceInfo {
    info(file, file.text().as_bytes().to_vec())
}

/// The lines that a place covers.
pub fn source_range(location: &Location) -> pb::Range {
    let (start, end) = lines(location);
    pb::Range {
        start: Some(position(start)),
        end: Some(position(end)),
    }
}

/// The file of a place, in which lines far from it are left out if it is
/// large: errors travel in headers, several at a time, and in base64 twice.
pub(crate) fn excerpt_info(location: &Location) -> pb::SourceInfo {
    let file = &location.file;
    if file.text().len() <= WHOLE {
        return source_info(file);
    }
    let (start, end) = lines(location);
    let first = start.line.saturating_sub(AROUND);
    let last = end.line.min(start.line + LINES) + AROUND;
    // Lines keep their numbers: those before stay, as empty ones.
    let text: Vec<&str> = file
        .text()
        .split('\n')
        .zip(1..=last)
        .map(|(line, number)| if number < first { "" } else { cut(line) })
        .collect();
    info(file, text.join("\n").into_bytes())
}

fn info(file: &SourceFile, data: Vec<u8>) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: file.name().to_owned(),
        data,
        definition: None,
        language: language(file.name()).to_owned(),
    }
}

/// The stub has a name of the user's choice; everything else that lamina reads
/// says what it is.
fn language(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "txt" | "in")) => "pip-requirements",
        _ => "TOML",
    }
}

/// First and last character, where [`Location::end`] is one further: a place
/// that ends with its line's end does not reach into the next line.
fn lines(location: &Location) -> (LineColumn, LineColumn) {
    let start = location.start();
    let text = location.text();
    let kept = text.trim_end_matches(['\n', '\r']);
    let last = kept.char_indices().next_back().map_or(0, |(at, _)| at);
    let last = location.span.start + last;
    let end = location.file.at(last..last).start();
    (start, end.max(start))
}

fn position(at: LineColumn) -> pb::Position {
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    pb::Position {
        line: number(at.line),
        character: number(at.column),
    }
}

fn cut(line: &str) -> &str {
    &line[..line.floor_char_boundary(LINE_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, span: std::ops::Range<usize>) -> (i32, i32, i32, i32) {
        let range = source_range(&SourceFile::new("Dockerfile", text).at(span));
        let (start, end) = (range.start.unwrap(), range.end.unwrap());
        (start.line, start.character, end.line, end.character)
    }

    #[test]
    fn a_line_end_marks_no_further_line() {
        assert_eq!(marked("a = 1\nb = 2\n", 6..12), (2, 1, 2, 5));
        assert_eq!(marked("a = 1\r\nb = 2\n", 0..7), (1, 1, 1, 5));
        assert_eq!(marked("a = 1\nb = 2\n", 0..11), (1, 1, 2, 5));
        assert_eq!(marked("a\n", 1..1), (1, 2, 1, 2));
        assert_eq!(marked("", 0..0), (1, 1, 1, 1));
        assert_eq!(marked("ä = ü\n", 5..7), (1, 5, 1, 5));
    }

    #[test]
    fn large_files_keep_the_lines_around_the_place() {
        let text = "0123456789\n".repeat(100_000);
        let file = SourceFile::new("requirements/ml.txt", text);
        let info = excerpt_info(&file.at(11 * 50_000..11 * 50_000 + 10));
        assert_eq!(info.language, "pip-requirements");
        let text = String::from_utf8(info.data).unwrap();
        assert!(text.len() < 60_000);
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(lines[50_000], "0123456789");
        assert_eq!(lines[0], "");
        assert_eq!(lines.len(), 50_001 + AROUND);
    }

    #[test]
    fn a_single_huge_line_is_cut_between_characters() {
        let file = SourceFile::new("Dockerfile", "ä".repeat(1 << 20));
        let info = excerpt_info(&file.at(0..1 << 21));
        assert!(info.data.len() <= LINE_BYTES);
        assert!(String::from_utf8(info.data).is_ok());
    }
}
