//! What the requirement files of one layer say, put together.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Options, Requirement};

/// Everything that the requirement files of one Python layer say, includes
/// followed, markers already evaluated for the target.
///
/// The order of entries never matters to a build, so they are kept sorted
/// where order has no meaning (requirements, constraints) and as written
/// where it has (indexes, find-links).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequirementSet {
    /// What is to be installed, sorted by text, each once.
    pub requirements: Vec<Requirement>,
    /// What limits versions without asking for anything.
    pub constraints: Vec<Requirement>,
    /// Options that hold for the whole resolution.
    pub options: Options,
}

/// Sorted by text, each text once with all of its hashes, at its first place.
pub fn merged(list: Vec<Requirement>) -> Vec<Requirement> {
    let mut merged: BTreeMap<String, Requirement> = BTreeMap::new();
    for requirement in list {
        match merged.entry(requirement.to_string()) {
            Entry::Occupied(mut first) => first.get_mut().hashes.extend(requirement.hashes),
            Entry::Vacant(entry) => {
                entry.insert(requirement);
            }
        }
    }
    let mut list: Vec<Requirement> = merged.into_values().collect();
    for requirement in &mut list {
        requirement.hashes.sort();
        requirement.hashes.dedup();
    }
    list
}
