//! `.dockerignore`: the patterns that keep files out of the build context.
//!
//! The format is that of moby's `patternmatcher/ignorefile`: a pattern a line,
//! `#` comments, `!` exceptions, paths cleaned, a leading slash ignored. The
//! daemon and its client do the matching; all that is asked here is whether a
//! folder at the top has anything left.

/// The patterns of an ignore file, in order, as BuildKit's
/// `local.excludepatterns` takes them.
pub(crate) fn patterns(text: &str) -> Vec<String> {
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

/// Whether the patterns keep all of a folder at the top out of the context.
///
/// An exception that could be for something in the folder keeps it: what is
/// in the folder is not known here.
pub(crate) fn excludes(patterns: &[String], folder: &str) -> bool {
    patterns
        .iter()
        .fold(false, |excluded, pattern| match pattern.strip_prefix('!') {
            Some(exception) => excluded && !reaches(exception, folder),
            None => excluded || covers(pattern, folder),
        })
}

/// Whether a pattern is for a folder, or for everything in it.
fn covers(pattern: &str, folder: &str) -> bool {
    let mut parts = pattern.split('/').peekable();
    let mut anywhere = false;
    while parts.next_if_eq(&"**").is_some() {
        anywhere = true;
    }
    let first = parts.next();
    first.map_or(anywhere, |first| matches_name(first, folder))
        && parts.all(|part| matches!(part, "*" | "**"))
}

/// Whether a pattern could be for a folder, or for something in it.
fn reaches(pattern: &str, folder: &str) -> bool {
    let first = pattern.split('/').next().unwrap_or_default();
    matches!(first, "**" | ".") || matches_name(first, folder)
}

/// Go's `filepath.Match`, for one name.
fn matches_name(pattern: &str, name: &str) -> bool {
    let mut pattern = pattern.chars();
    let mut name_left = name.chars();
    let Some(first) = pattern.next() else {
        return name.is_empty();
    };
    match first {
        '*' => {
            let rest = pattern.as_str();
            let mut starts = name.char_indices().map(|(at, _)| at);
            starts.any(|at| matches_name(rest, &name[at..])) || matches_name(rest, "")
        }
        '?' => name_left.next().is_some() && matches_name(pattern.as_str(), name_left.as_str()),
        '[' => {
            let (Some(letter), Some((class, rest))) =
                (name_left.next(), pattern.as_str().split_once(']'))
            else {
                return false;
            };
            in_class(class, letter) && matches_name(rest, name_left.as_str())
        }
        plain => {
            let plain = match plain {
                '\\' => pattern.next(),
                plain => Some(plain),
            };
            name_left.next() == plain && matches_name(pattern.as_str(), name_left.as_str())
        }
    }
}

/// What stands between brackets: `a-z`, `abc`, `^a`.
fn in_class(class: &str, letter: char) -> bool {
    let (not, class) = match class.strip_prefix('^') {
        Some(class) => (true, class),
        None => (false, class),
    };
    let mut letters = class.chars();
    let mut found = false;
    while let Some(low) = letters.next() {
        let mut ahead = letters.clone();
        let high = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                letters = ahead;
                high
            }
            _ => low,
        };
        found |= (low..=high).contains(&letter);
    }
    found != not
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

    #[test]
    fn folders_with_nothing_left() {
        let excluded = |text: &str| excludes(&patterns(text), "src");
        for text in [
            "src",
            "/src/",
            "src/**",
            "src/*",
            "**",
            "*",
            "**/*",
            "**/src",
            "s*",
            "s?c",
            "*/*",
            "[r-t]rc",
            "*\n!requirements\n!Dockerfile",
            "!src\nsrc",
            "s\\rc",
        ] {
            assert!(excluded(text), "{text:?}");
        }
        for text in [
            "",
            "app",
            "src/cache",
            "**/*.pyc",
            "src/*/x",
            "s",
            "srcs",
            "[^s]rc",
            "*\n!src",
            "*\n!src/keep",
            "src\n!**/*.py",
            "*\n!s*",
        ] {
            assert!(!excluded(text), "{text:?}");
        }
    }
}
