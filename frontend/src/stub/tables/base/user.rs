//! `user` of `[base]`: the account that images run as.

use toml::de::DeValue;

use crate::source::{Location, Spanned};
use crate::stub::inherit::inherit;
use crate::stub::reader::{Entry, Reader};
use crate::stub::values;

/// The account of images whose stub names none.
const NAME: &str = "app";
const UID: u32 = 10001;

/// The account that images run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The login name; `app` unless the stub says otherwise.
    pub name: String,
    /// Where the stub asks for the name.
    pub name_location: Option<Location>,
    /// The user id, also the group's; 10001 unless the stub says otherwise.
    pub uid: u32,
    /// Where the stub asks for the id. A clash with an account of the base image
    /// is an error then; otherwise the next free id is taken.
    pub location: Option<Location>,
}

/// The key as it was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    name: Option<Spanned<String>>,
    uid: Option<Spanned<u32>>,
}

impl Typed {
    pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Self {
        let mut user = Self::default();
        if !entry.value.get_ref().is_table() {
            let help = help(r, entry);
            r.wrong_type(entry, "a table", help);
            return user;
        }
        let Some(mut section) = r.table(entry) else {
            return user;
        };
        user.name = section
            .take("name")
            .and_then(|e| r.parsed(&e, values::user_name));
        user.uid = section.take("uid").and_then(|e| {
            let id = r.integer(&e, |id| values::uid(id).map(drop))?;
            let text = id.location.text().to_owned();
            let uid = r.checked(&text, &text, &id.location, values::uid(id.value))?;
            Some(Spanned::new(uid, id.location))
        });
        r.finish(section, &[("gid", "the group has the user's name and id")]);
        user
    }

    pub(super) fn inherit(&self, parent: &Self) -> Self {
        Self {
            name: inherit(self.name.as_ref(), parent.name.as_ref()),
            uid: inherit(self.uid.as_ref(), parent.uid.as_ref()),
        }
    }

    pub(super) fn resolve(&self) -> User {
        User {
            name: self.name.as_ref().map_or(NAME, |n| &n.value).to_owned(),
            name_location: self.name.as_ref().map(|n| n.location.clone()),
            uid: self.uid.as_ref().map_or(UID, |u| u.value),
            location: self.uid.as_ref().map(|u| u.location.clone()),
        }
    }
}

/// The table for what Dockerfile's `USER` takes: `name`, `uid`, `name:group`.
fn help(r: &mut Reader<'_>, entry: &Entry<'_>) -> String {
    let value = entry.value.get_ref();
    let text = value
        .as_str()
        .map(|text| text.split(':').next().unwrap_or(text));
    let number = match value {
        DeValue::Integer(_) => r.written(entry),
        _ => text.map(str::to_owned),
    };
    let uid = number
        .and_then(|number| number.parse().ok())
        .filter(|id| values::uid(*id).is_ok());
    if let Some(uid) = uid {
        return format!("write `user = {{ uid = {uid} }}`");
    }
    if let Some(name) = text.filter(|text| values::user_name(text).is_ok()) {
        return format!("write `user = {{ name = \"{name}\" }}`");
    }
    if r.accepts(|r| r.parsed(entry, values::user_name))
        && let Some(written) = r.written(entry)
    {
        return format!("write `user = {{ name = {written} }}`");
    }
    format!(
        "images run as a non-root user: write `user = {{ name = \"{NAME}\", uid = {UID} }}`, \
         or leave it out, which means the same"
    )
}
