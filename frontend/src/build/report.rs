//! What a step found out about the user's requirements, said at their lines.

use std::fmt::Write as _;

use crate::facts::{Clash, Refusal, Verdict};
use crate::lower::PLACE;
use crate::plan::Plan;
use crate::python::{IndexUrl, PackageName, Requirement, RequirementSource};
use crate::source::{Diagnostic, Diagnostics};

/// How many further places a message points at.
const MOST_RELATED: usize = 6;

/// Why there is no resolution.
pub(super) fn no_resolution(plan: &Plan, verdict: &Verdict) -> Diagnostics {
    let refused = &verdict.refused[..];
    let Some(said) = &verdict.said else {
        let certain = refused.iter().filter(|it| it.is_certain());
        return certain.map(|it| refusal(plan, it)).collect();
    };
    if !said.contains("No solution found") {
        return failure(plan, said).into();
    }
    let words = sentences(said);
    let Some(name) = not_found(&words) else {
        let certain = refused.iter().find(|it| it.is_certain());
        return conflict(plan, &words, certain).into();
    };
    // That nobody has it is also what an index says that does not want to tell.
    let mut about = refused
        .iter()
        .filter(|it| it.names.iter().any(|n| n == name));
    let certain = about.clone().filter(|it| it.is_certain());
    let refusals: Diagnostics = certain.map(|it| refusal(plan, it)).collect();
    if refusals.is_empty() {
        conflict(plan, &words, about.next()).into()
    } else {
        refusals
    }
}

/// An index that refuses to be asked.
fn refusal(plan: &Plan, refusal: &Refusal) -> Diagnostic {
    let Refusal { index, status, .. } = refusal;
    let names = named(refusal);
    at_index(
        plan,
        index,
        Diagnostic::error(format!(
            "the index {index} refuses to say whether it has {names}: {status}"
        ))
        .help(
            "pass its credentials, a file in netrc's form, with --secret id=netrc,src=FILE: \
             without them, what another index has under that name would be installed. If it \
             answers so for what it does not have, say `anonymous = true` in its \
             [[python.index]]",
        ),
    )
}

/// What an index was asked about, in words.
fn named(refusal: &Refusal) -> String {
    match &refusal.names[..] {
        [] => "packages".to_owned(),
        [name] => format!("`{name}`"),
        [one, other] => format!("`{one}` and `{other}`"),
        [one, other, rest @ ..] => format!("`{one}`, `{other}` and {} more", rest.len()),
    }
}

/// Indexes that may have wanted credentials.
pub(super) fn doubts(plan: &Plan, refused: &[Refusal]) -> Diagnostics {
    let doubts = refused.iter().map(|Refusal { index, status, .. }| {
        let problem = Diagnostic::warning(format!(
            "nothing of {} comes from the index {index}: it answers {status}",
            plan.label()
        ));
        // This resolution is a cached answer from now on.
        let help = format!("{IF_CREDENTIALS}, this once with --no-cache-filter resolve");
        at_index(plan, index, problem.help(help))
    });
    doubts.collect()
}

const IF_CREDENTIALS: &str = "if it needs credentials, pass them with --secret id=netrc,src=FILE";

/// The resolver could not do its work: no network, a URL with nothing behind
/// it, a folder that is no project.
fn failure(plan: &Plan, said: &str) -> Diagnostic {
    let said = without_places(said);
    let lines: Vec<String> = said.lines().map(sentences).collect();
    // Between what failed and the last cause are the layers of the program.
    let words = match &lines[..] {
        [what, cause, .., last] => format!("{what}: {cause}: {last}"),
        lines => lines.join(": "),
    };
    let problem = Diagnostic::error(format!(
        "the requirements of {} cannot be resolved: {}",
        plan.label(),
        words.trim_end_matches('.')
    ));
    let named = requirements(plan).find(|requirement| {
        let name = requirement.name.as_ref().map(PackageName::as_str);
        // What is mounted is known to the step by its last name.
        let place = match &requirement.source {
            RequirementSource::Path(path) => path.rsplit('/').next().map(str::to_owned),
            RequirementSource::Registry(_) => None,
            source => Some(source.to_string()),
        };
        place.is_some_and(|place| said.contains(&place))
            || name.is_some_and(|name| mentions(&said, name))
    });
    let mut indexes = plan.options.indexes();
    let index = indexes.find(|index| said.contains(index.url.as_str()));
    let index = index.and_then(|index| index.location.as_ref());
    match (index, named.map(|r| &r.location)) {
        (Some(index), _) => problem.at(index.clone()).label("this index"),
        (None, Some(requirement)) => problem.at(requirement.clone()).label("required here"),
        (None, None) => problem,
    }
}

/// A text with paths of the context as the user writes them, not as the step
/// sees them.
fn without_places(text: &str) -> String {
    let mut parts = text.split(PLACE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    out.truncate(out.strip_suffix("file://").map_or(out.len(), str::len));
    for part in parts {
        // Behind the place stands the number of the requirement.
        let mut path = part
            .trim_start_matches('/')
            .split_once('/')
            .map_or(part, |it| it.1)
            .to_owned();
        path.truncate(path.strip_suffix("file://").map_or(path.len(), str::len));
        out.push_str(&path);
    }
    out
}

/// Points at the option that names an index.
fn at_index(plan: &Plan, index: &str, problem: Diagnostic) -> Diagnostic {
    let index = IndexUrl::from(index);
    let given = plan.options.indexes().find(|given| given.url == index);
    match given.and_then(|given| given.location.as_ref()) {
        Some(place) => problem.at(place.clone()).label("this index"),
        None => problem,
    }
}

/// The resolver's verdict that the requirements cannot be satisfied.
///
/// `doubtful` is an index that may be the reason.
fn conflict(plan: &Plan, words: &str, doubtful: Option<&Refusal>) -> Diagnostic {
    let asked = |name: &str| requirements(plan).any(|r| r.is_of(name));
    let unknown = not_found(words).filter(|name| asked(name));
    let diagnostic = match unknown {
        Some(name) => {
            Diagnostic::error(format!("no package `{name}` was found in {}", places(plan)))
        }
        None => Diagnostic::error(format!(
            "no versions satisfy the requirements of {}: {}",
            plan.label(),
            words.trim_end_matches('.')
        )),
    };
    let mut help = if not_found(words).is_some() {
        "check the name, or add the index that has it: `[[python.index]]` or --extra-index-url"
            .to_owned()
    } else {
        "change one of these requirements, or take it out".to_owned()
    };
    if let Some(refusal) = doubtful {
        let Refusal { index, status, .. } = refusal;
        let names = named(refusal);
        let _ = write!(
            help,
            "; {index} answers {status} for {names}: {IF_CREDENTIALS}"
        );
    }
    let mut diagnostic = diagnostic.help(help);
    let named = requirements(plan).filter(|requirement| {
        let name = requirement.name.as_ref().map(PackageName::as_str);
        name.is_some_and(|name| unknown.map_or_else(|| mentions(words, name), |it| it == name))
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

/// The package that no index has, if that is what the resolver says.
fn not_found(words: &str) -> Option<&str> {
    let (before, _) = words.split_once(" was not found in the ")?;
    before.rsplit(' ').next()
}

/// Where packages are looked for, in words.
fn places(plan: &Plan) -> String {
    let options = &plan.options;
    let mut places = Vec::new();
    if options.no_index.is_none() {
        places.push(options.default_index());
        let extra = options.extra_index_urls.iter();
        places.extend(extra.map(|index| index.url.as_str()));
    }
    places.extend(options.find_links.iter().map(|url| url.value.as_str()));
    if places.is_empty() {
        return "any place: there is --no-index".to_owned();
    }
    places.join(", ")
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
                let asked = requirements(plan).find(|r| r.is_of(name));
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
    match (letters.next(), letters.clone().next()) {
        // Not `HTTP`.
        (Some(first), Some(next)) if !next.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        (None, _) => "the resolver gives no reason".to_owned(),
        _ => text,
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
    fn a_package_that_no_index_has() {
        let words = "because foo-bar was not found in the package registry and you require foo-bar";
        assert_eq!(not_found(words), Some("foo-bar"));
        assert_eq!(not_found("because there is no version of foo==3"), None);
    }

    #[test]
    fn paths_are_those_of_the_context() {
        let place = format!("{PLACE}/a76d2282ad99");
        let said = format!("`{place}/proj` is, and file://{place}/libs/x too");
        assert_eq!(without_places(&said), "`proj` is, and libs/x too");
    }

    #[test]
    fn names_are_found_as_words() {
        assert!(mentions("you require Foo_Bar==1, so", "foo-bar"));
        assert!(mentions("because foo was not", "foo"));
        assert!(!mentions("because foobar was not", "foo"));
    }
}
