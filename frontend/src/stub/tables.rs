//! The tables of the stub, one file a kind: what is typed, how it is inherited,
//! and what it means.
//!
//! The top of the stub and each `[variant.…]` hold the same tables: a [`Level`].
//! They are those of [`for_each_table!`](crate::kinds): a new one needs a file
//! here that implements [`Table`], and a line there.

mod keys;

pub(super) use keys::VariantKeys;

use buildkit_llb::Platform;

use super::collector::Collector;
use super::convention::{Files, Listing};
use super::reader::{Entry, Reader, Section};
use super::{Accelerator, Name};
use crate::source::{Diagnostic, Location, SourceFile, Spanned};

/// One kind of table, as it was typed: every value checked and with its place,
/// nothing inherited and no default worked in yet.
pub(super) trait Table: Clone + Default {
    /// What it means for one variant.
    type Value;

    /// Reads it; what is wrong is reported.
    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self;

    /// This table over the one that it inherits from. `child` is the level that
    /// this table is of.
    fn inherit(&self, parent: &Self, child: &Level) -> Self;

    /// The value for a variant: defaults and conventions worked in, and checked.
    /// `None` where it is invalid, which is reported.
    fn resolve(&self, context: &Context<'_>, diagnostics: &mut Collector) -> Option<Self::Value>;

    /// A contradiction between this table and others of the same level.
    fn contradiction(_level: &Level) -> Option<Diagnostic> {
        None
    }

    /// Whether the names of files decide what this table leaves out.
    fn follows_convention(&self) -> bool {
        false
    }

    /// The requirement files that it names.
    fn requirement_files(&self) -> impl Iterator<Item = &Spanned<String>> {
        std::iter::empty()
    }

    /// The stages that it names.
    fn stages(&self) -> impl Iterator<Item = &Spanned<Name>> {
        std::iter::empty()
    }
}

/// What a table is resolved with, besides itself.
pub(super) struct Context<'a> {
    /// The name of the variant.
    pub(super) name: &'a Name,
    /// The variant's tables, with all that they inherit.
    pub(super) level: &'a Level,
    /// The kinds of tables that no level writes, so that conventions hold.
    pub(super) conventions: Conventions,
    /// What there is in the build context.
    pub(super) listing: &'a Listing,
    /// The requirement files that have the variant's name.
    pub(super) files: Option<&'a Files>,
    /// Where the stub declares the variant.
    pub(super) location: Option<Location>,
    /// Mirrors of the build argument.
    pub(super) mirrors: &'a [(String, String)],
    pub(super) file: &'a SourceFile,
}

impl Context<'_> {
    /// The place of what follows from a convention: the line that makes the
    /// file a stub.
    pub(super) fn first_line(&self) -> Location {
        self.file.at(0..self.file.line(1).len())
    }
}

/// Keys of kinds that later versions have.
const UNAVAILABLE: [&str; 4] = ["model", "hub", "step", "secret"];

macro_rules! define_tables {
    ($($kind:ident: $Value:ident,)*) => {
        $(
            mod $kind;
            pub use $kind::*;
        )*

        /// The keys of the kinds that there are.
        const KINDS: &[&str] = &[$(stringify!($kind)),*];

        /// The tables that a variant can override.
        #[derive(Clone, Debug, Default)]
        pub(super) struct Level {
            pub(super) keys: VariantKeys,
            $(pub(super) $kind: $kind::Typed,)*
        }

        impl Level {
            /// Reads the tables that all levels have.
            pub(super) fn read(
                r: &mut Reader<'_>,
                section: &mut Section<'_>,
                keys: VariantKeys,
            ) -> Self {
                let mut level = Self { keys, ..Self::default() };
                $(
                    if let Some(entry) = section.take(stringify!($kind)) {
                        level.$kind = Table::read(r, &entry);
                    }
                )*
                let kinds = UNAVAILABLE.into_iter().filter(|key| !KINDS.contains(key));
                r.reject_unavailable(section, kinds);
                for error in level.contradictions() {
                    r.report(error);
                }
                level
            }

            /// This level over the one that it inherits from.
            pub(super) fn inherit(&self, parent: &Self) -> Self {
                Self {
                    keys: self.keys.inherit(&parent.keys),
                    $($kind: self.$kind.inherit(&parent.$kind, self),)*
                }
            }

            /// The contradictions between its tables.
            pub(super) fn contradictions(&self) -> Vec<Diagnostic> {
                let found = [$($kind::Typed::contradiction(self)),*];
                found.into_iter().flatten().collect()
            }

            /// The requirement files that its tables name.
            pub(super) fn requirement_files(&self) -> impl Iterator<Item = &Spanned<String>> {
                std::iter::empty()$(.chain(self.$kind.requirement_files()))*
            }

            /// The stages that its tables name.
            pub(super) fn stages(&self) -> impl Iterator<Item = &Spanned<Name>> {
                std::iter::empty()$(.chain(self.$kind.stages()))*
            }
        }

        /// By kind of table: whether no level of the stub says what conventions
        /// would, so that they hold.
        #[derive(Clone, Copy, Debug)]
        pub(super) struct Conventions {
            $(pub(super) $kind: bool,)*
        }

        impl Conventions {
            pub(super) fn of<'a>(levels: impl Iterator<Item = &'a Level> + Clone) -> Self {
                Self {
                    $($kind: levels.clone().all(|level| level.$kind.follows_convention()),)*
                }
            }

            /// Whether one of them holds.
            pub(super) fn any(self) -> bool {
                [$(self.$kind),*].contains(&true)
            }
        }

        /// One variant, with all that it inherits.
        #[derive(Clone, Debug)]
        pub struct Variant {
            /// Its name, the first word of its targets.
            pub name: Name,
            /// Where the stub declares it; `None` of a variant by convention.
            pub location: Option<Location>,
            /// What it is built for: at least one, in the order given.
            pub platforms: Vec<Platform>,
            /// The accelerator that its images ask the container runtime for.
            pub accelerator: Option<Accelerator>,
            $(
                #[doc = concat!("What `[", stringify!($kind), "]` means for it.")]
                pub $kind: $Value,
            )*
        }

        impl Variant {
            /// The variant of a context; what is wrong is reported.
            pub(super) fn resolve(
                context: &Context<'_>,
                diagnostics: &mut Collector,
            ) -> Option<Self> {
                let contradictions = context.level.contradictions();
                if !contradictions.is_empty() {
                    for error in contradictions {
                        diagnostics.push(error);
                    }
                    return None;
                }
                let platforms = context.level.keys.platforms(context, diagnostics);
                $(let $kind = context.level.$kind.resolve(context, diagnostics);)*
                Some(Self {
                    name: context.name.clone(),
                    location: context.location.clone(),
                    platforms: platforms?,
                    accelerator: context.level.keys.accelerator(context.name),
                    $($kind: $kind?,)*
                })
            }
        }
    };
}

crate::kinds::for_each_table!(define_tables);
