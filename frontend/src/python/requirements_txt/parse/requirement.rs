//! One requirement: PEP 508, or a bare URL or path, with its hashes.
//!
//! ```text
//! requirement = (named | url | path) (';' marker?)? ('--hash' '='? hash)*
//! named       = name extras? (specifiers | '(' specifiers ')' | '@' (url | path))?
//! specifiers  = (specifier (',' specifier)* ','?)?
//! path        = path-text extras?
//! ```

use std::ops::Range;

use super::line::Line;
use super::pieces::{name_end, split};
use super::reference::{self, Reference};
use super::{Conditional, credentials, hint, option, specifiers};
use crate::python::markers::Marker;
use crate::python::text::{first_line, quote};
use crate::python::{Extra, PackageName, Requirement, RequirementSource};
use crate::source::Diagnostic;

/// Endings of archives, which need no `./` in front to be a path (as in pip).
const ARCHIVES: &[&str] = &[
    ".whl",
    ".zip",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

/// Reads a line that is not an option, of a file in a directory.
pub(super) fn parse(line: &Line, directory: &str) -> Result<Conditional, Diagnostic> {
    let options = options_start(&line.text);
    let end = line.text[..options].trim_end().len();
    let parser = Parser {
        line,
        directory,
        end,
    };
    let text = &line.text[..end];
    let parsed = if reference::is_url(text) || is_path(text) {
        parser.bare()
    } else {
        parser.named()
    };
    let parsed = parsed.map_err(|error| {
        if text.split_whitespace().any(reference::is_secret) {
            credentials::error(line)
        } else {
            hint::about_line(line, end, error)
        }
    })?;
    let hashes = option::hashes(line, options)?;
    if parsed.name.is_none() && !hashes.is_empty() {
        return Err(hint::hash_without_name(line, end, options));
    }
    Ok(Conditional {
        requirement: Requirement {
            name: parsed.name,
            extras: parsed.extras,
            source: parsed.source,
            marker: None,
            hashes,
            location: line.at(0..end),
        },
        marker: parsed.marker,
    })
}

/// Where the options behind a requirement begin: at the first word that
/// begins with `-`, as in pip.
fn options_start(text: &str) -> usize {
    let mut spaced = false;
    let start = text.char_indices().find(|(_, c)| {
        let found = spaced && *c == '-';
        spaced = c.is_whitespace();
        found
    });
    start.map_or(text.len(), |(at, _)| at)
}

/// Whether a text that is not a URL is a path.
fn is_path(text: &str) -> bool {
    let (end, _) = marker_start(text, 0, ';');
    let text = text[..end].trim_end();
    let behind_name = &text[name_end(text)..];
    let drive = text.as_bytes().get(1) == Some(&b':');
    text.starts_with(['.', '/', '\\', '~'])
        || drive && text[2..].starts_with(['/', '\\'])
        || behind_name.starts_with(['/', '\\'])
        || is_archive(text)
}

fn is_archive(text: &str) -> bool {
    let file = split_extras(text).0.trim_end().to_ascii_lowercase();
    let archive = ARCHIVES.iter().any(|ending| file.ends_with(ending));
    archive && !file.contains(['@', '=', '<', '>', '~', ',', ' ', '"', '\''])
}

/// Whether a text like `org/name==1.0` is neither a path nor a requirement.
fn is_specified_path(text: &str) -> bool {
    let relative = text.starts_with(['.', '/', '\\', '~']) || reference::is_url(text);
    !relative && !is_archive(text) && text.contains(['=', '<', '>', '!', '^', ',', '(', '"', '\''])
}

/// Where a URL ends that begins at an offset, and where the marker behind it
/// begins, if there is one: `;` belongs to a URL unless a space is next to it.
fn marker_behind_url(text: &str, from: usize) -> (usize, Option<usize>) {
    let mut spaced = false;
    let mut rest = text[from..].char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let ends = rest.peek().is_none_or(|(_, next)| next.is_whitespace());
        if c == ';' && (spaced || ends) {
            let end = text[..from + at].trim_end().len().max(from);
            return (end, Some(from + at + 1));
        }
        spaced = c.is_whitespace();
    }
    (text.len(), None)
}

/// The same for what is not a URL: at the first separator.
fn marker_start(text: &str, from: usize, separator: char) -> (usize, Option<usize>) {
    match text[from..].find(separator) {
        Some(at) => {
            let end = text[..from + at].trim_end().len().max(from);
            (end, Some(from + at + 1))
        }
        None => (text.len(), None),
    }
}

/// `path[extras]` as pip splits it.
fn split_extras(text: &str) -> (&str, Option<Range<usize>>) {
    let open = text.rfind('[').filter(|at| *at > 0 && text.ends_with(']'));
    open.map_or((text, None), |at| {
        (text[..at].trim_end(), Some(at + 1..text.len() - 1))
    })
}

struct Parsed {
    name: Option<PackageName>,
    extras: Vec<Extra>,
    source: RequirementSource,
    marker: Option<Marker>,
}

struct Parser<'a> {
    line: &'a Line,
    directory: &'a str,
    /// Where the requirement ends and its options begin.
    end: usize,
}

impl Parser<'_> {
    fn text(&self) -> &str {
        &self.line.text[..self.end]
    }

    /// A URL or path without a name in front.
    fn bare(&self) -> Result<Parsed, Diagnostic> {
        let text = self.text();
        let scheme = reference::scheme(text);
        let (end, marker) = match scheme {
            Some(_) => marker_behind_url(text, 0),
            None => marker_start(text, 0, ';'),
        };
        let (place, extras) = match scheme {
            Some(scheme) if !scheme.eq_ignore_ascii_case("file") => (&text[..end], None),
            _ => split_extras(&text[..end]),
        };
        let found = self.reference(0..place.len())?;
        let mut extras = extras.map_or(Ok(Vec::new()), |span| self.extras(span))?;
        if extras.is_empty() {
            extras = found.extras;
        }
        Ok(Parsed {
            name: found.name,
            extras,
            source: found.source,
            marker: self.marker(marker)?,
        })
    }

    fn named(&self) -> Result<Parsed, Diagnostic> {
        let text = self.text();
        let name_end = name_end(text);
        let Ok(name) = text[..name_end].parse::<PackageName>() else {
            return Err(hint::no_name(self.line, text));
        };
        let mut at = self.space(name_end);
        let mut extras = Vec::new();
        if text[at..].starts_with('[') {
            let Some(length) = text[at..].find(']') else {
                return Err(self
                    .line
                    .error(at..self.end, "unclosed `[`")
                    .label("the extras begin here")
                    .help("extras are written `package[first,second]`"));
            };
            extras = self.extras(at + 1..at + length)?;
            at = self.space(at + length + 1);
        }
        let rest = &text[at..];
        if rest.starts_with('@') {
            return self.direct(name, extras, self.space(at + 1));
        }
        let (end, marker) = marker_start(text, at, ';');
        let specifiers = specifiers::parse(self.line, self.end, at..end)?;
        Ok(Parsed {
            name: Some(name),
            extras,
            source: RequirementSource::Registry(specifiers),
            marker: self.marker(marker)?,
        })
    }

    /// `name @ URL`.
    fn direct(
        &self,
        name: PackageName,
        extras: Vec<Extra>,
        at: usize,
    ) -> Result<Parsed, Diagnostic> {
        let text = self.text();
        // As pip does, which splits the line before it looks for a URL.
        let (end, marker) = marker_start(text, at, ';');
        let place = &text[at..end];
        if place.is_empty() {
            return Err(self
                .line
                .error(0..self.end, "expected a URL behind `@`")
                .help("write `name @ https://…`"));
        }
        let is_path = place.contains(['/', '\\']) || place.starts_with(['.', '~']);
        let is_clone = |text: &str| reference::scp_to_ssh(text).is_some();
        let clone = is_clone(&text[..end]) || !reference::is_url(place) && is_clone(place);
        if clone || !reference::is_url(place) && !is_path && !is_archive(place) {
            return Err(hint::no_reference(self.line, at..end));
        }
        // As pip does for a path, with or without a name in front.
        let (place, inner) = match reference::scheme(place) {
            None => split_extras(place),
            Some(_) => (place, None),
        };
        let end = at + place.len();
        let inner = inner.map(|span| at + span.start..at + span.end);
        let inner = inner.map_or(Ok(Vec::new()), |span| self.extras(span))?;
        let extras = if extras.is_empty() { inner } else { extras };
        let found = self.reference(at..end)?;
        if let Some(other) = found.name.filter(|other| *other != name) {
            let error = format!("`{name}` is required, but the file is of the package `{other}`");
            return Err(self
                .line
                .error(at..end, error)
                .label(format!("a file of `{other}`"))
                .help(format!(
                    "write `{other} @ …`, or the URL of a file of `{name}`"
                )));
        }
        Ok(Parsed {
            name: Some(name),
            extras: if extras.is_empty() {
                found.extras
            } else {
                extras
            },
            source: found.source,
            marker: self.marker(marker)?,
        })
    }

    fn reference(&self, span: Range<usize>) -> Result<Reference, Diagnostic> {
        let text = &self.line.text[span.clone()];
        let space = text.find(char::is_whitespace);
        let spaced = |at: usize, message: &str| {
            self.line
                .error(span.start + at..span.end, message)
                .label("not expected here")
        };
        match space {
            Some(at) if reference::is_url(text) => {
                return Err(spaced(at, "unexpected text behind a URL")
                    .help("a marker is written ` ; python_version < \"3.12\"`, a comment ` # …`"));
            }
            _ if is_specified_path(text) => {
                return Err(hint::not_a_path(self.line, span));
            }
            Some(at) if !text.starts_with(['.', '/', '\\', '~']) => {
                return Err(spaced(at, "unexpected text behind a path").help(
                    "write one requirement per line, comments behind ` #`; a path that has spaces \
                     begins with `./`",
                ));
            }
            _ => {}
        }
        reference::parse(text, self.directory)
            .map_err(|invalid| option::invalid(self.line, span, invalid))
    }

    fn extras(&self, span: Range<usize>) -> Result<Vec<Extra>, Diagnostic> {
        let mut extras = Vec::new();
        if self.line.text[span.clone()].trim().is_empty() {
            return Ok(extras);
        }
        for part in split(&self.line.text, span) {
            let Ok(extra) = self.line.text[part.clone()].parse() else {
                let name = quote(&self.line.text[part.clone()]);
                return Err(self
                    .line
                    .error(part, format!("invalid name of an extra {name}"))
                    .help("extras are written `package[first,second]`"));
            };
            extras.push(extra);
        }
        extras.sort();
        extras.dedup();
        Ok(extras)
    }

    /// The marker from an offset on; nothing behind `;` is none, as in pip.
    fn marker(&self, start: Option<usize>) -> Result<Option<Marker>, Diagnostic> {
        let Some(start) = start else { return Ok(None) };
        let text = &self.text()[start..];
        if text.trim().is_empty() {
            return Ok(None);
        }
        Marker::parse(text).map(Some).map_err(|error| {
            let mut span = start + error.span.start..start + error.span.end;
            if span.is_empty() {
                // Something is missing: the last character is what is there.
                let before = self.line.text[..span.start].trim_end();
                let last = before.chars().next_back().map_or(0, char::len_utf8);
                span = before.len() - last..before.len();
            }
            let why = first_line(&error.label);
            let diagnostic = self
                .line
                .error(
                    span,
                    format!("invalid marker {}: {why}", quote(text.trim())),
                )
                .label(why);
            match error.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        })
    }

    fn space(&self, at: usize) -> usize {
        self.end - self.text()[at..].trim_start().len()
    }
}
