//! The one conversion of places in the user's files to BuildKit's locations,
//! for errors, warnings and definitions.
//!
//! Clients print every line from the first line of a range to its last, both
//! included, and dereference both ends without a check: a range always has
//! them. In errors and warnings, lines and characters count from 1, and the end
//! is the character after the last one, as in buildx's errors about HCL files.

use buildkit_llb as llb;
use buildkit_proto::pb;

use super::escape::visible;
use super::excerpt::{self, LINES, WHOLE};
use super::{LineColumn, Location, SourceFile};

/// The most places that one operation names in one file. Some operations come
/// from thousands of lines, and clients print all of them if one fails.
const PLACES: usize = 200;

/// Places as locations of an operation, one for each file: clients print one
/// excerpt for each location.
///
/// They are whole lines, with character 0, as the Dockerfile frontend writes
/// them: buildx's debugger finds no breakpoint of a line in a range that begins
/// within the line. Of places far apart, the first and those at most [`LINES`]
/// lines after it are kept.
pub fn locations<'a>(
    places: impl IntoIterator<Item = &'a Location>,
) -> Vec<llb::metadata::Location> {
    let mut files: Vec<(&SourceFile, Vec<&Location>)> = Vec::new();
    for place in places {
        match files.iter_mut().find(|(file, _)| **file == place.file) {
            Some((_, places)) => places.push(place),
            None => files.push((&place.file, vec![place])),
        }
    }
    files
        .into_iter()
        .map(|(file, places)| source_file(file).at(ranges(places)))
        .collect()
}

/// The lines of places in one file, in the order of the file, each once.
fn ranges(mut places: Vec<&Location>) -> Vec<llb::metadata::Range> {
    places.sort_by_key(|place| (place.span.start, place.span.end));
    places.truncate(PLACES);
    let mut ranges: Vec<llb::metadata::Range> = places.into_iter().map(lines).collect();
    ranges.dedup();
    let first = ranges.first().map_or(0, |range| range.start.line);
    let last = first.saturating_add(number(LINES));
    ranges.retain(|range| range.start.line <= last);
    ranges
}

/// The file of a place, as errors and warnings carry it: only the lines around
/// the place if it is large.
pub(crate) fn source_info(location: &Location) -> pb::SourceInfo {
    let file = &location.file;
    if file.text().len() <= WHOLE {
        return source_file(file).to_pb();
    }
    let range = range(location);
    let lines = range.start.line as usize..=range.end.line as usize;
    pb::SourceInfo {
        filename: file.shown_name().into_owned(),
        data: visible(&excerpt::around(file.text(), [lines]))
            .into_owned()
            .into_bytes(),
        definition: None,
        language: language(file.name()).to_owned(),
    }
}

/// The characters that a place covers.
pub(crate) fn source_range(location: &Location) -> pb::Range {
    range(location).to_pb()
}

/// A whole file. Definitions shorten large ones when they are sent
/// ([`limit_source_map`](super::limit_source_map)), since only then is it
/// known which lines they need.
fn source_file(file: &SourceFile) -> &llb::metadata::SourceFile {
    file.to_llb(|| {
        let text = visible(file.text()).into_owned();
        llb::metadata::SourceFile::new(file.shown_name(), language(file.name()), text)
    })
}

fn lines(place: &Location) -> llb::metadata::Range {
    let range = range(place);
    llb::metadata::Range {
        start: llb::metadata::Position::line(range.start.line),
        end: llb::metadata::Position::line(range.end.line),
    }
}

/// A place that ends with its line's end does not reach into the next line,
/// and one of many lines ends early.
fn range(location: &Location) -> llb::metadata::Range {
    let start = location.start();
    let kept = location.text().trim_end_matches(['\n', '\r']).len();
    let end = location.span.start + kept;
    let end = location.file.at(end..end).start();
    let last = start.line + LINES;
    let end = if end.line > last {
        LineColumn {
            line: last,
            column: 1,
        }
    } else {
        end
    };
    llb::metadata::Range {
        start: position(start),
        end: position(end),
    }
}

fn position(at: LineColumn) -> llb::metadata::Position {
    llb::metadata::Position::new(number(at.line), number(at.column))
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// By the names of GitHub's linguist, as BuildKit wants them. A stub has a
/// name of the user's choice; requirement files say what they are.
fn language(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "txt" | "in")) => "Pip Requirements",
        _ => "TOML",
    }
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
    fn ranges_end_before_the_line_end() {
        assert_eq!(marked("a = 1\nb = 2\n", 6..12), (2, 1, 2, 6));
        assert_eq!(marked("a = 1\r\nb = 2\n", 0..7), (1, 1, 1, 6));
        assert_eq!(marked("a = 1\nb = 2\n", 0..11), (1, 1, 2, 6));
        assert_eq!(marked("a\n", 1..1), (1, 2, 1, 2));
        assert_eq!(marked("", 0..0), (1, 1, 1, 1));
        assert_eq!(marked("ä = ü\n", 5..7), (1, 5, 1, 6));
    }

    #[test]
    fn errors_and_definitions_agree() {
        for name in ["Dockerfile", "requirements/ml.txt"] {
            let file = SourceFile::new(name, "a = 1\nb = 2\n");
            let place = file.at(6..12);
            let [location] = &locations([&place])[..] else {
                panic!("one file, one location");
            };
            assert_eq!(location.file.to_pb(), source_info(&place));
            let lines = |range: pb::Range| {
                let line = |at: Option<pb::Position>| at.unwrap().line;
                (line(range.start), line(range.end))
            };
            let range = location.ranges[0].to_pb();
            assert_eq!(lines(range), lines(source_range(&place)));
        }
    }

    #[test]
    fn places_are_grouped_by_file_and_line() {
        let one = SourceFile::new("a.txt", "a\nb\n");
        let other = SourceFile::new("b.txt", "c\n");
        let places = [one.at(2..3), other.at(0..1), one.at(0..1), one.at(2..4)];
        let lines: Vec<(String, Vec<u32>)> = locations(&places)
            .into_iter()
            .map(|location| {
                let lines = location.ranges.iter().map(|range| range.start.line);
                (location.file.filename().to_owned(), lines.collect())
            })
            .collect();
        let expected = [
            ("a.txt".to_owned(), vec![1, 2]),
            ("b.txt".to_owned(), vec![1]),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_operation_of_thousands_of_lines_shows_the_first_of_them() {
        let file = SourceFile::new("ml.txt", "numpy\n".repeat(100_000));
        let places: Vec<Location> = (0..100_000)
            .map(|line| file.at(line * 6..line * 6 + 5))
            .collect();
        let locations = locations(places.iter().rev());
        let ranges = &locations[0].ranges;
        assert_eq!(ranges.len(), PLACES);
        assert_eq!(ranges[0].start.line, 1);
        assert!(
            ranges
                .iter()
                .all(|range| range.end.line as usize <= LINES + 1)
        );
        let whole = range(&file.at(0..file.text().len()));
        assert_eq!(whole.end.line as usize, 1 + LINES);
    }

    #[test]
    fn places_far_below_the_first_are_left_out() {
        let file = SourceFile::new("Dockerfile", "a\n".repeat(2000));
        let places = [file.at(0..1), file.at(20..21), file.at(3000..3001)];
        let lines: Vec<u32> = locations(&places)[0]
            .ranges
            .iter()
            .map(|range| range.start.line)
            .collect();
        assert_eq!(lines, [1, 11]);
    }

    #[test]
    fn errors_in_large_files_keep_the_lines_around_the_place() {
        let text = "0123456789\n".repeat(100_000);
        let file = SourceFile::new("requirements/ml.txt", text);
        let info = source_info(&file.at(11 * 50_000..11 * 50_000 + 10));
        assert_eq!(info.language, "Pip Requirements");
        let text = String::from_utf8(info.data).unwrap();
        assert!(text.len() < 60_000);
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(lines[50_000], "0123456789");
        assert_eq!(lines[0], "");
        assert_eq!(lines.len(), 50_001 + excerpt::AROUND);
    }
}
