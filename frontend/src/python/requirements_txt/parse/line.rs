//! Logical lines: continuations joined, comments removed, variables expanded,
//! and the place in the file of each of their bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::python::requirements_txt::limits;
use crate::source::{Diagnostic, Location, SourceFile, Span, Spanned};

/// One logical line that is not empty, without space around it.
#[derive(Debug)]
pub(super) struct Line {
    file: SourceFile,
    pub(super) text: String,
    pieces: Vec<Piece>,
}

/// A part of a line's text that is one part of the file.
#[derive(Debug)]
struct Piece {
    /// Where it begins in the line's text.
    at: usize,
    /// What it is in the file.
    source: Span,
    /// Whether it is there byte for byte, or stands for another text.
    verbatim: bool,
}

/// The lines of a file.
///
/// As in pip, a line that is only a comment ends a continuation and is never
/// continued; a comment behind something else goes on with a `\`. Lines end
/// where Python's `str.splitlines` ends them: also at a form feed.
pub(super) fn lines(file: &SourceFile) -> impl Iterator<Item = Line> + '_ {
    let mut physical = Physical::new(file.text());
    std::iter::from_fn(move || {
        loop {
            let line = next(file, &mut physical)?;
            if !line.text.is_empty() {
                return Some(line);
            }
        }
    })
}

fn next(file: &SourceFile, physical: &mut Physical<'_>) -> Option<Line> {
    let mut line = Line {
        file: file.clone(),
        text: String::new(),
        pieces: Vec::new(),
    };
    let mut continued = false;
    loop {
        let Some(span) = physical.next() else {
            return continued.then(|| line.without_comment());
        };
        let text = &file.text()[span.clone()];
        if text.trim_start().starts_with('#') {
            return Some(line.without_comment());
        }
        let kept = text.trim_end_matches('\\');
        line.push(kept, span.start..span.start + kept.len(), true);
        if kept.len() == text.len() {
            return Some(line.without_comment());
        }
        continued = true;
    }
}

/// The spans of physical lines, without their ends.
struct Physical<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Physical<'a> {
    fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, at }
    }
}

impl Iterator for Physical<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let (length, next) = line_end(rest);
        self.at = start + next;
        Some(start..start + length)
    }
}

/// Where the first line of a text ends, and where the next one begins: the
/// line boundaries of `str.splitlines`.
fn line_end(text: &str) -> (usize, usize) {
    let bytes = text.as_bytes();
    let mut from = 0;
    // By bytes, as files are long: in UTF-8, what ends a line begins with one
    // of these.
    let begins = |b: &u8| matches!(b, 0x0a..=0x0d | 0x1c..=0x1e | 0xc2 | 0xe2);
    while let Some(at) = bytes[from..].iter().position(begins) {
        let end = from + at;
        let length = match &bytes[end..] {
            [b'\r', b'\n', ..] => 2,
            [0xc2, 0x85, ..] => 2,
            [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
            [0xc2 | 0xe2, ..] => 0,
            _ => 1,
        };
        if length > 0 {
            return (end, end + length);
        }
        from = end + 1;
    }
    (text.len(), text.len())
}

impl Line {
    /// The path of the file.
    pub(super) fn file_name(&self) -> &str {
        self.file.name()
    }

    /// A text of the stub: wherever in it something is, its place is the
    /// whole, as escapes may stand in the file for what is in the value.
    pub(super) fn in_place(text: &Spanned<String>) -> Self {
        let mut line = Self {
            file: text.location.file.clone(),
            text: String::new(),
            pieces: Vec::new(),
        };
        line.push(text.value.trim(), text.location.span.clone(), false);
        line
    }

    fn push(&mut self, text: &str, source: Span, verbatim: bool) {
        self.pieces.push(Piece {
            at: self.text.len(),
            source,
            verbatim,
        });
        self.text.push_str(text);
    }

    /// Cut at the first `#` that stands first or behind a space.
    fn without_comment(mut self) -> Self {
        let mut spaced = true;
        let comment = self.text.char_indices().find(|(_, c)| {
            let found = spaced && *c == '#';
            spaced = c.is_whitespace();
            found
        });
        if let Some((at, _)) = comment {
            self.text.truncate(at);
        }
        self.trimmed()
    }

    /// Without the space around it.
    fn trimmed(mut self) -> Self {
        self.text.truncate(self.text.trim_end().len());
        let start = self.text.len() - self.text.trim_start().len();
        self.text.drain(..start);
        for piece in &mut self.pieces {
            if piece.at < start && piece.verbatim {
                let cut = (start - piece.at).min(piece.source.len());
                piece.source.start += cut;
            }
            piece.at = piece.at.saturating_sub(start);
        }
        self
    }

    /// Fills in `${NAME}` (capitals, digits and `_`, as in pip) from the
    /// build arguments. The result may be empty.
    pub(super) fn expand(self, args: &BTreeMap<String, String>) -> Result<Self, Diagnostic> {
        if !self.text.contains("${") {
            self.check_length(&self)?;
            return Ok(self);
        }
        let mut line = Line {
            file: self.file.clone(),
            text: String::new(),
            pieces: Vec::new(),
        };
        let mut done = 0;
        while let Some(variable) = variable(&self.text, done) {
            self.copy(done..variable.start, &mut line);
            self.check_length(&line)?;
            let name = &self.text[variable.start + 2..variable.end - 1];
            let Some(value) = args.get(name) else {
                return Err(self
                    .error(variable.clone(), format!("`${{{name}}}` has no value"))
                    .label("no build argument of this name")
                    .help(format!(
                        "declare it in the stub: `{name} = \"…\"` (or `{{ required = true }}`) \
                         under [args]; --build-arg {name}=… sets it"
                    )));
            };
            line.push(value, self.source(&variable), false);
            done = variable.end;
        }
        self.copy(done..self.text.len(), &mut line);
        self.check_length(&line)?;
        Ok(line.trimmed())
    }

    /// Whether this line, filled in, is of a length that can be read.
    fn check_length(&self, filled: &Line) -> Result<(), Diagnostic> {
        if filled.text.len() <= limits::LINE {
            return Ok(());
        }
        let limit = limits::LINE >> 10;
        Err(self
            .error(
                0..self.text.len(),
                format!("the line is longer than {limit} KiB"),
            )
            .help("shorten it; a requirement has its hashes, and nothing else, on many lines"))
    }

    /// Adds a part of this line to another one, piece by piece.
    fn copy(&self, range: Range<usize>, to: &mut Line) {
        let first = self.piece(range.start);
        for (index, piece) in self.pieces.iter().enumerate().skip(first) {
            if piece.at >= range.end {
                break;
            }
            let end = self.pieces.get(index + 1).map_or(self.text.len(), |p| p.at);
            let part = piece.at.max(range.start)..end.min(range.end);
            if !part.is_empty() {
                to.push(&self.text[part.clone()], self.source(&part), piece.verbatim);
            }
        }
    }

    /// Control characters have no place in a requirement: they would reach
    /// command lines and logs. Those that end a line come from a build
    /// argument or from the stub.
    pub(super) fn check_characters(&self) -> Result<(), Diagnostic> {
        let is_wrong = |c: char| c.is_control() && c != '\t';
        let found = self.text.char_indices().find(|(_, c)| is_wrong(*c));
        found.map_or(Ok(()), |(at, c)| {
            let message = format!("the line has a control character ({})", c.escape_default());
            Err(self
                .error(at..at + c.len_utf8(), message)
                .help("remove it: a requirement or option is one line of plain text"))
        })
    }

    /// A `\` at the end of a line that is complete has spaces behind it.
    pub(super) fn check_end(&self) -> Result<(), Diagnostic> {
        if !self.text.ends_with('\\') {
            return Ok(());
        }
        let last = self.text.len() - 1..self.text.len();
        Err(self.error(last, "the line ends with `\\` and spaces").help(
            "remove the spaces behind `\\`: a line goes on only where it is the last \
                 character",
        ))
    }

    /// An error in a part of this line.
    pub(super) fn error(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(self.at(span))
    }

    /// Where a part of this line stands.
    pub(super) fn at(&self, span: Range<usize>) -> Location {
        self.file.at(self.source(&span))
    }

    /// The whole line.
    pub(super) fn whole(&self) -> Location {
        self.at(0..self.text.len())
    }

    fn source(&self, span: &Range<usize>) -> Span {
        let place = |offset: usize| {
            let piece = self.pieces.get(self.piece(offset))?;
            let within = (offset - piece.at).min(piece.source.len());
            Some((piece, piece.source.start + within))
        };
        let start = place(span.start).map_or(0, |(piece, at)| {
            if piece.verbatim {
                at
            } else {
                piece.source.start
            }
        });
        if span.is_empty() {
            return start..start;
        }
        // The end belongs to the piece of the last byte, not to the next one.
        let end = place(span.end - 1).map_or(start, |(piece, at)| {
            if piece.verbatim {
                at + 1
            } else {
                piece.source.end
            }
        });
        start..end.max(start)
    }

    /// The index of the last piece that begins at an offset or before.
    fn piece(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|piece| piece.at <= offset);
        after.saturating_sub(1)
    }
}

/// The next `${NAME}` from an offset on.
fn variable(text: &str, from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let start = at + text[at..].find("${")?;
        let name = &text[start + 2..];
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let length = name.find(|c| !is_name(c)).unwrap_or(name.len());
        if length > 0 && name[length..].starts_with('}') {
            return Some(start..start + length + 3);
        }
        at = start + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        lines(&SourceFile::new("a.txt", text))
            .map(|line| line.text)
            .collect()
    }

    #[test]
    fn comments_and_continuations_are_pips() {
        for (text, expected) in [
            ("", &[][..]),
            ("a", &["a"]),
            ("\u{feff}a\r\nb\rc\n\n  d  \n", &["a", "b", "c", "d"]),
            ("# no\na # no\nb#yes\n\t# no", &["a", "b#yes"]),
            (
                "a \\\n  --hash=x \\\n  --hash=y\nb",
                &["a   --hash=x   --hash=y", "b"],
            ),
            ("a\\\r\nb", &["ab"]),
            ("a \\\n# comment\nb", &["a", "b"]),
            ("# comment \\\na", &["a"]),
            ("a # comment \\\nb", &["a"]),
            ("a\\", &["a"]),
            ("\\\n\\\n", &[]),
            (
                "a\u{b}b\u{c}c\u{1c}d\u{1d}e\u{1e}f\u{85}g\u{2028}h\u{2029}é€\u{84}",
                &["a", "b", "c", "d", "e", "f", "g", "h", "é€\u{84}"],
            ),
        ] {
            assert_eq!(texts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_part_knows_its_place() {
        let text = "\u{feff}  ab${X}cd \\\r\n  ef${LONG} # c\r\ngh";
        let file = SourceFile::new("a.txt", text);
        let args = BTreeMap::from([
            ("X".to_owned(), "12345".to_owned()),
            ("LONG".to_owned(), String::new()),
        ]);
        let all: Vec<Line> = lines(&file).map(|l| l.expand(&args).unwrap()).collect();
        assert_eq!(all[0].text, "ab12345cd   ef");
        for (part, place) in [
            (0..2, "ab"),
            (1..3, "b${X}"),
            (3..4, "${X}"),
            (6..9, "${X}cd"),
            (12..14, "ef"),
            (7..14, "cd \\\r\n  ef"),
        ] {
            assert_eq!(all[0].at(part.clone()).text(), place, "{part:?}");
        }
        assert_eq!(all[1].whole().text(), "gh");
    }
}
