//! The virtual environment: one fixed path, in every image.

use buildkit_llb::{File, Mkdir, Output, Owner, at};

use super::step;
use crate::facts::{DirectoryAttributes, System};

/// Its directory.
pub const VENV: &str = "/opt/venv";

/// Where its programs are.
pub const VENV_BIN: &str = "/opt/venv/bin";

/// A tree with nothing but the environment's directory: an output has to have
/// its path, and a mount with a selector is not hashed by its content. The
/// directory above is as the base has it, since a merge takes it from here.
pub(super) fn empty_environment(system: &System) -> Output {
    let chain = File::on(&Output::SCRATCH);
    let above = system.opt.unwrap_or(DirectoryAttributes::DEFAULT);
    let chain = if above == DirectoryAttributes::DEFAULT {
        chain
    } else {
        let owner = Owner::ids(above.uid, above.gid);
        chain.action(Mkdir::new(at("/opt"), above.mode).owner(owner))
    };
    step::internal(chain.action(Mkdir::new(at(VENV), 0o755).parents())).output()
}
