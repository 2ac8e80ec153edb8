//! The keys of a variant beside its tables: platforms and accelerator.

use std::collections::BTreeSet;

use buildkit_llb::Platform;

use super::Context;
use crate::source::{Diagnostic, Spanned};
use crate::stub::collector::Collector;
use crate::stub::inherit::{List, inherit, inherit_list};
use crate::stub::reader::{Reader, Section};
use crate::stub::{Accelerator, Name, convention, values};

/// The keys as they were typed.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct VariantKeys {
    platforms: Option<List<Spanned<Platform>>>,
    accelerator: Option<Spanned<Accelerator>>,
}

impl VariantKeys {
    pub(in crate::stub) fn read(r: &mut Reader<'_>, section: &mut Section<'_>) -> Self {
        let platforms = section.take("platforms");
        let accelerator = section.take("accelerator");
        Self {
            platforms: platforms
                .and_then(|e| r.list(&e, "strings", |r, item| r.parsed(item, values::platform))),
            accelerator: accelerator.and_then(|e| r.parsed(&e, values::accelerator)),
        }
    }

    pub(super) fn inherit(&self, parent: &Self) -> Self {
        Self {
            platforms: inherit_list(self.platforms.as_ref(), parent.platforms.as_ref()),
            accelerator: inherit(self.accelerator.as_ref(), parent.accelerator.as_ref()),
        }
    }

    /// Whether the names of files decide the platforms.
    pub(in crate::stub) fn follows_convention(&self) -> bool {
        self.platforms.is_none()
    }

    pub(super) fn accelerator(&self, name: &Name) -> Option<Accelerator> {
        let typed = self.accelerator.as_ref().map(|a| a.value);
        typed.or_else(|| convention::accelerator(name))
    }

    pub(super) fn platforms(
        &self,
        context: &Context<'_>,
        diagnostics: &mut Collector,
    ) -> Option<Vec<Platform>> {
        let Some(list) = &self.platforms else {
            let cuda = self.accelerator(context.name).is_some();
            return Some(convention::platforms(cuda, context.files));
        };
        let mut known = BTreeSet::new();
        let platforms = list.own().map(|platform| &platform.value);
        let platforms: Vec<Platform> = platforms
            .filter(|platform| known.insert(platform.to_string()))
            .cloned()
            .collect();
        if platforms.is_empty() {
            let message = format!("variant `{}` has no platform", context.name);
            let error = Diagnostic::error(message)
                .at(context.location.clone())
                .help("add one: `platforms = [\"linux/amd64\"]`, or leave the key out");
            diagnostics.push(error);
            return None;
        }
        Some(platforms)
    }
}
