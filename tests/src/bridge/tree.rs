//! Directory trees in memory, with the errors and the filters of real ones.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_proto::fsutil::types::Stat;

/// Go's bit for directories in a file's mode.
const MODE_DIR: u32 = 1 << 31;

/// Files by path. Directories are there by what is in them, or by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, Vec<u8>>,
    directories: BTreeSet<String>,
}

impl Tree {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more file.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(normal(path), content.into());
        self
    }

    /// A file, or the system's text.
    pub(super) fn read(&self, path: &str) -> Result<&[u8], String> {
        let name = normal(path);
        if let Some(content) = self.files.get(&name) {
            return Ok(content);
        }
        if self.is_dir(&name) {
            // Before v0.31: "read /tmp/buildkit-mount1/…: is a directory".
            return Err(format!("{path} is not a regular file"));
        }
        Err(format!("open {path}: {}", self.absence(&name)))
    }

    /// What is in a directory, or the system's text.
    pub(super) fn list(&self, path: &str) -> Result<Vec<Stat>, String> {
        let name = normal(path);
        if !self.is_dir(&name) {
            return Err(format!("lstat /tmp/mount/{name}: {}", self.absence(&name)));
        }
        let mut entries: BTreeMap<&str, Stat> = BTreeMap::new();
        for (file, content) in &self.files {
            let Some(below) = below(&name, file) else {
                continue;
            };
            let (entry, is_dir) = match below.split_once('/') {
                Some((entry, _)) => (entry, true),
                None => (below, false),
            };
            let stat = Stat {
                path: entry.to_owned(),
                mode: if is_dir { MODE_DIR | 0o755 } else { 0o644 },
                size: i64::try_from(content.len()).unwrap_or(i64::MAX),
                ..Stat::default()
            };
            entries.insert(entry, stat);
        }
        for directory in &self.directories {
            let below = below(&name, directory).filter(|it| !it.is_empty());
            let entry = below.and_then(|it| it.split('/').next());
            entries.extend(entry.map(|entry| (entry, directory_stat(entry))));
        }
        Ok(entries.into_values().collect())
    }

    /// Mode and size of what is there, or the system's text.
    pub(super) fn stat(&self, path: &str) -> Result<Stat, String> {
        let name = normal(path);
        let (mode, size) = match self.files.get(&name) {
            Some(content) => (0o644, content.len()),
            None if self.is_dir(&name) => (MODE_DIR | 0o755, 0),
            None => return Err(format!("lstat {path}: {}", self.absence(&name))),
        };
        Ok(Stat {
            path: path.to_owned(),
            mode,
            size: i64::try_from(size).unwrap_or(i64::MAX),
            ..Stat::default()
        })
    }

    /// What the client sends of it for a `local://` source: `followpaths` and
    /// `includepattern` choose, `excludepatterns` take away, the last that
    /// matches decides.
    pub(super) fn transfer(&self, only: &[Vec<String>], exclude: &[String]) -> Self {
        let wanted = |path: &str| {
            // Both choose: a path that either wants is sent.
            let chosen = only.iter().all(Vec::is_empty)
                || only.iter().flatten().any(|pattern| matches(pattern, path));
            let taken_away = exclude.iter().fold(false, |out, pattern| {
                let (negated, pattern) = match pattern.strip_prefix('!') {
                    Some(pattern) => (true, pattern),
                    None => (false, pattern.as_str()),
                };
                if matches(pattern, path) {
                    !negated
                } else {
                    out
                }
            });
            chosen && !taken_away
        };
        let files = self.files.iter().filter(|(path, _)| wanted(path));
        let directories = self.files.keys().flat_map(|path| ancestors(path));
        Self {
            files: files.map(|(p, c)| (p.clone(), c.clone())).collect(),
            directories: directories
                .filter(|it| wanted(it))
                .map(str::to_owned)
                .collect(),
        }
    }

    fn is_dir(&self, name: &str) -> bool {
        let mut all = self.files.keys().chain(&self.directories);
        name.is_empty()
            || self.directories.contains(name)
            || all.any(|it| below(name, it).is_some())
    }

    fn absence(&self, name: &str) -> &'static str {
        if self.files.keys().any(|file| below(file, name).is_some()) {
            "not a directory"
        } else {
            "no such file or directory"
        }
    }
}

fn directory_stat(name: &str) -> Stat {
    Stat {
        path: name.to_owned(),
        mode: MODE_DIR | 0o755,
        ..Stat::default()
    }
}

/// The directories above a path.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// The rest of a path that lies in a directory.
fn below<'a>(dir: &str, path: &'a str) -> Option<&'a str> {
    if dir.is_empty() {
        return Some(path);
    }
    path.strip_prefix(dir)?.strip_prefix('/')
}

fn normal(path: &str) -> String {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a pattern names a path or a directory above it.
fn matches(pattern: &str, path: &str) -> bool {
    let pattern = normal(pattern);
    let pattern: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty()).collect();
    let path: Vec<&str> = path.split('/').collect();
    pattern.is_empty() || (1..=path.len()).any(|end| components(&pattern, &path[..end]))
}

fn components(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        // `a/**` is for what is in `a`, not for `a`.
        (Some((&"**", [])), None) => false,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skip| components(rest, &path[skip..])),
        (Some((first, rest)), Some((name, below))) => {
            wild(first.as_bytes(), name.as_bytes()) && components(rest, below)
        }
        _ => false,
    }
}

fn wild(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|skip| wild(rest, &name[skip..])),
        (Some((b'?', rest)), Some((_, more))) => wild(rest, more),
        (Some((a, rest)), Some((b, more))) => a == b && wild(rest, more),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::new()
            .file("Dockerfile", "x")
            .file("requirements/ml.txt", "numpy")
            .file("/requirements/cpu/torch.txt", "torch")
            .file("requirements/a.bin", "")
    }

    fn names(tree: &Tree) -> Vec<&str> {
        tree.files.keys().map(String::as_str).collect()
    }

    #[test]
    fn directories_are_listed_one_level() {
        let tree = tree();
        let list = tree.list("requirements").unwrap();
        let list: Vec<_> = list
            .iter()
            .map(|s| (&*s.path, s.mode >= MODE_DIR))
            .collect();
        assert_eq!(list, [("a.bin", false), ("cpu", true), ("ml.txt", false)]);
        assert!(tree.list("x").unwrap_err().contains("no such file"));
        assert_eq!(tree.list("").unwrap().len(), 2);
    }

    #[test]
    fn absence_has_the_text_of_the_system() {
        let tree = tree();
        let error = |path| tree.read(path).unwrap_err();
        assert_eq!(error("no"), "open no: no such file or directory");
        assert_eq!(error("Dockerfile/x"), "open Dockerfile/x: not a directory");
        assert_eq!(error("requirements"), "requirements is not a regular file");
    }

    #[test]
    fn transfers_are_filtered() {
        let all = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        let only = tree().transfer(&[all(&["requirements"])], &[]);
        assert_eq!(only.files.len(), 3);
        let only = tree().transfer(&[all(&["**/*.txt"]), vec![]], &[]);
        assert_eq!(
            names(&only),
            ["requirements/cpu/torch.txt", "requirements/ml.txt"]
        );
        let rest = tree().transfer(&[], &all(&["requirements", "!requirements/*.txt"]));
        assert_eq!(names(&rest), ["Dockerfile", "requirements/ml.txt"]);
        let name = tree().transfer(&[all(&["requirements"])], &all(&["requirements/**"]));
        assert!(name.files.is_empty());
        assert_eq!(name.list("").unwrap()[0].path, "requirements");
    }
}
