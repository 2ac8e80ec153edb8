//! What a step found out about the user's requirements, said at their lines.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::Clash;
use crate::plan::Plan;
use crate::requirements::Requirement;

/// How many further places a message points at.
const MOST_RELATED: usize = 6;

/// The resolver's verdict that the requirements cannot be satisfied.
pub(super) fn conflict(plan: &Plan, verdict: &str) -> Diagnostic {
    let (refusals, verdict): (Vec<&str>, Vec<&str>) =
        verdict.lines().partition(|line| is_refusal(line));
    let words = sentences(&verdict.join("\n"));
    let named = requirements(plan).filter(|requirement| {
        requirement
            .name
            .as_deref()
            .is_some_and(|n| mentions(&words, n))
    });
    let mut diagnostic = Diagnostic::error(format!(
        "no versions satisfy the requirements of {}: {}",
        plan.label(),
        words.trim_end_matches('.')
    ))
    .help(if let Some(refusal) = refusals.first() {
        format!(
            "{}; put them into a file in netrc's form, and pass it with --secret id=netrc,src=FILE",
            sentences(refusal)
        )
    } else if words.contains("was not found in") {
        "check the name, or add the index that has it: `[[python.index]]` or --extra-index-url"
            .to_owned()
    } else {
        "change one of these requirements, or take it out".to_owned()
    });
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

/// Whether a line of uv's is about an index that wants credentials.
fn is_refusal(line: &str) -> bool {
    line.trim_start().starts_with("hint:") && line.contains("valid authentication credentials")
}

/// uv's message without its drawing and its titles, lines joined.
fn sentences(verdict: &str) -> String {
    let drawing = [' ', '×', '╰', '├', '│', '─', '▶'];
    let lines = verdict
        .lines()
        .map(|line| line.trim_start_matches(drawing).trim())
        .map(|line| line.strip_prefix("cause:").unwrap_or(line).trim_start())
        .map(|line| line.strip_prefix("error:").unwrap_or(line).trim_start())
        .map(|line| line.strip_prefix("hint:").unwrap_or(line).trim_start())
        .filter(|line| !line.is_empty() && !line.starts_with("No solution found"));
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => "the resolver gives no reason".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resolver_s_words_in_both_of_its_styles() {
        let plain = "error: No solution found when resolving dependencies\n  \
                     cause: Because a needs b>2 and c needs b<2,\n         they are incompatible.\n";
        let drawn = "  × No solution found when resolving dependencies:\n  \
                     ╰─▶ Because a needs b>2 and c needs b<2,\n      they are incompatible.\n";
        let text = "because a needs b>2 and c needs b<2, they are incompatible.";
        assert_eq!(sentences(plain), text);
        assert_eq!(sentences(drawn), text);
        assert_eq!(sentences(""), "the resolver gives no reason");
    }

    #[test]
    fn refusals_are_told_from_other_hints() {
        let refusal = "hint: An index URL (https://x/) could not be queried due to a lack of \
                       valid authentication credentials (401 Unauthorized)";
        assert!(is_refusal(refusal));
        assert!(sentences(refusal).starts_with("an index URL (https://x/) could not"));
        assert!(!is_refusal(
            "hint: `x` was found, but only as a pre-release"
        ));
    }

    #[test]
    fn names_are_found_as_words() {
        assert!(mentions("you require Foo_Bar==1, so", "foo-bar"));
        assert!(mentions("because foo was not", "foo"));
        assert!(!mentions("because foobar was not", "foo"));
    }
}
