//! What to write instead of an invalid version specifier.

use pep440_rs::{Version, VersionSpecifier};

use crate::python::text::code;

/// What is wrong with a specifier, in a few words, and what to write.
pub(super) struct Remedy {
    pub(super) label: Option<String>,
    pub(super) help: String,
}

impl Remedy {
    fn new(help: impl Into<String>) -> Self {
        Self {
            label: None,
            help: help.into(),
        }
    }

    fn labelled(label: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            label: Some(label.into()),
            help: help.into(),
        }
    }
}

/// An invalid specifier of a package, taken apart.
struct Invalid<'a> {
    name: &'a str,
    text: &'a str,
    operator: &'a str,
    /// What stands behind the operator.
    rest: &'a str,
    /// The same without quotes.
    version: &'a str,
}

/// The remedy for a specifier of a package, if one is known.
pub(super) fn of(name: &str, text: &str) -> Option<Remedy> {
    let rest = text.trim_start_matches(['=', '<', '>', '~', '!', '^']);
    let operator = &text[..text.len() - rest.len()];
    let rest = rest.trim();
    let invalid = Invalid {
        name,
        text,
        operator,
        rest,
        version: rest.trim_matches(['"', '\'']).trim(),
    };
    invalid
        .no_operator()
        .or_else(|| invalid.comment())
        .or_else(|| invalid.two_words())
        .or_else(|| invalid.caret())
        .or_else(|| invalid.no_comma())
        .or_else(|| invalid.any_version())
        .or_else(|| invalid.operator_of_others())
        .or_else(|| invalid.of_operator())
}

impl Invalid<'_> {
    fn write(&self, specifier: &str) -> String {
        format!("write {}", code(&format!("{}{specifier}", self.name)))
    }

    /// `1.0`, or what is not a specifier at all.
    fn no_operator(&self) -> Option<Remedy> {
        if !self.operator.is_empty() {
            return None;
        }
        let text = self.text;
        let help = match text.parse::<Version>() {
            Ok(_) => format!("a version needs an operator: `{text}` is `=={text}`"),
            Err(_) => "write each requirement on a line of its own, without commas".to_owned(),
        };
        Some(Remedy::labelled("expected an operator and a version", help))
    }

    /// `==1.0#c`
    fn comment(&self) -> Option<Remedy> {
        let has_comment = self.text.contains('#');
        has_comment.then(|| Remedy::new("a comment needs a space in front of its `#`"))
    }

    /// `>=1 <2`, `==1 other`
    fn two_words(&self) -> Option<Remedy> {
        let (first, second) = self.version.split_once(char::is_whitespace)?;
        let second = second.trim_start();
        if is_valid(self.operator, first) && second.parse::<VersionSpecifier>().is_ok() {
            let operator = self.operator;
            return Some(Remedy::new(format!(
                "a comma separates specifiers: `{operator}{first},{second}`"
            )));
        }
        Some(Remedy::labelled(
            "expected one version",
            "write one requirement per line, and comments behind ` #`",
        ))
    }

    /// Poetry's `^1.2` and `= "^1.2"`.
    fn caret(&self) -> Option<Remedy> {
        let caret = self.operator == "^" || (self.operator == "=" && self.version.starts_with('^'));
        let range = caret.then(|| range(self.version.trim_start_matches('^')))?;
        let help = range.map_or_else(
            || "write the range: `>=1.2,<2`".to_owned(),
            |range| self.write(&range),
        );
        Some(Remedy::labelled(
            "`^` is an operator of Poetry and npm",
            help,
        ))
    }

    /// `>=1<2`
    fn no_comma(&self) -> Option<Remedy> {
        let (at, _) = self
            .version
            .match_indices(['<', '>', '=', '!', '~'])
            .next()?;
        let (first, second) = self.version.split_at(at);
        let parts = [format!("{}{first}", self.operator), second.to_owned()];
        let valid = |part: &String| part.parse::<VersionSpecifier>().is_ok();
        let help = format!("a comma separates specifiers: `{}`", parts.join(","));
        parts.iter().all(valid).then(|| Remedy::new(help))
    }

    /// `==latest`
    fn any_version(&self) -> Option<Remedy> {
        let any = matches!(self.version, "*" | "latest" | "any");
        any.then(|| {
            Remedy::new(format!(
                "for any version, write the name alone: `{}`",
                self.name
            ))
        })
    }

    /// `=1.0`, `=>1.0`, `<>1.0`, `=="1.0"`
    fn operator_of_others(&self) -> Option<Remedy> {
        let (operator, version) = (self.operator, self.version);
        if version != self.rest && is_valid(operator, version) {
            return Some(Remedy::new(format!(
                "remove the quotes: `{operator}{version}`"
            )));
        }
        let known = operator_meant(operator).filter(|known| is_valid(known, version))?;
        let label = match operator {
            "=" => "a single `=`".to_owned(),
            _ => format!("unknown operator `{operator}`"),
        };
        Some(Remedy::labelled(
            label,
            self.write(&format!("{known}{version}")),
        ))
    }

    /// A version that does not go with its operator.
    fn of_operator(&self) -> Option<Remedy> {
        let (label, specifiers) = of_operator(self.operator, self.version)?;
        let written = specifiers
            .iter()
            .map(|one| code(&format!("{}{one}", self.name)));
        let written: Vec<String> = written.collect();
        Some(Remedy::labelled(
            label,
            format!("write {}", written.join(", or ")),
        ))
    }
}

/// Operators of PEP 440.
const OPERATORS: &[&str] = &["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

fn is_valid(operator: &str, version: &str) -> bool {
    OPERATORS.contains(&operator)
        && format!("{operator}{version}")
            .parse::<VersionSpecifier>()
            .is_ok()
}

/// The operator that a wrong one means.
fn operator_meant(operator: &str) -> Option<&'static str> {
    match operator {
        "=" => Some("=="),
        "=>" | "==>" => Some(">="),
        "=<" | "==<" => Some("<="),
        "=~" => Some("~="),
        "=!" | "<>" | "!==" | "!" => Some("!="),
        "~" | "~>" => Some("~="),
        "^=" => Some(">="),
        _ => None,
    }
}

/// What is wrong with a version that does not go with its operator, and the
/// specifiers that are meant.
fn of_operator(operator: &str, version: &str) -> Option<(String, Vec<String>)> {
    let valid = |specifiers: Vec<String>| {
        let all = specifiers
            .iter()
            .all(|one| one.parse::<VersionSpecifier>().is_ok());
        (all && !specifiers.is_empty()).then_some(specifiers)
    };
    if let Some(prefix) = version.strip_suffix(".*") {
        let specifiers = match operator {
            ">=" => vec![format!(">={prefix}"), format!("=={prefix}.*")],
            "<" => vec![format!("<{prefix}")],
            ">" => vec![format!(">={}", next(prefix)?)],
            "<=" => vec![format!("<{}", next(prefix)?)],
            "~=" | "===" => vec![format!("=={prefix}.*")],
            _ => Vec::new(),
        };
        let label = format!("`.*` goes only with `==` and `!=`, not with `{operator}`");
        return valid(specifiers).map(|specifiers| (label, specifiers));
    }
    if let Some(prefix) = version
        .strip_suffix(".x")
        .or_else(|| version.strip_suffix(".X"))
    {
        let specifiers = valid(vec![format!("=={prefix}.*")])?;
        return Some(("`x` stands for no number".to_owned(), specifiers));
    }
    if let Some((public, _)) = version.split_once('+')
        && !matches!(operator, "==" | "!=" | "===")
    {
        let specifiers = valid(vec![format!("=={version}"), format!("{operator}{public}")])?;
        let label = format!("a local version goes only with `==` and `!=`, not with `{operator}`");
        return Some((label, specifiers));
    }
    if operator == "~=" {
        let specifiers = valid(vec![format!("~={version}.0"), format!(">={version}")])?;
        return Some(("`~=` needs at least two parts".to_owned(), specifiers));
    }
    None
}

/// The release behind a prefix: `1.11` for `1.10`.
fn next(prefix: &str) -> Option<String> {
    let (head, last) = prefix.rsplit_once('.').unwrap_or(("", prefix));
    let last = last.parse::<u64>().ok()?.checked_add(1)?;
    Some(if head.is_empty() {
        last.to_string()
    } else {
        format!("{head}.{last}")
    })
}

/// `>=1.2,<2` for Poetry's `^1.2`: up to the next first part that is not zero.
fn range(version: &str) -> Option<String> {
    let parsed: Version = version.parse().ok()?;
    let release = parsed.release();
    let at = release
        .iter()
        .position(|part| *part > 0)
        .unwrap_or(release.len() - 1);
    let mut upper: Vec<String> = release[..at].iter().map(ToString::to_string).collect();
    upper.push(release[at].checked_add(1)?.to_string());
    Some(format!(">={version},<{}", upper.join(".")))
}
