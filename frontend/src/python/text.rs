//! Pieces of users' texts in messages.

use crate::source::holds_credentials;

/// A piece of a user's text for a message: short, on one line, in backticks.
/// What may hold credentials is not repeated.
pub(super) fn quote(text: &str) -> String {
    if text.contains("://") && text.contains('@') {
        return "this URL".to_owned();
    }
    in_backticks(text, 60)
}

/// What to write instead, in backticks.
pub(super) fn code(text: &str) -> String {
    if holds_credentials(text) {
        return "the URL without credentials".to_owned();
    }
    in_backticks(text, 300)
}

fn in_backticks(text: &str, limit: usize) -> String {
    let mut quoted = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == limit {
            quoted.push('…');
            break;
        }
        if c.is_control() {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push('`');
    quoted
}

/// The first line of a message, as labels have only one.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
