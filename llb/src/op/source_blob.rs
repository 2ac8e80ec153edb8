//! Single blobs of registries and OCI layouts, as files.

use crate::attr;
use crate::op::blob_reference::BlobReference;
use crate::op::source::Source;
use crate::op::source_file::file_methods;
use crate::op::source_methods::source_methods;

/// A blob of a registry, as the only file of a tree; made by [`Source::image_blob`].
#[derive(Clone, Debug)]
pub struct ImageBlobSource {
    inner: Source,
}

source_methods!(ImageBlobSource);
file_methods!(ImageBlobSource, "the digest");

impl ImageBlobSource {
    pub(crate) fn new(reference: &BlobReference) -> Self {
        Self {
            inner: Source::with_identifier(format!("{}{reference}", attr::IMAGE_BLOB)),
        }
    }

    /// Marks the blob as internal in the daemon's records.
    #[doc(alias = "MarkImageInternal")]
    pub fn internal(mut self) -> Self {
        self.inner
            .set(attr::IMAGE_RECORD_TYPE, attr::IMAGE_RECORD_INTERNAL);
        self
    }
}

/// A blob of an OCI layout of the client, as the only file of a tree; made by
/// [`Source::oci_layout_blob`].
#[derive(Clone, Debug)]
pub struct OciLayoutBlobSource {
    inner: Source,
}

source_methods!(OciLayoutBlobSource);
file_methods!(OciLayoutBlobSource, "the digest");

impl OciLayoutBlobSource {
    pub(crate) fn new(reference: &BlobReference, store: &str) -> Self {
        let mut inner = Source::with_identifier(format!("{}{reference}", attr::OCI_LAYOUT_BLOB));
        inner.set(attr::OCI_STORE, store);
        Self { inner }
    }

    /// The session that holds the store; any session of the build if none is set.
    #[doc(alias = "ImageBlobOCIStore")]
    pub fn session(mut self, id: &str) -> Self {
        self.inner.set(attr::OCI_SESSION, id);
        self
    }
}
