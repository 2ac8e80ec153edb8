//! Sources: trees that come from outside of the graph.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_proto::pb;
use thiserror::Error;

use crate::attr;
use crate::caps::Cap;
use crate::op::source_caps::source_caps;
use crate::op::{
    BlobReference, GitSource, GitUrl, HttpSource, HttpUrl, ImageBlobSource, ImageSource,
    LocalSource, OciLayoutBlobSource, OciLayoutSource,
};
use crate::platform::Platform;
use crate::reference::Reference;
use crate::settings::{Settings, platform_method, settings_methods};
use crate::vertex::{Output, Vertex};

/// A source of any kind: an identifier and attributes.
///
/// The constructors give a builder of the kind; what is built can be sent alone,
/// to ask the daemon about it, and rebuilt from the answer:
///
/// ```
/// use buildkit_llb::{Platform, Source};
/// let source = Source::image("python:3.11-slim".parse()?)
///     .platform(Platform::linux_arm64())
///     .name("base image")
///     .source();
/// let asked = source.to_pb(); // for ResolveSourceMeta
/// let mut answer = asked.clone(); // which may be another one
/// answer.identifier.push_str("@sha256:…");
/// let base = source.rewritten(answer)?.output();
/// assert_eq!(base.vertex().unwrap().metadata().name(), Some("base image"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    identifier: String,
    attrs: BTreeMap<String, String>,
    settings: Settings,
}

/// Why something is no source operation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no identifier of a source: it is written scheme://…")]
pub struct SourceError(String);

settings_methods!(Source);
platform_method!(Source);

impl Source {
    /// An image in a registry.
    pub fn image(reference: Reference) -> ImageSource {
        ImageSource::new(reference)
    }

    /// A directory of the client, by the name that the client gave it.
    pub fn local(name: &str) -> LocalSource {
        LocalSource::new(name)
    }

    /// A file from the web.
    pub fn http(url: HttpUrl) -> HttpSource {
        HttpSource::new(url)
    }

    /// A git repository.
    pub fn git(url: GitUrl) -> GitSource {
        GitSource::new(url)
    }

    /// An image in an OCI layout that the client holds.
    pub fn oci_layout(reference: Reference) -> OciLayoutSource {
        OciLayoutSource::new(reference)
    }

    /// A blob of a registry, as a file.
    pub fn image_blob(reference: &BlobReference) -> ImageBlobSource {
        ImageBlobSource::new(reference)
    }

    /// A blob of an OCI layout, as a file; `store` is the client's name for the
    /// layout.
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

    /// A source as a daemon tells it.
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

    /// What the daemon made of this source (a policy may rewrite it), with the
    /// platform, the name and everything else that was said about it.
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

    /// Scheme and place: `docker-image://docker.io/library/python:3.11-slim`.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// An attribute by its name on the wire.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.get(name).map(String::as_str)
    }

    /// The platform that it was given.
    pub fn wanted_platform(&self) -> Option<&Platform> {
        self.settings.constraints.platform.as_ref()
    }

    /// The capabilities that it needs.
    pub fn required_caps(&self) -> BTreeSet<Cap> {
        let mut caps = source_caps(&self.identifier, &self.attrs);
        caps.extend(self.settings.metadata.caps().iter().cloned());
        caps
    }

    /// The tree that the source gives.
    pub fn output(self) -> Output {
        let caps = self.required_caps();
        let platform = attr::is_platform_specific(&self.identifier)
            .then(|| self.settings.constraints.platform.clone())
            .flatten();
        let op = pb::op::Op::Source(pb::SourceOp {
            identifier: self.identifier,
            attrs: self.attrs,
        });
        let settings = self.settings.with_caps(caps);
        Output::new(
            Vertex::encode(&op, Vec::new(), platform.as_ref(), settings),
            0,
        )
    }

    /// Sets an attribute; an empty value is none.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.attrs.remove(name);
        } else {
            self.attrs.insert(name.to_owned(), value);
        }
    }

    /// Sets an attribute that is a list, as a JSON array of texts. An empty list
    /// is no attribute.
    pub(crate) fn set_list(&mut self, name: &str, values: &[String]) {
        let value = if values.is_empty() {
            String::new()
        } else {
            go_json(values)
        };
        self.set(name, value);
    }
}

/// JSON as Go writes it, which escapes what HTML would read.
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

/// What the typed source builders share: each wraps a [`Source`] in `inner`.
macro_rules! source_methods {
    ($builder:ty) => {
        impl $builder {
            /// The source alone, to ask the daemon about it or to be told its
            /// answer.
            pub fn source(self) -> $crate::Source {
                self.inner
            }

            /// The tree that the source gives.
            pub fn output(self) -> $crate::Output {
                self.inner.output()
            }

            /// The name that progress and errors show.
            pub fn name(self, name: impl Into<String>) -> Self {
                self.with(|source| source.name(name))
            }

            /// Something else that describes it, by key.
            pub fn description(self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.with(|source| source.description(key, value))
            }

            /// Where in the user's files it comes from; more than one place is fine.
            pub fn location(self, location: $crate::Location) -> Self {
                self.with(|source| source.location(location))
            }

            /// The group that it is shown in.
            pub fn progress_group(self, group: $crate::ProgressGroup) -> Self {
                self.with(|source| source.progress_group(group))
            }

            /// Fetches it even where a cache has it.
            pub fn ignore_cache(self) -> Self {
                self.with($crate::Source::ignore_cache)
            }

            /// Whether it is exported with the cache, whatever the build's own
            /// settings say.
            pub fn export_cache(self, export: bool) -> Self {
                self.with(|source| source.export_cache(export))
            }

            /// A capability that it needs beyond those known to this crate.
            pub fn require(self, cap: $crate::Cap) -> Self {
                self.with(|source| source.require(cap))
            }

            /// Only workers that pass this filter run it.
            pub fn worker_filter(self, filter: impl Into<String>) -> Self {
                self.with(|source| source.worker_filter(filter))
            }

            /// Platform and filters as given there, in place of earlier ones.
            pub fn constraints(self, constraints: &$crate::Constraints) -> Self {
                self.with(|source| source.constraints(constraints))
            }

            fn with(mut self, change: impl FnOnce($crate::Source) -> $crate::Source) -> Self {
                self.inner = change(self.inner);
                self
            }
        }

        impl From<$builder> for $crate::Source {
            fn from(builder: $builder) -> Self {
                builder.inner
            }
        }
    };
}

pub(crate) use source_methods;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_json_as_go_writes_it() {
        let list = ["a\"<b>&".to_owned(), "é\u{2028}".to_owned()];
        assert_eq!(go_json(&list), r#"["a\"\u003cb\u003e\u0026","é\u2028"]"#);
    }

    #[test]
    fn a_rewritten_source_keeps_what_was_said_about_it() {
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
