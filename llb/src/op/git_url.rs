//! Addresses of git repositories.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::op::go_url::GoUrl;
use crate::redact::redacted;

/// The address of a git repository: a URL, or `user@host:path` as SSH has it.
///
/// An address without a scheme is one over HTTPS. URLs are decoded and encoded as
/// Go does it. A fragment (`#ref:subdir`) or query is not part of the address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitUrl {
    remote: String,
    host: String,
    path: String,
    ssh: bool,
}

/// Why a text is not a [`GitUrl`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid git repository `{text}`: {reason}")]
pub struct GitUrlError {
    /// Without credentials.
    text: String,
    reason: &'static str,
}

impl GitUrl {
    /// The address that git is given, with credentials if there are any.
    pub fn remote(&self) -> &str {
        &self.remote
    }

    /// Host and path, which are the same over every protocol.
    pub(crate) fn place(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for part in self.path.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        format!("{}/{}", self.host, parts.join("/"))
    }

    /// Whether git uses SSH.
    pub fn is_ssh(&self) -> bool {
        self.ssh
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.remote)
    }
}

/// Without credentials.
impl fmt::Debug for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitUrl({})", redacted(&self.remote))
    }
}

impl FromStr for GitUrl {
    type Err = GitUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| GitUrlError {
            text: redacted(text).into_owned(),
            reason,
        };
        if text.contains(['#', '?']) {
            return Err(error(
                "set ref, directory and options on the source, not in the address",
            ));
        }
        if let Some(url) = scp_style(text) {
            return Ok(url);
        }
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        // Go takes `git+ssh://…` for a host of HTTPS. Here it is a wrong protocol.
        let is_scheme = |b: u8| b.is_ascii_alphanumeric() || b == b'+';
        let full = if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
            format!("https://{text}")
        } else {
            text.to_owned()
        };
        let url = GoUrl::parse(&full).map_err(error)?;
        if !matches!(&*url.scheme, "http" | "https" | "ssh" | "git") {
            return Err(error("expected the protocol https, http, ssh or git"));
        }
        let utf8 = || error("it is not UTF-8 when decoded");
        let host = url.host().ok_or_else(utf8)?;
        if host.is_empty() {
            return Err(error("it has no host"));
        }
        Ok(Self {
            host: host.to_owned(),
            path: url.path().ok_or_else(utf8)?.to_owned(),
            ssh: url.scheme == "ssh",
            remote: url.write(),
        })
    }
}

/// `user@host:path`, which is not a URL.
fn scp_style(text: &str) -> Option<GitUrl> {
    let (user, rest) = text.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let only = |text: &str, more: &[char]| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || more.contains(&c))
    };
    let valid = only(user, &['_']) && only(host, &['.']) && !path.contains(char::is_control);
    valid.then(|| GitUrl {
        remote: text.to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
        ssh: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_the_same_place_over_every_protocol() {
        for text in [
            "https://github.com/moby/buildkit.git",
            "github.com/moby/buildkit.git",
            "ssh://git@github.com/moby/buildkit.git",
            "git@github.com:moby/buildkit.git",
            "HTTPS://user:pass@github.com//moby/./buildkit.git",
        ] {
            let url: GitUrl = text.parse().unwrap();
            assert_eq!(url.place(), "github.com/moby/buildkit.git", "{text}");
            assert_eq!(url.is_ssh(), text.contains("git@"), "{text}");
        }
    }

    #[test]
    fn decodes_the_place_and_not_the_remote() {
        let url: GitUrl = "example.com/a://b".parse().unwrap();
        assert_eq!(url.remote(), "https://example.com/a://b");
        assert_eq!(url.place(), "example.com/a:/b");
        let url: GitUrl = "https://example.com/a%20b/c%2Fd.git".parse().unwrap();
        assert_eq!(url.place(), "example.com/a b/c/d.git");
        assert_eq!(url.remote(), "https://example.com/a%20b/c%2Fd.git");
    }

    #[test]
    fn rejects_what_is_not_a_repository() {
        for text in [
            "",
            "ftp://a/b",
            "https://",
            "https://a/b#c",
            "a b",
            "git+ssh://a/b",
            "https://a/%zz",
        ] {
            assert!(text.parse::<GitUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn shows_no_credentials() {
        let url: GitUrl = "https://user:secret@example.com/a.git".parse().unwrap();
        assert_eq!(format!("{url:?}"), "GitUrl(https://***@example.com/a.git)");
        let error = "https://user:secret@example.com/a#b".parse::<GitUrl>();
        assert!(!error.unwrap_err().to_string().contains("secret"));
    }
}
