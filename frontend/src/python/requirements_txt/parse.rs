//! Parses a text in pip's format into items, independent of the target.
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
//! errors, whose excerpts would show the neighbouring lines.

mod credentials;
mod egg;
mod hint;
mod invalid;
mod line;
mod option;
mod options_table;
mod pieces;
mod reference;
mod remedy;
mod requirement;
mod specifiers;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::include::Include;
use super::limits;
use crate::python::markers::Marker;
use crate::python::{FormatChange, Options, Requirement};
use crate::source::{Diagnostic, Diagnostics, SourceFile, Spanned, masked};
use line::Line;

/// How many errors of one file are shown.
const SHOWN: usize = 20;

/// An entry of a requirement file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Something to install, or to limit.
    Requirement(Box<Conditional>),
    /// `-r` or `-c`.
    Include(Include),
    /// One option that holds for the whole resolution.
    Options(Box<Options>),
    /// `--only-binary` or `--no-binary`: a later one wins.
    Formats(FormatChange),
}

/// A requirement and the marker on which it depends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conditional {
    pub(super) requirement: Requirement,
    pub(super) marker: Option<Marker>,
}

/// The text of a requirement file from its bytes, which must be UTF-8.
///
/// Passwords in URLs are masked, in comments too: whatever is said about the
/// file later, BuildKit prints the lines around.
pub fn decode(name: &str, bytes: impl AsRef<[u8]>) -> Result<SourceFile, Diagnostic> {
    let bytes = bytes.as_ref();
    limits::file(name, bytes.len())?;
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
/// context's root. Errors in the file are reported by [`file`].
pub fn included(file: &SourceFile) -> BTreeSet<String> {
    included_with(file, &BTreeMap::new())
}

/// The same, with values of `${NAME}`.
pub(super) fn included_with(
    file: &SourceFile,
    args: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let directory = super::paths::directory(file.name());
    // A whole option may come from a build argument.
    let is_option = |line: &Line| line.text.starts_with('-');
    let maybe = |line: &Line| is_option(line) || line.text.starts_with("${");
    let lines = line::lines(file).filter(maybe);
    let lines = lines.filter_map(|line| line.expand(args).ok());
    let mut length = 0;
    let lines = lines.take_while(|line| {
        length += line.text.len();
        length <= limits::EXPANDED
    });
    let items = lines
        .filter(is_option)
        .filter_map(|line| items_of(&line, directory).ok());
    let includes = items.flatten().filter_map(|item| match item {
        Item::Include(include) => Some(include.path),
        Item::Requirement(_) | Item::Options(_) | Item::Formats(_) => None,
    });
    // More would be an error anyway; nobody has to wait for them.
    includes.take(limits::FILES + 1).collect()
}

/// The items of a file; `args` are the values of `${NAME}`.
pub(super) fn file(
    file: &SourceFile,
    args: &BTreeMap<String, String>,
) -> Result<Vec<Item>, Diagnostics> {
    let mut items = Vec::new();
    let mut errors = FileErrors::default();
    let directory = super::paths::directory(file.name());
    let mut length = 0;
    for line in line::lines(file) {
        if errors.add(credentials::check(&line)).is_none() {
            continue;
        }
        let Some(line) = errors.add(line.expand(args)) else {
            continue;
        };
        length += line.text.len();
        if length > limits::EXPANDED {
            errors.add::<()>(Err(too_long(file, &line)));
            break;
        }
        // A build argument may be empty, or hold what the file must not.
        if line.text.is_empty() || errors.add(credentials::check(&line)).is_none() {
            continue;
        }
        if let Some(found) = errors.add(items_of(&line, directory)) {
            items.extend(found);
        }
    }
    errors.into_result(file, items)
}

/// A file that is too long with its variables filled in.
fn too_long(file: &SourceFile, line: &Line) -> Diagnostic {
    let limit = limits::EXPANDED >> 20;
    let message = format!(
        "{} is longer than {limit} MiB with its variables filled in",
        file.name()
    );
    Diagnostic::error(message)
        .at(line.whole())
        .help("give the build arguments shorter values")
}

/// A requirement that the stub gives in place.
pub(super) fn in_place(text: &Spanned<String>) -> Result<Conditional, Diagnostics> {
    let line = Line::in_place(text);
    credentials::check(&line)?;
    line.check_characters()?;
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

fn items_of(line: &Line, directory: &str) -> Result<Vec<Item>, Diagnostic> {
    line.check_characters()?;
    line.check_end()?;
    if line.text.starts_with('-') {
        option::parse(line, directory)
    } else {
        let conditional = requirement::parse(line, directory)?;
        Ok(vec![Item::Requirement(Box::new(conditional))])
    }
}

/// The errors of one file, secrets kept out of them.
#[derive(Default)]
struct FileErrors {
    shown: Vec<Diagnostic>,
    secret: Vec<Diagnostic>,
    hidden: usize,
}

impl FileErrors {
    fn add<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(error) if error.location().is_none() => self.secret.push(error),
            Err(error) if self.shown.len() < SHOWN => self.shown.push(error),
            Err(_) => self.hidden += 1,
        }
        None
    }

    fn into_result<T>(mut self, file: &SourceFile, value: T) -> Result<T, Diagnostics> {
        if !self.secret.is_empty() {
            self.secret.truncate(SHOWN);
            return Err(self.secret.into_iter().collect());
        }
        if self.shown.is_empty() {
            return Ok(value);
        }
        if self.hidden > 0 {
            let rest = format!("{} has {} further errors", file.name(), self.hidden);
            self.shown.push(Diagnostic::error(rest));
        }
        Err(self.shown.into_iter().collect())
    }
}
