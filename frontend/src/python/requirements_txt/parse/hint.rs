//! What to write instead of a line that is not a requirement.

use std::ops::Range;

use pep440_rs::Version;

use super::line::Line;
use super::pieces::name_end;
use super::reference;
use crate::python::text::{code, quote};
use crate::source::Diagnostic;

/// Characters that look like the ASCII ones that belong there.
const LOOKALIKES: &[(char, char)] = &[
    ('，', ','),
    ('、', ','),
    ('；', ';'),
    ('：', ':'),
    ('＝', '='),
    ('＞', '>'),
    ('＜', '<'),
    ('（', '('),
    ('）', ')'),
    ('［', '['),
    ('］', ']'),
    ('＠', '@'),
    ('＃', '#'),
    ('～', '~'),
    ('．', '.'),
    ('≥', '>'),
    ('≤', '<'),
    ('‐', '-'),
    ('‑', '-'),
    ('–', '-'),
    ('—', '-'),
    ('−', '-'),
    ('“', '"'),
    ('”', '"'),
    ('„', '"'),
    ('‘', '\''),
    ('’', '\''),
];

/// Commands that are written where a requirement belongs.
const COMMANDS: &[&str] = &[
    "pip install",
    "pip3 install",
    "uv pip install",
    "uv add",
    "python -m pip install",
    "python3 -m pip install",
    "conda install",
    "poetry add",
    "!pip install",
    "%pip install",
    "RUN pip install",
];

/// The error about a line that is not a requirement, or a better one.
pub(super) fn about_line(line: &Line, end: usize, error: Diagnostic) -> Diagnostic {
    let text = &line.text[..end];
    let found = LOOKALIKES
        .iter()
        .filter_map(|(wrong, ascii)| Some((text.find(*wrong)?, *wrong, *ascii)))
        .min();
    if let Some((at, wrong, ascii)) = found {
        let code = u32::from(wrong);
        return line
            .error(
                at..at + wrong.len_utf8(),
                format!("unexpected character `{wrong}` (U+{code:04X})"),
            )
            .label("not ASCII")
            .help(match wrong {
                '≥' | '≤' => format!("type `{ascii}=` instead"),
                _ => format!("type `{ascii}` instead"),
            });
    }
    let mut commands = COMMANDS.iter();
    let behind = commands.find_map(|command| text.strip_prefix(command));
    if let Some(rest) = behind.filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        let rest = rest.trim();
        let is_word = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'');
        // Options of the command stand behind the end.
        let one = end == line.text.len() && !rest.is_empty() && rest.chars().all(is_word);
        let error = line
            .error(0..end, format!("invalid requirement {}", quote(text)))
            .label("a command");
        return if one {
            error.help(format!("write the requirement alone: {}", code(rest)))
        } else {
            error.help(
                "write each requirement and each option on a line of its own, without the command",
            )
        };
    }
    let markers = ["<<<<<<<", "=======", ">>>>>>>"];
    if markers.iter().any(|marker| text.starts_with(marker)) {
        return line
            .error(0..end, "unresolved merge conflict")
            .label("a conflict marker of git")
            .help("resolve the conflict, and remove the marker");
    }
    error
}

/// The error about a line that does not begin with a package name.
pub(super) fn no_name(line: &Line, text: &str) -> Diagnostic {
    let word = text.find(char::is_whitespace).unwrap_or(text.len());
    let error = |span: Range<usize>| {
        let found = quote(&text[span.clone()]);
        line.error(span, format!("invalid requirement {found}"))
    };
    let quotes = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quotes) = quotes {
        let inner = text[1..].strip_suffix(quotes).unwrap_or(&text[1..]);
        return error(0..text.len())
            .label("in quotes")
            .help(format!("remove the quotes: {}", code(inner.trim())));
    }
    if text.starts_with('@') {
        return error(0..text.len())
            .label("no package name")
            .help("write the name in front: `name @ https://…`");
    }
    error(0..word).label("expected a package name").help(
        "write a package name (`numpy>=1.26`), an option (`--index-url URL`), a URL, or a path \
         that begins with `./`; a comment begins with `#`",
    )
}

/// `-e`, with what to write for its value.
pub(super) fn editable(line: &Line, span: Range<usize>, name: &str, value: &str) -> Diagnostic {
    // pip takes paths from the directory that it runs in, and here they are
    // relative to the file.
    let is_path = !value.contains("://") && !value.contains('@') && !value.starts_with('/');
    let value = if is_path {
        let path = value.split('#').next().unwrap_or_default();
        let up = "../".repeat(line.file_name().matches('/').count());
        let up = if up.is_empty() { "./" } else { &up };
        match path.strip_prefix("./").unwrap_or(path) {
            "" | "." => up.trim_end_matches('/').to_owned(),
            path => format!("{up}{path}"),
        }
    } else {
        reference::scp_to_ssh(value).unwrap_or_else(|| value.to_owned())
    };
    line.error(span, format!("`{name}` is not supported"))
        .label("an image has no editable installs")
        .help(format!(
            "write {} alone: it is built and installed",
            code(&value)
        ))
}

/// Hashes of a URL or path whose package only its metadata names. Hashes are
/// matched with packages by name, so nothing would check these.
pub(super) fn hash_without_name(line: &Line, end: usize, hashes: usize) -> Diagnostic {
    let named = format!("NAME @ {}", &line.text[..end]);
    line.error(
        hashes..line.text.len(),
        "a hash needs the name of its package",
    )
    .label("of an unnamed package")
    .help(format!("write the name in front: {}", code(&named)))
}

/// `org/name==1.0`
pub(super) fn not_a_path(line: &Line, span: Range<usize>) -> Diagnostic {
    let text = quote(&line.text[span.clone()]);
    line.error(span, format!("invalid requirement {text}"))
        .label("neither a package name nor a path")
        .help("a package name has no `/`; a path in the project begins with `./`")
}

/// `name @ something` that is neither a URL nor a path.
pub(super) fn no_reference(line: &Line, span: Range<usize>) -> Diagnostic {
    let text = &line.text[span.clone()];
    let name = &line.text[..name_end(&line.text)];
    let whole = &line.text[..span.end];
    let version = text
        .trim_start_matches(['=', '<', '>', '~', '!', 'v'])
        .trim();
    let error = line
        .error(
            span,
            format!("expected a URL behind `@`, found {}", quote(text)),
        )
        .label("not a URL");
    if let Some(url) = reference::scp_to_ssh(whole) {
        return error.help(format!("write {}", code(&url)));
    }
    if let Some(url) = reference::scp_to_ssh(text) {
        let head = whole[..whole.len() - text.len()].trim_end();
        return error.help(format!("write {}", code(&format!("{head} {url}"))));
    }
    if version.parse::<Version>().is_ok() {
        return error.help(format!("write `{name}=={version}`"));
    }
    error.help(format!(
        "write `{name} @ https://…`, or `{name} @ ./path` for a path in the project"
    ))
}

/// Something behind a name that begins no specifier.
pub(super) fn unexpected(line: &Line, end: usize, span: Range<usize>) -> Diagnostic {
    let text = line.text[span.clone()].trim_start();
    let span = span.end - text.len()..span.end;
    let span_start = span.start;
    let whole = &line.text[..end];
    let name = &whole[..name_end(whole)];
    let error = line
        .error(span, format!("invalid requirement {}", quote(whole)))
        .label("expected a version specifier");
    let first = text.chars().next().unwrap_or_default();
    if first == '#' && line.text[..span_start].ends_with(char::is_whitespace) {
        // In a file it would have been a comment.
        return error.help("write comments outside of the string");
    }
    if first == '#' {
        return error.help("a comment needs a space in front of its `#`");
    }
    let version = text.strip_prefix(':').unwrap_or(text).trim();
    let version = version.trim_matches(['"', '\'']);
    if version.parse::<Version>().is_ok() {
        return error.help(format!("a version needs an operator: `{name}=={version}`"));
    }
    if first == ',' {
        return error.help("write each requirement on a line of its own, without commas");
    }
    if first.is_alphanumeric() {
        return error.help("write each requirement by itself; comments begin with `#`");
    }
    if first == ':' {
        return error.help("if the line is a comment, begin it with `#`");
    }
    error.help("a requirement is `name[extra]>=1.2,<2 ; marker` or `name @ URL`")
}
