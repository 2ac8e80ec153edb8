//! The error about credentials in a URL.

use super::Diagnostic;

const MESSAGE: &str = "a URL holds a user name or password";
const HELP: &str = "take it out of the URL, write `machine HOST login USER password PASSWORD` into \
                    a netrc file, and pass that as a secret: --secret id=netrc,src=$HOME/.netrc";

impl Diagnostic {
    /// The error about a URL with credentials, with the place as text:
    /// `Dockerfile, line 7`. Without a location, no line of the file is sent to
    /// the daemon, masked or not.
    pub fn credentials(place: impl std::fmt::Display) -> Self {
        Self::error(format!("{place}: {MESSAGE}")).help(HELP)
    }

    /// The same error without a place, for callers that add a location.
    pub fn credentials_here() -> Self {
        Self::error(MESSAGE).help(HELP)
    }
}
