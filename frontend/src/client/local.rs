//! Directories of the client.

use buildkit_llb::Source;
use buildkit_llb::source::LocalSource;

use crate::client::Options;
use crate::source::Location;

/// A path of the build context that has to be there.
#[derive(Clone, Debug)]
pub struct Needed {
    /// Relative to the context's root.
    pub path: String,
    /// Where the user names it.
    pub location: Location,
}

impl Needed {
    pub(crate) fn new(path: &str, location: &Location) -> Self {
        Self {
            path: path.to_owned(),
            location: location.clone(),
        }
    }
}

/// A directory of the client, in the session that serves it.
pub fn local_source(options: &Options, name: &str) -> LocalSource {
    let source = Source::local(name).session(options.session_of(name));
    source.shared_key(options.shared_keys.get(name).map_or(name, String::as_str))
}
