//! `.dockerignore`: the patterns that keep files out of the build context.
//!
//! The format is that of moby's `patternmatcher/ignorefile`: a pattern a line,
//! `#` comments, `!` exceptions, paths cleaned, a leading slash ignored. The
//! daemon and its client do the matching; all that is asked here is whether a
//! directory at the root has anything left.

mod glob;

use crate::source::{Diagnostic, Diagnostics, SourceFile, masked};
use glob::Glob;

/// The most invalid patterns that are reported.
const SHOWN: usize = 10;

/// What is wrong with a line, and what to do about it.
type Invalid = (&'static str, &'static str);

const LITERAL: &str = "write a literal `*`, `?`, `[` or `\\` as `\\*`, `\\?`, `\\[` or `\\\\`";

/// The patterns of an ignore file, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreFile {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    /// As BuildKit's `local.excludepatterns` takes it.
    text: String,
    exception: bool,
    /// The parts of its path.
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`: any number of directories.
    Anything,
    Name(Glob),
    /// Part of a class that has a `/` in it, or the like.
    Fragment,
}

impl IgnoreFile {
    /// Reads an ignore file; `name` is for messages.
    ///
    /// A pattern that BuildKit's client would refuse (moby's `patternmatcher`)
    /// is an error with its line: the client's error names no file or line.
    pub fn parse(name: &str, text: &str) -> Result<Self, Diagnostics> {
        let text = text.trim_start_matches('\u{feff}');
        let mut invalid = Vec::new();
        let mut rules = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.starts_with('#') {
                continue;
            }
            match Rule::parse(line.trim()) {
                Ok(rule) => rules.extend(rule),
                Err(why) => invalid.push((number, why)),
            }
        }
        if invalid.is_empty() {
            return Ok(Self { rules });
        }
        let file = SourceFile::new(name, masked(text));
        let starts = file.text().split_inclusive('\n').scan(0, |start, line| {
            *start += line.len();
            Some(*start - line.len())
        });
        let starts: Vec<usize> = starts.collect();
        let invalid = invalid.into_iter().take(SHOWN);
        let invalid = invalid.map(|(number, (why, help))| {
            let start = starts.get(number).copied().unwrap_or_default();
            let length = file.line(number + 1).len();
            Diagnostic::error(format!("invalid pattern: {why}"))
                .at(file.at(start..start + length))
                .help(help)
        });
        Err(invalid.collect())
    }

    /// The patterns as BuildKit's `local.excludepatterns` takes them.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.text.as_str())
    }

    /// Whether the patterns keep all of a directory at the root out of the
    /// build context.
    ///
    /// An exception that could be for something in the directory keeps it: what
    /// is in the directory is not known here.
    pub fn excludes(&self, directory: &str) -> bool {
        self.rules.iter().fold(false, |excluded, rule| {
            if rule.exception {
                excluded && !rule.reaches(directory)
            } else {
                excluded || rule.covers(directory)
            }
        })
    }
}

impl Rule {
    /// Reads a line; `None` if it is blank.
    fn parse(line: &str) -> Result<Option<Self>, Invalid> {
        let (exception, path) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        let path = clean(path);
        if path.is_empty() {
            return if exception {
                Err(("nothing follows `!`", "write a path or a pattern after it"))
            } else {
                Ok(None)
            };
        }
        // As a whole: what is valid there may not be in its parts.
        Glob::parse(&path).map_err(|why| (why, LITERAL))?;
        let part = |part: &str| match part {
            "**" => Part::Anything,
            name => Glob::parse(name).map_or(Part::Fragment, Part::Name),
        };
        Ok(Some(Self {
            parts: path.split('/').map(part).collect(),
            text: if exception { format!("!{path}") } else { path },
            exception,
        }))
    }

    /// Whether it is for a directory at the root, or for everything in it.
    fn covers(&self, directory: &str) -> bool {
        let anywhere = self
            .parts
            .iter()
            .take_while(|part| **part == Part::Anything);
        let anywhere = anywhere.count();
        match &self.parts[anywhere..] {
            [] => true,
            [Part::Name(first), rest @ ..] if first.matches(directory) => {
                rest.iter().all(Part::is_everything)
            }
            _ => false,
        }
    }

    /// Whether it could be for a directory at the root, or for something in it.
    fn reaches(&self, directory: &str) -> bool {
        match &self.parts[0] {
            Part::Anything | Part::Fragment => true,
            Part::Name(first) => self.text == "!." || first.matches(directory),
        }
    }
}

impl Part {
    fn is_everything(&self) -> bool {
        match self {
            Part::Anything => true,
            Part::Name(glob) => glob.is_any(),
            Part::Fragment => false,
        }
    }
}

/// Go's `filepath.Clean`, without the slash of an absolute path.
fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    if parts.is_empty() && !path.is_empty() {
        // `.` and `/` stand for the root.
        return ".".to_owned();
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignore(text: &str) -> IgnoreFile {
        IgnoreFile::parse(".dockerignore", text).unwrap()
    }

    #[test]
    fn reads_comments_blanks_slashes_and_exceptions() {
        let text = "\u{feff}# no\n\n /target/ \n!/target/./keep\r\n**/*.pyc\n  # not a comment\n\
                    ./a//b/../c\n../up/../../b\n/../d\n";
        let ignore = ignore(text);
        let patterns: Vec<&str> = ignore.patterns().collect();
        assert_eq!(
            patterns,
            [
                "target",
                "!target/keep",
                "**/*.pyc",
                "# not a comment",
                "a/c",
                "../../b",
                "d",
            ]
        );
    }

    #[test]
    fn finds_directories_with_nothing_left() {
        let excluded = |text: &str| ignore(text).excludes("src");
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
            "../src",
            "*\n!src",
            "*\n!src/keep",
            "src\n!**/*.py",
            "*\n!s*",
        ] {
            assert!(!excluded(text), "{text:?}");
        }
    }

    #[test]
    fn reports_invalid_patterns() {
        let text = "ok\n!\nsrc/[a\n[]\\\nok\n";
        let error = IgnoreFile::parse("a.dockerignore", text).unwrap_err();
        insta::assert_snapshot!(error.render());
    }

    #[test]
    fn long_patterns_take_no_time() {
        let started = std::time::Instant::now();
        for text in [
            "*a".repeat(400),
            "*".repeat(256 << 10),
            "*/".repeat(128 << 10),
            "**/".repeat(85 << 10),
            "!*\n*\n".repeat(51 << 10),
            "[".to_owned() + &"a".repeat(255 << 10),
            "../".repeat(85 << 10),
            "[\n".repeat(128 << 10),
        ] {
            let _ = IgnoreFile::parse("a", &text).map(|it| it.excludes("src"));
        }
        // Unoptimized, and beside other tests; the recursive match took 34 s and more.
        let limit = if cfg!(debug_assertions) { 15_000 } else { 100 };
        assert!(
            started.elapsed().as_millis() < limit,
            "{:?}",
            started.elapsed()
        );
    }
}
