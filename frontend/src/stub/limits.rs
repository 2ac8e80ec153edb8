//! How much a stub may hold. Each limit is far above what a project needs, and
//! keeps the time and memory for any stub small.

/// The longest stub, in bytes. A stub is a page of text, and all of it travels
/// with the build's definition, which has a limit of its own.
pub(super) const STUB: usize = 128 * 1024;

/// The longest value once its arguments are filled in, in bytes.
pub(super) const VALUE: usize = 64 * 1024;

/// What all values of a stub may come to with their arguments filled in, and
/// all its variants with what they inherit, in bytes.
pub(super) const PROJECT: usize = 4 * 1024 * 1024;

/// The longest chain of `extends`.
pub(super) const EXTENDS: usize = 32;

/// The longest name of a variant or layer, as of a DNS label.
pub(super) const NAME: usize = 63;

/// The largest stub of which more than the first syntax error is reported.
/// A parser finds an error at each byte of a file that is no TOML at all.
pub(super) const SYNTAX_ERRORS: usize = 64 * 1024;

/// How many errors are shown, and how many warnings.
pub(super) const SHOWN: usize = 20;

/// How many errors are kept until they are sorted by their places.
pub(super) const KEPT: usize = 100;

/// The longest piece of the stub that a message repeats, in characters.
pub(super) const QUOTED: usize = 80;

/// What a key, a value or an element costs besides its text: about what it
/// takes in memory.
pub(super) const COST_OF_VALUE: usize = 64;

/// The same of a variant.
pub(super) const COST_OF_VARIANT: usize = 1024;

/// The same of one port of a range.
pub(super) const COST_OF_PORT: usize = 24;

/// How many mirrors `LAMINA_MIRRORS` may name, and a table of the stub.
pub(super) const MIRRORS: usize = 100;
