//! Addresses of git repositories.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The address of a git repository: a URL, or `user@host:path` as SSH has it.
///
/// An address without a scheme is one over HTTPS. A fragment (`#ref:subdir`) or
/// query is not part of the address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitUrl {
    remote: String,
    host: String,
    path: String,
    ssh: bool,
}

/// Why a text is no address of a git repository.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no git repository: {reason}")]
pub struct GitUrlError {
    text: String,
    reason: &'static str,
}

impl GitUrl {
    /// What git is given.
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

    /// Whether git reaches it over SSH.
    pub fn is_ssh(&self) -> bool {
        self.ssh
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.remote)
    }
}

impl FromStr for GitUrl {
    type Err = GitUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| GitUrlError {
            text: text.to_owned(),
            reason,
        };
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(error("it holds a space or control character"));
        }
        if text.contains(['#', '?']) {
            return Err(error("ref, directory and options are given apart from it"));
        }
        if let Some(url) = scp_style(text) {
            return Ok(url);
        }
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let (scheme, rest) = full.split_once("://").unwrap_or_default();
        if !matches!(scheme, "http" | "https" | "ssh" | "git") {
            return Err(error("the protocol must be https, http, ssh or git"));
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        if host.is_empty() {
            return Err(error("it names no host"));
        }
        Ok(Self {
            host: host.to_owned(),
            path: path.to_owned(),
            ssh: scheme == "ssh",
            remote: full,
        })
    }
}

/// `user@host:path`, which is no URL.
fn scp_style(text: &str) -> Option<GitUrl> {
    let (user, rest) = text.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let of = |text: &str, more: &[char]| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || more.contains(&c))
    };
    (of(user, &['_']) && of(host, &['.'])).then(|| GitUrl {
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
    fn one_repository_has_one_place_over_every_protocol() {
        for text in [
            "https://github.com/moby/buildkit.git",
            "github.com/moby/buildkit.git",
            "ssh://git@github.com/moby/buildkit.git",
            "git@github.com:moby/buildkit.git",
            "https://user:pass@github.com//moby/./buildkit.git",
        ] {
            let url: GitUrl = text.parse().unwrap();
            assert_eq!(url.place(), "github.com/moby/buildkit.git", "{text}");
            assert_eq!(url.is_ssh(), text.contains("git@"), "{text}");
        }
    }

    #[test]
    fn what_is_no_repository_is_an_error() {
        for text in ["", "ftp://a/b", "https://", "https://a/b#c", "a b"] {
            assert!(text.parse::<GitUrl>().is_err(), "{text}");
        }
    }
}
