//! User names and passwords in URLs: no message and no excerpt shows one.
//!
//! What lamina reads goes into the cache keys and the provenance of a build,
//! so a password there is an error, not a warning. `ssh://git@host` is no
//! secret.
//!
//! Files are masked before anything points into them. An error about a
//! requirement file has no location all the same; one about the stub has, as
//! the daemon would add one of its own, and print the stub as it is.

use std::ops::Range;

use super::Diagnostic;

impl Diagnostic {
    /// The error about a URL with credentials, which tells the place in words
    /// alone: `Dockerfile, line 7`.
    pub fn credentials(place: impl std::fmt::Display) -> Self {
        let mut error = Self::credentials_here();
        error.message = format!("{place}: {}", error.message);
        error
    }

    /// The same, for a place that is added.
    pub fn credentials_here() -> Self {
        Self::error("a URL holds a user name or password").help(
            "take it out of the URL, write `machine HOST login USER password PASSWORD` into a \
             netrc file, and pass that as a secret: --secret id=netrc,src=$HOME/.netrc",
        )
    }
}

/// Whether a text that should be one URL holds credentials, also where
/// characters that no URL has stand in them.
pub fn url_holds_credentials(url: &str) -> bool {
    holds_credentials(&url.replace(ends_url, "_"))
}

/// Whether a text has a URL with credentials in it.
pub fn holds_credentials(text: &str) -> bool {
    places(text).next().is_some()
}

/// The text with credentials made unreadable, everything else at its place.
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for place in places(text) {
        // The places of one word may overlap.
        let start = place.start.max(masked.len());
        if start >= place.end {
            continue;
        }
        masked.push_str(&text[masked.len()..start]);
        for c in text[start..place.end].chars() {
            // The colon stays: the URL still holds a password.
            masked.push_str(if c == ':' {
                ":"
            } else {
                &"****"[..c.len_utf8()]
            });
        }
    }
    masked.push_str(&text[masked.len()..]);
    masked
}

/// Where credentials stand, from after `://` up to the `@`.
fn places(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut end = 0;
    text.split(ends_url).flat_map(move |word| {
        let at = end;
        // All that ends a URL is ASCII, or a space of up to three bytes.
        let behind = text[at + word.len()..].chars().next();
        end = at + word.len() + behind.map_or(0, char::len_utf8);
        let last = word.rfind('@').unwrap_or(0);
        let urls = word.match_indices("://").filter(move |_| last > 0);
        urls.filter_map(move |(url, _)| place(word, url, last))
            .map(move |place| at + place.start..at + place.end)
    })
}

/// The place in a URL whose `://` is at `at`, in a word whose last `@` is at
/// `last`. It looks no further than the next slash, so that a word of
/// thousands of URLs takes linear time.
fn place(word: &str, at: usize, last: usize) -> Option<Range<usize>> {
    let start = at + "://".len();
    let rest = &word[start..];
    let authority = &rest[..rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())];
    // Not addresses of a host: `docker-image://name:tag@digest`.
    let image = ["docker-image", "oci-layout"];
    if image.iter().any(|scheme| word[..at].ends_with(scheme)) {
        return None;
    }
    let end = match authority.rsplit_once('@') {
        Some((user, _)) if word[..at].ends_with("ssh") => {
            user.contains(':').then_some(start + user.len())
        }
        Some((user, _)) => Some(start + user.len()),
        // `user:pass/word@host`: a password that should have been escaped.
        None => {
            let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
            let is_port = port.bytes().all(|b| b.is_ascii_digit() || b == b']');
            (!is_port).then_some(last)
        }
    };
    end.filter(|end| *end > start).map(|end| start..end)
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

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
            assert!(holds_credentials(text), "{text}");
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
            "docker-image://python:3.11@sha256:0123",
            "oci-layout://store:tag@sha256:0123",
        ] {
            assert!(!holds_credentials(text), "{text}");
        }
    }

    #[test]
    fn messages_never_show_them() {
        let url = "https://user:s3cret@host/x";
        let file = SourceFile::new("a", "b");
        let mistake = Diagnostic::error(format!("`{url}` is wrong"))
            .at(file.at(0..1))
            .label(url)
            .related(file.at(0..1), url)
            .help(format!("not {url}"));
        let shown = format!("{mistake:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("`https://****:******@host/x` is wrong"));
        assert!(url_holds_credentials("https://user:s3 cret@host"));
        assert!(!url_holds_credentials("https://host/a b@c"));
    }
}
