//! Sources: trees that come from outside the graph.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;
use thiserror::Error;

use crate::attr;
use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::source_caps::source_caps;
use crate::op::{
    BlobReference, GitSource, GitUrl, HttpSource, HttpUrl, ImageBlobSource, ImageSource,
    LayoutReference, LocalSource, OciLayoutBlobSource, OciLayoutSource,
};
use crate::operation_metadata::Metadata;
use crate::platform::Platform;
use crate::redact::redacted;
use crate::reference::Reference;
use crate::settings::{Constraints, Settings, platform_method, settings_methods};
use crate::vertex::{Output, Vertex};

/// A source of any kind: an identifier and attributes.
///
/// The constructors give a builder for each kind. What is built can be sent alone,
/// to ask the daemon about it, and rebuilt from the answer:
///
/// ```
/// use buildkit_llb::{Platform, Source};
/// let source = Source::image("python:3.11-slim".parse()?)
///     .platform(Platform::linux_arm64())
///     .name("base image")
///     .source();
/// let asked = source.to_pb(); // for ResolveSourceMeta
/// let mut answer = asked.clone(); // a policy may have changed it
/// answer.identifier.push_str("@sha256:…");
/// let base = source.rewritten(answer)?.output();
/// assert_eq!(base.vertex().unwrap().metadata().name(), Some("base image"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Source {
    identifier: String,
    attrs: BTreeMap<String, String>,
    settings: Settings,
}

/// Why something is not a source operation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid source identifier `{0}`: expected `scheme://…`")]
pub struct SourceError(String);

settings_methods!(Source);
platform_method!(Source);

/// URLs are shown without credentials.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attrs = self
            .attrs
            .iter()
            .map(|(name, value)| (name, redacted(value)));
        f.debug_struct("Source")
            .field("identifier", &redacted(&self.identifier))
            .field("attrs", &attrs.collect::<BTreeMap<_, _>>())
            .finish_non_exhaustive()
    }
}

impl Source {
    /// An image in a registry.
    #[doc(alias = "Image")]
    pub fn image(reference: Reference) -> ImageSource {
        ImageSource::new(reference)
    }

    /// A directory of the client, by the name that the client gave it.
    #[doc(alias = "Local")]
    pub fn local(name: &str) -> LocalSource {
        LocalSource::new(name)
    }

    /// A file that is downloaded over HTTP.
    #[doc(alias = "HTTP")]
    pub fn http(url: HttpUrl) -> HttpSource {
        HttpSource::new(url)
    }

    /// A git repository.
    #[doc(alias = "Git")]
    pub fn git(url: GitUrl) -> GitSource {
        GitSource::new(url)
    }

    /// An image in an OCI layout of the client. The reference is used as it is
    /// given.
    #[doc(alias = "OCILayout")]
    pub fn oci_layout(reference: impl Into<LayoutReference>) -> OciLayoutSource {
        OciLayoutSource::new(reference.into())
    }

    /// A blob of a registry, as a file.
    #[doc(alias = "ImageBlob")]
    pub fn image_blob(reference: &BlobReference) -> ImageBlobSource {
        ImageBlobSource::new(reference)
    }

    /// A blob of an OCI layout, as a file; `store` is the client's name for the
    /// layout.
    #[doc(alias = "OCILayoutBlob")]
    pub fn oci_layout_blob(reference: &BlobReference, store: &str) -> OciLayoutBlobSource {
        OciLayoutBlobSource::new(reference, store)
    }

    pub(crate) fn with_identifier(identifier: String) -> Self {
        Self {
            identifier,
            attrs: BTreeMap::new(),
            settings: Settings::default(),
        }
    }

    pub(crate) fn renamed(self, identifier: String) -> Self {
        Self { identifier, ..self }
    }

    /// A source of any kind, as the protocol has it.
    pub fn from_pb(op: pb::SourceOp) -> Result<Self, SourceError> {
        let well_formed = op
            .identifier
            .split_once("://")
            .is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
        if !well_formed {
            return Err(SourceError(op.identifier));
        }
        Ok(Self {
            attrs: op.attrs,
            ..Self::with_identifier(op.identifier)
        })
    }

    /// The source that the daemon answered with (a policy may rewrite it), with
    /// the platform, name and other metadata of this one.
    pub fn rewritten(self, answer: pb::SourceOp) -> Result<Self, SourceError> {
        Ok(Self {
            settings: self.settings,
            ..Self::from_pb(answer)?
        })
    }

    /// The source alone, as `ResolveSourceMeta` takes it.
    pub fn to_pb(&self) -> pb::SourceOp {
        pb::SourceOp {
            identifier: self.identifier.clone(),
            attrs: self.attrs.clone(),
        }
    }

    /// Scheme and address: `docker-image://docker.io/library/python:3.11-slim`.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The value of an attribute, by its name in the protocol.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.get(name).map(String::as_str)
    }

    /// The platform that is set.
    pub fn wanted_platform(&self) -> Option<&Platform> {
        self.settings.platform()
    }

    /// The capabilities that the source needs.
    pub fn required_caps(&self) -> BTreeSet<Cap> {
        let mut caps = source_caps(&self.identifier, &self.attrs);
        caps.extend(self.settings.metadata.caps().iter().cloned());
        caps
    }

    /// The source that a vertex is, with this metadata.
    pub(crate) fn of_vertex(vertex: &Vertex, metadata: &Metadata) -> Option<Self> {
        // Sources have no inputs, so that most operations need not be decoded.
        if !vertex.edges().is_empty() {
            return None;
        }
        let op = vertex.op();
        let Some(pb::op::Op::Source(source)) = op.op else {
            return None;
        };
        let own = Constraints {
            platform: op.platform.map(Platform::from_pb),
            filters: op.constraints.unwrap_or_default().filter,
        };
        Some(Self {
            identifier: source.identifier,
            attrs: source.attrs,
            settings: Settings {
                own,
                metadata: metadata.clone(),
                ..Settings::default()
            },
        })
    }

    /// The image that this source is, if it is an image of a registry.
    pub fn image_reference(&self) -> Option<Reference> {
        self.identifier.strip_prefix(attr::IMAGE)?.parse().ok()
    }

    /// The same source with another image.
    pub fn with_image_reference(self, reference: &Reference) -> Self {
        self.renamed(format!("{}{reference}", attr::IMAGE))
    }

    /// The tree that the source gives.
    pub fn output(self) -> Output {
        Output::new(self.into_vertex(), 0)
    }

    pub(crate) fn has_constraints_of(&self, other: &Self) -> bool {
        let own = &self.settings;
        own.own == other.settings.own && own.graph == other.settings.graph
    }

    /// The metadata of the operation, with the capabilities that it needs.
    pub(crate) fn into_metadata(self) -> Metadata {
        let caps = self.required_caps();
        self.settings.with_caps(caps).metadata
    }

    pub(crate) fn into_vertex(self) -> Arc<Vertex> {
        let caps = self.required_caps();
        let platform = attr::is_platform_specific(&self.identifier)
            .then(|| self.settings.platform().cloned())
            .flatten();
        let op = pb::op::Op::Source(pb::SourceOp {
            identifier: self.identifier,
            attrs: self.attrs,
        });
        let settings = self.settings.with_caps(caps);
        Vertex::encode(Body::Op(&op), Vec::new(), platform.as_ref(), settings)
    }

    /// Sets an attribute; an empty value removes it.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.attrs.remove(name);
        } else {
            self.attrs.insert(name.to_owned(), value);
        }
    }

    /// Sets an attribute, even to an empty value.
    pub(crate) fn set_even_empty(&mut self, name: &str, value: impl Into<String>) {
        self.attrs.insert(name.to_owned(), value.into());
    }

    /// Sets an attribute to a JSON array of texts; an empty list removes it.
    pub(crate) fn set_list(&mut self, name: &str, values: &[String]) {
        let value = if values.is_empty() {
            String::new()
        } else {
            go_json(values)
        };
        self.set(name, value);
    }
}

/// JSON as Go writes it, which escapes what is special in HTML.
fn go_json(values: &[String]) -> String {
    let mut json = String::new();
    for c in serde_json::Value::from(values).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                json.extend([r"\u", &format!("{:04x}", u32::from(c))]);
            }
            c => json.push(c),
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_lists_as_go_does() {
        let list = ["a\"<b>&".to_owned(), "é\u{2028}".to_owned()];
        assert_eq!(go_json(&list), r#"["a\"\u003cb\u003e\u0026","é\u2028"]"#);
    }

    #[test]
    fn a_rewritten_source_keeps_its_metadata() {
        let source = Source::image("a".parse().unwrap())
            .platform(Platform::linux_arm64())
            .name("n")
            .source();
        let answer = pb::SourceOp {
            identifier: "docker-image://mirror.example/a:latest".to_owned(),
            attrs: BTreeMap::from([(attr::IMAGE_CHECKSUM.to_owned(), "x".to_owned())]),
        };
        let source = source.rewritten(answer).unwrap();
        assert_eq!(source.wanted_platform(), Some(&Platform::linux_arm64()));
        let caps = [Cap::SOURCE_IMAGE, Cap::SOURCE_IMAGE_CHECKSUM];
        assert_eq!(source.required_caps(), BTreeSet::from(caps));
        assert!(Source::from_pb(pb::SourceOp::default()).is_err());
    }
}
