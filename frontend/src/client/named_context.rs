//! Named contexts: what a client puts in the place of a name.

use std::collections::BTreeMap;

use buildkit_llb::Platform;

use crate::source::{Diagnostic, Diagnostics};

/// All of a build (`--build-context NAME=…`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedContexts {
    /// By normal name, with the name that the client wrote.
    values: BTreeMap<String, (String, String)>,
}

impl NamedContexts {
    /// Adds one: `name` with `::platform` where it is for one platform alone.
    pub(super) fn insert(&mut self, name: &str, value: &str) {
        let entry = (name.to_owned(), value.to_owned());
        self.values.insert(normal_key(name), entry);
    }

    /// What the client put in the place of a context, stage or image: for the
    /// platform if there is such an entry, otherwise for all.
    ///
    /// Images go by any form of their reference: `python`,
    /// `docker.io/library/python` and `python:latest` are one.
    pub fn get(&self, name: &str, platform: &Platform) -> Option<&str> {
        let name = familiar_name(name);
        let (_, value) = self
            .values
            .get(&format!("{name}::{platform}"))
            .or_else(|| self.values.get(&name))?;
        Some(value)
    }

    /// The same, parsed.
    pub fn parse(
        &self,
        name: &str,
        platform: &Platform,
    ) -> Result<Option<NamedContext>, Diagnostics> {
        self.get(name, platform)
            .map(|value| NamedContext::parse(name, value))
            .transpose()
    }

    /// Their names and values, as the client wrote them: with `::platform`
    /// where it is for one platform alone.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.values.values();
        entries.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The value of a named context, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedContext {
    /// `docker-image://scratch`: the empty tree.
    Scratch,
    /// `docker-image://REF`.
    Image(String),
    /// `oci-layout://STORE[:TAG]@DIGEST`: an image directory at the client.
    OciLayout {
        /// What the client calls the store. A tag behind it is left out: the
        /// digest says which image it is.
        store: String,
        /// The digest of the image's manifest or index.
        digest: String,
    },
    /// `local:NAME`: a directory at the client.
    Local {
        /// The name under which the client serves it.
        name: String,
    },
    /// `input:NAME`: a graph that the client hands over.
    Input {
        /// Its name among the inputs.
        name: String,
    },
    /// A git repository, with `#ref:subdir` or a query.
    Git(String),
    /// Something to download.
    Http(String),
}

impl NamedContext {
    /// Reads a value; the name is for messages.
    pub fn parse(name: &str, value: &str) -> Result<Self, Diagnostics> {
        let invalid = |why: &str| -> Diagnostics {
            Diagnostic::error(format!("invalid `--build-context {name}={value}`: {why}"))
                .help(
                    "pass a directory, an image as `docker-image://IMAGE`, an OCI layout as \
                     `oci-layout://DIRECTORY@DIGEST`, a bake target as `target:NAME`, or a URL",
                )
                .into()
        };
        if value.starts_with("git@") {
            return Ok(Self::Git(value.to_owned()));
        }
        let (scheme, rest) = value
            .split_once(':')
            .ok_or_else(|| invalid("it has no scheme"))?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() {
            return Err(invalid(&format!("nothing follows `{scheme}:`")));
        }
        match scheme {
            "docker-image" if path == "scratch" => Ok(Self::Scratch),
            "docker-image" => Ok(Self::Image(path.to_owned())),
            "oci-layout" => oci_layout(path).ok_or_else(|| invalid("it has no digest")),
            "local" => Ok(Self::Local {
                name: rest.to_owned(),
            }),
            "input" => Ok(Self::Input {
                name: rest.to_owned(),
            }),
            "git" | "ssh" => Ok(Self::Git(value.to_owned())),
            "http" | "https" if is_git_url(value) => Ok(Self::Git(value.to_owned())),
            "http" | "https" => Ok(Self::Http(value.to_owned())),
            _ => Err(invalid(&format!("unknown scheme `{scheme}`"))),
        }
    }
}

fn oci_layout(text: &str) -> Option<NamedContext> {
    let (name, digest) = text.rsplit_once('@')?;
    let (algorithm, hex) = digest.split_once(':')?;
    if name.is_empty() || algorithm.is_empty() || hex.is_empty() {
        return None;
    }
    Some(NamedContext::OciLayout {
        store: without_tag(name).to_owned(),
        digest: digest.to_owned(),
    })
}

/// Whether an address is that of a git repository
/// (`frontend/dockerfile/dfgitutil/git_ref.go` in BuildKit): over HTTP, a path
/// that ends in `.git` makes the difference.
pub(super) fn is_git_url(url: &str) -> bool {
    let path = &url[..url.find(['#', '?']).unwrap_or(url.len())];
    match path.split_once("://") {
        Some(("http" | "https", path)) => path.strip_suffix(".git").is_some(),
        Some((scheme, _)) => matches!(scheme, "git" | "ssh"),
        None => path.starts_with("git@") || path.starts_with("github.com/"),
    }
}

/// An image reference as people write it: without what is Docker Hub's, and
/// without `:latest`. Names that are no references (of stages, say) stay.
pub fn familiar_name(name: &str) -> String {
    let (domain, path) = match name.split_once('/') {
        Some((first, rest)) if is_domain(first) => (first, rest),
        _ => ("docker.io", name),
    };
    let mut name = name;
    if matches!(domain, "docker.io" | "index.docker.io") {
        name = match path.strip_prefix("library/") {
            Some(official) if !official.contains('/') => official,
            _ => path,
        };
    }
    name.strip_suffix(":latest").unwrap_or(name).to_owned()
}

/// The key of a context in its normal form: `NAME` or `NAME::PLATFORM`.
fn normal_key(key: &str) -> String {
    match key.rsplit_once("::") {
        Some((name, platform)) => {
            let platform = match platform.parse::<Platform>() {
                Ok(platform) => platform.to_string(),
                Err(_) => platform.to_owned(),
            };
            format!("{}::{platform}", familiar_name(name))
        }
        None => familiar_name(key),
    }
}

/// As the reference grammar has it: the first component is a host if it looks
/// like one.
fn is_domain(first: &str) -> bool {
    first == "localhost"
        || first.contains(['.', ':'])
        || first.chars().any(|c| c.is_ascii_uppercase())
}

/// A store without a tag, which only follows the last slash.
fn without_tag(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((store, tag)) if !tag.contains('/') => store,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_references() {
        for (name, familiar) in [
            ("python", "python"),
            ("python:latest", "python"),
            ("docker.io/library/python:3.11-slim", "python:3.11-slim"),
            ("library/python", "python"),
            ("docker.io/org/image:latest", "org/image"),
            ("index.docker.io/library/python", "python"),
            ("ghcr.io/library/python", "ghcr.io/library/python"),
            ("localhost:5000/library/x:1", "localhost:5000/library/x:1"),
            ("base", "base"),
            ("", ""),
            ("docker.io/library/a/b", "library/a/b"),
        ] {
            assert_eq!(familiar_name(name), familiar, "{name}");
        }
    }

    #[test]
    fn parses_values() {
        let local = |name: &str| NamedContext::Local { name: name.into() };
        for (value, expected) in [
            ("docker-image://scratch", NamedContext::Scratch),
            (
                "docker-image://python:3.11",
                NamedContext::Image("python:3.11".into()),
            ),
            ("local:src", local("src")),
            (
                "input:base::linux/arm64",
                NamedContext::Input {
                    name: "base::linux/arm64".into(),
                },
            ),
            (
                "oci-layout://localhost:5000/store:tag@sha256:abc",
                NamedContext::OciLayout {
                    store: "localhost:5000/store".into(),
                    digest: "sha256:abc".into(),
                },
            ),
            (
                "oci-layout://k3x@sha256:abc",
                NamedContext::OciLayout {
                    store: "k3x".into(),
                    digest: "sha256:abc".into(),
                },
            ),
            (
                "https://a/b.git#main:sub",
                NamedContext::Git("https://a/b.git#main:sub".into()),
            ),
            ("git@a:b", NamedContext::Git("git@a:b".into())),
            (
                "https://a/b.tar?x=.git",
                NamedContext::Http("https://a/b.tar?x=.git".into()),
            ),
        ] {
            assert_eq!(NamedContext::parse("n", value).unwrap(), expected);
        }
        for value in [
            "",
            "src",
            "local:",
            "oci-layout://x",
            "oci-layout://@a:b",
            "x:y",
        ] {
            assert!(NamedContext::parse("n", value).is_err(), "{value}");
        }
    }
}
