//! Paths in the build context and in the image, and addresses.

use super::{Parsed, invalid, invalid_because, number};
use crate::source::{Diagnostic, Spanned, nearest};
use crate::stub::Template;
use crate::stub::quote::{shortened, shown};

/// A path in the build context: relative, and it stays there.
pub(in crate::stub) fn context_path(text: &str) -> Parsed<String> {
    let help =
        "write a path relative to the build context, the directory that `docker build` is given";
    if text.contains("://") {
        return invalid_because("path", "expected a path, found a URL", help);
    }
    if text.starts_with('/') {
        return invalid_because("path", "must be relative to the build context", help);
    }
    if text.split('/').any(|part| part == "..") {
        return invalid_because(
            "path",
            "must not leave the build context",
            "write the path without `..`: only files in the build context can be used",
        );
    }
    if text.is_empty() || text.contains(char::is_control) {
        return invalid("path", help);
    }
    let mut path = text;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    Ok(if path.is_empty() { "." } else { path }.to_owned())
}

/// A path of a requirement file, with its placeholders checked.
pub(in crate::stub) fn requirement_path(text: &str) -> Parsed<String> {
    let path = context_path(text)?;
    if path.ends_with('/') || path == "." {
        return invalid_because(
            "path",
            "expected a file, found a directory",
            "name the file, as in `requirements/app.txt`",
        );
    }
    let help = "the placeholders are `{variant}` and `{arch}`";
    let mut rest = path.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (open, after) = rest[at..].split_at(1);
        let Some((word, after)) = after.split_once('}').filter(|_| open == "{") else {
            return invalid_because("path", format!("unmatched `{open}`"), help);
        };
        if !matches!(word, "variant" | "arch") {
            let help = nearest(word, ["variant", "arch"])
                .map_or_else(|| help.to_owned(), |n| format!("did you mean `{{{n}}}`?"));
            let word = shortened(word);
            return invalid_because("path", format!("unknown placeholder `{{{word}}}`"), help);
        }
        rest = after;
    }
    Ok(path)
}

/// What to write instead of a path that is not absolute.
const ABSOLUTE: &str = "write an absolute path, as in `/app`";

/// A path in the image: absolute. It is given in the form it will have, with
/// variables of the base image still in place.
pub(in crate::stub) fn image_path(text: &str) -> Parsed<()> {
    if text.split('/').any(|part| part == "..") {
        return invalid_because("path", "must not contain `..`", ABSOLUTE);
    }
    if text.is_empty() || text.contains(char::is_control) {
        return invalid("path", ABSOLUTE);
    }
    if !text.starts_with('/') && !text.starts_with("${env:") {
        let absolute = format!("/{}", text.trim_start_matches("./"));
        let help = match image_directory(&absolute) {
            Ok(()) => format!("write `{}`", shortened(&absolute)),
            Err(_) => ABSOLUTE.to_owned(),
        };
        return invalid_because("path", "must be absolute", help);
    }
    let mut parts = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    match parts.next() {
        Some("opt") if parts.next() == Some("venv") => invalid_because(
            "path",
            "`/opt/venv` is lamina's virtual environment",
            "choose another directory, such as `/app`",
        ),
        Some(first @ ("dev" | "proc" | "sys")) => invalid_because(
            "path",
            format!("containers mount their own `/{first}` over the image's"),
            "name another directory, such as `/data`",
        ),
        _ => Ok(()),
    }
}

/// A directory that is created, or given to the user.
pub(in crate::stub) fn image_directory(text: &str) -> Parsed<()> {
    image_path(text)?;
    if text.split('/').all(|part| part.is_empty() || part == ".") {
        return invalid_because(
            "directory",
            "the root directory is the base image's",
            "name the directory to create, such as `/data`",
        );
    }
    Ok(())
}

/// A volume: no variable of the base image can be named in it, so `${env:` is
/// just text here, as `$${env:` makes it.
pub(in crate::stub) fn volume(text: &str) -> Parsed<String> {
    image_directory(text)?;
    absolute(text)?;
    Ok(text.to_owned())
}

/// A path without variables of the base image at its start.
pub(in crate::stub) fn absolute(text: &str) -> Parsed<()> {
    if text.starts_with('/') {
        Ok(())
    } else {
        invalid_because("path", "must be absolute", ABSOLUTE)
    }
}

/// Checks a path in the image again, its variables filled in.
pub fn check_filled_path(path: &Spanned<Template>, filled: &str) -> Result<(), Diagnostic> {
    check_filled(path, filled, image_path(filled))
}

/// Checks a directory that is created, its variables filled in.
pub fn check_filled_directory(path: &Spanned<Template>, filled: &str) -> Result<(), Diagnostic> {
    check_filled(path, filled, image_directory(filled))
}

fn check_filled(
    path: &Spanned<Template>,
    filled: &str,
    checked: Parsed<()>,
) -> Result<(), Diagnostic> {
    checked.and_then(|()| absolute(filled)).map_err(|invalid| {
        let written = path.value.to_string();
        Diagnostic::error(invalid.message(&shown(&written, filled)))
            .at(path.location.clone())
            .help(invalid.help)
    })
}

/// `http(s)://host[/path]`, without a slash at the end.
pub(in crate::stub) fn url_prefix(text: &str) -> Parsed<String> {
    let help = "write an address such as `https://nexus.example/pypi/simple`";
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return invalid_because("URL", "expected `http://` or `https://` and a host", help);
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"'`\\<>".contains(c)) {
        return invalid_because(
            "URL",
            "must not contain spaces, quotes, `?`, `#`, `<`, `>` or `\\`",
            help,
        );
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// `PORT` or `PORT/PATH`, as `PORT/PATH`.
pub(in crate::stub) fn http_probe(text: &str) -> Parsed<String> {
    let help = "write port and path on the container's own address: `8000/health`";
    let (port, path) = text.split_once('/').unwrap_or((text, ""));
    let valid_path = path
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"\"'`\\<>#".contains(&b));
    if number::<u16>(port).is_some_and(|p| p > 0) && valid_path {
        Ok(format!("{port}/{path}"))
    } else {
        invalid("port and path", help)
    }
}
