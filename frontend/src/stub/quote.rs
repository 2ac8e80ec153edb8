//! Excerpts of the user's text, as messages quote them.

use super::limits::QUOTED;
use crate::source::{Location, masked};

/// Not all of a long text. Credentials are masked first, since without the `@`
/// behind them they are not recognized.
pub(super) fn shortened(text: &str) -> String {
    let text = masked(text);
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Whether a value may be a credential that an argument brings into a text: no
/// part of the message about it may repeat it.
pub(super) fn is_secret(written: &str, value: &str) -> bool {
    const SECRETS: [&str; 8] = [
        "TOKEN", "SECRET", "PASS", "KEY", "AUTH", "CRED", "NETRC", "PWD",
    ];
    let upper = written.to_ascii_uppercase();
    written != value
        && (SECRETS.iter().any(|s| upper.contains(s)) || value.split(separator).any(random))
}

/// A text of the stub as messages show it: with its arguments filled in, but
/// never with what may be a credential.
pub(super) fn shown(written: &str, value: &str) -> String {
    let text = if is_secret(written, value) {
        written
    } else {
        value
    };
    shortened(text)
}

/// The same for a value that was read at a location.
pub(super) fn shown_at(location: &Location, value: &str) -> String {
    shown(location.text().trim_matches(['"', '\'']), value)
}

fn separator(c: char) -> bool {
    matches!(c, '/' | ':' | '@' | '.' | ',' | '=' | ' ')
}

/// Whether a word looks generated, as tokens do: long, with letters and digits.
fn random(word: &str) -> bool {
    word.len() >= 20
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_values_that_may_be_secret() {
        assert_eq!(shown("a-${X}", "a-b"), "a-b");
        assert_eq!(shown("a-${API_TOKEN}", "a-b"), "a-${API_TOKEN}");
        assert_eq!(shown("${X}", "hf_0123456789abcdefghij"), "${X}");
        assert_eq!(
            shown("http://me:pw@host/x", "http://me:pw@host/x"),
            "http://**:**@host/x"
        );
    }

    #[test]
    fn shortens_long_texts() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"ä".repeat(90)).chars().count(), QUOTED + 1);
        let url = format!("https://me:{}@host", "pw".repeat(QUOTED));
        assert!(!shortened(&url).contains("pw"));
    }
}
