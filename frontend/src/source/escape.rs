//! Text that is safe on a terminal and in a log, whatever a user's file, file
//! name or command line holds.
//!
//! Control characters move the cursor and begin lines (a key can print a line
//! that begins with `::error::`), bidirectional ones reorder what is read
//! ("Trojan Source", CVE-2021-42574), and invisible ones make two names look
//! like one.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One line of text: control characters, line and paragraph separators,
/// bidirectional and invisible characters are written as TOML and Python
/// escape them: `\n`, `\u001b`, `\u202e`.
///
/// All messages, labels, warnings and names of steps go through this. What
/// has been escaped stays as it is.
pub fn escaped(text: &str) -> Cow<'_, str> {
    replace(text, is_unsafe, |escaped, c, _| match c {
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        _ => {
            let code = u32::from(c);
            let _ = if code > 0xffff {
                write!(escaped, "\\U{code:08x}")
            } else {
                write!(escaped, "\\u{code:04x}")
            };
        }
    })
}

/// The same for text of several lines, whose line ends stay.
pub(crate) fn escaped_lines(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(escaped).collect();
    lines.join("\n")
}

/// A user's own file for an excerpt: each such character becomes one visible
/// character, so that columns stay. Line ends and tabs stay, and so do the
/// joiners and variation selectors that scripts and emoji are written with.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_unsafe = |c| is_unsafe(c) && !matches!(c, '\n' | '\t') && !is_of_script(c);
    replace(text, is_unsafe, |visible, c, rest| {
        visible.push(match c {
            '\r' if rest.starts_with('\n') => c,
            '\u{feff}' if visible.is_empty() => c,
            // The symbols for control characters, in the order of these.
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(REPLACEMENT),
            '\u{7f}' => '␡',
            _ => REPLACEMENT,
        });
    })
}

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// A text with some characters written in another way; the function is also
/// told what follows each.
fn replace(
    text: &str,
    wanted: impl Fn(char) -> bool,
    write: impl Fn(&mut String, char, &str),
) -> Cow<'_, str> {
    if !text.contains(&wanted) {
        return Cow::Borrowed(text);
    }
    let mut replaced = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        if wanted(c) {
            write(&mut replaced, c, &text[at + c.len_utf8()..]);
        } else {
            replaced.push(c);
        }
    }
    Cow::Owned(replaced)
}

/// Control characters (general category Cc), line and paragraph separators,
/// interlinear annotations, and what Unicode calls default ignorable code
/// points: bidirectional controls and everything else without a picture.
fn is_unsafe(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_of_script(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays() {
        for text in ["", "name", "`a \\n b`", "größe → 日本語 ❤ ‘x’ …", "a  b"] {
            assert_eq!(escaped(text), text);
            assert!(matches!(escaped(text), Cow::Borrowed(_)));
            assert!(matches!(visible(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn unsafe_characters_are_escaped() {
        for (text, expected) in [
            ("a\n::error::x", "a\\n::error::x"),
            ("a\r\tb", "a\\r\\tb"),
            (
                "\u{1b}[31mred\u{1b}]0;title\u{7}",
                "\\u001b[31mred\\u001b]0;title\\u0007",
            ),
            ("\u{7f}\u{85}\u{9b}31m", "\\u007f\\u0085\\u009b31m"),
            ("a\u{202e}b\u{2066}c\u{2069}", "a\\u202eb\\u2066c\\u2069"),
            ("a\u{2028}b\u{2029}c", "a\\u2028b\\u2029c"),
            ("na\u{200b}me\u{feff}\u{ad}", "na\\u200bme\\ufeff\\u00ad"),
            ("\u{e0041}", "\\U000e0041"),
        ] {
            assert_eq!(escaped(text), expected);
            assert_eq!(escaped(&escaped(text)), expected);
        }
    }

    #[test]
    fn lines_stay_apart() {
        assert_eq!(escaped_lines("a\u{1b}\nb\r\n"), "a\\u001b\nb\\r\n");
    }

    #[test]
    fn excerpts_keep_columns_and_line_ends() {
        for (text, expected) in [
            ("a = 1\r\n\tb\r::error::\n", "a = 1\r\n\tb␍::error::\n"),
            ("\u{1b}[31m\0\u{7f}", "␛[31m␀␡"),
            ("a\u{202e}b\u{85}c\u{2028}d", "a�b�c�d"),
            ("\u{feff}a\u{feff}", "\u{feff}a�"),
            (
                "👩\u{200d}💻 ❤\u{fe0f} \u{200b}",
                "👩\u{200d}💻 ❤\u{fe0f} �",
            ),
        ] {
            assert_eq!(visible(text), expected);
            assert_eq!(visible(text).chars().count(), text.chars().count());
        }
    }

    #[test]
    fn no_control_character_is_left() {
        let all: String = (0..=0x10_ffff).filter_map(char::from_u32).collect();
        assert!(!escaped(&all).contains(is_unsafe));
        let left: Vec<char> = visible(&all).chars().filter(|c| c.is_control()).collect();
        assert_eq!(left, ['\t', '\n']);
    }
}
