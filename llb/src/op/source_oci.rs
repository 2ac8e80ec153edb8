//! Images in an OCI layout that the client holds.

use crate::attr;
use crate::op::source::{Source, source_methods};
use crate::platform::Platform;
use crate::reference::Reference;

/// An image in an OCI layout; made by [`Source::oci_layout`].
#[derive(Clone, Debug)]
pub struct OciLayoutSource {
    inner: Source,
    reference: Reference,
}

source_methods!(OciLayoutSource);

impl OciLayoutSource {
    pub(crate) fn new(reference: Reference) -> Self {
        Self {
            inner: Source::with_identifier(format!("{}{reference}", attr::OCI_LAYOUT)),
            reference,
        }
    }

    /// The image that is asked for.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The platform whose image is meant; the daemon's own without.
    pub fn platform(self, platform: Platform) -> Self {
        self.with(|source| source.platform(platform))
    }

    /// The session and the store in it that hold the layout.
    pub fn store(mut self, session: &str, store: &str) -> Self {
        self.inner.set(attr::OCI_SESSION, session);
        self.inner.set(attr::OCI_STORE, store);
        self
    }

    /// Its first layers alone.
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.inner.set(attr::OCI_LAYER_LIMIT, layers.to_string());
        self
    }
}
