//! Pieces of users' texts in messages.

use crate::source::holds_credentials;

/// A piece of a user's text for a message: short, in backticks.
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
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// The first line of a message, as labels have only one.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A text with its percent escapes (RFC 3986) resolved, where that is text.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(hex);
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}
