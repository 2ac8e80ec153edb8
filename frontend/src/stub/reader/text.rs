//! Reading strings: arguments filled in, then parsed.

use toml::de::DeValue;

use super::{Entry, Reader};
use crate::source::{
    Diagnostic, Location, Severity, SourceFile, Span, Spanned, holds_credentials,
    url_holds_credentials,
};
use crate::stub::interpolation::{Part, Scope, Template};
use crate::stub::limits;
use crate::stub::quote::{is_secret, shown};
use crate::stub::values::{Invalid, absolute, url_prefix};

impl Reader<'_> {
    /// A text as it is, with no arguments in it.
    pub(in crate::stub) fn string(&mut self, entry: &Entry<'_>) -> Option<Spanned<String>> {
        self.string_that(entry, |_| Ok(()))
    }

    /// The same, of a text that will be checked: what is wrong with a value
    /// that would just lack its quotes.
    fn string_that(
        &mut self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Option<Spanned<String>> {
        let DeValue::String(text) = entry.value.get_ref() else {
            let help = self.quoted(entry, check);
            self.wrong_type(entry, "a string", help);
            return None;
        };
        self.count(text.len() + limits::COST_OF_VALUE, &entry.value.span())?;
        let location = self.at(entry.value.span());
        if text.contains('\0') {
            // No argument, path or variable of a system can hold one.
            let error = Diagnostic::error(format!("`{}` contains a NUL character", entry.path))
                .at(location)
                .help("remove the `\\u0000`");
            self.report(error);
            return None;
        }
        Some(Spanned::new(text.clone().into_owned(), location))
    }

    /// Help for a number, a boolean or a date in the place of a string.
    pub(in crate::stub) fn quoted(
        &self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Option<String> {
        if matches!(
            entry.value.get_ref(),
            DeValue::Array(_) | DeValue::Table(_) | DeValue::String(_)
        ) {
            return None;
        }
        let text = self.written(entry)?;
        Some(match check(&text) {
            Ok(()) => format!("put it in quotes: `\"{text}\"`"),
            Err(invalid) => invalid.help,
        })
    }

    /// A text with the arguments filled in, and how it was written.
    fn filled(
        &mut self,
        entry: &Entry<'_>,
        scope: Scope,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Option<(String, Spanned<Template>)> {
        let written = self.string_that(entry, check)?;
        let (file, diagnostics) = (self.file, &mut self.diagnostics);
        let filled = self.arguments.fill(&written.value, scope, |issue| {
            diagnostics.push_with(issue.severity(), || {
                issue.diagnostic(within(file, &written, issue.range.clone()))
            });
        });
        let template = filled?;
        self.count(template.cost(), &written.location.span)?;
        Some((written.value, Spanned::new(template, written.location)))
    }

    /// A text in which variables of the base image may be named.
    pub(in crate::stub) fn template(
        &mut self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Option<Spanned<Template>> {
        self.checked_template(entry, check).map(|(_, it)| it)
    }

    /// A path in which variables of the base image may be named. A literal
    /// `${env:` at its start is none of them.
    pub(in crate::stub) fn path_template(
        &mut self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Option<Spanned<Template>> {
        let (written, template) = self.checked_template(entry, check)?;
        if let Some(Part::Literal(start)) = template.value.0.first()
            && !start.is_empty()
        {
            let text = template.value.to_string();
            self.checked(&written, &text, &template.location, absolute(start))?;
        }
        Some(template)
    }

    /// A valid template, and how it was written.
    fn checked_template(
        &mut self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Option<(String, Spanned<Template>)> {
        let (written, template) = self.filled(entry, Scope::BaseEnv, &check)?;
        let text = template.value.to_string();
        self.checked(&written, &text, &template.location, check(&text))?;
        Some((written, template))
    }

    /// A value made of a text, arguments filled in.
    pub(in crate::stub) fn parsed<T>(
        &mut self,
        entry: &Entry<'_>,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<Spanned<T>> {
        let (written, template) =
            self.filled(entry, Scope::Arguments, |text| parse(text).map(|_| ()))?;
        let text = template.value.to_string();
        let value = self.checked(&written, &text, &template.location, parse(&text))?;
        Some(Spanned::new(value, template.location))
    }

    /// An address of packages: it goes into cache keys and provenance, so it
    /// holds no credentials, neither as written nor with arguments filled in.
    pub(in crate::stub) fn url_prefix(&mut self, entry: &Entry<'_>) -> Option<Spanned<String>> {
        let (written, template) =
            self.filled(entry, Scope::Arguments, |text| url_prefix(text).map(|_| ()))?;
        self.checked_url(&written, &template.value.to_string(), template.location)
    }

    /// The same, of a key: arguments are filled in in values alone.
    pub(in crate::stub) fn url_prefix_key(
        &mut self,
        key: &str,
        span: Span,
    ) -> Option<Spanned<String>> {
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
            // Masking misses such credentials, so no excerpt may show the line.
            let shows = url_holds_credentials(written) && !holds_credentials(written);
            self.diagnostics.push_with(Severity::Error, || {
                if shows {
                    let (name, line) = (location.file.name(), location.start().line);
                    Diagnostic::credentials(format_args!("{name}, line {line}"))
                } else {
                    Diagnostic::credentials_here().at(location)
                }
            });
            return None;
        }
        let url = self.checked(written, url, &location, url_prefix(url))?;
        Some(Spanned::new(url, location))
    }

    /// A value made of a text that belongs to the image's shell, not to lamina.
    pub(in crate::stub) fn verbatim<T>(
        &mut self,
        entry: &Entry<'_>,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<Spanned<T>> {
        let Spanned { value, location } =
            self.string_that(entry, |text| parse(text).map(|_| ()))?;
        let parsed = self.checked(&value, &value, &location, parse(&value))?;
        Some(Spanned::new(parsed, location))
    }

    /// The value, or a report of why it is invalid; `written` is its text
    /// before arguments were filled in.
    pub(in crate::stub) fn checked<T>(
        &mut self,
        written: &str,
        value: &str,
        location: &Location,
        result: Result<T, Invalid>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.diagnostics.push_with(Severity::Error, || {
                    let invalid = if is_secret(written, value) {
                        invalid.without_value()
                    } else {
                        invalid
                    };
                    Diagnostic::error(invalid.message(&shown(written, value)))
                        .at(location.clone())
                        .help(invalid.help)
                });
                None
            }
        }
    }
}

/// A part of a string, where the file has it letter for letter.
fn within(file: &SourceFile, string: &Spanned<String>, range: Span) -> Location {
    let source = string.location.text();
    for quote in ["\"", "'"] {
        let inner = source
            .strip_prefix(quote)
            .and_then(|s| s.strip_suffix(quote));
        if inner == Some(string.value.as_str()) {
            let start = string.location.span.start + quote.len();
            return file.at(start + range.start..start + range.end);
        }
    }
    string.location.clone()
}
