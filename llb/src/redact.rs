//! Credentials hidden, for what is shown to people.

use std::borrow::Cow;

/// A URL without user, password and query, which often hold credentials. Other
/// texts stay as they are.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Cow::Borrowed(text);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((_, host)) => ("***@", host),
        None => ("", authority),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_users_passwords_and_queries() {
        for (text, shown) in [
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
