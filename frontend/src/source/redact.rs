//! User names and passwords in URLs, which no message and no excerpt shows.
//!
//! Everything that lamina reads becomes part of cache keys and provenance, so
//! credentials are an error, not a warning. `ssh://git@host` holds none.
//!
//! Files are masked before locations point into them.

use std::ops::Range;

/// Whether a text that should be one URL holds credentials, even if these
/// contain characters that are invalid in a URL.
pub fn url_holds_credentials(url: &str) -> bool {
    holds_credentials(&url.replace(ends_url, "_"))
}

/// Whether a text contains a URL with credentials.
pub fn holds_credentials(text: &str) -> bool {
    places(text).next().is_some()
}

/// The text with credentials replaced by `*`; all byte offsets stay.
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for place in places(text) {
        // Places in one word may overlap.
        let start = place.start.max(masked.len());
        if start >= place.end {
            continue;
        }
        masked.push_str(&text[masked.len()..start]);
        for c in text[start..place.end].chars() {
            // The colon stays, so that the URL still holds a password.
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

/// The ranges of credentials, from after `://` up to the `@`.
fn places(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut end = 0;
    text.split(ends_url).flat_map(move |word| {
        let at = end;
        // URLs end at ASCII characters, or at a space of up to three bytes.
        let behind = text[at + word.len()..].chars().next();
        end = at + word.len() + behind.map_or(0, char::len_utf8);
        let last = word.rfind('@').unwrap_or(0);
        let urls = word.match_indices("://").filter(move |_| last > 0);
        urls.filter_map(move |(url, _)| place(word, url, last))
            .map(move |place| at + place.start..at + place.end)
    })
}

/// The range in a URL whose `://` is at `at`, in a word whose last `@` is at
/// `last`. The search ends at the next slash, so that a word of thousands of
/// URLs takes linear time.
fn place(word: &str, at: usize, last: usize) -> Option<Range<usize>> {
    let start = at + "://".len();
    let rest = &word[start..];
    let authority = &rest[..rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())];
    // These have no host: `docker-image://name:tag@digest`.
    let image = ["docker-image", "oci-layout"];
    if image.iter().any(|scheme| word[..at].ends_with(scheme)) {
        return None;
    }
    let end = match authority.rsplit_once('@') {
        Some((user, _)) if word[..at].ends_with("ssh") => {
            user.contains(':').then_some(start + user.len())
        }
        Some((user, _)) => Some(start + user.len()),
        // `user:pass/word@host`: a password that is not percent-encoded.
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

    #[test]
    fn finds_credentials_in_urls() {
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
    fn finds_credentials_with_characters_that_are_invalid_in_urls() {
        assert!(url_holds_credentials("https://user:s3 cret@host"));
        assert!(!url_holds_credentials("https://host/a b@c"));
    }
}
