//! Paths with symbolic links, resolved within a directory.
//!
//! As BuildKit resolves them (fsutil's `followlinks.go` on the client,
//! continuity's `RootPath` on the daemon): the directory is the root of
//! absolute links, and `..` leads no further up than to it. So nothing outside
//! of it is ever looked at.

use std::collections::VecDeque;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// More links on the way to one file are a cycle (Linux's own limit).
const MAX_LINKS: usize = 40;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// Something that exists and is no symbolic link, by a path without any.
    Found(PathBuf),
    /// Nothing, or a cycle of links.
    Missing,
    /// Nothing, by a link that leads out of the directory.
    Outside,
}

/// Resolves a path relative to `root`, all of its links included.
pub(super) fn resolve(root: &Path, path: &str) -> Resolved {
    let mut done: Vec<String> = Vec::new();
    let mut rest: VecDeque<String> = path.split('/').map(str::to_owned).collect();
    let mut links = 0;
    let mut left = false;
    let missing = |left| {
        if left {
            Resolved::Outside
        } else {
            Resolved::Missing
        }
    };
    while let Some(part) = rest.pop_front() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                left |= done.pop().is_none();
                continue;
            }
            _ => done.push(part),
        }
        let here = joined(root, &done);
        let Ok(metadata) = fs::symlink_metadata(&here) else {
            return missing(left);
        };
        if !metadata.is_symlink() {
            continue;
        }
        links += 1;
        let target = fs::read_link(&here);
        let (Ok(target), true) = (target, links <= MAX_LINKS) else {
            return Resolved::Missing;
        };
        let Some((absolute, parts)) = parts(&target) else {
            return Resolved::Missing;
        };
        done.pop();
        if absolute {
            left = true;
            done.clear();
        }
        for part in parts.into_iter().rev() {
            rest.push_front(part);
        }
    }
    let found = joined(root, &done);
    if found.exists() {
        Resolved::Found(found)
    } else {
        missing(left)
    }
}

fn joined(root: &Path, parts: &[String]) -> PathBuf {
    let mut path = root.to_owned();
    path.extend(parts);
    path
}

/// Whether a link's target is absolute, and its parts; `None` where they are
/// not UTF-8, which every path of a build context is.
fn parts(target: &Path) -> Option<(bool, Vec<String>)> {
    let mut all = Vec::new();
    for component in target.components() {
        match component {
            Component::Normal(part) => all.push(part.to_str()?.to_owned()),
            Component::ParentDir => all.push("..".to_owned()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Some((target.is_absolute(), all))
}
