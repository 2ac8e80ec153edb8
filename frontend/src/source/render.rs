//! Diagnostics as annotated excerpts.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

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
        group = place(group, location, AnnotationKind::Primary, label);
    }
    for (location, words) in &diagnostic.related {
        group = place(group, location, AnnotationKind::Context, Some(words));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn place<'a>(
    group: Group<'a>,
    location: &'a Location,
    kind: AnnotationKind,
    label: Option<&'a str>,
) -> Group<'a> {
    let path = location.file.shown_name();
    let Some(excerpt) = Excerpt::of(location) else {
        let start = location.start();
        let origin = Origin::path(path)
            .line(start.line)
            .char_column(start.column);
        let group = group.element(origin);
        return match label {
            Some(label) => group.element(Level::NOTE.message(label)),
            None => group,
        };
    };
    let snippet = Snippet::source(excerpt.text)
        .line_start(excerpt.line)
        .path(path)
        .annotation(kind.span(excerpt.span).label(label));
    group.element(snippet)
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
    #[test]
    fn a_place_far_into_a_line_has_no_excerpt() {
        let elements: Vec<String> = (0..20_000).map(|n| format!("\"p{n}\"")).collect();
        let text = format!("apt = [{}]\n", elements.join(", "));
        let file = SourceFile::new("Dockerfile", text.clone());
        let at = |element: &str| {
            let start = text.find(element).unwrap();
            file.at(start..start + element.len())
        };
        let diagnostic = Diagnostic::error("duplicate package")
            .at(at("\"p19000\""))
            .label("again")
            .related(at("\"p3\""), "first here")
            .related(at("\"p9000\""), "and here");
        insta::assert_snapshot!(Diagnostics::from(diagnostic).render());
    }
}
