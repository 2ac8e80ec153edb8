//! The methods that all builders of sources share.

/// What the typed source builders share: each wraps a [`Source`] in `inner`.
///
/// A builder with options that depend on each other names a method that puts them
/// together.
macro_rules! source_methods {
    ($builder:ty) => {
        source_methods!($builder, into_inner);

        impl $builder {
            fn into_inner(self) -> $crate::Source {
                self.inner
            }
        }
    };
    ($builder:ty, $complete:ident) => {
        impl $builder {
            /// The source alone, to ask the daemon about it or to apply its
            /// answer.
            pub fn source(self) -> $crate::Source {
                self.$complete()
            }

            /// The tree that the source gives.
            pub fn output(self) -> $crate::Output {
                self.$complete().output()
            }

            /// The name that progress and errors show.
            #[doc(alias = "WithCustomName")]
            pub fn name(self, name: impl Into<String>) -> Self {
                self.with(|source| source.name(name))
            }

            /// A description under another key than that of the name.
            pub fn description(self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.with(|source| source.description(key, value))
            }

            /// Where in the user's files the source comes from. Several locations
            /// are allowed.
            pub fn location(self, location: $crate::metadata::Location) -> Self {
                self.with(|source| source.location(location))
            }

            /// The progress group that the source is shown in.
            pub fn progress_group(self, group: $crate::metadata::ProgressGroup) -> Self {
                self.with(|source| source.progress_group(group))
            }

            /// Fetches the source even if it is cached.
            pub fn ignore_cache(self) -> Self {
                self.with($crate::Source::ignore_cache)
            }

            /// Whether the source is exported with the cache, regardless of the
            /// settings of the build.
            pub fn export_cache(self, export: bool) -> Self {
                self.with(|source| source.export_cache(export))
            }

            /// A capability that the source needs, beyond those that this crate
            /// declares.
            pub fn require(self, cap: $crate::Cap) -> Self {
                self.with(|source| source.require(cap))
            }

            /// Only workers that match this filter fetch the source.
            pub fn worker_filter(self, filter: impl Into<String>) -> Self {
                self.with(|source| source.worker_filter(filter))
            }

            /// Adds constraints of the graph: the platform, unless the builder has
            /// one of its own, and filters, which come before the builder's own.
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
                builder.$complete()
            }
        }
    };
}

pub(crate) use source_methods;
