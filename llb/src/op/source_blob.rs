//! Single blobs of registries and OCI layouts, as files.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::attr;
use crate::digest::Digest;
use crate::op::source::{Source, source_methods};
use crate::op::source_file::file_methods;
use crate::reference::{Reference, ReferenceError};

/// The reference of a blob: a repository and the blob's digest, and no tag.
///
/// ```
/// use buildkit_llb::BlobReference;
/// let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// let blob: BlobReference = format!("example/models@{digest}").parse()?;
/// assert_eq!(blob.to_string(), format!("docker.io/example/models@{digest}"));
/// assert!(format!("example/models:1@{digest}").parse::<BlobReference>().is_err());
/// # Ok::<(), buildkit_llb::BlobReferenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobReference(Reference);

/// Why a text is no reference of a blob.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BlobReferenceError {
    /// It is no reference at all.
    #[error(transparent)]
    Malformed(#[from] ReferenceError),
    /// It names no digest, by which alone blobs are known.
    #[error("`{0}` names no digest: a blob is known by nothing else")]
    NoDigest(Reference),
    /// It has a tag, which blobs have not.
    #[error("`{0}` has a tag, which only images have: a blob is name@sha256:…")]
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

/// A blob of a registry, alone in a tree; made by [`Source::image_blob`].
#[derive(Clone, Debug)]
pub struct ImageBlobSource {
    inner: Source,
}

source_methods!(ImageBlobSource);
file_methods!(ImageBlobSource, "its digest");

impl ImageBlobSource {
    pub(crate) fn new(reference: &BlobReference) -> Self {
        Self {
            inner: Source::with_identifier(format!("{}{reference}", attr::IMAGE_BLOB)),
        }
    }

    /// Marks it as nothing of the user's, for the daemon's own records.
    pub fn internal(mut self) -> Self {
        self.inner
            .set(attr::IMAGE_RECORD_TYPE, attr::IMAGE_RECORD_INTERNAL);
        self
    }
}

/// A blob of an OCI layout that the client holds, alone in a tree; made by
/// [`Source::oci_layout_blob`].
#[derive(Clone, Debug)]
pub struct OciLayoutBlobSource {
    inner: Source,
}

source_methods!(OciLayoutBlobSource);
file_methods!(OciLayoutBlobSource, "its digest");

impl OciLayoutBlobSource {
    pub(crate) fn new(reference: &BlobReference, store: &str) -> Self {
        let mut inner = Source::with_identifier(format!("{}{reference}", attr::OCI_LAYOUT_BLOB));
        inner.set(attr::OCI_STORE, store);
        Self { inner }
    }

    /// The session that holds the store; any session of the build otherwise.
    pub fn session(mut self, id: &str) -> Self {
        self.inner.set(attr::OCI_SESSION, id);
        self
    }
}
