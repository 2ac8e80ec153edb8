//! References of single blobs.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::digest::Digest;
use crate::reference::{Reference, ReferenceError};

/// The reference of a blob: a repository and the blob's digest, and no tag.
///
/// ```
/// use buildkit_llb::source::BlobReference;
/// let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// let blob: BlobReference = format!("example/models@{digest}").parse()?;
/// assert_eq!(blob.to_string(), format!("docker.io/example/models@{digest}"));
/// assert!(format!("example/models:1@{digest}").parse::<BlobReference>().is_err());
/// # Ok::<(), buildkit_llb::error::BlobReferenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobReference(Reference);

/// Why a text is not a [`BlobReference`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlobReferenceError {
    /// It is not a reference at all.
    #[error(transparent)]
    Malformed(#[from] ReferenceError),
    /// It has no digest.
    #[error("invalid blob reference `{0}`: expected a digest, as in name@sha256:…")]
    NoDigest(Reference),
    /// It has a tag, which only images have.
    #[error("invalid blob reference `{0}`: a blob has no tag, expected name@sha256:…")]
    Tag(Reference),
}

impl BlobReference {
    /// The blob's digest.
    pub fn digest(&self) -> Option<&Digest> {
        self.0.digest()
    }
}

impl TryFrom<Reference> for BlobReference {
    type Error = BlobReferenceError;

    fn try_from(reference: Reference) -> Result<Self, Self::Error> {
        if reference.digest().is_none() {
            return Err(BlobReferenceError::NoDigest(reference));
        }
        if reference.tag().is_some() {
            return Err(BlobReferenceError::Tag(reference));
        }
        Ok(Self(reference))
    }
}

impl FromStr for BlobReference {
    type Err = BlobReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Reference>()?.try_into()
    }
}

impl fmt::Display for BlobReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
