//! Paths inside containers and file trees.
//!
//! A [`ContainerPath`] is absolute, uses `/`, and is clean: no `.`, no `..`, no
//! double or trailing slash, whatever the system that this code runs on. Equal
//! places are therefore equal values and give equal bytes. A [`RawPath`] is
//! written exactly as given, for what frontends pass on to the daemon unchanged.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// An absolute path in a container, or a pattern of such paths.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerPath(Box<str>);

/// A path that is written exactly as given: relative, with a trailing slash, or
/// as Windows has it. BuildKit's daemon decides what it means.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawPath(Box<str>);

/// A clean or a raw path; made by `into()` from either.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyPath {
    /// An absolute, clean path.
    Clean(ContainerPath),
    /// A path that is written as given.
    Raw(RawPath),
}

/// Why a text is not a [`ContainerPath`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// It does not start with a slash.
    #[error("invalid path `{0}`: expected an absolute path, which starts with `/`")]
    Relative(String),
    /// It contains a NUL character.
    #[error("invalid path {0:?}: a path cannot contain a NUL character")]
    Nul(String),
}

/// A path that is used exactly as given, without a check or change.
///
/// ```
/// use buildkit_llb::{Exec, Output, raw};
/// let exec = Exec::on(Output::SCRATCH).args(["build"]).cwd(raw("/src/"));
/// # let _ = exec;
/// ```
pub fn raw(text: impl Into<String>) -> RawPath {
    RawPath(text.into().into_boxed_str())
}

impl RawPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AnyPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Clean(path) => path.as_str(),
            Self::Raw(path) => path.as_str(),
        }
    }

    /// A path that was read: a clean one if it is clean.
    pub(crate) fn read(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        match ContainerPath::new(text) {
            Ok(path) if path.as_str() == text => Self::Clean(path),
            _ => Self::Raw(raw(text)),
        }
    }

    pub(crate) fn is_raw(&self) -> bool {
        matches!(self, Self::Raw(_))
    }
}

impl From<ContainerPath> for AnyPath {
    fn from(path: ContainerPath) -> Self {
        Self::Clean(path)
    }
}

impl From<&ContainerPath> for AnyPath {
    fn from(path: &ContainerPath) -> Self {
        Self::Clean(path.clone())
    }
}

impl From<RawPath> for AnyPath {
    fn from(path: RawPath) -> Self {
        Self::Raw(path)
    }
}

impl From<AnyPath> for String {
    fn from(path: AnyPath) -> Self {
        match path {
            AnyPath::Clean(path) => path.0.into(),
            AnyPath::Raw(path) => path.0.into(),
        }
    }
}

impl fmt::Debug for AnyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for RawPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for AnyPath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for RawPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A path that is written out in the program.
///
/// ```
/// use buildkit_llb::at;
/// assert_eq!(at("/opt//venv/").as_str(), "/opt/venv");
/// ```
///
/// # Panics
///
/// If the literal is not an absolute path. Paths that are only known at run time
/// are made by [`ContainerPath::new`].
#[track_caller]
pub fn at(literal: &'static str) -> ContainerPath {
    match ContainerPath::new(literal) {
        Ok(path) => path,
        Err(error) => panic!("{error}"),
    }
}

impl ContainerPath {
    /// A path from its text, cleaned as Go's `path.Clean` does.
    pub fn new(text: &str) -> Result<Self, PathError> {
        if text.contains('\0') {
            return Err(PathError::Nul(text.to_owned()));
        }
        if !text.starts_with('/') {
            return Err(PathError::Relative(text.to_owned()));
        }
        let mut parts = text[1..].split('/');
        if text.len() > 1 && parts.all(|part| !matches!(part, "" | "." | "..")) {
            return Ok(Self(text.into()));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        Ok(Self(format!("/{}", parts.join("/")).into_boxed_str()))
    }

    /// The path below this one. An absolute `text` is taken relative to this path
    /// too, and `..` never leads above the root.
    pub fn join(&self, text: &str) -> Result<Self, PathError> {
        Self::new(&format!("{}/{text}", self.0))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `/`.
    pub fn is_root(&self) -> bool {
        &*self.0 == "/"
    }

    /// The directory that holds this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (parent, name) = self.0.rsplit_once('/')?;
        match (parent, name) {
            (_, "") => None,
            ("", _) => Some(Self("/".into())),
            (parent, _) => Some(Self(parent.into())),
        }
    }

    /// The last part of the path; `None` for the root.
    pub fn file_name(&self) -> Option<&str> {
        self.0
            .rsplit_once('/')
            .map(|(_, name)| name)
            .filter(|name| !name.is_empty())
    }

    /// Whether this path is `other` or below it.
    pub fn starts_with(&self, other: &Self) -> bool {
        other.is_root()
            || self
                .0
                .strip_prefix(&*other.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for ContainerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ContainerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for ContainerPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<ContainerPath> for String {
    fn from(path: ContainerPath) -> Self {
        path.0.into()
    }
}

impl FromStr for ContainerPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_paths() {
        for (text, clean) in [
            ("/", "/"),
            ("//a///b/", "/a/b"),
            ("/a/./b/../c", "/a/c"),
            ("/../a", "/a"),
            ("/src/*", "/src/*"),
        ] {
            assert_eq!(ContainerPath::new(text).unwrap().as_str(), clean, "{text}");
        }
        assert_eq!(at("/a").join("../b/c").unwrap(), at("/b/c"));
        assert_eq!(at("/a").join("/b").unwrap(), at("/a/b"));
    }

    #[test]
    fn rejects_relative_paths_and_nul() {
        for text in ["", "a", "./a", "/a\0"] {
            assert!(ContainerPath::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn splits_paths() {
        assert_eq!(at("/a/b").parent(), Some(at("/a")));
        assert_eq!(at("/a").parent(), Some(at("/")));
        assert_eq!(at("/").parent(), None);
        assert_eq!(at("/a/b").file_name(), Some("b"));
        assert_eq!(at("/").file_name(), None);
        assert!(at("/a/b").starts_with(&at("/a")) && at("/a").starts_with(&at("/")));
        assert!(!at("/ab").starts_with(&at("/a")));
    }
}
