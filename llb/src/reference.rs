//! References of container images, as Docker parses and normalizes them.
//!
//! A [`Reference`] is always in its full form: `python:3.11-slim` is
//! `docker.io/library/python:3.11-slim`, and a name without tag and digest gets
//! the tag `latest`. The grammar is that of the distribution project
//! (<https://pkg.go.dev/github.com/distribution/reference>).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::digest::Digest;

/// The full reference of an image: registry, repository, and a tag, a digest, or both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text is not a [`Reference`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid image reference `{text}`: {reason}")]
pub struct ReferenceError {
    text: String,
    reason: &'static str,
}

const HUB: &str = "docker.io";
const OFFICIAL: &str = "library/";

impl Reference {
    /// The registry: `docker.io`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository in the registry: `library/python`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Registry and repository: `docker.io/library/python`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The tag; `None` if there is only a digest.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest that pins the image, if there is one.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same image pinned to this digest. The tag stays for readers.
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// The short form: without the registry and `library/` of Docker Hub.
    pub fn familiar(&self) -> String {
        let full = self.to_string();
        full.strip_prefix(HUB)
            .and_then(|rest| rest.strip_prefix('/'))
            .map_or(full.clone(), |rest| {
                match rest.strip_prefix(OFFICIAL) {
                    Some(short) if !self.path[OFFICIAL.len()..].contains('/') => short,
                    _ => rest,
                }
                .to_owned()
            })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ReferenceError {
            text: text.to_owned(),
            reason,
        };
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(error("64 hexadecimal digits are an id, not a name"));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                let digest = digest
                    .parse()
                    .map_err(|_| error("its digest is malformed"))?;
                (rest, Some(digest))
            }
            None => (text, None),
        };
        let (domain, rest) = split_domain(rest);
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        if path.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(error("the repository must be in lower case"));
        }
        let path = if domain == HUB && !path.contains('/') {
            format!("{OFFICIAL}{path}")
        } else {
            path.to_owned()
        };
        if !is_domain(domain) {
            return Err(error("the registry is malformed"));
        }
        if !path.split('/').all(is_component) {
            return Err(error("the repository is malformed"));
        }
        if domain.len() + 1 + path.len() > 255 {
            return Err(error("the name is longer than 255 characters"));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(error("the tag is malformed"));
        }
        let tag = match (tag, &digest) {
            (None, None) => Some("latest"),
            (tag, _) => tag,
        };
        Ok(Self {
            domain: domain.to_owned(),
            path,
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

/// The first part is a registry if it looks like a host; else the registry is
/// Docker Hub.
fn split_domain(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some(("index.docker.io", rest)) => (HUB, rest),
        Some((first, rest))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => (HUB, name),
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[').and_then(|d| d.split_once(']')) {
        Some((v6, port)) => {
            let digits = |b: u8| b.is_ascii_hexdigit() || b == b':';
            if v6.is_empty() || !v6.bytes().all(digits) {
                return false;
            }
            (
                None,
                port.strip_prefix(':').or((!port.is_empty()).then_some("")),
            )
        }
        None => match domain.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(domain), None),
        },
    };
    let label = |label: &str| {
        let alphanumeric = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
        alphanumeric(label.bytes().next())
            && alphanumeric(label.bytes().last())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.is_none_or(|host| host.split('.').all(label))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Lower case letters and digits, in groups joined by `.`, `_`, `__` or dashes.
fn is_component(component: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = |b: Option<&u8>| b.is_some_and(|b| word(*b));
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.chunk_by(|a, b| word(*a) == word(*b)).all(|run| {
            word(run[0]) || matches!(run, b"." | b"_" | b"__") || run.iter().all(|b| *b == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizes_references() {
        let digest = Digest::of(b"");
        let pinned = format!("alpine@{digest}");
        for (text, full) in [
            ("python:3.11-slim", "docker.io/library/python:3.11-slim"),
            ("python", "docker.io/library/python:latest"),
            ("moby/buildkit:v0.29.0", "docker.io/moby/buildkit:v0.29.0"),
            ("index.docker.io/alpine", "docker.io/library/alpine:latest"),
            ("docker.io/alpine:3", "docker.io/library/alpine:3"),
            ("ghcr.io/astral-sh/uv:0.4", "ghcr.io/astral-sh/uv:0.4"),
            ("localhost/a", "localhost/a:latest"),
            ("localhost:5000/a/b:c", "localhost:5000/a/b:c"),
            ("[::1]:5000/a", "[::1]:5000/a:latest"),
            ("a__b/c--d.e", "docker.io/a__b/c--d.e:latest"),
            (&pinned, &format!("docker.io/library/{pinned}")),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), full, "{text}");
            assert_eq!(full.parse::<Reference>().unwrap(), reference);
        }
    }

    #[test]
    fn rejects_what_is_not_a_reference() {
        let id = "0".repeat(64);
        for text in [
            "",
            ":",
            "a:",
            "A",
            "a/B",
            "a//b",
            "a:b:c",
            "-a",
            "a-",
            "a___b",
            "a@sha256:0",
            "host:x/a",
            "a b",
            ".com/a",
            "[::1/a",
            &id,
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    #[test]
    fn shortens_references() {
        for (text, short) in [
            ("python:3", "python:3"),
            ("docker.io/moby/buildkit", "moby/buildkit:latest"),
            ("ghcr.io/a/b:c", "ghcr.io/a/b:c"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().familiar(), short);
        }
    }
}
