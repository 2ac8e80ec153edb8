//! Paths in the build context: relative to its root, `/` between the parts,
//! with neither `.` nor `..` in them. The root itself is `.`.

/// Where a path leads that is written in a file of a directory; `None` where it
/// leaves the context.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Some(".".to_owned());
    }
    Some(parts.join("/"))
}

/// The directory of a file; empty for one in the root.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The last part.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_their_file_and_stay_inside() {
        for (from, path, to) in [
            ("requirements", "base.txt", Some("requirements/base.txt")),
            ("requirements", "./base.txt", Some("requirements/base.txt")),
            ("requirements", "../base.txt", Some("base.txt")),
            ("a/b", "..//.././c", Some("c")),
            ("a", "..", Some(".")),
            ("", ".", Some(".")),
            ("", "..", None),
            ("a", "../../a/b", None),
            ("a", "/etc/passwd", None),
        ] {
            assert_eq!(join(from, path).as_deref(), to, "{path} in {from}");
        }
    }
}
