//! Git repositories as requirements name them.

use std::fmt;

use super::text::decoded;

/// A git repository at a reference (pip's "VCS support"):
/// `git+https://host/path@reference#subdirectory=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSource {
    /// The repository, without the leading `git+`: `https://host/path`.
    pub repository: String,
    /// The branch, tag or commit.
    pub reference: Option<String>,
    /// The part after `#`, without `egg=`; empty if there is none.
    pub fragment: String,
}

impl GitSource {
    /// Splits a URL, whose leading `git+` is optional.
    pub fn parse(url: &str) -> Self {
        let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
        let address = match address.get(..4) {
            Some(vcs) if vcs.eq_ignore_ascii_case("git+") => &address[4..],
            _ => address,
        };
        let path = address.find("://").map_or(0, |at| at + 3);
        let path = address[path..]
            .find('/')
            .map_or(address.len(), |at| path + at);
        let (repository, reference) = match address[path..].rfind('@') {
            Some(at) => (&address[..path + at], &address[path + at + 1..]),
            None => (address, ""),
        };
        Self {
            repository: repository.to_owned(),
            reference: (!reference.is_empty()).then(|| reference.to_owned()),
            fragment: fragment.to_owned(),
        }
    }

    /// The directory of the project in the repository, where it is not the
    /// root (`#subdirectory=…`).
    pub fn subdirectory(&self) -> Option<&str> {
        let mut parts = self.fragment.split('&');
        parts.find_map(|part| part.strip_prefix("subdirectory="))
    }

    /// Whether the subdirectory is not below the root of the repository, as it
    /// is written or with its percent escapes resolved.
    pub(super) fn leaves_repository(&self) -> bool {
        self.subdirectory().is_some_and(|path| {
            let decoded = decoded(path);
            leaves_root(path) || decoded.is_some_and(|path| leaves_root(&path))
        })
    }
}

/// Whether a path leads out of the directory that it starts in.
fn leaves_root(path: &str) -> bool {
    let mut depth = 0_usize;
    path.starts_with('/')
        || path.split('/').any(|part| match part {
            "" | "." => false,
            ".." => depth.checked_sub(1).map(|up| depth = up).is_none(),
            _ => {
                depth += 1;
                false
            }
        })
}

impl fmt::Display for GitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git+{}", self.repository)?;
        if let Some(reference) = &self.reference {
            write!(f, "@{reference}")?;
        }
        if !self.fragment.is_empty() {
            write!(f, "#{}", self.fragment)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_repository_reference_and_fragment() {
        for (url, repository, reference, subdirectory) in [
            ("git+https://h/r.git", "https://h/r.git", None, None),
            ("git+ssh://git@h/r@v1", "ssh://git@h/r", Some("v1"), None),
            (
                "git+https://h/a@b/r@feature/x#x=1&subdirectory=s/t",
                "https://h/a@b/r",
                Some("feature/x"),
                Some("s/t"),
            ),
            ("git+https://h", "https://h", None, None),
        ] {
            let git = GitSource::parse(url);
            let found = (git.repository.as_str(), git.reference.as_deref());
            assert_eq!(found, (repository, reference), "{url}");
            assert_eq!(git.subdirectory(), subdirectory, "{url}");
            assert_eq!(git.to_string(), url);
        }
    }

    #[test]
    fn subdirectories_are_in_the_repository() {
        for (path, leaves) in [
            ("a/b", false),
            ("a/../b", false),
            ("./a", false),
            ("..", true),
            ("../a", true),
            ("a/../../b", true),
            ("/etc", true),
            ("%2e%2e", true),
            ("a%2F..%2f..", true),
            ("%2fetc", true),
            ("a%20b", false),
        ] {
            let git = GitSource::parse(&format!("git+https://h/r#subdirectory={path}"));
            assert_eq!(git.leaves_repository(), leaves, "{path}");
        }
    }
}
