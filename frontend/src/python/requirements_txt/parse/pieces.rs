//! Pieces of a requirement's text.

use std::ops::Range;

/// Where the package name ends that a text begins with.
pub(super) fn name_end(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

/// The parts between commas, without the space around them.
pub(super) fn split(text: &str, span: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = span.start;
    text[span].split(',').map(move |part| {
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        let trimmed = part.trim();
        // An empty part stands behind its spaces: keep it within the text.
        start..start + trimmed.len()
    })
}
