//! `[python]`: version, installer, indexes, mirrors and layers.

use crate::python::PythonVersion;
use crate::source::{Diagnostic, Location, Spanned};
use crate::stub::list::{Item, List, over, over_by_key};
use crate::stub::reader::{Entry, Reader};
use crate::stub::{Installer, Name, values};

use super::over_pairs;

/// The table as it was written.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct RawPython {
    pub(in crate::stub) version: Option<Spanned<PythonVersion>>,
    pub(in crate::stub) installer: Option<Installer>,
    pub(in crate::stub) indexes: Option<List<RawIndex>>,
    pub(in crate::stub) mirrors: Vec<(String, String)>,
    pub(in crate::stub) layers: Option<List<RawLayer>>,
}

/// `[[python.index]]`
#[derive(Clone, Debug)]
pub(in crate::stub) struct RawIndex {
    pub(in crate::stub) url: Spanned<String>,
    pub(in crate::stub) default: Option<bool>,
    pub(in crate::stub) anonymous: Option<bool>,
}

/// `[[python.layer]]`
#[derive(Clone, Debug)]
pub(in crate::stub) struct RawLayer {
    pub(in crate::stub) name: Spanned<Name>,
    pub(in crate::stub) requirements: Option<List<Spanned<String>>>,
    pub(in crate::stub) packages: Option<List<Spanned<String>>>,
    pub(in crate::stub) app: Option<bool>,
}

impl RawPython {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut python = Self::default();
        let Some(mut section) = r.table(entry) else {
            return python;
        };
        python.version = section.take("version").and_then(|e| read_version(r, &e));
        python.installer = section
            .take("installer")
            .and_then(|e| r.parsed(&e, values::installer))
            .map(|installer| installer.value);
        python.indexes = section
            .take("index")
            .and_then(|e| r.list(&e, "tables", RawIndex::read));
        python.mirrors = section
            .take("mirrors")
            .map(|e| read_mirrors(r, &e))
            .unwrap_or_default();
        python.layers = section
            .take("layer")
            .and_then(|e| r.list(&e, "tables", RawLayer::read));
        r.later(&mut section, &["project", "extras", "groups"]);
        let layers = "requirements belong to a layer: `[[python.layer]]`";
        r.finish(
            section,
            &[
                ("requirements", layers),
                ("packages", layers),
                ("image", "the base image is `image` in `[base]`"),
            ],
        );
        unique(r, python.indexes.as_ref(), "index", |i| {
            (i.url.value.clone(), &i.url.location)
        });
        unique(r, python.layers.as_ref(), "layer", |l| {
            (l.name.value.to_string(), &l.name.location)
        });
        python
    }

    pub(super) fn over(&self, parent: &Self) -> Self {
        Self {
            version: self.version.clone().or_else(|| parent.version.clone()),
            installer: self.installer.or(parent.installer),
            indexes: self.indexes_over(parent),
            mirrors: over_pairs(&self.mirrors, &parent.mirrors),
            layers: over_by_key(
                self.layers.as_ref(),
                parent.layers.as_ref(),
                |layer| layer.name.value.clone(),
                RawLayer::over,
                RawLayer::place,
            ),
        }
    }

    /// A default index of the variant takes the place of an inherited one.
    fn indexes_over(&self, parent: &Self) -> Option<List<RawIndex>> {
        let default = |i: &RawIndex| i.default == Some(true);
        let own: Vec<&RawIndex> = self.indexes.iter().flat_map(List::own).collect();
        let replaces = own.iter().any(|index| default(index));
        let mut inherited = parent.indexes.clone();
        if let (true, Some(inherited)) = (replaces, inherited.as_mut()) {
            inherited.items.retain(|item| match item {
                Item::Inherited => true,
                Item::Own(index) => {
                    !default(index) || own.iter().any(|o| o.url.value == index.url.value)
                }
            });
        }
        over_by_key(
            self.indexes.as_ref(),
            inherited.as_ref(),
            |index| index.url.value.clone(),
            |own, inherited| RawIndex {
                url: own.url.clone(),
                default: own
                    .default
                    .or(if replaces { None } else { inherited.default }),
                anonymous: own.anonymous.or(inherited.anonymous),
            },
            |_, there| there.len(),
        )
    }
}

impl RawIndex {
    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut section = r.table(entry)?;
        let url = section.take("url");
        let url = required(r, entry, url, "an index", "url = \"https://…\"")
            .and_then(|e| r.url_prefix(&e));
        let default = section.take("default").and_then(|e| r.boolean(&e));
        let anonymous = section.take("anonymous").and_then(|e| r.boolean(&e));
        r.later(&mut section, &["packages"]);
        r.finish(section, &[]);
        Some(Self {
            url: url?,
            default,
            anonymous,
        })
    }
}

impl RawLayer {
    fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut section = r.table(entry)?;
        let name = section.take("name");
        let name = required(r, entry, name, "a layer", "name = \"ml\"")
            .and_then(|e| r.verbatim(&e, values::name));
        let requirements = section.take("requirements").and_then(|e| {
            r.one_or_more(&e, "strings", |r, item| {
                r.parsed(item, values::requirement_path)
            })
        });
        let packages = section
            .take("packages")
            .and_then(|e| r.list(&e, "strings", |r, item| r.parsed(item, values::requirement)));
        let app = section.take("app").and_then(|e| r.boolean(&e));
        r.finish(
            section,
            &[("after", "layers stand in their order, the bottom first")],
        );
        Some(Self {
            name: name?,
            requirements,
            packages,
            app,
        })
    }

    fn over(&self, parent: &Self) -> Self {
        Self {
            // The place that declares it is the first one.
            name: parent.name.clone(),
            requirements: over(self.requirements.as_ref(), parent.requirements.as_ref()),
            packages: over(self.packages.as_ref(), parent.packages.as_ref()),
            app: self.app.or(parent.app),
        }
    }

    /// A variant's additional layer lies below the application's.
    fn place(&self, there: &[Self]) -> usize {
        let app = |layer: &Self| layer.app == Some(true);
        let first = there.iter().position(app).filter(|_| !app(self));
        first.unwrap_or(there.len())
    }
}

/// 3.10 as a number would be 3.1: so it is a string.
fn read_version(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<PythonVersion>> {
    if entry.value.get_ref().is_float() {
        let written = r.at(entry.value.span());
        let help = format!(
            "put it in quotes: `version = \"{}\"` (as a number, 3.10 would be 3.1)",
            written.text()
        );
        r.wrong_type(entry, "a string", help);
        return None;
    }
    r.parsed(entry, values::python_version)
}

fn read_mirrors(r: &mut Reader<'_>, entry: &Entry<'_>) -> Vec<(String, String)> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    let mut mirrors = Vec::new();
    for (from, to) in section.rest() {
        let from = r.url_prefix_key(from, to.key.clone());
        let to = r.url_prefix(&to);
        mirrors.extend(from.zip(to).map(|(from, to)| (from.value, to.value)));
    }
    mirrors
}

/// A key that an element of an array of tables cannot be without.
pub(super) fn required<'t>(
    r: &mut Reader<'_>,
    table: &Entry<'t>,
    found: Option<Entry<'t>>,
    what: &str,
    example: &str,
) -> Option<Entry<'t>> {
    if found.is_none() {
        let key = example.split(' ').next().unwrap_or_default();
        let error = Diagnostic::error(format!("{what} needs `{key}`"))
            .at(r.at(table.value.span()))
            .help(format!("add `{example}`"));
        r.report(error);
    }
    found
}

/// Reports the second mention of a name in one array.
fn unique<T>(
    r: &mut Reader<'_>,
    list: Option<&List<T>>,
    what: &str,
    key: impl Fn(&T) -> (String, &Location),
) {
    let mut seen: Vec<(String, &Location)> = Vec::new();
    for item in list.into_iter().flat_map(List::own) {
        let (name, location) = key(item);
        match seen.iter().find(|(known, _)| *known == name) {
            Some((_, first)) => {
                let shown = crate::stub::args::shown(&name, &name);
                let error = Diagnostic::error(format!("there are two of the {what} `{shown}`"))
                    .at(location.clone())
                    .label("the second one")
                    .related((*first).clone(), "the first one")
                    .help("put both together, or rename one");
                r.report(error);
            }
            None => seen.push((name, location)),
        }
    }
}
