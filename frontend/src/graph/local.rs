//! Directories of the client's: the build context and named ones.

use buildkit_llb::{LocalSource, Source};

use crate::options::Options;

/// A directory of the client's, in the session that it belongs to.
pub fn local_source(options: &Options, name: &str) -> LocalSource {
    let source = Source::local(name).session(options.session_of(name));
    source.shared_key(options.shared_keys.get(name).map_or(name, String::as_str))
}
