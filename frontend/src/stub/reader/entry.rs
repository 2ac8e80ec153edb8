//! Keys of the document and the tables they are in.

use std::fmt;
use std::rc::Rc;

use toml::de::{DeTable, DeValue};

use crate::source::Span;
use crate::stub::quote::shortened;

/// A value with its key.
#[derive(Clone)]
pub(in crate::stub) struct Entry<'t> {
    pub(in crate::stub) path: KeyPath<'t>,
    pub(in crate::stub) key: Span,
    pub(in crate::stub) value: &'t toml::Spanned<DeValue<'t>>,
    /// Whether the path is that of the array the value is an element of.
    pub(in crate::stub) element: bool,
}

/// The way to a key from the top of the document. Written out in messages
/// alone: a long key can have many others below it.
#[derive(Clone, Default)]
pub(in crate::stub) struct KeyPath<'t>(Option<Rc<Step<'t>>>);

struct Step<'t> {
    parent: KeyPath<'t>,
    key: &'t str,
}

impl<'t> KeyPath<'t> {
    fn key(&self, key: &'t str) -> Self {
        let parent = self.clone();
        Self(Some(Rc::new(Step { parent, key })))
    }

    /// Whether it is the top of the document.
    pub(super) fn is_top(&self) -> bool {
        self.0.is_none()
    }
}

/// As one writes it in a header: quoted where it must be.
impl fmt::Display for KeyPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(step) = &self.0 else { return Ok(()) };
        if !step.parent.is_top() {
            write!(f, "{}.", step.parent)?;
        }
        let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let key = shortened(step.key);
        if !key.is_empty() && key.bytes().all(bare) {
            f.write_str(&key)
        } else {
            write!(f, "{key:?}")
        }
    }
}

/// The keys of a table that have not been asked for yet.
pub(in crate::stub) struct Section<'t> {
    pub(super) path: KeyPath<'t>,
    entries: Vec<(&'t str, Entry<'t>)>,
    known: Vec<&'static str>,
}

impl<'t> Section<'t> {
    /// The whole document.
    pub(in crate::stub) fn top(table: &'t DeTable<'t>) -> Self {
        Self::new(KeyPath::default(), table)
    }

    pub(super) fn new(path: KeyPath<'t>, table: &'t DeTable<'t>) -> Self {
        let entries = table.iter().map(|(key, value)| {
            let name = key.get_ref().as_ref();
            let entry = Entry {
                path: path.key(name),
                key: key.span(),
                value,
                element: false,
            };
            (name, entry)
        });
        let mut entries: Vec<_> = entries.collect();
        // The parser sorts keys; the user's order is that of the file.
        entries.sort_by_key(|(_, entry)| entry.key.start);
        Self {
            path,
            entries,
            known: Vec::new(),
        }
    }

    /// The value of a key, which is a known one from now on.
    pub(in crate::stub) fn take(&mut self, key: &'static str) -> Option<Entry<'t>> {
        self.known.push(key);
        self.remove(key)
    }

    /// The value of a key that is not among those to suggest.
    pub(super) fn remove(&mut self, key: &str) -> Option<Entry<'t>> {
        let index = self.entries.iter().position(|(name, _)| *name == key)?;
        Some(self.entries.remove(index).1)
    }

    /// All that is left: for tables whose keys the user chooses.
    pub(in crate::stub) fn rest(self) -> impl Iterator<Item = (&'t str, Entry<'t>)> {
        self.entries.into_iter()
    }

    /// The keys that have been asked for, and the entries that are left.
    pub(super) fn unknown(self) -> (Vec<&'static str>, Vec<(&'t str, Entry<'t>)>) {
        (self.known, self.entries)
    }
}
