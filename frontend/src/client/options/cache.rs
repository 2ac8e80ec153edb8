//! Caches, and when not to use them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::value::invalid;
use crate::source::Diagnostic;

/// Which steps ignore the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NoCache {
    /// None.
    #[default]
    Off,
    /// All.
    All,
    /// Those of these stages.
    Stages(Vec<String>),
}

impl NoCache {
    pub(super) fn parse(value: &str) -> Self {
        if value.is_empty() {
            return Self::All;
        }
        Self::Stages(value.split(',').map(str::to_owned).collect())
    }

    /// Whether a stage ignores it. The case of names does not matter.
    pub fn holds_for(&self, stage: &str) -> bool {
        match self {
            Self::Off => false,
            Self::All => true,
            Self::Stages(names) => names.iter().any(|name| name.eq_ignore_ascii_case(stage)),
        }
    }
}

/// A cache that the client names, to look results up in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CacheImport {
    /// `registry`, `gha`, `local`, …
    #[serde(rename = "Type")]
    pub kind: String,
    /// Its attributes, such as `ref`.
    #[serde(rename = "Attrs", default, deserialize_with = "nullable")]
    pub attrs: BTreeMap<String, String>,
}

impl CacheImport {
    pub(super) fn parse(value: &str) -> Result<Vec<Self>, Diagnostic> {
        serde_json::from_str::<Option<Vec<Self>>>(value)
            .map(Option::unwrap_or_default)
            .map_err(|error| {
                invalid("`--cache-from`", value, error)
                    .help("write `--cache-from type=registry,ref=…`")
            })
    }

    /// An image in a registry.
    pub(super) fn registry(reference: &str) -> Self {
        Self {
            kind: "registry".to_owned(),
            attrs: BTreeMap::from([("ref".to_owned(), reference.to_owned())]),
        }
    }
}

/// Go writes what is absent as `null`.
fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// When to ask registries for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResolveMode {
    /// As the daemon likes.
    #[default]
    Default,
    /// Always: `--pull`.
    Pull,
    /// Only where there is no local image.
    Local,
}

impl ResolveMode {
    pub(super) fn parse(value: &str) -> Result<Self, Diagnostic> {
        match value {
            "" | "default" => Ok(Self::Default),
            "pull" => Ok(Self::Pull),
            "local" => Ok(Self::Local),
            _ => {
                let why = "expected `default`, `pull` or `local`";
                Err(invalid("`image-resolve-mode`", value, why)
                    .help("pass one of them, or use `--pull`"))
            }
        }
    }

    /// As requests and attributes name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => "pull",
            Self::Local => "local",
        }
    }
}
