//! Walking the document: every value is asked for its type, and every mistake
//! becomes a message of its own, so that several are reported together.
//!
//! A reading function answers `None` where it has reported a mistake, and the
//! walk goes on with the next key.

use toml::de::{DeTable, DeValue};

use super::Template;
use super::args::{Arguments, Scope, shown};
use super::list::{Item, List};
use super::syntax::place;
use super::values::{Mistake, url_prefix};
use super::words::{self, Cut};
use crate::source::{
    Diagnostic, Diagnostics, Location, SourceFile, Span, Spanned, holds_credentials,
    url_holds_credentials,
};
use crate::source::{did_you_mean, rules};

/// A value with its key and the path of it, as messages name it.
#[derive(Clone)]
pub(super) struct Entry<'t> {
    pub(super) path: String,
    pub(super) key: Span,
    pub(super) value: &'t toml::Spanned<DeValue<'t>>,
    /// Whether the path is that of the array it stands in.
    pub(super) element: bool,
}

/// The keys of a table that have not been asked for yet.
pub(super) struct Section<'t> {
    path: String,
    entries: Vec<Entry<'t>>,
    names: Vec<&'t str>,
    known: Vec<&'static str>,
}

impl<'t> Section<'t> {
    pub(super) fn new(path: &str, table: &'t DeTable<'t>) -> Self {
        // The parser sorts keys; the user's order is that of the file.
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        let names = pairs.iter().map(|(key, _)| key.get_ref().as_ref());
        let entries = pairs.iter().map(|(key, value)| Entry {
            path: joined(path, key.get_ref()),
            key: key.span(),
            value,
            element: false,
        });
        Self {
            path: path.to_owned(),
            names: names.collect(),
            entries: entries.collect(),
            known: Vec::new(),
        }
    }

    /// The value of a key, which is known from now on.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry<'t>> {
        self.known.push(key);
        self.remove(key)
    }

    /// All that is left: for tables whose keys the user chooses.
    pub(super) fn rest(self) -> impl Iterator<Item = (&'t str, Entry<'t>)> {
        self.names.into_iter().zip(self.entries)
    }

    fn remove(&mut self, key: &str) -> Option<Entry<'t>> {
        let index = self.names.iter().position(|name| *name == key)?;
        self.names.remove(index);
        Some(self.entries.remove(index))
    }
}

/// Keys as one writes them in a header: quoted where they must be.
fn joined(path: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let key = if bare {
        key.to_owned()
    } else {
        format!("{key:?}")
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// What all reading functions share.
pub(super) struct Reader<'a> {
    pub(super) file: &'a SourceFile,
    pub(super) arguments: &'a Arguments,
    /// Whether there is something to inherit, for `"..."`.
    pub(super) inherits: bool,
    pub(super) problems: Diagnostics,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a SourceFile, arguments: &'a Arguments) -> Self {
        Self {
            file,
            arguments,
            inherits: false,
            problems: Diagnostics::new(),
        }
    }

    pub(super) fn at(&self, span: Span) -> Location {
        place(self.file, span)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// Where a value stands. A table by header stands where its name is.
    pub(super) fn location(&self, entry: &Entry<'_>) -> Location {
        match entry.value.get_ref() {
            DeValue::Table(_) | DeValue::Array(_) => self.at(entry.key.clone()),
            _ => self.at(entry.value.span()),
        }
    }

    /// Reports a value of the wrong type.
    pub(super) fn wrong_type(
        &mut self,
        entry: &Entry<'_>,
        expected: &str,
        help: impl Into<Option<String>>,
    ) {
        let found = type_name(entry.value.get_ref());
        let what = if entry.element { "an entry of " } else { "" };
        let message = format!("{what}`{}` must be {expected}, not {found}", entry.path);
        let error = Diagnostic::error(message)
            .at(self.location(entry))
            .label(format!("expected {expected}"));
        self.report(match help.into() {
            Some(help) => error.help(help),
            None => error,
        });
    }

    /// Reports a key whose feature is built later: it is never ignored.
    pub(super) fn later(&mut self, section: &mut Section<'_>, keys: &[&str]) {
        for key in keys {
            if let Some(entry) = section.remove(key) {
                let error = Diagnostic::error(format!("`{}` is not available yet", entry.path))
                    .at(self.at(entry.key))
                    .label("not in this version of lamina")
                    .help("remove it, or use a version of lamina that has it");
                self.report(error);
            }
        }
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(&mut self, section: Section<'_>, elsewhere: &[(&str, &str)]) {
        let known = section.known.clone();
        let path = section.path.clone();
        for (key, entry) in section.rest() {
            let place = if path.is_empty() {
                "at the top level".to_owned()
            } else {
                format!("in `{path}`")
            };
            let help = match elsewhere.iter().find(|(name, _)| *name == key) {
                Some((_, help)) => (*help).to_owned(),
                None => did_you_mean(key, known.iter().copied(), || {
                    format!(
                        "known {place} are {}",
                        crate::source::listed(known.iter().copied())
                    )
                }),
            };
            let error = Diagnostic::error(format!("unknown key `{key}` {place}"))
                .at(self.at(entry.key))
                .label("unknown key")
                .help(help);
            self.report(error);
        }
    }

    pub(super) fn table<'t>(&mut self, entry: &Entry<'t>) -> Option<Section<'t>> {
        match entry.value.get_ref() {
            DeValue::Table(table) => Some(Section::new(&entry.path, table)),
            DeValue::Array(array) if array.iter().any(|i| i.get_ref().is_table()) => {
                let help = format!("write `[{0}]`, not `[[{0}]]`", entry.path);
                self.wrong_type(entry, "one table", help);
                None
            }
            _ => {
                let (open, close) = if entry.element {
                    ("[[", "]]")
                } else {
                    ("[", "]")
                };
                let help = format!("write `{open}{}{close}`", entry.path);
                self.wrong_type(entry, "a table", help);
                None
            }
        }
    }

    /// A text as it stands, with no arguments in it.
    pub(super) fn string(&mut self, entry: &Entry<'_>) -> Option<Spanned<String>> {
        if let DeValue::String(text) = entry.value.get_ref() {
            let location = self.at(entry.value.span());
            if text.contains('\0') {
                // No argument, path or variable of a system can hold one.
                let error = Diagnostic::error(format!("`{}` contains a NUL character", entry.path))
                    .at(location)
                    .help("remove the `\\u0000`");
                self.report(error);
                return None;
            }
            return Some(Spanned::new(text.clone().into_owned(), location));
        }
        let help = match entry.value.get_ref() {
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
                let written = self.at(entry.value.span());
                Some(format!("put it in quotes: `\"{}\"`", written.text()))
            }
            DeValue::Datetime(_) => Some("put it in quotes".to_owned()),
            _ => None,
        };
        self.wrong_type(entry, "a string", help);
        None
    }

    /// A text with the arguments filled in, and how it was written.
    fn filled(&mut self, entry: &Entry<'_>, scope: Scope) -> Option<(String, Spanned<Template>)> {
        let written = self.string(entry)?;
        let (template, faults) = self.arguments.fill(&written.value, scope);
        for fault in faults {
            let location = self.within(&written, fault.range);
            let diagnostic = if fault.warning {
                Diagnostic::warning(&rules::PLAIN_DOLLAR, fault.message)
            } else {
                Diagnostic::error(fault.message)
            };
            self.report(diagnostic.at(location).help(fault.help));
        }
        Some((written.value, Spanned::new(template?, written.location)))
    }

    /// A part of a string, where the file has it letter for letter.
    fn within(&self, string: &Spanned<String>, range: Span) -> Location {
        let source = string.location.text();
        for quote in ["\"", "'"] {
            let inner = source
                .strip_prefix(quote)
                .and_then(|s| s.strip_suffix(quote));
            if inner == Some(string.value.as_str()) {
                let start = string.location.span.start + quote.len();
                return self.at(start + range.start..start + range.end);
            }
        }
        string.location.clone()
    }

    /// A text in which variables of the base image may be named.
    pub(super) fn template(
        &mut self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<(), Mistake>,
    ) -> Option<Spanned<Template>> {
        let (written, template) = self.filled(entry, Scope::BaseEnv)?;
        let text = template.value.to_string();
        self.checked(&written, &text, &template.location, check(&text))?;
        Some(template)
    }

    /// A value made of a text, arguments filled in.
    pub(super) fn parsed<T>(
        &mut self,
        entry: &Entry<'_>,
        parse: impl Fn(&str) -> Result<T, Mistake>,
    ) -> Option<Spanned<T>> {
        let (written, template) = self.filled(entry, Scope::Arguments)?;
        let text = template.value.to_string();
        let value = self.checked(&written, &text, &template.location, parse(&text))?;
        Some(Spanned::new(value, template.location))
    }

    /// An address of packages: it goes into cache keys and provenance, so it
    /// holds no credentials, neither as written nor with arguments filled in.
    pub(super) fn url_prefix(&mut self, entry: &Entry<'_>) -> Option<Spanned<String>> {
        let (written, template) = self.filled(entry, Scope::Arguments)?;
        self.checked_url(&written, &template.value.to_string(), template.location)
    }

    /// The same, of a key: arguments stand in values alone.
    pub(super) fn url_prefix_key(&mut self, key: &str, span: Span) -> Option<Spanned<String>> {
        let location = self.at(span);
        self.checked_url(key, key, location)
    }

    fn checked_url(
        &mut self,
        written: &str,
        url: &str,
        location: Location,
    ) -> Option<Spanned<String>> {
        if url_holds_credentials(written) || url_holds_credentials(url) {
            // Where the mask does not know it for a URL, nothing points at it.
            let shows = url_holds_credentials(written) && !holds_credentials(written);
            self.report(if shows {
                let (name, line) = (location.file.name(), location.start().line);
                Diagnostic::credentials(format_args!("{name}, line {line}"))
            } else {
                Diagnostic::credentials_here().at(location)
            });
            return None;
        }
        let url = self.checked(written, url, &location, url_prefix(url))?;
        Some(Spanned::new(url, location))
    }

    /// A value made of a text that belongs to the image's shell, not to lamina.
    pub(super) fn verbatim<T>(
        &mut self,
        entry: &Entry<'_>,
        parse: impl Fn(&str) -> Result<T, Mistake>,
    ) -> Option<Spanned<T>> {
        let Spanned { value, location } = self.string(entry)?;
        let parsed = self.checked(&value, &value, &location, parse(&value))?;
        Some(Spanned::new(parsed, location))
    }

    /// Reports a mistake in a value.
    pub(super) fn checked<T>(
        &mut self,
        written: &str,
        value: &str,
        location: &Location,
        result: Result<T, Mistake>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(Mistake { what, help }) => {
                let message = match value {
                    "" => format!("an empty text {what}"),
                    value => format!("`{}` {what}", shown(written, value)),
                };
                self.report(Diagnostic::error(message).at(location.clone()).help(help));
                None
            }
        }
    }

    pub(super) fn integer(&mut self, entry: &Entry<'_>) -> Option<Spanned<i64>> {
        if let DeValue::Integer(integer) = entry.value.get_ref() {
            // What does not fit is wrong anyway, wherever a number is taken.
            let value = i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i64::MAX);
            return Some(Spanned::new(value, self.at(entry.value.span())));
        }
        let help = match entry.value.get_ref() {
            DeValue::String(_) => Some("write the number without quotes".to_owned()),
            _ => None,
        };
        self.wrong_type(entry, "an integer", help);
        None
    }

    pub(super) fn boolean(&mut self, entry: &Entry<'_>) -> Option<bool> {
        if let DeValue::Boolean(value) = entry.value.get_ref() {
            return Some(*value);
        }
        self.wrong_type(entry, "`true` or `false`", None);
        None
    }

    /// An array, with `"..."` for what is inherited.
    pub(super) fn list<'t, T>(
        &mut self,
        entry: &Entry<'t>,
        of: &str,
        mut read: impl FnMut(&mut Self, &Entry<'t>) -> Option<T>,
    ) -> Option<List<T>> {
        let array = match entry.value.get_ref() {
            DeValue::Array(array) => array,
            other => {
                let source = self.at(entry.value.span());
                let help = match other {
                    DeValue::String(_) | DeValue::Integer(_) => {
                        Some(format!("write `[{}]`", source.text()))
                    }
                    DeValue::Table(_) if of == "tables" => {
                        Some(format!("write `[[{0}]]`, not `[{0}]`", entry.path))
                    }
                    _ => None,
                };
                self.wrong_type(entry, &format!("an array of {of}"), help);
                return None;
            }
        };
        let mut items = Vec::new();
        let mut inherited = false;
        for value in array {
            let element = Entry {
                path: entry.path.clone(),
                key: value.span(),
                value,
                element: true,
            };
            if value.get_ref().as_str() != Some("...") {
                items.extend(read(self, &element).map(Item::Own));
                continue;
            }
            let location = self.at(value.span());
            if !self.inherits {
                let error = Diagnostic::error("there is nothing to inherit here")
                    .at(location)
                    .help("`\"...\"` stands for what a variant inherits: use it in `[variant.…]`");
                self.report(error);
            } else if inherited {
                let error = Diagnostic::error("`\"...\"` stands here a second time")
                    .at(location)
                    .help("what is inherited is inserted once");
                self.report(error);
            }
            inherited = true;
            items.push(Item::Inherited);
        }
        Some(List { items })
    }

    /// An array of words; for a text in its place, help names the words.
    pub(super) fn words<'t, T>(
        &mut self,
        entry: &Entry<'t>,
        cut: Cut,
        read: impl FnMut(&mut Self, &Entry<'t>) -> Option<T>,
    ) -> Option<List<T>> {
        if let Some(help) = words::help(entry, cut) {
            self.wrong_type(entry, "an array of strings", help);
            return None;
        }
        self.list(entry, "strings", read)
    }

    /// One value, or an array of them.
    pub(super) fn one_or_more<'t, T>(
        &mut self,
        entry: &Entry<'t>,
        of: &str,
        mut read: impl FnMut(&mut Self, &Entry<'t>) -> Option<T>,
    ) -> Option<List<T>> {
        if entry.value.get_ref().is_str() {
            let item = read(self, entry)?;
            return Some(List {
                items: vec![Item::Own(item)],
            });
        }
        self.list(entry, of, read)
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
