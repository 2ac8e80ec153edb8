//! `[build]`: what wheels are built with, where there are none. None of it is in
//! an image.

use serde::Serialize;

use super::base::{read_apt, read_env, unique};
use super::{Context, Level, Table};
use crate::source::Spanned;
use crate::stub::collector::Collector;
use crate::stub::inherit::{List, inherit, inherit_list, inherit_pairs};
use crate::stub::reader::{Entry, Reader, Section};
use crate::stub::{Template, values};

/// What wheels are built with.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Build {
    /// Packages of the distribution, in the order given, each once.
    pub apt: Vec<Spanned<String>>,
    /// The image to build in, arguments substituted; the base image where there
    /// is none.
    pub image: Option<Spanned<String>>,
    /// Variables of the environment, in the order of their first mention.
    pub env: Vec<(String, Spanned<Template>)>,
}

/// The table as it was typed.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct Typed {
    apt: Option<List<Spanned<String>>>,
    image: Option<Spanned<String>>,
    env: Vec<(String, Spanned<Template>)>,
}

impl Table for Typed {
    type Value = Build;

    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut build = Self::default();
        let Some(mut section) = r.table(entry) else {
            return build;
        };
        build.apt = section.take("apt").and_then(|e| read_apt(r, &e));
        build.image = section
            .take("image")
            .and_then(|e| r.parsed(&e, values::build_image));
        build.env = section
            .take("env")
            .map(|e| read_env(r, &e, values::build_env_name))
            .unwrap_or_default();
        check_isolation(r, &mut section);
        r.finish(
            section,
            &[
                ("packages", "did you mean `apt`?"),
                ("version", "the Python version is `version` in `[python]`"),
                (
                    "platforms",
                    "platforms belong to a variant: `[variant.cpu]`",
                ),
                (
                    "context",
                    "the build context is an argument of `docker build`",
                ),
            ],
        );
        build
    }

    fn inherit(&self, parent: &Self, _child: &Level) -> Self {
        Self {
            apt: inherit_list(self.apt.as_ref(), parent.apt.as_ref()),
            image: inherit(self.image.as_ref(), parent.image.as_ref()),
            env: inherit_pairs(&self.env, &parent.env),
        }
    }

    fn resolve(&self, _context: &Context<'_>, _diagnostics: &mut Collector) -> Option<Build> {
        Some(Build {
            apt: unique(self.apt.as_ref()),
            image: self.image.clone(),
            env: self.env.clone(),
        })
    }
}

/// Builds are isolated: a build that finds the packages of the layers below
/// would have to come after their installation, and so after the resolution,
/// which needs its metadata.
fn check_isolation(r: &mut Reader<'_>, section: &mut Section<'_>) {
    let Some(entry) = section.take("isolation") else {
        return;
    };
    if r.boolean(&entry) == Some(false) {
        r.report_unavailable(&format!("{} = false", entry.path), entry.key);
    }
}
