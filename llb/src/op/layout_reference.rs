//! References of images in OCI layouts.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::reference::Reference;

/// The reference of an image in an OCI layout, as it is given: unlike that of a
/// registry, it has no default registry, repository or tag.
///
/// ```
/// use buildkit_llb::source::LayoutReference;
/// let reference: LayoutReference = "base:1".parse()?;
/// assert_eq!(reference.as_str(), "base:1");
/// # Ok::<(), buildkit_llb::error::LayoutReferenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayoutReference(String);

/// Why a text is not a [`LayoutReference`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid reference {0:?} of an OCI layout: expected a text without spaces")]
pub struct LayoutReferenceError(String);

impl LayoutReference {
    /// The reference as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LayoutReference {
    type Err = LayoutReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |c: char| c.is_whitespace() || c.is_control();
        if text.is_empty() || text.contains(invalid) {
            return Err(LayoutReferenceError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The full form of a registry's reference.
impl From<Reference> for LayoutReference {
    fn from(reference: Reference) -> Self {
        Self(reference.to_string())
    }
}

impl fmt::Display for LayoutReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
