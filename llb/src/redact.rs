//! Credentials hidden, for what is shown to people.

use std::borrow::Cow;

use crate::digest::Digest;

/// A URL without user, password and query, which often hold credentials. Other
/// texts stay as they are.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return without_password(text);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((_, host)) if !is_digest(host) => ("***@", host),
        _ => ("", authority),
    };
    let (path, query, fragment) = match path.split_once('?') {
        None => (path, "", ""),
        Some((path, query)) => {
            let fragment = query.find('#').map_or("", |start| &query[start..]);
            (path, "?***", fragment)
        }
    };
    if user.is_empty() && query.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{scheme}://{user}{host}{path}{query}{fragment}"))
}

/// A text without a scheme, such as the address of a proxy, without a user with a
/// password. A user alone stays: `git@host:path`.
fn without_password(text: &str) -> Cow<'_, str> {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    match text[..end].rsplit_once('@') {
        Some((user, host)) if user.contains(':') && !is_digest(host) => {
            Cow::Owned(format!("***@{host}{}", &text[end..]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Whether this follows the `@` of an image's reference.
fn is_digest(text: &str) -> bool {
    text.parse::<Digest>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_users_passwords_and_queries() {
        let digest = Digest::of(b"x");
        let layout = format!("oci-layout://base:1@{digest}");
        let image = format!("alpine:3@{digest}");
        for (text, shown) in [
            (&*layout, &*layout),
            (&image, &image),
            ("u:p@proxy:3128", "***@proxy:3128"),
            ("u:p@h/a?b#c", "***@h/a?b#c"),
            ("h/a:b@c", "h/a:b@c"),
            ("https://h/a", "https://h/a"),
            ("https://u:p@h/a", "https://***@h/a"),
            ("https://u:p@h", "https://***@h"),
            ("https://h/a?token=x#y", "https://h/a?***#y"),
            ("git@h:a.git", "git@h:a.git"),
            ("https://h/a@b", "https://h/a@b"),
        ] {
            assert_eq!(redacted(text), shown, "{text}");
        }
    }
}
