//! `[base]`: image, packages, account, directories, environment.

use crate::source::Spanned;
use crate::stub::Template;
use crate::stub::list::{List, over};
use crate::stub::reader::{Entry, Reader};
use crate::stub::values;
use crate::stub::words::Cut;

use super::over_pairs;

/// The table as it was written.
#[derive(Clone, Debug, Default)]
pub(in crate::stub) struct RawBase {
    pub(in crate::stub) image: Option<Spanned<String>>,
    pub(in crate::stub) apt: Option<List<Spanned<String>>>,
    pub(in crate::stub) user_name: Option<Spanned<String>>,
    pub(in crate::stub) uid: Option<Spanned<u32>>,
    pub(in crate::stub) workdir: Option<Spanned<Template>>,
    pub(in crate::stub) dirs: Option<List<Spanned<Template>>>,
    pub(in crate::stub) env: Vec<(String, Spanned<Template>)>,
}

impl RawBase {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut base = Self::default();
        let Some(mut section) = r.table(entry) else {
            return base;
        };
        base.image = section
            .take("image")
            .and_then(|e| r.parsed(&e, values::image));
        base.apt = section.take("apt").and_then(|e| {
            r.words(&e, Cut::Names, |r, item| {
                r.parsed(item, values::apt_package)
            })
        });
        if let Some(user) = section.take("user") {
            base.read_user(r, &user);
        }
        base.workdir = section
            .take("workdir")
            .and_then(|e| r.template(&e, values::image_path));
        base.dirs = section.take("dirs").and_then(|e| {
            r.list(&e, "strings", |r, item| {
                r.template(item, values::image_directory)
            })
        });
        base.env = section
            .take("env")
            .map(|e| read_env(r, &e))
            .unwrap_or_default();
        r.later(&mut section, &["ca"]);
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

    fn read_user(&mut self, r: &mut Reader<'_>, entry: &Entry<'_>) {
        if entry.value.get_ref().is_str() || entry.value.get_ref().is_integer() {
            let key = if entry.value.get_ref().is_str() {
                "name"
            } else {
                "uid"
            };
            let written = r.at(entry.value.span());
            let help = format!("write `user = {{ {key} = {} }}`", written.text());
            r.wrong_type(entry, "a table", help);
            return;
        }
        let Some(mut section) = r.table(entry) else {
            return;
        };
        self.user_name = section
            .take("name")
            .and_then(|e| r.parsed(&e, values::user_name));
        self.uid = section.take("uid").and_then(|e| {
            let id = r.integer(&e)?;
            let text = id.location.text().to_owned();
            let uid = r.checked(&text, &text, &id.location, values::uid(id.value))?;
            Some(Spanned::new(uid, id.location))
        });
        r.finish(section, &[("gid", "the group has the user's name and id")]);
    }

    pub(super) fn over(&self, parent: &Self) -> Self {
        Self {
            image: self.image.clone().or_else(|| parent.image.clone()),
            apt: over(self.apt.as_ref(), parent.apt.as_ref()),
            user_name: self.user_name.clone().or_else(|| parent.user_name.clone()),
            uid: self.uid.clone().or_else(|| parent.uid.clone()),
            workdir: self.workdir.clone().or_else(|| parent.workdir.clone()),
            dirs: over(self.dirs.as_ref(), parent.dirs.as_ref()),
            env: over_pairs(&self.env, &parent.env),
        }
    }
}

fn read_env(r: &mut Reader<'_>, entry: &Entry<'_>) -> Vec<(String, Spanned<Template>)> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    let mut env = Vec::new();
    for (name, value) in section.rest() {
        let at = r.at(value.key.clone());
        let name_is_right = r.checked(name, name, &at, values::env_name(name));
        let text = r.template(&value, |_| Ok(()));
        env.extend(name_is_right.and(text).map(|text| (name.to_owned(), text)));
    }
    env
}
