//! Diagnostics as annotated excerpts.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::excerpt::Excerpt;
use super::{Diagnostic, Diagnostics, Location, Severity};

impl Diagnostics {
    /// The annotated excerpts, as plain text for a terminal or a test.
    pub fn render(&self) -> String {
        let renderer = Renderer::plain();
        let reports: Vec<String> = self
            .iter()
            .map(|diagnostic| renderer.render(&[group(diagnostic)]))
            .collect();
        reports.join("\n\n")
    }
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()));
    if let Some(location) = &diagnostic.location {
        let label = diagnostic.label.as_deref();
        group = group.element(snippet(location, AnnotationKind::Primary, label));
    }
    for (location, words) in &diagnostic.related {
        group = group.element(snippet(location, AnnotationKind::Context, Some(words)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn snippet<'a>(
    location: &'a Location,
    kind: AnnotationKind,
    label: Option<&'a str>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let excerpt = Excerpt::of(location);
    Snippet::source(excerpt.text)
        .line_start(excerpt.line)
        .path(location.file.shown_name())
        .annotation(kind.span(excerpt.span).label(label))
}

#[cfg(test)]
mod tests {
    use crate::source::{Diagnostic, Diagnostics, SourceFile};

    #[test]
    fn renders_labels_related_places_and_help() {
        let file = SourceFile::new("Dockerfile", "# syntax=lamina\nnmae = \"x\"\nname = 1\n");
        let diagnostic = Diagnostic::error("unknown key `nmae`")
            .at(file.at(16..20))
            .label("unknown key")
            .related(file.at(27..31), "expected this key")
            .help("did you mean `name`?");
        assert_eq!(
            diagnostic.to_string(),
            "Dockerfile:2: unknown key `nmae` (did you mean `name`?)"
        );
        insta::assert_snapshot!(Diagnostics::from(diagnostic).render());
    }
}
