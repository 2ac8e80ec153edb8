//! The files of a project: over BuildKit, or in a directory of this machine.

pub(crate) mod buildkit;
pub(crate) mod disk;
