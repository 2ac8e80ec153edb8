//! Metadata of operations, which is not part of their digest.
//!
//! Names, capabilities, progress groups, resource limits and locations are not
//! part of an operation's digest: two operations that differ in them alone are
//! equal, and a definition that holds both merges their metadata.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::encoding::bool as boolean;
use prost::{DecodeError, Message as _};

use crate::canonical::{cap_entry, embed, text_map};
use crate::caps::Cap;
use crate::location::Location;
use crate::needed::Needed;
use crate::resources::{ProgressGroup, Resources};
use crate::wire;

/// The key of the name that is shown for an operation.
pub(crate) const CUSTOM_NAME: &str = "llb.customname";

/// The numbers of fields of `OpMetadata`.
const EXPORT_CACHE: u32 = 4;
const PROGRESS_GROUP: u32 = 6;

/// The metadata of one operation.
#[doc(alias = "OpMetadata")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    pub(crate) ignore_cache: bool,
    pub(crate) export_cache: Option<bool>,
    pub(crate) description: BTreeMap<String, String>,
    pub(crate) caps: Needed,
    pub(crate) locations: Vec<Location>,
    /// Boxed, since few operations have any of it, and graphs hold many of these.
    rare: Option<Box<Rare>>,
}

/// What few operations have.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rare {
    progress_group: Option<ProgressGroup>,
    resources: Option<Resources>,
    /// Capabilities that are listed as not needed.
    disabled: Needed,
    /// Fields that this crate does not know, as they were read: of the cache export
    /// and of the progress group, and of the metadata itself.
    export_unknown: Vec<u8>,
    group_unknown: Vec<u8>,
    unknown: Vec<u8>,
}

impl Metadata {
    /// The name that is shown, if one is set.
    pub fn name(&self) -> Option<&str> {
        self.description.get(CUSTOM_NAME).map(String::as_str)
    }

    /// All descriptions by their keys, with the name.
    pub fn description(&self) -> &BTreeMap<String, String> {
        &self.description
    }

    /// The capabilities that the operation needs, sorted, each once.
    pub fn caps(&self) -> &[Cap] {
        self.caps.as_slice()
    }

    /// Whether the operation runs even if its result is cached.
    pub fn ignores_cache(&self) -> bool {
        self.ignore_cache
    }

    /// Whether the result is exported with the cache, if that is set.
    pub fn export_cache(&self) -> Option<bool> {
        self.export_cache
    }

    /// The progress group that the operation is shown in.
    pub fn progress_group(&self) -> Option<&ProgressGroup> {
        self.rare.as_ref()?.progress_group.as_ref()
    }

    /// CPU and memory limits of the operation's container.
    pub fn resources(&self) -> Option<&Resources> {
        self.rare.as_ref()?.resources.as_ref()
    }

    /// Where in the user's files the operation comes from.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    pub(crate) fn need(&mut self, cap: Cap) {
        self.caps.insert(cap);
    }

    pub(crate) fn set_progress_group(&mut self, group: ProgressGroup) {
        let rare = self.rare_mut();
        rare.progress_group = Some(group);
        rare.group_unknown.clear();
    }

    pub(crate) fn set_resources(&mut self, resources: Resources) {
        self.rare_mut().resources = Some(resources);
    }

    /// Whether there is nothing besides locations.
    pub(crate) fn is_undescribed(&self) -> bool {
        let rest = Self {
            locations: self.locations.clone(),
            ..Self::default()
        };
        *self == rest
    }

    fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    fn disabled(&self) -> &[Cap] {
        self.rare
            .as_ref()
            .map_or(&[], |rare| rare.disabled.as_slice())
    }

    /// Merges the metadata of an equal operation that comes later in the graph, as
    /// `mergeMetadata` of Go's client does: later values win, capabilities and
    /// locations accumulate, and the cache is ignored if either says so.
    pub(crate) fn merge(&mut self, later: &Self) {
        self.ignore_cache |= later.ignore_cache;
        self.export_cache = later.export_cache.or(self.export_cache);
        let description = later.description.iter();
        self.description
            .extend(description.map(|(key, value)| (key.clone(), value.clone())));
        for cap in later.caps() {
            self.need(cap.clone());
        }
        self.locations.extend(later.locations.iter().cloned());
        if let Some(later) = &later.rare {
            let rare = self.rare_mut();
            if later.progress_group.is_some() {
                rare.progress_group.clone_from(&later.progress_group);
                rare.group_unknown.clone_from(&later.group_unknown);
            }
            if !later.export_unknown.is_empty() {
                rare.export_unknown.clone_from(&later.export_unknown);
            }
            if later.resources.is_some() {
                rare.resources.clone_from(&later.resources);
            }
            for cap in later.disabled.as_slice() {
                rare.disabled.insert(cap.clone());
            }
            rare.unknown.extend_from_slice(&later.unknown);
        }
        let caps = &self.caps;
        if let Some(rare) = &mut self.rare {
            rare.disabled.retain(|cap| !caps.contains(cap));
        }
    }

    /// The metadata as messages of requests carry them, without what
    /// `pb::OpMetadata` has no field for (resources, unknown fields).
    pub fn to_pb(&self) -> pb::OpMetadata {
        let on = self.caps().iter().map(|cap| (cap, true));
        let off = self.disabled().iter().map(|cap| (cap, false));
        pb::OpMetadata {
            ignore_cache: self.ignore_cache,
            description: self.description.clone(),
            export_cache: self.export_cache.map(|value| pb::ExportCache { value }),
            caps: off
                .chain(on)
                .map(|(cap, on)| (cap.as_str().to_owned(), on))
                .collect(),
            progress_group: self.progress_group().map(|group| group.clone().into()),
        }
    }

    /// The metadata as messages carry it, which has no locations.
    pub fn from_pb(metadata: pb::OpMetadata) -> Self {
        let mut read = Self {
            ignore_cache: metadata.ignore_cache,
            description: metadata.description,
            export_cache: metadata.export_cache.map(|export| export.value),
            ..Self::default()
        };
        for (name, on) in metadata.caps {
            if on {
                read.caps.insert(Cap::new(name));
            } else {
                read.rare_mut().disabled.insert(Cap::new(name));
            }
        }
        if let Some(group) = metadata.progress_group {
            read.set_progress_group(group.into());
        }
        read
    }

    /// Reads encoded metadata with the fields that `pb::OpMetadata` lacks.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut metadata = Self::from_pb(pb::OpMetadata::decode(bytes)?);
        let mut resources = Vec::new();
        let (mut export_unknown, mut group_unknown) = (Vec::new(), Vec::new());
        for field in wire::fields(bytes) {
            let field = field?;
            match (field.number, field.content) {
                (EXPORT_CACHE, Some(content)) => {
                    let unknown = wire::unknown(content, &(1..=1))?;
                    export_unknown.extend(unknown);
                }
                (PROGRESS_GROUP, Some(content)) => {
                    group_unknown.extend(wire::unknown(content, &(1..=3))?);
                }
                (1 | 2 | 4..=6, _) => {}
                (Resources::FIELD, Some(content)) => resources.push(content),
                _ => metadata.rare_mut().unknown.extend(field.bytes),
            }
        }
        if !export_unknown.is_empty() || !group_unknown.is_empty() {
            let rare = metadata.rare_mut();
            rare.export_unknown = export_unknown;
            rare.group_unknown = group_unknown;
        }
        if !resources.is_empty() {
            metadata.set_resources(Resources::decode(&resources)?);
        }
        Ok(metadata)
    }

    /// Appends the encoded metadata, with what `pb::OpMetadata` has no field for.
    pub(crate) fn append(&self, bytes: &mut Vec<u8>) {
        if self.ignore_cache {
            boolean::encode(1, &true, bytes);
        }
        text_map(2, &self.description, bytes);
        let unknown = |unknown: fn(&Rare) -> &[u8]| self.rare.as_deref().map_or(&[][..], unknown);
        if let Some(value) = self.export_cache {
            let mut export = pb::ExportCache { value }.encode_to_vec();
            export.extend_from_slice(unknown(|rare| &rare.export_unknown));
            embed(EXPORT_CACHE, &export, bytes);
        }
        let (mut on, mut off) = (self.caps().iter().peekable(), self.disabled().iter());
        let mut next_off = off.next();
        loop {
            // Both are sorted, and Go writes one sorted map.
            match (on.peek(), next_off) {
                (Some(cap), disabled) if disabled.is_none_or(|other| *cap < other) => {
                    cap_entry(cap.as_str(), true, bytes);
                    on.next();
                }
                (_, Some(cap)) => {
                    cap_entry(cap.as_str(), false, bytes);
                    next_off = off.next();
                }
                (_, None) => break,
            }
        }
        let Some(rare) = &self.rare else { return };
        if let Some(group) = &rare.progress_group {
            let mut group = pb::ProgressGroup::from(group.clone()).encode_to_vec();
            group.extend_from_slice(&rare.group_unknown);
            embed(PROGRESS_GROUP, &group, bytes);
        }
        if let Some(resources) = &rare.resources {
            embed(Resources::FIELD, &resources.to_bytes(), bytes);
        }
        bytes.extend_from_slice(&rare.unknown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_metadata_of_equal_operations_as_go_does() {
        let metadata = |name: &str, cap, ignore_cache| {
            let mut metadata = Metadata {
                ignore_cache,
                description: BTreeMap::from([(CUSTOM_NAME.to_owned(), name.to_owned())]),
                caps: [cap].into_iter().collect(),
                ..Metadata::default()
            };
            metadata.set_progress_group(ProgressGroup::new(name, name));
            metadata
        };
        let mut first = metadata("first", Cap::FILE_BASE, true);
        let mut second = metadata("second", Cap::MERGE_OP, false);
        second.export_cache = Some(false);
        first.merge(&second);
        assert_eq!(first.name(), Some("second"));
        assert_eq!(first.progress_group().unwrap().id, "second");
        assert_eq!(first.export_cache(), Some(false));
        assert_eq!(first.caps(), [Cap::FILE_BASE, Cap::MERGE_OP]);
        assert!(first.ignores_cache());
        first.merge(&Metadata::default());
        assert_eq!(first.name(), Some("second"));
    }

    #[test]
    fn survives_encoding() {
        let mut metadata = Metadata {
            ignore_cache: true,
            description: BTreeMap::from([("a".to_owned(), String::new())]),
            caps: [Cap::DIFF_OP].into_iter().collect(),
            export_cache: Some(false),
            ..Metadata::default()
        };
        metadata.set_progress_group(ProgressGroup::new("g", "group").weak());
        assert_eq!(Metadata::from_pb(metadata.to_pb()), metadata);
        metadata.set_resources(Resources::new().memory(-1).cpuset_cpus("0-3"));
        let rare = metadata.rare_mut();
        rare.disabled = [Cap::new("a"), Cap::new("z")].into_iter().collect();
        rare.unknown = b"\x7a\x01x".to_vec();
        let mut bytes = Vec::new();
        metadata.append(&mut bytes);
        assert_eq!(Metadata::decode(&bytes).unwrap(), metadata);
    }
}
