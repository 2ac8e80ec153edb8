//! Images in a registry.

use crate::attr;
use crate::digest::Digest;
use crate::op::source::Source;
use crate::op::source_methods::source_methods;
use crate::platform::Platform;
use crate::reference::Reference;

/// How a tag is resolved to a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ResolveMode {
    /// As the daemon is configured.
    Default,
    /// Always by the registry.
    #[doc(alias = "ResolveModeForcePull")]
    Pull,
    /// By an image of this name in the daemon's store, if there is one.
    PreferLocal,
}

impl ResolveMode {
    /// The name on the wire, as `ResolveSourceMeta` also takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => attr::IMAGE_RESOLVE_PULL,
            Self::PreferLocal => attr::IMAGE_RESOLVE_LOCAL,
        }
    }
}

/// An image in a registry; made by [`Source::image`].
#[derive(Clone, Debug)]
pub struct ImageSource {
    inner: Source,
    reference: Reference,
}

source_methods!(ImageSource);

impl ImageSource {
    pub(crate) fn new(reference: Reference) -> Self {
        Self {
            inner: Source::with_identifier(format!("{}{reference}", attr::IMAGE)),
            reference,
        }
    }

    /// The image's reference.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The platform of the image; the daemon's own if none is set.
    pub fn platform(self, platform: Platform) -> Self {
        self.with(|source| source.platform(platform))
    }

    /// How the tag is resolved to a digest.
    pub fn resolve_mode(mut self, mode: ResolveMode) -> Self {
        let value = match mode {
            ResolveMode::Default => "",
            mode => mode.as_str(),
        };
        self.inner.set(attr::IMAGE_RESOLVE_MODE, value);
        self
    }

    /// Marks the image as internal in the daemon's records.
    #[doc(alias = "MarkImageInternal")]
    pub fn internal(mut self) -> Self {
        self.inner
            .set(attr::IMAGE_RECORD_TYPE, attr::IMAGE_RECORD_INTERNAL);
        self
    }

    /// The number of layers to use, from the first.
    #[doc(alias = "WithLayerLimit")]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.inner.set(attr::IMAGE_LAYER_LIMIT, layers.to_string());
        self
    }

    /// The digest that the image must have.
    #[doc(alias = "WithImageChecksum")]
    pub fn checksum(mut self, digest: &Digest) -> Self {
        self.inner.set(attr::IMAGE_CHECKSUM, digest.as_str());
        self
    }
}
