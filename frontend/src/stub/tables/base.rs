//! `[base]`: image, packages, account, directories, environment.

mod user;

pub use user::User;

use std::collections::BTreeSet;

use super::{Context, Level, Table};
use crate::python::PythonVersion;
use crate::source::{Location, Spanned};
use crate::stub::collector::Collector;
use crate::stub::inherit::{List, inherit, inherit_list, inherit_pairs};
use crate::stub::reader::{Entry, Reader};
use crate::stub::values::Invalid;
use crate::stub::words::Split;
use crate::stub::{Part, Template, values};

const WORKDIR: &str = "/app";

/// The system layer: base image, packages, account, directories.
#[derive(Clone, Debug)]
pub struct Base {
    /// The base image as the user wrote it (or the default), arguments
    /// substituted; its location is `None` when it is the default.
    pub image: String,
    /// Where the stub names the image.
    pub image_location: Option<Location>,
    /// Runtime packages of the distribution, in the order given, each once.
    pub apt: Vec<Spanned<String>>,
    /// The account that the image runs as.
    pub user: User,
    /// The working directory: absolute.
    pub workdir: Spanned<Template>,
    /// Directories that are created and belong to the user.
    pub dirs: Vec<Spanned<Template>>,
    /// Environment variables of the image, in the order of their first mention.
    pub env: Vec<(String, Spanned<Template>)>,
}

/// The table as it was typed.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct Typed {
    image: Option<Spanned<String>>,
    apt: Option<List<Spanned<String>>>,
    user: user::Typed,
    workdir: Option<Spanned<Template>>,
    dirs: Option<List<Spanned<Template>>>,
    env: Vec<(String, Spanned<Template>)>,
}

impl Typed {
    /// The Python version that the tag of the image says, and where.
    pub(super) fn image_python(&self) -> Option<Spanned<PythonVersion>> {
        let image = self.image.as_ref()?;
        let version = values::image_python(&image.value)?;
        Some(Spanned::new(version, image.location.clone()))
    }

    /// Whether the stub names the image.
    pub(super) fn has_image(&self) -> bool {
        self.image.is_some()
    }

    /// A path below the working directory.
    pub(super) fn below_workdir(&self, name: &str) -> Template {
        let workdir = self.workdir.as_ref().map(|workdir| &workdir.value);
        let mut parts = workdir.map_or_else(|| Template::literal(WORKDIR).0, |w| w.0.clone());
        match parts.last_mut() {
            Some(Part::Literal(text)) => {
                if !text.ends_with('/') {
                    text.push('/');
                }
                text.push_str(name);
            }
            _ => parts.push(Part::Literal(format!("/{name}"))),
        }
        Template(parts)
    }
}

impl Table for Typed {
    type Value = Base;

    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut base = Self::default();
        let Some(mut section) = r.table(entry) else {
            return base;
        };
        base.image = section
            .take("image")
            .and_then(|e| r.parsed(&e, values::image));
        base.apt = section.take("apt").and_then(|e| read_apt(r, &e));
        if let Some(entry) = section.take("user") {
            base.user = user::Typed::read(r, &entry);
        }
        base.workdir = section
            .take("workdir")
            .and_then(|e| r.path_template(&e, values::image_path));
        base.dirs = section.take("dirs").and_then(|e| {
            r.list(&e, "strings", |r, item| {
                r.path_template(item, values::image_directory)
            })
        });
        base.env = section
            .take("env")
            .map(|e| read_env(r, &e, values::env_name))
            .unwrap_or_default();
        r.reject_unavailable(&mut section, ["ca"]);
        r.finish(
            section,
            &[
                ("version", "the Python version is `version` in `[python]`"),
                ("python", "the Python version is `version` in `[python]`"),
                ("labels", "labels are `[app.labels]`"),
                ("packages", "did you mean `apt`?"),
            ],
        );
        base
    }

    fn inherit(&self, parent: &Self, _child: &Level) -> Self {
        Self {
            image: inherit(self.image.as_ref(), parent.image.as_ref()),
            apt: inherit_list(self.apt.as_ref(), parent.apt.as_ref()),
            user: self.user.inherit(&parent.user),
            workdir: inherit(self.workdir.as_ref(), parent.workdir.as_ref()),
            dirs: inherit_list(self.dirs.as_ref(), parent.dirs.as_ref()),
            env: inherit_pairs(&self.env, &parent.env),
        }
    }

    fn resolve(&self, context: &Context<'_>, _diagnostics: &mut Collector) -> Option<Base> {
        let default_image = || {
            let version = context.level.python.version();
            let version = version.map_or(PythonVersion::DEFAULT, |v| v.value);
            format!("python:{version}-slim")
        };
        let image = self.image.as_ref();
        let workdir = self.workdir.clone();
        let default_workdir = || Spanned::new(Template::literal(WORKDIR), context.first_line());
        let mut env = self.env.clone();
        if let Some(path) = python_path(&env, context) {
            env.push(path);
        }
        Some(Base {
            image: image.map_or_else(default_image, |i| i.value.clone()),
            image_location: image.map(|i| i.location.clone()),
            apt: unique(self.apt.as_ref()),
            user: self.user.resolve(),
            workdir: workdir.unwrap_or_else(default_workdir),
            dirs: unique(self.dirs.as_ref()),
            env,
        })
    }
}

/// The elements of an array, each once.
pub(super) fn unique<T: Clone + Ord>(list: Option<&List<Spanned<T>>>) -> Vec<Spanned<T>> {
    let mut known = BTreeSet::new();
    let elements = list.into_iter().flat_map(List::own);
    elements
        .filter(|element| known.insert(&element.value))
        .cloned()
        .collect()
}

/// With a `src/` by convention: where its packages are imported from.
fn python_path(
    env: &[(String, Spanned<Template>)],
    context: &Context<'_>,
) -> Option<(String, Spanned<Template>)> {
    let set = env.iter().any(|(name, _)| name == "PYTHONPATH");
    (context.conventions.app && context.listing.src && !set).then(|| {
        let path = context.level.base.below_workdir("src");
        (
            "PYTHONPATH".to_owned(),
            Spanned::new(path, context.first_line()),
        )
    })
}

/// Packages of the distribution.
pub(super) fn read_apt(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<List<Spanned<String>>> {
    let is_valid = |word: &str| values::apt_package(word).is_ok();
    r.words(entry, Split::Names, is_valid, |r, item| {
        r.parsed(item, values::apt_package)
    })
}

pub(super) fn read_env(
    r: &mut Reader<'_>,
    entry: &Entry<'_>,
    check: impl Fn(&str) -> Result<(), Invalid>,
) -> Vec<(String, Spanned<Template>)> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    let mut env = Vec::new();
    for (name, value) in section.rest() {
        let at = r.at(value.key.clone());
        let valid_name = r.checked(name, name, &at, check(name));
        let text = r.template(&value, |_| Ok(()));
        env.extend(valid_name.and(text).map(|text| (name.to_owned(), text)));
    }
    env
}
