//! `.dockerignore`: the patterns that keep files out of the build context.
//!
//! The format is that of moby's `patternmatcher/ignorefile`: a pattern a line,
//! `#` comments, `!` exceptions, paths cleaned, a leading slash ignored.

/// The patterns of an ignore file, in order, as BuildKit's
/// `local.excludepatterns` takes them.
pub(super) fn patterns(text: &str) -> Vec<String> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .filter_map(|line| {
            let (exception, path) = match line.strip_prefix('!') {
                Some(rest) => ("!", rest.trim()),
                None => ("", line),
            };
            let path = clean(path);
            (!path.is_empty()).then(|| format!("{exception}{path}"))
        })
        .collect()
}

/// Go's `filepath.Clean`, relative to the root.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() && !path.is_empty() {
        // `.` and `/` stand for everything.
        return ".".to_owned();
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blanks_slashes_and_exceptions() {
        let text = "\u{feff}# no\n\n /target/ \n!/target/./keep\r\n**/*.pyc\n  # not a comment\n./a//b/../c\n";
        assert_eq!(
            patterns(text),
            [
                "target",
                "!target/keep",
                "**/*.pyc",
                "# not a comment",
                "a/c"
            ]
        );
    }
}
