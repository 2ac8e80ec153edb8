//! User names and passwords in URLs: found before anything else looks at a
//! line, so that no message and no excerpt ever shows one.
//!
//! Requirement files go into the cache keys and the provenance of a build, so
//! a password there is an error, not a warning. The error has no location:
//! BuildKit prints the source around one. `ssh://git@host` is no secret.

use super::line::Line;
use crate::diagnostic::Diagnostic;

/// An error if a URL of this line holds credentials.
pub(super) fn check(line: &Line) -> Result<(), Diagnostic> {
    if holds(&line.text) {
        Err(error(line))
    } else {
        Ok(())
    }
}

/// The error, which tells the place in words alone.
pub(super) fn error(line: &Line) -> Diagnostic {
    let place = line.whole();
    Diagnostic::error(format!(
        "{}, line {}: a URL holds a user name or password",
        place.file.name(),
        place.start().line
    ))
    .help(
        "take it out of the URL, write `machine HOST login USER password PASSWORD` into a netrc \
         file, and pass that as a secret: --secret id=netrc,src=$HOME/.netrc",
    )
}

/// Whether a text has a URL with credentials in it.
pub(super) fn holds(text: &str) -> bool {
    text.split(ends_url).any(|word| {
        let last_at = word.rfind('@');
        let mut urls = word.match_indices("://");
        last_at.is_some_and(|last| urls.any(|(at, _)| url_holds(word, at, last)))
    })
}

/// Whether the URL does whose `://` is at `at`, in a word whose last `@` is at
/// `last`. It looks no further than the next slash, so that a word of
/// thousands of URLs takes linear time.
fn url_holds(word: &str, at: usize, last: usize) -> bool {
    let start = at + "://".len();
    let rest = &word[start..];
    let authority = &rest[..rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())];
    match authority.rsplit_once('@') {
        Some((user, _)) if word[..at].ends_with("ssh") => user.contains(':'),
        Some((user, _)) => !user.is_empty(),
        // `user:pass/word@host`: a password that should have been escaped.
        None => {
            let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
            last > start && !port.bytes().all(|b| b.is_ascii_digit() || b == b']')
        }
    }
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn passwords_are_found_and_others_left_alone() {
        for text in [
            "https://user:pw@host/simple",
            "--index-url=https://user:pw@host",
            "--extra-index-url 'https://user:pw@host'",
            "pkg @ https://token@host/a.whl",
            "pkg @ git+https://token@github.com/a/b@v1",
            "git+ssh://git:pw@host/a",
            "https://u:p/w@host/",
            "https://u:p?w@host/",
            "https://a https://u:p@b",
            "https://u@:p@b",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "",
            "://",
            "https://host/simple",
            "https://host:8080/a@b",
            "https://[::1]:80/a@b",
            "https://[::1]/a@b",
            "git+ssh://git@github.com/a/b@v1",
            "git+https://github.com/a/b@v1",
            "pkg @ https://host/a.whl",
        ] {
            assert!(!holds(text), "{text}");
        }
    }
}
