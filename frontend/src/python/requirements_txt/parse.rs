//! One text in pip's format into items, whatever the target.
//!
//! The format is that of pip's documentation, "Requirements File Format":
//!
//! ```text
//! file = line*                      continued by `\` at a line's end
//! line = requirement option* | option+ | nothing     ` #` starts a comment
//! ```
//!
//! What pip accepts and an image cannot use (`-e`, options of pip's command
//! line) is an error that says what to write instead. A file in which a URL
//! holds a password is reported without any excerpt, and without its other
//! mistakes, whose excerpts would show the neighbouring lines.

mod credentials;
mod line;
mod option;
mod origin;
mod requirement;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::python::markers::Marker;
use crate::python::{Options, Requirement};
use crate::source::{Diagnostic, Diagnostics, Location, SourceFile, Spanned, masked};
use line::Line;

/// How many mistakes of one file are shown.
const SHOWN: usize = 20;

/// One thing that a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Something to install, or to limit.
    Requirement(Box<Conditional>),
    /// `-r` or `-c`.
    Include(Include),
    /// One option that holds for the whole resolution.
    Options(Box<Options>),
}

/// A requirement and the marker on which it depends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conditional {
    pub(super) requirement: Requirement,
    pub(super) marker: Option<Marker>,
}

/// Another file that is read at this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Include {
    /// Relative to the context's root.
    pub(super) path: String,
    /// Whether it only limits versions.
    pub(super) constraint: bool,
    pub(super) location: Location,
}

/// The text of a requirement file from its bytes, which must be UTF-8.
///
/// Passwords in URLs are masked, in comments too: whatever is said about the
/// file later, BuildKit prints the lines around.
pub fn decode(name: &str, bytes: impl AsRef<[u8]>) -> Result<SourceFile, Diagnostic> {
    let bytes = bytes.as_ref();
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile::new(name, masked(text))),
        Err(_) if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) => {
            Err(Diagnostic::error(format!("{name} is UTF-16")).help(
                "save it as UTF-8; Windows PowerShell writes UTF-16 for `pip freeze > FILE`, and \
                 UTF-8 for `pip freeze | Out-File -Encoding utf8 FILE`",
            ))
        }
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            // Masking moves what follows in a line, so the line is pointed at.
            let text = masked(&String::from_utf8_lossy(bytes));
            let lines = text.split_inclusive('\n').take(line - 1);
            let start = lines.map(str::len).sum();
            let file = SourceFile::new(name, text);
            let length = file.line(line).len();
            Err(
                Diagnostic::error(format!("{name} is not UTF-8: line {line} has other bytes"))
                    .at(file.at(start..start + length))
                    .label("not UTF-8")
                    .help("save it as UTF-8"),
            )
        }
    }
}

/// The files that a file includes, by `-r` or `-c`: paths relative to the
/// context's root. What is wrong in the file is for [`file`] to say.
pub fn included(file: &SourceFile) -> BTreeSet<String> {
    let folder = super::paths::folder(file.name());
    let items = line::lines(file).filter_map(|line| items_of(&line, folder).ok());
    let includes = items.flatten().filter_map(|item| match item {
        Item::Include(include) => Some(include.path),
        Item::Requirement(_) | Item::Options(_) => None,
    });
    includes.collect()
}

/// The items of a file; `args` are the values of `${NAME}`.
pub(super) fn file(
    file: &SourceFile,
    args: &BTreeMap<String, String>,
) -> Result<Vec<Item>, Diagnostics> {
    let mut items = Vec::new();
    let mut mistakes = Mistakes::default();
    let folder = super::paths::folder(file.name());
    for line in line::lines(file) {
        if mistakes.add(credentials::check(&line)).is_none() {
            continue;
        }
        let Some(line) = mistakes.add(line.expand(args)) else {
            continue;
        };
        if let Some(found) = mistakes.add(items_of(&line, folder)) {
            items.extend(found);
        }
    }
    mistakes.or(file, items)
}

/// A requirement that the stub gives in place.
pub(super) fn in_place(text: &Spanned<String>) -> Result<Conditional, Diagnostics> {
    let line = Line::in_place(text);
    credentials::check(&line)?;
    if line.text.starts_with('-') {
        return Err(Diagnostic::error("options do not belong in `packages`")
            .at(text.location.clone())
            .help(
                "indexes go into [[python.index]] of the stub, all other options into a \
                 requirement file that `requirements` of this layer names",
            )
            .into());
    }
    if line.text.trim().is_empty() {
        return Err(Diagnostic::error("a package name is missing")
            .at(text.location.clone())
            .into());
    }
    Ok(requirement::parse(&line, "")?)
}

fn items_of(line: &Line, folder: &str) -> Result<Vec<Item>, Diagnostic> {
    line.check_characters()?;
    if line.text.starts_with('-') {
        option::parse(line, folder)
    } else {
        let conditional = requirement::parse(line, folder)?;
        Ok(vec![Item::Requirement(Box::new(conditional))])
    }
}

/// The mistakes of one file, secrets kept out of them.
#[derive(Default)]
struct Mistakes {
    shown: Vec<Diagnostic>,
    secret: Vec<Diagnostic>,
    hidden: usize,
}

impl Mistakes {
    fn add<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(mistake) if mistake.location.is_none() => self.secret.push(mistake),
            Err(mistake) if self.shown.len() < SHOWN => self.shown.push(mistake),
            Err(_) => self.hidden += 1,
        }
        None
    }

    fn or<T>(mut self, file: &SourceFile, value: T) -> Result<T, Diagnostics> {
        if !self.secret.is_empty() {
            self.secret.truncate(SHOWN);
            return Err(self.secret.into_iter().collect());
        }
        if self.shown.is_empty() {
            return Ok(value);
        }
        if self.hidden > 0 {
            let rest = format!("{} has {} further mistakes", file.name(), self.hidden);
            self.shown.push(Diagnostic::error(rest));
        }
        Err(self.shown.into_iter().collect())
    }
}

/// A piece of a user's text for a message: short, on one line, in backticks.
/// What may hold credentials is not repeated.
pub(crate) fn quote(text: &str) -> String {
    if text.contains("://") && text.contains('@') {
        return "this URL".to_owned();
    }
    let mut quoted = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == 60 {
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
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
