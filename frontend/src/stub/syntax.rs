//! From bytes to a TOML document, with errors that say what to do.
//!
//! A stub that is too long, not UTF-8 or not valid TOML is reported here.
//! What comes out has a span for every key and value.

use toml::de::DeTable;

use super::limits::{QUOTED, STUB, SYNTAX_ERRORS};
use super::words::toml_string;
use crate::source::{Diagnostic, Diagnostics, Location, SourceFile, binary_size, masked};

/// More syntax errors than these are mostly echoes of the first ones.
const SHOWN_ERRORS: usize = 5;

/// Errors that are looked at for the first ones of five lines.
const MOST_ERRORS: usize = 100;

const INSTRUCTIONS: [&str; 18] = [
    "FROM",
    "RUN",
    "COPY",
    "ADD",
    "ARG",
    "ENV",
    "WORKDIR",
    "USER",
    "LABEL",
    "EXPOSE",
    "VOLUME",
    "CMD",
    "ENTRYPOINT",
    "HEALTHCHECK",
    "SHELL",
    "STOPSIGNAL",
    "ONBUILD",
    "MAINTAINER",
];

/// The stub as a text, and as the file that messages show: passwords in URLs
/// are masked there, everything else at its place, since BuildKit prints the
/// lines around an error.
pub(super) fn text<'b>(name: &str, bytes: &'b [u8]) -> Result<(&'b str, SourceFile), Diagnostics> {
    if bytes.len() > STUB {
        let message = format!(
            "`{name}` has {}, and a stub has at most {}",
            binary_size(bytes.len() as u64),
            binary_size(STUB as u64),
        );
        // Without a place of ours, the daemon adds one: the whole of the lines
        // around the first one, a megabyte of them.
        let file = SourceFile::new(name, masked(&String::from_utf8_lossy(bytes)));
        let first = file.text().find('\n').unwrap_or(STUB).min(80);
        let first = file.text().floor_char_boundary(first);
        return Err(Diagnostic::error(message)
            .at(file.at(0..first))
            .help("check that `-f` names the stub: a `# syntax=` line, then TOML")
            .into());
    }
    std::str::from_utf8(bytes)
        .map(|text| (text, SourceFile::new(name, masked(text))))
        .map_err(|error| not_utf8(name, bytes, error.valid_up_to()).into())
}

fn not_utf8(name: &str, bytes: &[u8], offset: usize) -> Diagnostic {
    let file = SourceFile::new(name, masked(&String::from_utf8_lossy(bytes)));
    let utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let found = bytes.get(offset).copied().unwrap_or_default();
    let location = file.at(offset..offset + 1);
    let line = location.start().line;
    let message = format!("`{name}` is not UTF-8: byte {offset}, in line {line}, is 0x{found:02x}");
    Diagnostic::error(message)
        .at(location)
        .label("not UTF-8 from here")
        .help(if utf16 {
            "the file is UTF-16: save it as UTF-8"
        } else {
            "save the file as UTF-8"
        })
}

/// The document in a text; `file` is for messages.
pub(super) fn document<'t>(
    text: &'t str,
    file: &SourceFile,
) -> Result<toml::Spanned<DeTable<'t>>, Diagnostics> {
    let error = match DeTable::parse(text) {
        Ok(document) => return Ok(document),
        Err(error) => error,
    };
    let mut errors = if text.len() > SYNTAX_ERRORS {
        vec![error]
    } else {
        DeTable::parse_recoverable(text).1
    };
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    let mut errors: Vec<(Location, String)> = errors
        .iter()
        .take(MOST_ERRORS)
        .map(|error| {
            (
                file.at(error.span().unwrap_or(0..0)),
                error.message().to_owned(),
            )
        })
        .collect();
    // After the first one of a line the parser is only guessing.
    errors.dedup_by_key(|(location, _)| location.start().line);
    let instruction = errors
        .iter()
        .find_map(|(location, _)| instruction(location));
    if let Some(diagnostic) = instruction {
        return Err(diagnostic.into());
    }
    let errors = errors.into_iter().take(SHOWN_ERRORS);
    Err(errors
        .map(|(location, said)| syntax_error(&said, location))
        .collect())
}

/// A Dockerfile's line among TOML: one message says it all.
fn instruction(location: &Location) -> Option<Diagnostic> {
    let line = location.start().line;
    let text = location.file.line(line).trim_start();
    let word = text.split_whitespace().next()?;
    let known = INSTRUCTIONS.contains(&word.to_ascii_uppercase().as_str());
    let operand = text[word.len()..].trim_start();
    (known && !operand.is_empty() && !operand.starts_with(['=', '.'])).then(|| {
        Diagnostic::error(format!(
            "`{word}` is a Dockerfile instruction, and the body of a lamina stub is TOML"
        ))
        .at(location.clone())
        .help(
            "write tables and keys, such as `[base]` and `image = \"python:3.11-slim\"`; \
             to build a Dockerfile, change its `# syntax=` line",
        )
    })
}

fn syntax_error(said: &str, location: Location) -> Diagnostic {
    // What the parser adds to these two misleads.
    let (said, help) = if said.starts_with("string values must be quoted") {
        let text = location.text().trim();
        let help = if text.len() <= QUOTED {
            format!("put it in quotes: `{}`", toml_string(text))
        } else {
            "put it in quotes".to_owned()
        };
        ("string values must be quoted".to_owned(), Some(help))
    } else if said.starts_with("cannot recurse further") || said.starts_with("recursion limit") {
        let help = "use fewer levels: no key of the stub needs more than ten";
        (
            "too many levels of brackets or dotted keys".to_owned(),
            Some(help.to_owned()),
        )
    } else {
        let said = said.lines().collect::<Vec<_>>().join(", ");
        let help = if said.contains("duplicate key") {
            Some("each key and each table is written once: put both together".to_owned())
        } else if said.starts_with("invalid basic string, expected `\"`") {
            Some("the string has no end: close it with `\"` on the same line".to_owned())
        } else if said.starts_with("unclosed") {
            Some("write the closing bracket".to_owned())
        } else {
            None
        };
        (said, help)
    };
    let error = Diagnostic::error(format!("this is not valid TOML: {said}")).at(location);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}
