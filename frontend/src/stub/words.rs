//! A string where an array of strings is expected: the array that was meant.

use std::fmt::Write as _;

use super::limits;
use crate::source::holds_credentials;

/// How a text is split into words.
#[derive(Clone, Copy, Debug)]
pub(super) enum Split {
    /// A command, as a shell reads it.
    Command,
    /// Names, with spaces or commas between them.
    Names,
}

/// What to write instead of a text; `None` where it is empty or long, has a word
/// that would be invalid in the array, or has credentials in it, which no
/// message repeats.
pub(super) fn help(text: &str, split: Split, is_valid: impl Fn(&str) -> bool) -> Option<String> {
    if holds_credentials(text) || text.len() > 4 * limits::QUOTED {
        return None;
    }
    let words = match split {
        Split::Names => names(text),
        Split::Command => match command(text) {
            Some(words) => words,
            None => ["sh", "-c", text.trim()].map(str::to_owned).to_vec(),
        },
    };
    if words.is_empty() || !words.iter().all(|word| is_valid(word)) {
        return None;
    }
    let words: Vec<String> = words.iter().map(|word| toml_string(word)).collect();
    Some(format!("write `[{}]`", words.join(", ")))
}

/// A text as a basic string of TOML.
pub(super) fn toml_string(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

fn names(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words of a command; `None` where only a shell can tell them.
fn command(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let shell = match quote {
            Some('\'') => false,
            Some(_) => matches!(c, '$' | '`'),
            None => "$`&|;<>()*?[]~#".contains(c),
        };
        if shell {
            return None;
        }
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (Some('"'), '\\') => {
                let next = chars.next()?;
                let word = word.get_or_insert_default();
                if !matches!(next, '"' | '\\') {
                    word.push('\\');
                }
                word.push(next);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    // `NAME=value program` sets a variable, which is the shell's work too.
    let assigns = words.first().is_some_and(|word| word.contains('='));
    (quote.is_none() && !assigns).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Option<String> {
        command(text).map(|words| words.join("|"))
    }

    #[test]
    fn commands() {
        assert_eq!(words("python  -m app.main ").unwrap(), "python|-m|app.main");
        assert_eq!(
            words("python -c 'import a' \"\"").unwrap(),
            "python|-c|import a|"
        );
        assert_eq!(words(r#"a\ b "c\"d\n"e"#).unwrap(), r#"a b|c"d\ne"#);
        assert_eq!(words("").unwrap(), "");
        for shell in [
            "cd /app && python x",
            "run $PORT",
            "a \"$B\"",
            "it's",
            "A=1 python",
            "a\\",
        ] {
            assert_eq!(words(shell), None, "{shell}");
        }
        assert_eq!(words("echo '$HOME'").unwrap(), "echo|$HOME");
    }

    #[test]
    fn packages() {
        assert_eq!(names("ripgrep, curl  git"), ["ripgrep", "curl", "git"]);
    }
}
