//! Images in an OCI layout of the client.

use crate::attr;
use crate::op::layout_reference::LayoutReference;
use crate::op::source::Source;
use crate::op::source_methods::source_methods;
use crate::platform::Platform;

/// An image in an OCI layout; made by [`Source::oci_layout`].
#[derive(Clone, Debug)]
pub struct OciLayoutSource {
    inner: Source,
    reference: LayoutReference,
}

source_methods!(OciLayoutSource);

impl OciLayoutSource {
    pub(crate) fn new(reference: LayoutReference) -> Self {
        Self {
            inner: Source::with_identifier(format!("{}{reference}", attr::OCI_LAYOUT)),
            reference,
        }
    }

    /// The image's reference.
    pub fn reference(&self) -> &LayoutReference {
        &self.reference
    }

    /// The platform of the image; the daemon's own if none is set.
    pub fn platform(self, platform: Platform) -> Self {
        self.with(|source| source.platform(platform))
    }

    /// The session and the store in it that hold the layout; an empty text sets
    /// nothing.
    #[doc(alias = "OCIStore")]
    pub fn store(mut self, session: &str, store: &str) -> Self {
        self.inner.set(attr::OCI_SESSION, session);
        self.inner.set(attr::OCI_STORE, store);
        self
    }

    /// The number of layers to use, from the first.
    #[doc(alias = "OCILayerLimit")]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.inner.set(attr::OCI_LAYER_LIMIT, layers.to_string());
        self
    }
}
