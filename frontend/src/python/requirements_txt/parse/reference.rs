//! Direct references: a URL, a git repository, a path in the build context.

use pep508_rs::VerbatimUrl;

use super::egg::{self, Egg};
use super::invalid::{Invalid, because};
use crate::python::requirements_txt::paths;
use crate::python::text::{code, decoded, quote};
use crate::python::{
    Extra, FindLinks, GitSource, InvalidWheelName, PackageName, RequirementSource, WheelName,
};

/// A direct reference, and what it says about the package by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) source: RequirementSource,
    /// From the file name of a wheel, or from `#egg=`.
    pub(super) name: Option<PackageName>,
    /// From `#egg=name[extra]`.
    pub(super) extras: Vec<Extra>,
}

impl Reference {
    fn new(source: RequirementSource, name: Option<PackageName>) -> Self {
        Self {
            source,
            name,
            extras: Vec::new(),
        }
    }
}

/// Schemes of URLs that need no `//` behind them to be one.
const SCHEMES: &[&str] = &["file", "http", "https", "ftp", "ssh"];

/// Version control systems that pip knows.
const VCS: &[&str] = &["git", "hg", "svn", "bzr"];

/// The scheme of a URL. A Windows drive is none, and neither is a word of
/// prose (`note: …`).
pub(super) fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let mut bytes = scheme.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic());
    let is_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    if !first || scheme.len() == 1 || !bytes.all(is_scheme) {
        return None;
    }
    let lower = scheme.to_ascii_lowercase();
    let vcs = lower.split('+').next().unwrap_or_default();
    let known = SCHEMES.contains(&lower.as_str()) || VCS.contains(&vcs);
    let prose = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (rest.starts_with("//") || known && !prose).then_some(scheme)
}

/// Whether a text is a URL, perhaps an invalid one.
pub(super) fn is_url(text: &str) -> bool {
    scheme(text).is_some() || text.starts_with("git+")
}

/// Reads a URL or path that stands in a file of a directory.
pub(super) fn parse(text: &str, directory: &str) -> Result<Reference, Invalid> {
    let Some(scheme) = scheme(text) else {
        if text.starts_with("git+") {
            return invalid_git_url(text);
        }
        return path(local_or_file(text, directory)?);
    };
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "http" | "https" => {
            check_url(text)?;
            let text = &with_slashes(text);
            let path = text.splitn(4, '/').nth(3).unwrap_or_default();
            let file = &path[..path.find(['?', '#']).unwrap_or(path.len())];
            let name = wheel_package(&decoded(file).unwrap_or_default())?;
            let (url, egg) = egg::without(text)?;
            let mut reference = Reference::new(RequirementSource::Url(url), name);
            reference.take_egg(egg);
            Ok(reference)
        }
        "file" => path(local_or_file(text, directory)?),
        "git+https" | "git+ssh" => {
            let (url, egg) = egg::without(&with_slashes(text))?;
            match check_url(&text["git+".len()..]) {
                Err(Invalid::Because(..)) => return invalid_git_url(text),
                checked => checked?,
            }
            let git = GitSource::parse(&url);
            if git.leaves_repository() {
                return because(
                    "the subdirectory is outside of the repository",
                    "write its path from the root of the repository, as in `#subdirectory=packages/a`",
                );
            }
            let mut reference = Reference::new(RequirementSource::Git(git), None);
            reference.take_egg(egg);
            Ok(reference)
        }
        "git" | "ssh" | "git+http" | "git+git" | "git+file" => because(
            format!("packages cannot be fetched by `{scheme}`"),
            "write git+https://… or git+ssh://…, or a path in the project",
        ),
        _ if scheme.starts_with("git+") => invalid_git_url(text),
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

impl Reference {
    fn take_egg(&mut self, egg: Option<Egg>) {
        if let Some((name, extras)) = egg {
            self.name.get_or_insert(name);
            self.extras = extras;
        }
    }
}

fn path(path: String) -> Result<Reference, Invalid> {
    let name = wheel_package(&path)?;
    Ok(Reference::new(RequirementSource::Path(path), name))
}

/// The package of a wheel, by the last part of a path.
fn wheel_package(path: &str) -> Result<Option<PackageName>, Invalid> {
    let file = paths::file_name(path);
    match file.parse::<WheelName>() {
        Ok(_)
            if file
                .split('-')
                .next()
                .is_some_and(|name| name.contains("__")) =>
        {
            because(
                format!("invalid wheel file name {}: a name with `__`", quote(file)),
                "pip does not install a file with such a name: rename it as its project is called",
            )
        }
        Ok(wheel) => Ok(Some(wheel.name)),
        Err(InvalidWheelName::Suffix) => Ok(None),
        Err(why) => because(
            format!("invalid wheel file name {}: {why}", quote(file)),
            "a wheel is called NAME-VERSION-PYTHON-ABI-PLATFORM.whl, and installers read its name: \
             keep the name that it was built with",
        ),
    }
}

fn invalid_git_url<T>(text: &str) -> Result<T, Invalid> {
    let help = match scp_to_ssh(text) {
        Some(url) => format!("write {}: `/` follows the host, not `:`", code(&url)),
        None => "write git+https://HOST/PATH or git+ssh://git@HOST/PATH".to_owned(),
    };
    because("invalid URL of a git repository", help)
}

/// `git+ssh://git@host/path` for the form that `git clone` takes,
/// `git@host:path`, with or without a scheme in front.
pub(super) fn scp_to_ssh(text: &str) -> Option<String> {
    let rest = text.strip_prefix("git+").unwrap_or(text);
    let rest = rest.strip_prefix("ssh://").unwrap_or(rest);
    let (user, rest) = rest.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let words = [user, host];
    let plain = words
        .iter()
        .all(|it| !it.is_empty() && it.chars().all(is_word));
    let starts_path = path.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '~' | '_'));
    (plain && starts_path && !path.contains(char::is_whitespace))
        .then(|| format!("git+ssh://{user}@{host}/{path}"))
}

fn unsupported_vcs<T>(vcs: &str) -> Result<T, Invalid> {
    because(
        format!("the version control system `{vcs}` is not supported"),
        "use a git repository (git+https://…), an archive (https://…), or put the project next \
         to the stub and write its path",
    )
}

/// Reads the URL of an index.
pub(super) fn index(text: &str) -> Result<(), Invalid> {
    match scheme(text).map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "https") => {
            check_url(text)?;
            // The parser of URLs repairs `https:host` and `https:///host`, and
            // lamina's own comparisons of indexes and mirrors do not.
            let rest = text.split_once("://").map_or("", |(_, rest)| rest);
            if rest.is_empty() || rest.starts_with('/') {
                return because(
                    format!("{} names no host", quote(text)),
                    "write the whole URL",
                );
            }
            // Installers append the name of the package.
            if text.contains(['?', '#']) {
                return because(
                    "an index URL has neither a query nor a fragment",
                    "write the URL up to the `?` or `#`",
                );
            }
            Ok(())
        }
        // `user:password@host`: as a URL without its scheme.
        _ if text.contains('@') => Err(Invalid::Secret),
        _ => because(
            format!("invalid index URL {}", quote(text)),
            "an index is an http:// or https:// URL; a directory of wheels is given with \
             --find-links",
        ),
    }
}

/// Reads what `--find-links` names: a page, or a directory in the project.
pub(super) fn links(text: &str, directory: &str) -> Result<FindLinks, Invalid> {
    match scheme(text).map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "https") => check_url(text).map(|()| FindLinks::Page(with_slashes(text))),
        Some("file") | None => local_or_file(text, directory).map(FindLinks::Directory),
        Some(_) => because(
            format!("invalid page of links {}", quote(text)),
            "--find-links takes an http:// or https:// URL, or a path in the project",
        ),
    }
}

/// A path in the context, from a path or a `file:` URL in a file of a directory.
pub(super) fn local_or_file(text: &str, directory: &str) -> Result<String, Invalid> {
    match scheme(text) {
        Some(scheme) if scheme.eq_ignore_ascii_case("file") => local(&file_path(text)?, directory),
        _ if is_secret(text) => Err(Invalid::Secret),
        _ => local(text, directory),
    }
}

/// Whether a text is `user:password@host`, a URL without its scheme. A path
/// that begins with `.` is a path, whatever it has.
pub(super) fn is_secret(text: &str) -> bool {
    let user = text.split_once('@').map_or("", |(user, _)| user);
    user.contains(':') && !text.starts_with('.') && !is_url(text)
}

/// The URL with `://` behind its scheme: as in browsers, `https:host/path` and
/// `https:/host/path` are URLs with a host, and nothing else in lamina expects
/// such forms.
fn with_slashes(url: &str) -> String {
    match url.split_once(':') {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.trim_start_matches(['/', '\\'])),
        None => url.to_owned(),
    }
}

/// A path in the context, from one in a file of a directory.
fn local(text: &str, directory: &str) -> Result<String, Invalid> {
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with(['/', '~', '\\']) || drive {
        return because(
            format!("{} is outside the build context", quote(text)),
            "only files of the project can be used: copy it there, and write its path relative to \
             the file that names it",
        );
    }
    if text.contains('\\') {
        return because(
            format!("invalid path {}: it has a backslash", quote(text)),
            format!("write {}", code(&text.replace('\\', "/"))),
        );
    }
    paths::join(directory, text).map_or_else(
        || {
            because(
                format!("{} leaves the build context", quote(text)),
                "only files of the project can be used: copy it there, or build from the \
                 directory above",
            )
        },
        Ok,
    )
}

/// The path of a `file:` URL, relative or not.
fn file_path(text: &str) -> Result<String, Invalid> {
    let path = &text["file:".len()..];
    let path = match path.strip_prefix("//") {
        Some(rest) => match rest.split_at(rest.find('/').unwrap_or(rest.len())) {
            ("" | "localhost", path) => path,
            _ => {
                return because(
                    format!("{} is a file of another host", quote(text)),
                    "only files of the project can be used: copy it there, and write its path",
                );
            }
        },
        None => path,
    };
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    decoded(path).map_or_else(
        || {
            because(
                format!("{} has escapes that are not text", quote(text)),
                "write the path itself, without `file:`",
            )
        },
        Ok,
    )
}

fn check_url(text: &str) -> Result<(), Invalid> {
    match VerbatimUrl::parse_url(text) {
        Ok(url) => {
            let ssh = url.scheme().ends_with("ssh");
            let user = !ssh && !url.username().is_empty();
            if url.password().is_some() || user || crate::source::holds_credentials(text) {
                return Err(Invalid::Secret);
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
            format!("invalid URL {}: {error}", quote(text)),
            "write the whole URL, as it works in a browser",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(text: &str) -> (RequirementSource, Option<String>) {
        let reference = parse(text, "requirements").unwrap();
        (
            reference.source,
            reference.name.map(|name| name.to_string()),
        )
    }

    #[test]
    fn reads_urls_paths_and_repositories() {
        let path = |text: &str| RequirementSource::Path(text.to_owned());
        let url = |text: &str| RequirementSource::Url(text.to_owned());
        let git = |text: &str| RequirementSource::Git(GitSource::parse(text));
        for (text, source, name) in [
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
                "https://h/whl/torch-2.1.2%2Bcpu-cp311-cp311-linux_x86_64.whl",
                url("https://h/whl/torch-2.1.2%2Bcpu-cp311-cp311-linux_x86_64.whl"),
                Some("torch"),
            ),
            (
                "git+https://h/r.git@v1#egg=My_Pkg&subdirectory=s",
                git("git+https://h/r.git@v1#subdirectory=s"),
                Some("my-pkg"),
            ),
            ("git+ssh://git@h/r.git", git("git+ssh://git@h/r.git"), None),
        ] {
            assert_eq!(ok(text), (source, name.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn reads_extras_of_eggs() {
        let reference = parse("git+https://h/r#egg=a[y,x]", "").unwrap();
        assert_eq!(reference.name.unwrap().as_str(), "a");
        assert_eq!(reference.extras.len(), 2);
    }

    #[test]
    fn rejects_what_cannot_be_fetched() {
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
            "git+ssh://git@github.com:o/r.git",
            "git+http://h/r",
            "git://h/r",
            "ftp://h/r",
            "https://",
            "https:///",
            "http://[x",
            "https://h/none.whl",
            "./none.whl",
            "git+https://h/r#egg=name==1.0",
            "https://h/r.zip#egg=a[",
            "https://h/r.zip#egg=",
        ] {
            assert!(
                matches!(parse(text, "requirements"), Err(Invalid::Because(..))),
                "{text}"
            );
        }
        for text in [
            "https://u:p@h/x",
            "https:\\\\u:p@h/x",
            "git+https://t@h/x",
            "git+ssh://a:b@h/x",
        ] {
            assert_eq!(parse(text, ""), Err(Invalid::Secret), "{text}");
        }
    }

    #[test]
    fn prose_and_drives_have_no_scheme() {
        for text in [
            "note: install",
            "dependencies:",
            "C:/x",
            "git: the tool",
            "a b://c",
        ] {
            assert_eq!(scheme(text), None, "{text}");
        }
        for text in ["https:x", "HTTPS://x", "foo://x", "git+https:x", "hg:x"] {
            assert!(scheme(text).is_some(), "{text}");
        }
    }

    #[test]
    fn the_form_of_git_clone_becomes_a_url() {
        for text in [
            "git@h:o/r.git",
            "git+git@h:o/r.git",
            "git+ssh://git@h:o/r.git",
        ] {
            assert_eq!(scp_to_ssh(text).as_deref(), Some("git+ssh://git@h/o/r.git"));
        }
        for text in ["git+ssh://git@h:22/o/r", "a@b", "git@h:o r", "a:b@c"] {
            assert_eq!(scp_to_ssh(text), None, "{text}");
        }
    }
}
