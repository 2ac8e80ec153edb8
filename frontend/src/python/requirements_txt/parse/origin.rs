//! Where a requirement is fetched from when it is not an index: a URL, a
//! version control system, a path in the build context.

use pep508_rs::VerbatimUrl;

use super::quote;
use crate::python::requirements_txt::paths;
use crate::python::{FindLinks, GitSource, PackageName, RequirementSource};

/// An origin, and the package name if the reference itself tells it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) source: RequirementSource,
    pub(super) name: Option<PackageName>,
}

/// Why a text is no origin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// What is wrong, and what to do.
    Because(String, String),
    /// It holds credentials: nothing of it may be shown.
    Secret,
}

fn because<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Because(message.into(), help.into()))
}

/// The scheme of a URL; a Windows drive is none.
pub(super) fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic());
    let is_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    (first && scheme.len() > 1 && bytes.all(is_scheme)).then_some(scheme)
}

/// Reads a URL or path that stands in a file of a folder.
pub(super) fn parse(text: &str, folder: &str) -> Result<Origin, Refused> {
    let Some(scheme) = scheme(text) else {
        if text.starts_with("git+") {
            return no_git_url();
        }
        let path = local(text, folder)?;
        return Ok(Origin {
            name: wheel_name(&path),
            source: RequirementSource::Path(path),
        });
    };
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "http" | "https" => {
            check_url(text)?;
            let path = &text[..text.find(['?', '#']).unwrap_or(text.len())];
            let (url, egg) = without_egg(text);
            Ok(Origin {
                name: wheel_name(path).or(egg),
                source: RequirementSource::Url(url),
            })
        }
        "file" => {
            let path = local(&file_path(text)?, folder)?;
            Ok(Origin {
                name: wheel_name(&path),
                source: RequirementSource::Path(path),
            })
        }
        "git+https" | "git+ssh" => {
            check_url(&text["git+".len()..])?;
            let (url, name) = without_egg(text);
            Ok(Origin {
                name,
                source: RequirementSource::Git(GitSource::parse(&url)),
            })
        }
        "git" | "ssh" | "git+http" | "git+git" | "git+file" => because(
            format!("packages cannot be fetched by {scheme}"),
            "write git+https://… or git+ssh://…, or a path in the project",
        ),
        _ if scheme.starts_with("git+") => no_git_url(),
        "hg" | "svn" | "bzr" => unsupported_vcs(&scheme),
        _ => match scheme.split_once('+') {
            Some((vcs @ ("hg" | "svn" | "bzr"), _)) => unsupported_vcs(vcs),
            _ => because(
                format!("packages cannot be fetched by {}", quote(&scheme)),
                "write an https:// or git+https:// URL, or a path in the project",
            ),
        },
    }
}

fn no_git_url<T>() -> Result<T, Refused> {
    because(
        "this is no URL of a git repository",
        "write git+https://HOST/PATH or git+ssh://git@HOST/PATH",
    )
}

fn unsupported_vcs<T>(vcs: &str) -> Result<T, Refused> {
    because(
        format!("the version control system {vcs} is not supported"),
        "use a git repository (git+https://…), an archive (https://…), or put the project next \
         to the stub and name its path",
    )
}

/// Reads the URL of an index.
pub(super) fn index(text: &str) -> Result<(), Refused> {
    match scheme(text).map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "https") => check_url(text),
        _ => because(
            format!("{} is no URL of an index", quote(text)),
            "an index is an http:// or https:// URL; a folder of wheels goes with --find-links",
        ),
    }
}

/// Reads what `--find-links` names: a page, or a folder in the project.
pub(super) fn links(text: &str, folder: &str) -> Result<FindLinks, Refused> {
    match scheme(text).map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "https") => check_url(text).map(|()| FindLinks::Page(text.to_owned())),
        Some("file") => local(&file_path(text)?, folder).map(FindLinks::Directory),
        Some(_) => because(
            format!("{} is no page of links", quote(text)),
            "--find-links takes an http:// or https:// URL, or a path in the project",
        ),
        None => local(text, folder).map(FindLinks::Directory),
    }
}

/// A path in the context, from one in a file of a folder.
pub(super) fn local(text: &str, folder: &str) -> Result<String, Refused> {
    if text.contains('\\') {
        return because(
            format!("{} is no path: it has a backslash", quote(text)),
            "write `/` between the parts of a path",
        );
    }
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with(['/', '~']) || drive {
        return because(
            format!("{} is outside of the build context", quote(text)),
            "only files of the project can be used: copy it there, and write its path relative to \
             the file that names it",
        );
    }
    paths::join(folder, text).map_or_else(
        || {
            because(
                format!("{} leaves the build context", quote(text)),
                "only files of the project can be used: copy it there, or build from the folder \
                 above",
            )
        },
        Ok,
    )
}

/// The path of a `file:` URL, relative or not.
fn file_path(text: &str) -> Result<String, Refused> {
    let path = &text["file:".len()..];
    let path = match path.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => path,
    };
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(hex);
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    match String::from_utf8(bytes) {
        Ok(path) if !path.chars().any(char::is_control) => Ok(path),
        _ => because(
            format!("{} has escapes that are no text", quote(text)),
            "write the path itself, without `file:`",
        ),
    }
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

fn check_url(text: &str) -> Result<(), Refused> {
    match VerbatimUrl::parse_url(text) {
        Ok(url) => {
            let ssh = url.scheme().ends_with("ssh");
            let user = !ssh && !url.username().is_empty();
            if url.password().is_some() || user || crate::source::holds_credentials(text) {
                return Err(Refused::Secret);
            }
            if url.host_str().is_none_or(str::is_empty) {
                return because(
                    format!("{} names no host", quote(text)),
                    "write the whole URL",
                );
            }
            Ok(())
        }
        Err(error) => because(
            format!("{} is no URL: {error}", quote(text)),
            "write the whole URL, as it works in a browser",
        ),
    }
}

/// The name that `#egg=` gives, and the URL without it: the old way of
/// writing `name @ URL`.
fn without_egg(url: &str) -> (String, Option<PackageName>) {
    let Some((url, fragment)) = url.split_once('#') else {
        return (url.to_owned(), None);
    };
    let mut name = None;
    let kept: Vec<&str> = fragment
        .split('&')
        .filter(
            |part| match part.strip_prefix("egg=").and_then(package_name) {
                Some(egg) => {
                    name = Some(egg);
                    false
                }
                None => true,
            },
        )
        .collect();
    if kept.is_empty() {
        (url.to_owned(), name)
    } else {
        (format!("{url}#{}", kept.join("&")), name)
    }
}

/// The package name in a wheel's file name.
fn wheel_name(path: &str) -> Option<PackageName> {
    let stem = paths::file_name(path).strip_suffix(".whl")?;
    let parts: Vec<&str> = stem.split('-').collect();
    matches!(parts.len(), 5 | 6).then(|| package_name(parts[0]))?
}

fn package_name(name: &str) -> Option<PackageName> {
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(text: &str) -> (RequirementSource, Option<String>) {
        let origin = parse(text, "requirements").unwrap();
        (origin.source, origin.name.map(|name| name.to_string()))
    }

    #[test]
    fn origins() {
        let path = |text: &str| RequirementSource::Path(text.to_owned());
        let url = |text: &str| RequirementSource::Url(text.to_owned());
        let git = |text: &str| RequirementSource::Git(GitSource::parse(text));
        for (text, kind, name) in [
            (
                "../wheels/a_B-1.0-py3-none-any.whl",
                path("wheels/a_B-1.0-py3-none-any.whl"),
                Some("a-b"),
            ),
            ("file:proj", path("requirements/proj"), None),
            ("file:../a%20b%2Bc%zz", path("a b+c%zz"), None),
            ("FILE:./proj#x", path("requirements/proj"), None),
            ("https://h/p/a.tar.gz", url("https://h/p/a.tar.gz"), None),
            (
                "https://h/a-1-py3-none-any.whl#sha256=ab",
                url("https://h/a-1-py3-none-any.whl#sha256=ab"),
                Some("a"),
            ),
            (
                "git+https://h/r.git@v1#egg=My_Pkg&subdirectory=s",
                git("git+https://h/r.git@v1#subdirectory=s"),
                Some("my-pkg"),
            ),
            ("git+ssh://git@h/r.git", git("git+ssh://git@h/r.git"), None),
        ] {
            assert_eq!(ok(text), (kind, name.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for text in [
            "/abs",
            "~/x",
            "../../x",
            "C:\\x",
            "C:/x",
            ".\\x",
            "file:///x",
            "file://localhost/x",
            "file:%ff",
            "file:%00",
            "hg+https://h/r",
            "svn+ssh://h/r",
            "git+git@h:a/b",
            "git+http://h/r",
            "git://h/r",
            "ftp://h/r",
            "https://",
            "https:///",
            "http://[x",
        ] {
            assert!(
                matches!(parse(text, "requirements"), Err(Refused::Because(..))),
                "{text}"
            );
        }
        for text in [
            "https://u:p@h/x",
            "https:\\\\u:p@h/x",
            "git+https://t@h/x",
            "git+ssh://a:b@h/x",
        ] {
            assert_eq!(parse(text, ""), Err(Refused::Secret), "{text}");
        }
    }
}
