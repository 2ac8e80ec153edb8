//! What is said about an operation without being part of it.
//!
//! Names, capabilities, progress groups and locations are no part of an
//! operation's digest: two operations that differ in them alone are equal, and
//! where they meet in one definition their metadata become one.

use std::collections::BTreeMap;

use buildkit_proto::pb;

use crate::caps::Cap;
use crate::location::Location;

/// The key of the name that is shown for an operation.
pub(crate) const CUSTOM_NAME: &str = "llb.customname";

/// A group of operations that progress shows as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressGroup {
    /// What tells groups apart.
    pub id: String,
    /// What is shown.
    pub name: String,
    /// Whether this member alone leaves the group hidden: a group is shown once
    /// a member that is not weak runs, or one fails.
    pub weak: bool,
}

impl ProgressGroup {
    /// A group by its id and the name that is shown.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            weak: false,
        }
    }

    pub(crate) fn to_pb(&self) -> pb::ProgressGroup {
        pb::ProgressGroup {
            id: self.id.clone(),
            name: self.name.clone(),
            weak: self.weak,
        }
    }

    /// The same group for a member that is not worth showing by itself.
    pub fn weak(mut self) -> Self {
        self.weak = true;
        self
    }
}

/// What is said about one operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    pub(crate) ignore_cache: bool,
    pub(crate) description: BTreeMap<String, String>,
    pub(crate) caps: Needed,
    /// Boxed like all that few operations have: graphs hold many of these.
    pub(crate) progress_group: Option<Box<ProgressGroup>>,
    pub(crate) export_cache: Option<bool>,
    pub(crate) locations: Vec<Location>,
}

/// Capabilities, sorted, each once. Many operations need one and no more: that
/// one lies in place.
#[derive(Clone, Debug)]
pub(crate) enum Needed {
    One(Cap),
    Any(Vec<Cap>),
}

impl Needed {
    fn as_slice(&self) -> &[Cap] {
        match self {
            Self::One(cap) => std::slice::from_ref(cap),
            Self::Any(caps) => caps,
        }
    }

    fn insert(&mut self, cap: Cap) {
        let Err(place) = self.as_slice().binary_search(&cap) else {
            return;
        };
        *self = match std::mem::take(self) {
            Self::Any(caps) if caps.is_empty() => Self::One(cap),
            Self::One(other) if place == 0 => Self::Any(vec![cap, other]),
            Self::One(other) => Self::Any(vec![other, cap]),
            Self::Any(mut caps) => {
                caps.insert(place, cap);
                Self::Any(caps)
            }
        };
    }
}

impl Default for Needed {
    fn default() -> Self {
        Self::Any(Vec::new())
    }
}

impl PartialEq for Needed {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl FromIterator<Cap> for Needed {
    fn from_iter<T: IntoIterator<Item = Cap>>(caps: T) -> Self {
        let mut needed = Self::default();
        for cap in caps {
            needed.insert(cap);
        }
        needed
    }
}

impl Metadata {
    /// The name that is shown, where one was given.
    pub fn name(&self) -> Option<&str> {
        self.description.get(CUSTOM_NAME).map(String::as_str)
    }

    /// All that describes it, by key.
    pub fn description(&self) -> &BTreeMap<String, String> {
        &self.description
    }

    /// The capabilities that it needs, sorted, each once.
    pub fn caps(&self) -> &[Cap] {
        self.caps.as_slice()
    }

    pub(crate) fn need(&mut self, cap: Cap) {
        self.caps.insert(cap);
    }

    /// Whether it runs even where a cache has its result.
    pub fn ignores_cache(&self) -> bool {
        self.ignore_cache
    }

    /// Whether it is exported with the cache, where that was said.
    pub fn export_cache(&self) -> Option<bool> {
        self.export_cache
    }

    /// The group that it is shown in.
    pub fn progress_group(&self) -> Option<&ProgressGroup> {
        self.progress_group.as_deref()
    }

    /// Where it comes from.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// Takes in what is said of an equal operation that comes later in the walk:
    /// capabilities unite, caches are ignored if either says so, and the first
    /// name stays. Locations follow each other.
    pub(crate) fn absorb(&mut self, later: &Self) {
        self.ignore_cache |= later.ignore_cache;
        for (key, value) in &later.description {
            if !self.description.contains_key(key) {
                self.description.insert(key.clone(), value.clone());
            }
        }
        for cap in later.caps() {
            self.need(cap.clone());
        }
        if self.progress_group.is_none() {
            self.progress_group.clone_from(&later.progress_group);
        }
        if self.export_cache.is_none() {
            self.export_cache = later.export_cache;
        }
        self.locations.extend(later.locations.iter().cloned());
    }

    pub(crate) fn to_pb(&self) -> pb::OpMetadata {
        pb::OpMetadata {
            ignore_cache: self.ignore_cache,
            description: self.description.clone(),
            export_cache: self.export_cache.map(|value| pb::ExportCache { value }),
            caps: self
                .caps()
                .iter()
                .map(|cap| (cap.as_str().to_owned(), true))
                .collect(),
            progress_group: self.progress_group.as_ref().map(|group| group.to_pb()),
        }
    }

    pub(crate) fn from_pb(metadata: pb::OpMetadata) -> Self {
        Self {
            ignore_cache: metadata.ignore_cache,
            description: metadata.description,
            caps: metadata.caps.into_keys().map(Cap::new).collect(),
            progress_group: metadata.progress_group.map(|group| {
                Box::new(ProgressGroup {
                    id: group.id,
                    name: group.name,
                    weak: group.weak,
                })
            }),
            export_cache: metadata.export_cache.map(|export| export.value),
            locations: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_operations_unite_what_is_said_of_them() {
        let say = |name: &str, cap, ignore_cache| Metadata {
            ignore_cache,
            description: BTreeMap::from([(CUSTOM_NAME.to_owned(), name.to_owned())]),
            caps: [cap].into_iter().collect(),
            ..Metadata::default()
        };
        let mut first = say("first", Cap::FILE_BASE, false);
        first.absorb(&say("second", Cap::MERGE_OP, true));
        assert_eq!(first.name(), Some("first"));
        assert_eq!(first.caps(), [Cap::FILE_BASE, Cap::MERGE_OP]);
        assert!(first.ignores_cache());
    }

    #[test]
    fn metadata_survive_the_wire() {
        let metadata = Metadata {
            ignore_cache: true,
            description: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            caps: [Cap::DIFF_OP].into_iter().collect(),
            progress_group: Some(Box::new(ProgressGroup::new("g", "group").weak())),
            export_cache: Some(false),
            locations: Vec::new(),
        };
        assert_eq!(Metadata::from_pb(metadata.to_pb()), metadata);
    }
}
