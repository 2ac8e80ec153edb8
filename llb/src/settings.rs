//! Options of every builder: constraints and metadata.

use crate::caps::Cap;
use crate::operation_metadata::Metadata;
use crate::platform::Platform;

/// A platform and worker filters for many operations: a value that is made once
/// and given to each builder, or to a whole graph
/// ([`Output::constrained`](crate::Output::constrained)).
///
/// Operations that are the same on every platform (files, merges, HTTP
/// sources, …) take the filters and not the platform, so that builds for several
/// platforms share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Constraints {
    pub(crate) platform: Option<Platform>,
    pub(crate) filters: Vec<String>,
}

impl Constraints {
    /// No constraints.
    pub fn new() -> Self {
        Self::default()
    }

    /// The platform that operations run on, or that images are for.
    #[doc(alias = "Platform")]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Only workers that match this filter run the operations.
    #[doc(alias = "Require")]
    pub fn worker_filter(mut self, filter: impl Into<String>) -> Self {
        self.filters.push(filter.into());
        self
    }
}

/// A builder's share of what all builders know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// The constraints of the graph, unless the operation has others.
    pub(crate) graph: Constraints,
    /// The constraints of this operation.
    pub(crate) own: Constraints,
    pub(crate) metadata: Metadata,
}

impl Settings {
    pub(crate) fn with_caps(mut self, caps: impl IntoIterator<Item = Cap>) -> Self {
        for cap in caps {
            self.metadata.need(cap);
        }
        self
    }

    pub(crate) fn add_constraints(&mut self, constraints: &Constraints) {
        if let Some(platform) = &constraints.platform {
            self.graph.platform = Some(platform.clone());
        }
        self.graph.filters.extend_from_slice(&constraints.filters);
    }

    /// The operation's platform, else the graph's.
    pub(crate) fn platform(&self) -> Option<&Platform> {
        self.own.platform.as_ref().or(self.graph.platform.as_ref())
    }

    /// The worker filters, those of the graph first, and the metadata.
    pub(crate) fn into_parts(self) -> (Vec<String>, Metadata) {
        let mut filters = self.graph.filters;
        if filters.is_empty() {
            filters = self.own.filters;
        } else {
            filters.extend(self.own.filters);
        }
        (filters, self.metadata)
    }
}

/// The methods that all builders share; each has a field `settings`.
macro_rules! settings_methods {
    ($builder:ty) => {
        impl $builder {
            /// The name that progress and errors show.
            #[doc(alias = "WithCustomName")]
            #[doc(alias = "WithCustomNamef")]
            pub fn name(self, name: impl Into<String>) -> Self {
                self.description($crate::operation_metadata::CUSTOM_NAME, name)
            }

            /// A description under another key than that of the name.
            #[doc(alias = "WithDescription")]
            pub fn description(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
                let metadata = &mut self.settings.metadata;
                metadata.description.insert(key.into(), value.into());
                self
            }

            /// Where in the user's files the operation comes from. Several
            /// locations are allowed.
            pub fn location(mut self, location: $crate::metadata::Location) -> Self {
                self.settings.metadata.locations.push(location);
                self
            }

            /// The progress group that the operation is shown in.
            pub fn progress_group(mut self, group: $crate::metadata::ProgressGroup) -> Self {
                self.settings.metadata.set_progress_group(group);
                self
            }

            /// Runs the operation even if its result is cached. For an exec this
            /// also empties its cache mounts.
            #[doc(alias = "IgnoreCache")]
            pub fn ignore_cache(mut self) -> Self {
                self.settings.metadata.ignore_cache = true;
                self
            }

            /// Whether the result is exported with the cache, regardless of the
            /// settings of the build.
            #[doc(alias = "WithExportCache")]
            #[doc(alias = "WithoutExportCache")]
            #[doc(alias = "WithoutDefaultExportCache")]
            pub fn export_cache(mut self, export: bool) -> Self {
                self.settings.metadata.export_cache = Some(export);
                self
            }

            /// CPU and memory limits of the operation's container. They are
            /// metadata: no part of the digest or of the cache key. BuildKit v0.31
            /// or later.
            #[doc(alias = "WithLinuxResources")]
            pub fn resources(mut self, resources: $crate::metadata::Resources) -> Self {
                self.settings.metadata.set_resources(resources);
                self
            }

            /// A capability that the operation needs, beyond those that this crate
            /// declares.
            pub fn require(mut self, cap: $crate::Cap) -> Self {
                self.settings.metadata.need(cap);
                self
            }

            /// Only workers that match this filter run the operation.
            #[doc(alias = "Require")]
            pub fn worker_filter(mut self, filter: impl Into<String>) -> Self {
                self.settings.own.filters.push(filter.into());
                self
            }

            /// Adds constraints of the graph: the platform, unless the builder has
            /// one of its own, and filters, which come before the builder's own.
            pub fn constraints(mut self, constraints: &$crate::Constraints) -> Self {
                self.settings.add_constraints(constraints);
                self
            }
        }
    };
}

/// The method of builders whose operations have a platform.
macro_rules! platform_method {
    ($builder:ty) => {
        impl $builder {
            /// The platform that it runs on or is for; the daemon's own if none is
            /// set.
            pub fn platform(mut self, platform: $crate::Platform) -> Self {
                self.settings.own.platform = Some(platform);
                self
            }
        }
    };
}

pub(crate) use {platform_method, settings_methods};
