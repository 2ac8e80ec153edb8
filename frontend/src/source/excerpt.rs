//! Files, cut down to the lines that are printed.

use std::ops::RangeInclusive;

use super::escape::visible;
use super::{Location, Span};

/// Files of up to this many bytes are sent whole.
pub(super) const WHOLE: usize = 64 << 10;
/// Of larger ones, this many lines around each place (clients print four),
pub(super) const AROUND: usize = 8;
/// of a place of no more lines than this,
pub(super) const LINES: usize = 200;
/// and this many bytes of each line.
const LINE_BYTES: usize = 1000;
/// Of an excerpt for people, at most this many bytes before a place in its
/// first line, of the place, and after it in its last line.
const EXCERPT_BYTES: usize = 8 << 10;

/// The text with the lines far from the given ones left empty, so that lines
/// keep their numbers, and nothing after the last of them. Lines count from 1.
pub(super) fn around(
    text: &str,
    places: impl IntoIterator<Item = RangeInclusive<usize>>,
) -> String {
    let mut windows: Vec<(usize, usize)> = places
        .into_iter()
        .map(|lines| {
            let (first, last) = (*lines.start(), *lines.end());
            let last = last.clamp(first, first.saturating_add(LINES));
            (first.saturating_sub(AROUND), last.saturating_add(AROUND))
        })
        .collect();
    windows.sort_unstable();
    let end = windows.iter().map(|(_, last)| *last).max().unwrap_or(0);
    let mut windows = windows.into_iter().peekable();
    // The last line up to which the windows met so far reach.
    let mut shown = 0;
    let mut kept = String::new();
    for (line, number) in text.split('\n').zip(1..=end) {
        while let Some((_, last)) = windows.next_if(|(first, _)| *first <= number) {
            shown = shown.max(last);
        }
        if number > 1 {
            kept.push('\n');
        }
        if number <= shown {
            kept.push_str(cut(line));
        }
    }
    kept
}

/// The lines of a place, as they are printed.
pub(super) struct Excerpt {
    /// The number of the first line, from 1.
    pub(super) line: usize,
    /// The lines, with control characters made visible.
    pub(super) text: String,
    /// The place in them.
    pub(super) span: Span,
}

impl Excerpt {
    /// The first [`LINES`] of a place; `None` if it is far into a long line,
    /// since a renderer counts columns from the beginning of the line.
    pub(super) fn of(place: &Location) -> Option<Self> {
        let text = place.file.text();
        let Span { start, end } = place.span;
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        if start - first > EXCERPT_BYTES {
            return None;
        }
        let lines = text[first..].split_inclusive('\n').take(LINES);
        let lines: usize = lines.map(str::len).sum();
        let end = end.min(first + lines).min(start + EXCERPT_BYTES);
        let end = text.floor_char_boundary(end);
        let last = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
        let last = text.floor_char_boundary(last.min(end + EXCERPT_BYTES));
        let before = visible(&text[first..start]);
        let place_itself = visible(&text[start..end]);
        let after = visible(&text[end..last]);
        Some(Self {
            line: place.start().line,
            span: before.len()..before.len() + place_itself.len(),
            text: [before, place_itself, after].concat(),
        })
    }
}

fn cut(line: &str) -> &str {
    &line[..line.floor_char_boundary(LINE_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers() {
        let numbers: Vec<String> = (1..=1000).map(|n: usize| n.to_string()).collect();
        let text = numbers.join("\n");
        let kept = around(&text, [500..=501, 100..=100]);
        let lines: Vec<&str> = kept.split('\n').collect();
        assert_eq!(lines.len(), 501 + AROUND);
        for (line, number) in lines.into_iter().zip(1..) {
            let near = (92..=108).contains(&number) || (492..=509).contains(&number);
            let expected = if near {
                number.to_string()
            } else {
                String::new()
            };
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn windows_that_overlap_are_one() {
        let kept = around("a\nb\nc\nd", [1..=1, 2..=3]);
        assert_eq!(kept, "a\nb\nc\nd");
        assert_eq!(around("a\nb", []), "");
        assert_eq!(around("a\nb", [7..=9]), "a\nb");
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let kept = around(&"ä".repeat(1 << 20), [1..=1]);
        assert_eq!(kept, "ä".repeat(LINE_BYTES / 2));
    }

    #[test]
    fn a_place_of_many_lines_ends_early() {
        let kept = around(&"a\n".repeat(10_000), [1..=10_000]);
        assert_eq!(kept.split('\n').count(), 1 + LINES + AROUND);
    }
}
