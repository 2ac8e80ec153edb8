//! How much of a project is read at most.
//!
//! Far more than any project has, and little enough that a build of whatever
//! is named by mistake ends at once and in little memory.

use std::collections::{BTreeMap, BTreeSet};

use super::files::directory;
use crate::python::Unusable;
use crate::source::{Diagnostic, binary_size};

/// How many requirement files a build reads, and a directory of them has.
const MAX_FILES: usize = 1000;

/// The longest requirement file that is read, in bytes. A file that pins five
/// hundred packages, each with fifty hashes, has half of it.
pub(super) const MAX_FILE_BYTES: u64 = 4 << 20;

/// How many bytes all requirement files have together.
const MAX_TOTAL_BYTES: u64 = 8 << 20;

/// How many requirements and options they have together: each takes a hundred
/// times the memory of a short line.
const MAX_TOTAL_ENTRIES: usize = 50_000;

/// The longest stub that is read, in bytes, and the longest ignore file of a
/// stub; shorter ones are errors already.
pub(super) const MAX_STUB_BYTES: usize = 1 << 20;

/// The longest ignore file that is read, in bytes. Its patterns travel with
/// every graph that has files of the build context.
pub(super) const MAX_IGNORE_BYTES: u64 = 256 << 10;

/// The requirement files that were read so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    files: usize,
    bytes: u64,
    entries: usize,
}

impl Budget {
    /// Counts files that are going to be read.
    pub(super) fn add_files(&mut self, count: usize) -> Result<(), Diagnostic> {
        self.files += count;
        if self.files <= MAX_FILES {
            return Ok(());
        }
        let message = format!("the stub needs more than {MAX_FILES} requirement files");
        Err(Diagnostic::error(message).help("include fewer files: at most that many are read"))
    }

    /// How many bytes may still be read.
    pub(super) fn bytes_left(&self) -> u64 {
        MAX_TOTAL_BYTES.saturating_sub(self.bytes)
    }

    /// Counts a file that is not read, since there were no bytes left for it.
    pub(super) fn add_unread(&mut self) -> Unusable {
        self.bytes = MAX_TOTAL_BYTES + 1;
        too_much(&binary_size(MAX_TOTAL_BYTES))
    }

    /// Counts the text of a file; why it is not used, where it is too much.
    pub(super) fn add_text(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
        self.bytes += bytes.len() as u64;
        self.entries += lines.filter(|line| is_entry(line)).count();
        let limit = if self.bytes > MAX_TOTAL_BYTES {
            binary_size(MAX_TOTAL_BYTES)
        } else if self.entries > MAX_TOTAL_ENTRIES {
            format!("{MAX_TOTAL_ENTRIES} lines with requirements or options")
        } else {
            return Ok(());
        };
        Err(too_much(&limit))
    }
}

fn too_much(limit: &str) -> Unusable {
    Unusable::new(
        format!("is not read: the requirement files have more than {limit} together"),
        "include fewer or shorter files",
    )
}

/// Whether a line has a requirement or an option; hashes go with the line above.
fn is_entry(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !(line.is_empty() || line.starts_with(b"#") || line.starts_with(b"--hash"))
}

/// Refuses a directory with too many files to read.
pub(super) fn check_listing(files: &BTreeSet<String>) -> Result<(), Diagnostic> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in files {
        let count = counts.entry(directory(path)).or_default();
        *count += 1;
    }
    let Some((name, count)) = counts.into_iter().find(|(_, count)| *count > MAX_FILES) else {
        return Ok(());
    };
    Err(Diagnostic::error(format!(
        "`{name}` has {count} text files, and at most {MAX_FILES} requirement files are read"
    ))
    .help("keep requirement files in a directory of their own"))
}

/// Why a file of this size is not read, as text to follow its name.
pub(super) fn too_large(bytes: Option<u64>, limit: u64) -> String {
    let limit = binary_size(limit);
    match bytes {
        Some(bytes) => format!("has {}, and at most {limit} are read", binary_size(bytes)),
        None => format!("is too large: at most {limit} are read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_documented() {
        let page = include_str!("../../../docs/requirement-files.md");
        for row in [
            format!("| a file | {} |", binary_size(MAX_FILE_BYTES)),
            format!(
                "| all files of a stub | {}, {MAX_FILES} files |",
                binary_size(MAX_TOTAL_BYTES)
            ),
            format!(
                "| lines with requirements, constraints and options in all files of a stub | \
                 {},{:03} |",
                MAX_TOTAL_ENTRIES / 1000,
                MAX_TOTAL_ENTRIES % 1000
            ),
        ] {
            assert!(page.contains(&row), "{row}");
        }
    }
}
