//! Absolute paths inside containers and file trees.
//!
//! A [`ContainerPath`] is absolute, uses `/`, and is clean: no `.`, no `..`, no
//! double or trailing slash, whatever the system that this code runs on. Equal
//! places are therefore equal values and give equal bytes.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// An absolute path in a container, or a pattern of such paths.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerPath(Box<str>);

/// Why a text is no path in a container.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// It does not start with a slash.
    #[error("`{0}` is no absolute path: it does not start with a slash")]
    Relative(String),
    /// It holds a NUL, which no path can.
    #[error("{0:?} holds a NUL character, which no path can")]
    Nul(String),
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
/// Where the literal is no absolute path. Paths that are only known at run time
/// are made by [`ContainerPath::new`].
pub fn at(literal: &'static str) -> ContainerPath {
    match ContainerPath::new(literal) {
        Ok(path) => path,
        Err(error) => panic!("{error}"),
    }
}

impl ContainerPath {
    /// A path from its text, made clean.
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

    /// The path below this one: an absolute `text` counts from here, too, and
    /// `..` never leads above the root.
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

    /// The directory that holds this path; none for the root.
    pub fn parent(&self) -> Option<Self> {
        let (parent, name) = self.0.rsplit_once('/')?;
        match (parent, name) {
            (_, "") => None,
            ("", _) => Some(Self("/".into())),
            (parent, _) => Some(Self(parent.into())),
        }
    }

    /// The last part of the path; none for the root.
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
    fn paths_are_made_clean() {
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
    fn relative_paths_and_nul_are_errors() {
        for text in ["", "a", "./a", "/a\0"] {
            assert!(ContainerPath::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn parts_of_a_path() {
        assert_eq!(at("/a/b").parent(), Some(at("/a")));
        assert_eq!(at("/a").parent(), Some(at("/")));
        assert_eq!(at("/").parent(), None);
        assert_eq!(at("/a/b").file_name(), Some("b"));
        assert_eq!(at("/").file_name(), None);
        assert!(at("/a/b").starts_with(&at("/a")) && at("/a").starts_with(&at("/")));
        assert!(!at("/ab").starts_with(&at("/a")));
    }
}
