//! Why the text of a reference is invalid.

/// Why a text is not a reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    /// What is wrong, and what to do.
    Because(String, String),
    /// It holds credentials: nothing of it may be shown.
    Secret,
}

pub(super) fn because<T>(
    message: impl Into<String>,
    help: impl Into<String>,
) -> Result<T, Invalid> {
    Err(Invalid::Because(message.into(), help.into()))
}
