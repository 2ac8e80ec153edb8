//! What every builder of an operation can be told besides the operation itself.

use crate::caps::Cap;
use crate::metadata::Metadata;
use crate::platform::Platform;

/// Platform and worker filter for many operations: a value that is made once
/// and handed to each builder.
///
/// Operations that are the same on every platform (files, merges, HTTP
/// sources, …) take the filter and leave the platform, so that builds for
/// several platforms share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints {
    pub(crate) platform: Option<Platform>,
    pub(crate) filters: Vec<String>,
}

impl Constraints {
    /// Nothing asked for.
    pub fn new() -> Self {
        Self::default()
    }

    /// Operations run on, or give images for, this platform.
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Only workers that pass this filter run them.
    pub fn worker_filter(mut self, filter: impl Into<String>) -> Self {
        self.filters.push(filter.into());
        self
    }
}

/// A builder's share of what all builders know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) constraints: Constraints,
    pub(crate) metadata: Metadata,
}

impl Settings {
    pub(crate) fn with_caps(mut self, caps: impl IntoIterator<Item = Cap>) -> Self {
        for cap in caps {
            self.metadata.need(cap);
        }
        self
    }
}

/// The methods that all builders share; each has a field `settings`.
macro_rules! settings_methods {
    ($builder:ty) => {
        impl $builder {
            /// The name that progress and errors show.
            pub fn name(self, name: impl Into<String>) -> Self {
                self.description($crate::metadata::CUSTOM_NAME, name)
            }

            /// Something else that describes it, by key.
            pub fn description(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
                let metadata = &mut self.settings.metadata;
                metadata.description.insert(key.into(), value.into());
                self
            }

            /// Where in the user's files it comes from; more than one place is fine.
            pub fn location(mut self, location: $crate::Location) -> Self {
                self.settings.metadata.locations.push(location);
                self
            }

            /// The group that it is shown in.
            pub fn progress_group(mut self, group: $crate::ProgressGroup) -> Self {
                self.settings.metadata.progress_group = Some(Box::new(group));
                self
            }

            /// Runs it even where a cache has its result. On an exec this also
            /// empties its cache mounts.
            pub fn ignore_cache(mut self) -> Self {
                self.settings.metadata.ignore_cache = true;
                self
            }

            /// Whether its result is exported with the cache, whatever the
            /// build's own settings say.
            pub fn export_cache(mut self, export: bool) -> Self {
                self.settings.metadata.export_cache = Some(export);
                self
            }

            /// A capability that it needs beyond those known to this crate.
            pub fn require(mut self, cap: $crate::Cap) -> Self {
                self.settings.metadata.need(cap);
                self
            }

            /// Only workers that pass this filter run it.
            pub fn worker_filter(mut self, filter: impl Into<String>) -> Self {
                self.settings.constraints.filters.push(filter.into());
                self
            }

            /// Platform and filters as given there, in place of earlier ones.
            pub fn constraints(mut self, constraints: &$crate::Constraints) -> Self {
                self.settings.constraints = constraints.clone();
                self
            }
        }
    };
}

/// The method of builders whose operations belong to a platform.
macro_rules! platform_method {
    ($builder:ty) => {
        impl $builder {
            /// The platform that it runs on or is for; the daemon's own without.
            pub fn platform(mut self, platform: $crate::Platform) -> Self {
                self.settings.constraints.platform = Some(platform);
                self
            }
        }
    };
}

pub(crate) use {platform_method, settings_methods};
