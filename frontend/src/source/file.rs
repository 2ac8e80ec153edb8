//! The user's files, under the names that the user knows, and places in them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};

use buildkit_llb as llb;

use super::escaped;

/// A range of byte offsets into a file's text.
pub type Span = Range<usize>;

/// A value and where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was read.
    pub location: Location,
}

impl<T> Spanned<T> {
    /// A value that was read at a location.
    pub fn new(value: T, location: Location) -> Self {
        Self { value, location }
    }

    /// Another value with the same location.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: f(self.value),
            location: self.location,
        }
    }
}

/// As the value alone.
impl<T: Serialize> Serialize for Spanned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// The text of a file and the name that the user knows it by.
///
/// Cheap to clone. Two files are equal if their names and texts are.
#[derive(Clone)]
pub struct SourceFile(Arc<Inner>);

struct Inner {
    name: String,
    text: String,
    /// Where each line starts.
    lines: Vec<usize>,
    /// Made once, however many operations come from the file.
    llb: OnceLock<llb::SourceFile>,
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.name() == other.name() && self.text() == other.text())
    }
}

impl Eq for SourceFile {}

/// A line and a column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
}

impl SourceFile {
    /// A file with this name (a path relative to the project) and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self(Arc::new(Inner {
            name: name.into(),
            text,
            lines,
            llb: OnceLock::new(),
        }))
    }

    /// The path, as the user knows it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The path as messages and excerpts show it.
    pub(super) fn shown_name(&self) -> Cow<'_, str> {
        escaped(self.name())
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// A place in the file. A span that is out of range is clamped, and one
    /// that ends within a character is widened, whatever a parser says.
    pub fn at(&self, span: Span) -> Location {
        let text = self.text();
        let start = text.floor_char_boundary(span.start);
        let end = span.end.max(start).min(text.len());
        Location {
            file: self.clone(),
            span: start..text.ceil_char_boundary(end),
        }
    }

    /// A line without its line end; lines count from 1.
    pub fn line(&self, line: usize) -> &str {
        let start = self.0.lines.get(line.wrapping_sub(1)).copied();
        let Some(start) = start else { return "" };
        let end = self.0.lines.get(line).map_or(self.text().len(), |e| e - 1);
        self.text()[start..end].trim_end_matches('\r')
    }

    /// The file as definitions refer to it, which is made once.
    pub(super) fn to_llb(&self, make: impl FnOnce() -> llb::SourceFile) -> &llb::SourceFile {
        self.0.llb.get_or_init(make)
    }

    fn position(&self, offset: usize) -> LineColumn {
        let line = self.0.lines.partition_point(|start| *start <= offset);
        let start = self.0.lines[line - 1];
        let before = self.text().get(start..offset).unwrap_or_default();
        LineColumn {
            line,
            column: before.chars().count() + 1,
        }
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({:?})", self.0.name)
    }
}

/// A place in a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: SourceFile,
    /// The bytes of its text.
    pub span: Span,
}

impl Location {
    /// The position of the first character.
    pub fn start(&self) -> LineColumn {
        self.file.position(self.span.start)
    }

    /// The position after the last character.
    pub fn end(&self) -> LineColumn {
        self.file.position(self.span.end)
    }

    /// The text there.
    pub fn text(&self) -> &str {
        self.file.text().get(self.span.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LineColumn { line, column } = self.start();
        write!(f, "{}:{line}:{column}", self.file.shown_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let file = SourceFile::new("a", "ä = 1\nbc\n");
        assert_eq!(file.at(3..4).start(), LineColumn { line: 1, column: 3 });
        assert_eq!(file.at(7..9).start(), LineColumn { line: 2, column: 1 });
        assert_eq!(file.at(7..9).end(), LineColumn { line: 2, column: 3 });
        assert_eq!(file.line(2), "bc");
        assert_eq!(file.at(99..120).start(), LineColumn { line: 3, column: 1 });
    }

    #[test]
    fn places_begin_and_end_between_characters() {
        let file = SourceFile::new("a", "xäy");
        assert_eq!(file.at(2..2).text(), "ä");
        assert_eq!(file.at(1..2).text(), "ä");
        assert_eq!(file.at(2..9).text(), "äy");
        assert_eq!(file.at(3..3).span, 3..3);
        let (start, end) = (3, 1);
        assert_eq!(file.at(start..end).span, 3..3);
        assert_eq!(file.at(7..9).span, 4..4);
    }

    #[test]
    fn an_empty_file_has_one_line() {
        let file = SourceFile::new("a", "");
        assert_eq!(file.at(0..0).start(), LineColumn { line: 1, column: 1 });
        assert_eq!(file.line(1), "");
        assert_eq!(file.line(2), "");
    }
}
