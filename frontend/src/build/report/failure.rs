//! Why there is no resolution.

use std::fmt::Write as _;

use super::{at_index, denied};
use crate::facts::{DeniedIndex, DeniedStatus, ResolutionFailure, UvFailure, UvFailureKind};
use crate::lower::mounted_at;
use crate::plan::Plan;
use crate::python::{Index, PackageName, Requirement, RequirementSource};
use crate::source::{Diagnostic, Diagnostics};

/// How many further places a message points at.
const MAX_RELATED: usize = 6;

/// Why there is no resolution.
pub(in crate::build) fn no_resolution(plan: &Plan, failure: &ResolutionFailure) -> Diagnostics {
    let unauthorized = failure.denied.iter().filter(|it| is_unauthorized(it));
    let Some(uv) = &failure.uv else {
        return unauthorized.map(|it| denied::error(plan, it)).collect();
    };
    if uv.kind != UvFailureKind::Unsatisfiable {
        return failed(plan, uv).into();
    }
    if uv.missing.is_empty() {
        return conflict(plan, uv, unauthorized.clone().next()).into();
    }
    // An index that denies access does not say whether it has a package.
    let about = |it: &&DeniedIndex| it.names.iter().any(|name| uv.missing.contains(name));
    let errors: Diagnostics = unauthorized
        .filter(about)
        .map(|it| denied::error(plan, it))
        .collect();
    if errors.is_empty() {
        conflict(plan, uv, failure.denied.iter().find(about)).into()
    } else {
        errors
    }
}

fn is_unauthorized(denied: &DeniedIndex) -> bool {
    denied.status == DeniedStatus::Unauthorized
}

/// uv could not do its work: no network, a URL with nothing behind it, a
/// directory that is not a project, a package that does not build.
fn failed(plan: &Plan, uv: &UvFailure) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!(
        "failed to resolve the requirements of {}: {}",
        plan.label(),
        as_written(plan, &uv.text)
    ));
    let diagnostic = match help(uv) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    };
    if let Some(index) = index_of(plan, uv) {
        return at_index(plan, &index.url, diagnostic);
    }
    match plan.all_requirements().find(|it| is_about(uv, it)) {
        Some(requirement) => diagnostic
            .at(requirement.location.clone())
            .label("required here"),
        None => diagnostic,
    }
}

/// The remedy for a kind of failure, where there is one.
fn help(uv: &UvFailure) -> Option<&'static str> {
    match (uv.kind, uv.status) {
        (UvFailureKind::Connect, _) => Some(
            "check the URL and the network of the builder: a proxy is passed with \
             --build-arg HTTPS_PROXY=…, a host with --add-host",
        ),
        (UvFailureKind::Tls, _) => Some(
            "pass the certificates to trust with --secret id=ca-certificates,src=FILE, or trust \
             the host with `--trusted-host`",
        ),
        (UvFailureKind::Http, Some(401 | 403)) => Some(
            "pass credentials that its host accepts in a netrc file, with \
             --secret id=netrc,src=FILE",
        ),
        (UvFailureKind::Http, Some(404 | 410)) => Some("check the URL"),
        (UvFailureKind::Build, _) => Some(
            "require a version that has a wheel for this platform: the image that resolves has \
             no compilers",
        ),
        _ => None,
    }
}

/// The index whose pages or files could not be fetched.
fn index_of<'a>(plan: &'a Plan, uv: &UvFailure) -> Option<&'a Index> {
    let url = uv.url.as_deref()?;
    let below = |index: &&Index| {
        let rest = url.strip_prefix(index.url.key());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let indexes = plan.indexes().filter(below);
    indexes.max_by_key(|index| index.url.key().len())
}

/// Whether a failure is about a requirement: what is mounted is known by its
/// whole path, what has a URL by it, and a package by what failed to build.
fn is_about(uv: &UvFailure, requirement: &Requirement) -> bool {
    let built = uv.requirement.as_deref().and_then(package_name);
    if built.is_some() && built == requirement.name {
        return true;
    }
    match &requirement.source {
        RequirementSource::Url(url) => {
            let url = without_fragment(url);
            uv.url.as_deref().map(without_fragment) == Some(url)
                || words(&uv.said).any(|word| without_fragment(word) == url)
        }
        _ => mounted_at(requirement).is_some_and(|path| names_path(&uv.said, &path)),
    }
}

/// The package of `name==version` or `name @ URL`.
fn package_name(requirement: &str) -> Option<PackageName> {
    let end = requirement.find([' ', '=', '[', '@']);
    requirement[..end.unwrap_or(requirement.len())].parse().ok()
}

fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

/// Words as messages quote them: without brackets and punctuation around.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let quotes =
        |c: char| c.is_whitespace() || matches!(c, '`' | '\'' | '"' | '(' | ')' | '<' | '>');
    text.split(quotes)
        .map(|word| word.trim_end_matches([',', '.', ':', ';']))
}

/// Whether a text names a path or something below it.
fn names_path(text: &str, path: &str) -> bool {
    let mut parts = text.split(path);
    parts.next();
    parts.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')))
}

/// A text with what is mounted as the user writes it, not as steps see it.
fn as_written(plan: &Plan, text: &str) -> String {
    let mut text = text.to_owned();
    for requirement in plan.all_requirements() {
        if let Some(path) = mounted_at(requirement) {
            let written = requirement.source.to_string();
            text = text.replace(&format!("file://{path}"), &written);
            text = text.replace(&path, &written);
        }
    }
    text
}

/// No versions satisfy the requirements.
///
/// `denied` is an index that may be the reason.
fn conflict(plan: &Plan, uv: &UvFailure, denied: Option<&DeniedIndex>) -> Diagnostic {
    let required = |name: &&PackageName| plan.all_requirements().any(|it| it.is_of(name.as_str()));
    let unknown = uv.missing.iter().find(required);
    let text = as_written(plan, &uv.text);
    let message = match unknown {
        Some(name) => format!("no package `{name}` was found in {}", places(plan)),
        None => format!(
            "no versions satisfy the requirements of {}: {text}",
            plan.label()
        ),
    };
    let mut help = if uv.missing.is_empty() {
        "change one of these requirements, or remove it".to_owned()
    } else {
        "check the name, or add the index that has it: `[[python.index]]` or --extra-index-url"
            .to_owned()
    };
    if let Some(denied) = denied {
        let _ = write!(
            help,
            "; {} answers {} for {}: if credentials are missing, {}",
            denied.index,
            denied.status,
            denied::packages(denied),
            denied::remedy(denied)
        );
    }
    let concerned = plan
        .all_requirements()
        .filter(|it| match (&it.name, unknown) {
            (Some(name), Some(unknown)) => name == unknown,
            (Some(name), None) => uv.packages.contains(name),
            (None, _) => mounted_at(it).is_some_and(|path| names_path(&uv.text, &path)),
        });
    let mut diagnostic = Diagnostic::error(message).help(help);
    for (index, requirement) in concerned.take(MAX_RELATED).enumerate() {
        let location = requirement.location.clone();
        diagnostic = if index == 0 {
            diagnostic.at(location).label("required here")
        } else {
            diagnostic.related(location, "and here")
        };
    }
    diagnostic
}

/// Where packages are looked for, in words.
fn places(plan: &Plan) -> String {
    let Some(options) = plan.resolution.as_ref().map(|it| &it.options) else {
        return String::new();
    };
    let mut places = Vec::new();
    if options.no_index.is_none() {
        places.push(options.default_index());
        let extra = options.extra_index_urls.iter();
        places.extend(extra.map(|index| index.url.as_str()));
    }
    places.extend(options.find_links.iter().map(|url| url.value.as_str()));
    if places.is_empty() {
        return "any place: `--no-index` excludes all indexes".to_owned();
    }
    places.join(", ")
}

#[cfg(test)]
mod tests;
