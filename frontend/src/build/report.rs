//! What a step found out about the user's requirements, said at their lines.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::Clash;
use crate::plan::Plan;
use crate::requirements::Requirement;

/// How many further places a message points at.
const MOST_RELATED: usize = 6;

/// The resolver's verdict that the requirements cannot be satisfied.
pub(super) fn conflict(plan: &Plan, verdict: &str) -> Diagnostic {
    let words = one_paragraph(verdict);
    let named = requirements(plan).filter(|requirement| {
        requirement
            .name
            .as_deref()
            .is_some_and(|n| mentions(&words, n))
    });
    let mut diagnostic = Diagnostic::error(format!(
        "no versions satisfy the requirements of {}",
        plan.label()
    ))
    .help(words.clone());
    for (index, requirement) in named.take(MOST_RELATED).enumerate() {
        let location = requirement.location.clone();
        diagnostic = if index == 0 {
            diagnostic.at(location).label("required here")
        } else {
            diagnostic.related(location, "and here")
        };
    }
    diagnostic
}

/// Packages that overwrite each other's files.
pub(super) fn clashes(plan: &Plan, clashes: &[Clash]) -> Diagnostics {
    clashes
        .iter()
        .map(|clash| {
            let (one, other) = &clash.packages;
            let files = match &clash.files[..] {
                [file] => format!("`{file}`"),
                [file, ..] => format!("`{file}` and {} more files", clash.count - 1),
                [] => "a file".to_owned(),
            };
            let mut diagnostic = Diagnostic::error(format!(
                "packages `{one}` and `{other}` write different content to {files}"
            ))
            .help("keep one of them: which content the image has would depend on their order");
            for name in [one, other] {
                let asked = requirements(plan).find(|r| r.name.as_ref() == Some(name));
                let Some(asked) = asked else { continue };
                let location = asked.location.clone();
                diagnostic = if diagnostic.location.is_none() {
                    diagnostic.at(location).label(format!("brings `{name}`"))
                } else {
                    diagnostic.related(location, format!("brings `{name}`"))
                };
            }
            diagnostic
        })
        .collect()
}

fn requirements(plan: &Plan) -> impl Iterator<Item = &Requirement> {
    plan.layers
        .iter()
        .flat_map(|layer| &layer.requirements)
        .chain(&plan.constraints)
}

/// Whether a text has a package's name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map(|word| {
            word.trim_end_matches('.')
                .replace(['_', '.'], "-")
                .to_lowercase()
        })
        .any(|word| word == name)
}

/// uv's message without its drawing, lines joined.
fn one_paragraph(verdict: &str) -> String {
    let lines = verdict
        .lines()
        .map(|line| {
            line.trim_start_matches([' ', '×', '╰', '├', '│', '─', '▶'])
                .trim()
        })
        .filter(|line| !line.is_empty() && !line.starts_with("No solution found"));
    lines.collect::<Vec<_>>().join(" ")
}
