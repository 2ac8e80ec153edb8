//! Bounds on requirement files: far more than anybody needs, and no more than
//! is read in an instant.

use super::include::Include;
use crate::source::{Diagnostic, SourceFile};

/// The size of a file, in bytes.
pub(super) const FILE: usize = 8 << 20;

/// The size of all files of a layer together, in bytes.
pub(super) const TOTAL: usize = 16 << 20;

/// The length of a line with its continuations and `${NAME}` filled in.
pub(super) const LINE: usize = 512 << 10;

/// The length of all lines of a file with `${NAME}` filled in.
pub(super) const EXPANDED: usize = 2 * FILE;

/// How many files a layer is read from.
pub(super) const FILES: usize = 1000;

/// How many requirements, constraints and options a layer has.
const ENTRIES: usize = 100_000;

/// How deep includes may nest, which is less deep than overflows the stack.
pub(super) const DEPTH: usize = 64;

/// A file that is too large to be read, by its size.
pub(super) fn file(name: &str, bytes: usize) -> Result<(), Diagnostic> {
    if bytes <= FILE {
        return Ok(());
    }
    let size = bytes.div_ceil(1 << 20);
    Err(Diagnostic::error(format!(
        "{name} is too large: {size} MiB, the limit is {} MiB",
        FILE >> 20
    ))
    .help("check that it is a requirement file; split one that is longer, by layers"))
}

/// An include that is nested too deep.
pub(super) fn nesting(depth: usize, include: &Include) -> Result<(), Diagnostic> {
    if depth < DEPTH {
        return Ok(());
    }
    Err(
        Diagnostic::error(format!("includes nest more than {DEPTH} deep"))
            .at(include.location.clone())
            .help("include fewer files from one another"),
    )
}

/// What a layer has used up of its bounds.
#[derive(Debug, Default)]
pub(super) struct Budget {
    files: usize,
    bytes: usize,
    entries: usize,
}

impl Budget {
    /// A further file.
    pub(super) fn file(&mut self, include: &Include) -> Result<(), Diagnostic> {
        self.files += 1;
        check(
            self.files,
            FILES,
            |limit| format!("more than {limit} files"),
            include,
        )
    }

    /// Its text.
    pub(super) fn text(&mut self, file: &SourceFile, include: &Include) -> Result<(), Diagnostic> {
        self.bytes += file.text().len();
        let limit = |limit| format!("more than {} MiB of text", limit >> 20);
        check(self.bytes, TOTAL, limit, include)
    }

    /// Its requirements and options.
    pub(super) fn entries(&mut self, count: usize, include: &Include) -> Result<(), Diagnostic> {
        self.entries += count;
        let limit = |limit| format!("more than {limit} requirements and options");
        check(self.entries, ENTRIES, limit, include)
    }
}

/// An error at the include that first goes beyond a limit.
fn check(
    used: usize,
    limit: usize,
    what: impl Fn(usize) -> String,
    include: &Include,
) -> Result<(), Diagnostic> {
    if used <= limit {
        return Ok(());
    }
    Err(Diagnostic::error(format!(
        "the requirement files of a layer have {}",
        what(limit)
    ))
    .at(include.location.clone())
    .label(format!("with {}", include.path))
    .help("check what it includes; split the layer into several"))
}
