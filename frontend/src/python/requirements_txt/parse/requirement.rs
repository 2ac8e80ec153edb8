//! One requirement: PEP 508, or a bare URL or path, with its hashes.
//!
//! ```text
//! requirement = (named | url | path) (';' marker)? ('--hash' '='? hash)*
//! named       = name extras? (specifiers | '(' specifiers ')' | '@' url)?
//! path        = path-text extras?
//! ```
//!
//! The text that comes out is in normal form: names as PEP 503 has them,
//! extras and specifiers sorted, no spaces. Two texts of one meaning make one
//! cache key.

use std::ops::Range;
use std::str::FromStr;

use pep440_rs::VersionSpecifier;

use super::line::Line;
use super::option;
use super::origin::{self, Origin};
use super::{Conditional, quote};
use crate::python::markers::Marker;
use crate::python::{Extra, PackageName, Requirement, RequirementSource, Specifiers};
use crate::source::Diagnostic;

/// Endings of archives, which need no `./` in front to be a path (as in pip).
const ARCHIVES: &[&str] = &[
    ".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar",
];

/// Reads a line that is no option, of a file in a folder.
pub(super) fn parse(line: &Line, folder: &str) -> Result<Conditional, Diagnostic> {
    let end = options_start(&line.text);
    let hashes = option::hashes(line, end)?;
    let end = line.text[..end].trim_end().len();
    let parser = Parser { line, folder, end };
    let text = &line.text[..end];
    let parsed = if origin::scheme(text).is_some() || text.starts_with("git+") || is_path(text) {
        parser.bare()?
    } else {
        parser.named()?
    };
    Ok(Conditional {
        requirement: Requirement {
            name: parsed.name,
            extras: parsed.extras,
            source: parsed.source,
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

fn is_path(text: &str) -> bool {
    let text = &text[..marker_start(text, 0).0];
    let behind_name = &text[name_end(text)..];
    let file = split_extras(text).0.to_ascii_lowercase();
    let archive = ARCHIVES.iter().any(|ending| file.ends_with(ending));
    text.starts_with(['.', '/', '\\', '~'])
        || behind_name.starts_with(['/', '\\'])
        || (archive && !file.contains(['@', '=', '<', '>', '~', ',', ' ']))
}

/// Where the package name ends that a text begins with.
fn name_end(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

/// Where a URL or path ends that begins at an offset, and where the marker
/// behind it begins, if there is one: `;` belongs to a URL unless a space is
/// next to it.
fn marker_start(text: &str, from: usize) -> (usize, Option<usize>) {
    let mut spaced = false;
    for (at, c) in text[from..].char_indices() {
        let next = text[from + at..].chars().nth(1);
        if c == ';' && (spaced || next.is_none_or(char::is_whitespace)) {
            let end = text[..from + at].trim_end().len().max(from);
            return (end, Some(from + at + 1));
        }
        spaced = c.is_whitespace();
    }
    (text.len(), None)
}

/// `path[extras]` as pip splits it.
fn split_extras(text: &str) -> (&str, Option<Range<usize>>) {
    let open = text.rfind('[').filter(|at| *at > 0 && text.ends_with(']'));
    open.map_or((text, None), |at| {
        (&text[..at], Some(at + 1..text.len() - 1))
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
    folder: &'a str,
    /// Where the requirement ends and its options begin.
    end: usize,
}

impl Parser<'_> {
    fn text(&self) -> &str {
        &self.line.text[..self.end]
    }

    fn bare(&self) -> Result<Parsed, Diagnostic> {
        let text = self.text();
        let (end, marker) = marker_start(text, 0);
        let (place, extras) =
            if origin::scheme(text).is_some_and(|s| !s.eq_ignore_ascii_case("file")) {
                (&text[..end], None)
            } else {
                split_extras(&text[..end])
            };
        let extras = extras.map_or(Ok(Vec::new()), |span| self.extras(span))?;
        let origin = self.origin(0..place.len())?;
        let marker = marker.map(|start| self.marker(start)).transpose()?;
        Ok(Parsed {
            name: origin.name,
            extras,
            source: origin.source,
            marker,
        })
    }

    fn named(&self) -> Result<Parsed, Diagnostic> {
        let text = self.text();
        let name_end = name_end(text);
        let Ok(name) = text[..name_end].parse::<PackageName>() else {
            let word = text.find(char::is_whitespace).unwrap_or(text.len());
            return Err(self
                .line
                .wrong(0..word, "is no requirement")
                .label("no package name")
                .help(
                    "write a package name (`numpy>=1.26`), an option (`--index-url URL`), a URL, \
                     or a path that begins with `./`",
                ));
        };
        let mut at = self.space(name_end);
        let mut extras = Vec::new();
        if text[at..].starts_with('[') {
            let Some(length) = text[at..].find(']') else {
                return Err(self
                    .line
                    .error(at..self.end, "`[` is never closed")
                    .label("the extras begin here"));
            };
            extras = self.extras(at + 1..at + length)?;
            at = self.space(at + length + 1);
        }
        let rest = &text[at..];
        if rest.starts_with('@') {
            return self.direct(name, extras, self.space(at + 1));
        }
        let specifiers_end = at + rest.find(';').unwrap_or(rest.len());
        let specifiers = self.specifiers(at, specifiers_end)?;
        let marker = (specifiers_end < self.end)
            .then(|| self.marker(specifiers_end + 1))
            .transpose()?;
        Ok(Parsed {
            name: Some(name),
            extras,
            source: RequirementSource::Registry(specifiers),
            marker,
        })
    }

    /// `name @ URL`.
    fn direct(
        &self,
        name: PackageName,
        extras: Vec<Extra>,
        at: usize,
    ) -> Result<Parsed, Diagnostic> {
        let (end, marker) = marker_start(self.text(), at);
        if at == end {
            return Err(self.line.error(0..self.end, "a URL is missing behind `@`"));
        }
        let origin = self.origin(at..end)?;
        let marker = marker.map(|start| self.marker(start)).transpose()?;
        Ok(Parsed {
            name: Some(name),
            extras,
            source: origin.source,
            marker,
        })
    }

    fn origin(&self, span: Range<usize>) -> Result<Origin, Diagnostic> {
        let text = &self.line.text[span.clone()];
        if let Some(at) = text
            .find(char::is_whitespace)
            .filter(|_| origin::scheme(text).is_some())
        {
            return Err(self
                .line
                .error(span.start + at..span.end, "text behind a URL")
                .label("not expected here")
                .help("a marker is written ` ; python_version < \"3.12\"`, a comment ` # …`"));
        }
        origin::parse(text, self.folder)
            .map_err(|refused| option::refused(self.line, span, refused))
    }

    fn extras(&self, span: Range<usize>) -> Result<Vec<Extra>, Diagnostic> {
        let mut extras = Vec::new();
        if self.line.text[span.clone()].trim().is_empty() {
            return Ok(extras);
        }
        for part in split(&self.line.text, span) {
            match self.line.text[part.clone()].parse() {
                Ok(extra) => extras.push(extra),
                Err(_) => {
                    return Err(self
                        .line
                        .wrong(part, "is no name of an extra")
                        .help("extras are written `package[first,second]`"));
                }
            }
        }
        extras.sort();
        extras.dedup();
        Ok(extras)
    }

    fn specifiers(&self, start: usize, end: usize) -> Result<Specifiers, Diagnostic> {
        let text = self.line.text[start..end].trim_end();
        let mut span = start..start + text.len();
        if text.is_empty() {
            return Ok(Specifiers::default());
        }
        if text.starts_with('(') {
            if !text.ends_with(')') {
                return Err(self.line.error(start..start + 1, "`(` is never closed"));
            }
            span = start + 1..span.end - 1;
        } else if !text.starts_with(['=', '!', '<', '>', '~', '^']) {
            return Err(self.unexpected(span));
        }
        split(&self.line.text, span)
            .map(|part| self.specifier(part))
            .collect()
    }

    /// Also `===`, which PEP 440 compares as text, takes a version only: uv,
    /// which resolves, knows nothing else.
    fn specifier(&self, span: Range<usize>) -> Result<VersionSpecifier, Diagnostic> {
        let text = &self.line.text[span.clone()];
        VersionSpecifier::from_str(text)
            .map_err(|error| self.wrong_version(span, &error.to_string()))
    }

    fn wrong_version(&self, span: Range<usize>, why: &str) -> Diagnostic {
        let text = &self.line.text[span.clone()];
        let version = text
            .trim_start_matches(['=', '<', '>', '~', '!', '^'])
            .trim();
        let wrong = self.line.wrong(span, "is no version specifier");
        let name = &self.text()[..name_end(self.text())];
        if text.is_empty() {
            return self
                .line
                .error(0..self.end, "a version specifier is missing")
                .help("remove the comma that stands alone");
        }
        if text.starts_with('^') {
            return wrong
                .label("`^` is a form of Poetry and npm")
                .help("write the range: `>=1.2,<2`");
        }
        if text.starts_with('=') && !text.starts_with("==") {
            return wrong
                .label("a single `=`")
                .help(format!("write {}", quote(&format!("{name}=={version}"))));
        }
        if text.contains('#') {
            return wrong.help("a comment needs a space in front of its `#`");
        }
        if version.contains(['<', '>', '=', '!', '~']) {
            return wrong.help("a comma separates specifiers: `>=1.2,<2`");
        }
        let mut why = super::first_line(why);
        if let Some(first) = why.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let message = format!("{}: {why}", wrong.message);
        Diagnostic { message, ..wrong }
    }

    fn unexpected(&self, span: Range<usize>) -> Diagnostic {
        let text = &self.line.text[span.clone()];
        let first = text.chars().next().unwrap_or_default();
        let wrong = self.line.wrong(0..self.end, "is no requirement");
        let wrong = Diagnostic {
            location: Some(self.line.at(span)),
            ..wrong
        };
        let wrong = wrong.label("not expected here");
        if first == '#' {
            return wrong.help("a comment needs a space in front of its `#`");
        }
        if first.is_ascii_digit() {
            return wrong.help("a version needs an operator: `numpy==1.26.4`");
        }
        if first.is_alphanumeric() {
            return wrong.help("write one requirement a line");
        }
        wrong.help("a requirement is `name[extra]>=1.2,<2 ; marker` or `name @ URL`")
    }

    fn marker(&self, start: usize) -> Result<Marker, Diagnostic> {
        let text = &self.text()[start..];
        if text.trim().is_empty() {
            return Err(self
                .line
                .error(start - 1..start, "a marker is missing behind `;`")
                .help("remove the `;`, or write one: `; python_version < \"3.12\"`"));
        }
        Marker::parse(text).map_err(|mistake| {
            let mut span = start + mistake.span.start..start + mistake.span.end;
            if span.is_empty() {
                // Something is missing: the last character is what is there.
                let before = self.line.text[..span.start].trim_end();
                let last = before.chars().next_back().map_or(0, char::len_utf8);
                span = before.len() - last..before.len();
            }
            let why = super::first_line(&mistake.label);
            let diagnostic = self
                .line
                .error(span, format!("{} is no marker: {why}", quote(text.trim())))
                .label(why);
            match mistake.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        })
    }

    fn space(&self, at: usize) -> usize {
        self.end - self.text()[at..].trim_start().len()
    }
}

/// The parts between commas, without the space around them.
fn split(text: &str, span: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = span.start;
    text[span].split(',').map(move |part| {
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        let trimmed = part.trim();
        // An empty part stands behind its spaces: keep it within the text.
        start..start + trimmed.len()
    })
}
