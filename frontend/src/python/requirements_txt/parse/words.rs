//! Splits a line of options into words as a POSIX shell does, which is how
//! pip reads options.

use std::ops::Range;

use super::line::Line;
use crate::source::Diagnostic;

/// A word, quotes and escapes resolved, with its place in the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// The words of a line from an offset on.
pub(super) fn words(line: &Line, from: usize) -> Result<Vec<Word>, Diagnostic> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let text = line.text.get(from..).unwrap_or_default();
    let mut chars = text.char_indices().map(|(at, c)| (from + at, c)).peekable();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let current = word.get_or_insert_with(|| Word {
            text: String::new(),
            span: at..at,
        });
        let mut end = at + c.len_utf8();
        match (quote, c) {
            (Some((open, _)), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some((c, at)),
            (Some(('"', _)), '\\') => match chars.next_if(|(_, c)| matches!(c, '"' | '\\')) {
                Some((at, escaped)) => {
                    current.text.push(escaped);
                    end = at + 1;
                }
                None => current.text.push(c),
            },
            (None, '\\') => {
                if let Some((at, escaped)) = chars.next() {
                    current.text.push(escaped);
                    end = at + escaped.len_utf8();
                }
            }
            _ => current.text.push(c),
        }
        current.span.end = end;
    }
    if let Some((_, at)) = quote {
        return Err(line
            .error(at..line.text.len(), "a quote is never closed")
            .label("opened here"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let text = r#"-f "a b" --x='c d' e\ f "g\"h" '' i"j"k"#;
        let file = SourceFile::new("a", text);
        let line = super::super::line::lines(&file).next().unwrap();
        let words = words(&line, 0).unwrap();
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["-f", "a b", "--x=c d", "e f", "g\"h", "", "ijk"]);
        let places: Vec<&str> = words.iter().map(|w| &text[w.span.clone()]).collect();
        assert_eq!(places[1..5], ["\"a b\"", "--x='c d'", r"e\ f", r#""g\"h""#]);
    }
}
