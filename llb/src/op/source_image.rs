//! Images in a registry.

use crate::attr;
use crate::digest::Digest;
use crate::op::source::{Source, source_methods};
use crate::platform::Platform;
use crate::reference::Reference;

/// How a tag becomes a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolveMode {
    /// As the daemon is set up.
    Default,
    /// Always by the registry.
    Pull,
    /// An image of this name that is already there will do.
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

    /// The image that is asked for.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The platform whose image is meant; the daemon's own without.
    pub fn platform(self, platform: Platform) -> Self {
        self.with(|source| source.platform(platform))
    }

    /// How its tag becomes a digest.
    pub fn resolve_mode(mut self, mode: ResolveMode) -> Self {
        let value = match mode {
            ResolveMode::Default => "",
            mode => mode.as_str(),
        };
        self.inner.set(attr::IMAGE_RESOLVE_MODE, value);
        self
    }

    /// Marks it as no image of the user's, for the daemon's own records.
    pub fn internal(mut self) -> Self {
        self.inner
            .set(attr::IMAGE_RECORD_TYPE, attr::IMAGE_RECORD_INTERNAL);
        self
    }

    /// Its first layers alone.
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.inner.set(attr::IMAGE_LAYER_LIMIT, layers.to_string());
        self
    }

    /// The digest that it must have.
    pub fn checksum(mut self, digest: &Digest) -> Self {
        self.inner.set(attr::IMAGE_CHECKSUM, digest.as_str());
        self
    }
}
