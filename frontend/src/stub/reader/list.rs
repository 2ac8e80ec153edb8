//! Reading arrays.

use toml::de::DeValue;

use super::{Entry, Reader};
use crate::source::{Diagnostic, Severity};
use crate::stub::inherit::{Item, List};
use crate::stub::limits;
use crate::stub::words::{self, Split};

impl Reader<'_> {
    /// An array, with `"..."` for what is inherited.
    pub(in crate::stub) fn list<'t, T>(
        &mut self,
        entry: &Entry<'t>,
        of: &str,
        mut read: impl FnMut(&mut Self, &Entry<'t>) -> Option<T>,
    ) -> Option<List<T>> {
        let DeValue::Array(array) = entry.value.get_ref() else {
            let help = match entry.value.get_ref() {
                DeValue::Table(_) if of == "tables" => {
                    Some(format!("write `[[{0}]]`, not `[{0}]`", entry.path))
                }
                DeValue::Table(_) => None,
                // The array of just this value, if it is a valid element.
                _ => self
                    .written(entry)
                    .filter(|_| self.accepts(|r| read(r, &element(entry, entry.value))))
                    .map(|text| format!("write `[{text}]`")),
            };
            self.wrong_type(entry, &format!("an array of {of}"), help);
            return None;
        };
        let mut items = Vec::new();
        let mut inherited = false;
        for value in array {
            if self.diagnostics.is_full() {
                // Whatever follows is not shown, and the stub is invalid anyway.
                break;
            }
            self.count(limits::COST_OF_VALUE, &value.span())?;
            if value.get_ref().as_str() != Some("...") {
                items.extend(read(self, &element(entry, value)).map(Item::Own));
                continue;
            }
            self.check_inherited(value, inherited);
            if !inherited {
                items.push(Item::Inherited);
            }
            inherited = true;
        }
        Some(List { items })
    }

    fn check_inherited(&mut self, value: &toml::Spanned<DeValue<'_>>, repeated: bool) {
        let location = self.at(value.span());
        if !self.inherits {
            self.diagnostics.push_with(Severity::Error, || {
                Diagnostic::error("`\"...\"` outside of a variant")
                    .at(location)
                    .label("nothing is inherited here")
                    .help("`\"...\"` stands for what a variant inherits: use it in `[variant.…]`")
            });
        } else if repeated {
            self.diagnostics.push_with(Severity::Error, || {
                Diagnostic::error("duplicate `\"...\"`")
                    .at(location)
                    .label("what is inherited is inserted once")
                    .help("remove one of them")
            });
        }
    }

    /// An array of words; for a text in its place, help has the words.
    pub(in crate::stub) fn words<'t, T>(
        &mut self,
        entry: &Entry<'t>,
        split: Split,
        is_valid: impl Fn(&str) -> bool,
        read: impl FnMut(&mut Self, &Entry<'t>) -> Option<T>,
    ) -> Option<List<T>> {
        if let Some(text) = entry.value.get_ref().as_str() {
            let help = words::help(text, split, is_valid);
            self.wrong_type(entry, "an array of strings", help);
            return None;
        }
        self.list(entry, "strings", read)
    }
}

/// A value as an element of an array.
fn element<'t>(entry: &Entry<'t>, value: &'t toml::Spanned<DeValue<'t>>) -> Entry<'t> {
    Entry {
        path: entry.path.clone(),
        key: value.span(),
        value,
        element: true,
    }
}
