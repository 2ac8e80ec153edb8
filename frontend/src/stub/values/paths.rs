//! Paths in the build context and in the image, and addresses.

use super::{Parsed, mistake, number};
use crate::source::nearest;

/// A path in the build context: relative, and it stays there.
pub(in crate::stub) fn context_path(text: &str) -> Parsed<String> {
    if text.contains("://") {
        return mistake("is a URL", "write a path within the build context");
    }
    if text.starts_with('/') {
        return mistake(
            "is an absolute path",
            "paths are relative to the build context, the directory that `docker build` is given",
        );
    }
    if text.split('/').any(|part| part == "..") {
        return mistake(
            "leaves the build context",
            "only files in the build context can be used: `..` cannot stand in a path",
        );
    }
    if text.is_empty() || text.contains(char::is_control) {
        return mistake("is no path", "write a path within the build context");
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
        return mistake("is a directory", "name the file: `requirements/app.txt`");
    }
    let help = "the placeholders are `{variant}` and `{arch}`";
    let mut rest = path.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (open, after) = rest[at..].split_at(1);
        let Some((word, after)) = after.split_once('}').filter(|_| open == "{") else {
            return mistake("has a brace without its other half", help);
        };
        if !matches!(word, "variant" | "arch") {
            let help = nearest(word, ["variant", "arch"])
                .map_or_else(|| help.to_owned(), |n| format!("did you mean `{{{n}}}`?"));
            return mistake(format!("has an unknown placeholder `{{{word}}}`"), help);
        }
        rest = after;
    }
    Ok(path)
}

/// A path in the image: absolute. It is given in the form it will have, with
/// variables of the base image still in place.
pub(in crate::stub) fn image_path(text: &str) -> Parsed<()> {
    if text.split('/').any(|part| part == "..") {
        return mistake("has a `..` in it", "write the path without it");
    }
    if text.contains(char::is_control) {
        return mistake("is no path", "write an absolute path, as in `/app`");
    }
    if !text.starts_with('/') && !text.starts_with("${env:") {
        return mistake(
            "is not an absolute path",
            if text.is_empty() {
                "write an absolute path, as in `/app`".to_owned()
            } else {
                format!("begin with a slash: `/{}`", text.trim_start_matches("./"))
            },
        );
    }
    let mut parts = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    if parts.next() == Some("opt") && parts.next() == Some("venv") {
        return mistake(
            "lies in the virtual environment, which belongs to lamina",
            "choose another directory, such as `/app`",
        );
    }
    Ok(())
}

/// A directory that is made, or made the user's.
pub(in crate::stub) fn image_directory(text: &str) -> Parsed<()> {
    image_path(text)?;
    if text.split('/').all(|part| part.is_empty() || part == ".") {
        return mistake(
            "is the root directory, which the base image has",
            "name the directory to create, such as `/data`",
        );
    }
    Ok(())
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
        return mistake("is no http(s) URL", help);
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"'`\\<>".contains(c)) {
        return mistake(
            "has characters that the URL of an index does not have",
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
        mistake("is no port and path", help)
    }
}
