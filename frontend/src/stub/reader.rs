//! Walking the document: every value is asked for its type, and every error
//! is reported on its own, so that several are reported together.
//!
//! A reading function returns `None` where it has reported an error, and the
//! walk goes on with the next key. What is read is counted, since arguments and
//! inheritance can make a small file a large project.

mod entry;
mod list;
mod text;

pub(super) use entry::{Entry, Section};

use toml::de::DeValue;

use super::collector::Collector;
use super::interpolation::Arguments;
use super::limits;
use super::quote::shortened;
use super::values::Invalid;
use crate::source::{
    Diagnostic, Location, Severity, SourceFile, Span, Spanned, binary_size, did_you_mean, listed,
};

/// What all reading functions share.
pub(super) struct Reader<'a> {
    pub(super) file: &'a SourceFile,
    pub(super) arguments: &'a Arguments,
    /// Whether there is something to inherit, for `"..."`.
    pub(super) inherits: bool,
    pub(super) diagnostics: Collector,
    /// What has been read so far, with arguments filled in: about its size in
    /// memory.
    pub(super) cost: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a SourceFile, arguments: &'a Arguments) -> Self {
        Self {
            file,
            arguments,
            inherits: false,
            diagnostics: Collector::default(),
            cost: 0,
        }
    }

    pub(super) fn at(&self, span: Span) -> Location {
        self.file.at(span)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Counts something that was read; `None` once the stub holds too much,
    /// which is reported once.
    pub(super) fn count(&mut self, cost: usize, span: &Span) -> Option<()> {
        let before = self.cost;
        self.cost = self.cost.saturating_add(cost);
        if self.cost <= limits::PROJECT {
            return Some(());
        }
        if before <= limits::PROJECT {
            let message = format!(
                "the stub comes to more than {}, with arguments filled in",
                binary_size(limits::PROJECT as u64)
            );
            let error = Diagnostic::error(message)
                .at(self.at(span.clone()))
                .label("with this one")
                .help("shorten its lists, and arguments that are used many times");
            self.report(error);
        }
        None
    }

    /// What a function would read, without its errors: to check advice.
    pub(super) fn accepts<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> bool {
        let diagnostics = std::mem::take(&mut self.diagnostics);
        let value = read(self);
        let found = std::mem::replace(&mut self.diagnostics, diagnostics);
        value.is_some() && !found.has_errors()
    }

    /// The source of a value, if it is short enough to be repeated in help.
    pub(super) fn written(&self, entry: &Entry<'_>) -> Option<String> {
        let location = self.at(entry.value.span());
        let text = location.text();
        (text.len() <= limits::QUOTED && !text.contains('\n')).then(|| text.to_owned())
    }

    /// Where a value is. A table by header is where its name is.
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
        let at = self.location(entry);
        let help = help.into();
        self.diagnostics.push_with(Severity::Error, || {
            let found = type_name(entry.value.get_ref());
            let what = if entry.element { "an entry of " } else { "" };
            let path = &entry.path;
            let message =
                format!("invalid type for {what}`{path}`: expected {expected}, found {found}");
            let error = Diagnostic::error(message)
                .at(at)
                .label(format!("expected {expected}"));
            match help {
                Some(help) => error.help(help),
                None => error,
            }
        });
    }

    /// Reports keys whose features are not built yet: they are never ignored.
    pub(super) fn reject_unavailable<'k>(
        &mut self,
        section: &mut Section<'_>,
        keys: impl IntoIterator<Item = &'k str>,
    ) {
        for key in keys {
            if let Some(entry) = section.remove(key) {
                self.report_unavailable(&entry.path.to_string(), entry.key);
            }
        }
    }

    /// Reports something whose feature is not built yet.
    pub(super) fn report_unavailable(&mut self, what: &str, span: Span) {
        let error = Diagnostic::error(format!("`{what}` is not available yet"))
            .at(self.at(span))
            .label("not in this version of lamina")
            .help("remove it, or use a version of lamina that has it");
        self.report(error);
    }

    /// Reports the keys that nobody asked for; `elsewhere` has help for those
    /// that belong to another table.
    pub(super) fn finish(&mut self, section: Section<'_>, elsewhere: &[(&str, &str)]) {
        let place = if section.path.is_top() {
            "at the top level".to_owned()
        } else {
            format!("in `{}`", section.path)
        };
        let (known, unknown) = section.unknown();
        for (key, entry) in unknown {
            let at = self.at(entry.key);
            self.diagnostics.push_with(Severity::Error, || {
                let help = match elsewhere.iter().find(|(name, _)| *name == key) {
                    Some((_, help)) => (*help).to_owned(),
                    None => did_you_mean(key, known.iter().copied(), || {
                        format!("expected one of {}", listed(known.iter().copied()))
                    }),
                };
                Diagnostic::error(format!("unknown key `{}` {place}", shortened(key)))
                    .at(at)
                    .label("unknown key")
                    .help(help)
            });
        }
    }

    /// A key that a table cannot be without; `example` says how it is written.
    pub(super) fn required<'t>(
        &mut self,
        table: &Entry<'t>,
        found: Option<Entry<'t>>,
        example: &str,
    ) -> Option<Entry<'t>> {
        if found.is_none() {
            let at = self.at(table.value.span());
            let key = example.split(' ').next().unwrap_or_default();
            self.diagnostics.push_with(Severity::Error, || {
                Diagnostic::error(format!("missing key `{key}` in `{}`", table.path))
                    .at(at)
                    .help(format!("add `{example}`"))
            });
        }
        found
    }

    pub(super) fn table<'t>(&mut self, entry: &Entry<'t>) -> Option<Section<'t>> {
        let value = entry.value.get_ref();
        let DeValue::Table(table) = value else {
            let array = value.as_array();
            let of_tables = array.is_some_and(|a| a.iter().any(|i| i.get_ref().is_table()));
            let path = &entry.path;
            let (expected, help) = if of_tables {
                ("one table", format!("write `[{path}]`, not `[[{path}]]`"))
            } else if entry.element {
                ("a table", format!("write `[[{path}]]`"))
            } else {
                ("a table", format!("write `[{path}]`"))
            };
            self.wrong_type(entry, expected, help);
            return None;
        };
        let keys: usize = table.keys().map(|key| key.get_ref().len()).sum();
        let cost = keys + limits::COST_OF_VALUE * (table.len() + 1);
        self.count(cost, &entry.key)?;
        Some(Section::new(entry.path.clone(), table))
    }

    /// A number that will be checked: quotes are the only error of a text only
    /// if the number in them is valid.
    pub(super) fn integer(
        &mut self,
        entry: &Entry<'_>,
        check: impl Fn(i64) -> Result<(), Invalid>,
    ) -> Option<Spanned<i64>> {
        if let DeValue::Integer(integer) = entry.value.get_ref() {
            // An integer beyond 64 bits is out of range for every key.
            let value = i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i64::MAX);
            return Some(Spanned::new(value, self.at(entry.value.span())));
        }
        let text = entry.value.get_ref().as_str();
        // Printed as TOML has it: `03` would be invalid.
        let number = text.and_then(|text| text.parse::<u32>().ok());
        let help = number.map(|number| match check(i64::from(number)) {
            Ok(()) => format!("write the number without quotes: `{number}`"),
            Err(invalid) => invalid.help,
        });
        self.wrong_type(entry, "an integer", help);
        None
    }

    pub(super) fn boolean(&mut self, entry: &Entry<'_>) -> Option<bool> {
        if let DeValue::Boolean(value) = entry.value.get_ref() {
            return Some(*value);
        }
        let text = entry.value.get_ref().as_str();
        let value = text.filter(|text| matches!(*text, "true" | "false"));
        let help = value.map(|value| format!("write it without quotes: `{value}`"));
        self.wrong_type(entry, "`true` or `false`", help);
        None
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
