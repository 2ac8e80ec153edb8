//! Version specifiers (PEP 440).

use std::ops::Range;
use std::str::FromStr;

use pep440_rs::VersionSpecifier;

use super::hint;
use super::line::Line;
use super::pieces::{name_end, split};
use super::remedy::{self, Remedy};
use crate::python::Specifiers;
use crate::python::text::{first_line, quote};
use crate::source::Diagnostic;

/// Reads the specifiers at a place of a line whose requirement ends at `end`.
///
/// As in packaging, a comma may stand behind the last one.
pub(super) fn parse(line: &Line, end: usize, span: Range<usize>) -> Result<Specifiers, Diagnostic> {
    let text = line.text[span.clone()].trim_end();
    let mut inner = span.start..span.start + text.len();
    if text.is_empty() {
        return Ok(Specifiers::default());
    }
    if text.starts_with('(') {
        let Some(close) = text.find(')') else {
            return Err(line
                .error(inner.start..inner.start + 1, "unclosed `(`")
                .help("write the specifiers without parentheses: `>=1.2,<2`"));
        };
        if close + 1 < text.len() {
            let rest = inner.start + close + 1..inner.end;
            return Err(hint::unexpected(line, end, rest));
        }
        inner = inner.start + 1..inner.end - 1;
        if line.text[inner.clone()].trim().is_empty() {
            return Ok(Specifiers::default());
        }
    } else if !text.starts_with(['=', '!', '<', '>', '~', '^']) {
        return Err(hint::unexpected(line, end, inner));
    }
    let mut parts: Vec<Range<usize>> = split(&line.text, inner).collect();
    if parts.len() > 1 && parts.last().is_some_and(Range::is_empty) {
        parts.pop();
    }
    parts
        .into_iter()
        .map(|part| specifier(line, end, part))
        .collect()
}

/// One specifier. Also `===`, which PEP 440 compares as text, takes a version
/// only: uv, which resolves, knows nothing else.
fn specifier(line: &Line, end: usize, span: Range<usize>) -> Result<VersionSpecifier, Diagnostic> {
    let text = &line.text[span.clone()];
    VersionSpecifier::from_str(text)
        .map_err(|error| invalid(line, end, span, &first_line(&error.to_string())))
}

fn invalid(line: &Line, end: usize, span: Range<usize>, why: &str) -> Diagnostic {
    let text = &line.text[span.clone()];
    if text.is_empty() {
        return line
            .error(0..end, "expected a version specifier between the commas")
            .help("remove one of the commas");
    }
    let name = &line.text[..name_end(&line.text[..end])];
    let message = format!("invalid version specifier {}", quote(text));
    if let Some(Remedy { label, help }) = remedy::of(name, text) {
        let error = line.error(span, message).help(help);
        return match label {
            Some(label) => error.label(label),
            None => error,
        };
    }
    let mut why = why.to_owned();
    if let Some(first) = why.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    line.error(span, format!("{message}: {why}"))
        .help(if text.starts_with("===") {
            // PEP 440 would compare any text.
            "write a version of PEP 440 behind `===`: uv resolves nothing else"
        } else {
            "versions are those of PEP 440: `1.26.4`, `2.0rc1`, `2.1.2+cpu`"
        })
}
