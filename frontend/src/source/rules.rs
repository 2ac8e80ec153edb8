//! What lamina warns about: one rule for each kind of warning.
//!
//! A rule has a name by which users look it up and switch it off. All of them
//! are in [`RULES`], whichever module finds them.

/// One kind of warning.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, written as those of Docker's build checks:
    /// `UndeclaredArgument`.
    pub name: &'static str,
    /// What it finds, in one sentence without a full stop.
    pub summary: &'static str,
    /// The page that explains it, as a URL.
    pub page: Option<&'static str>,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $summary:literal;)*) => {
        $($(#[$doc])* pub static $constant: Rule = Rule {
            name: $name,
            summary: $summary,
            page: None,
        };)*

        /// All rules, sorted by name.
        pub static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    /// Of the resolution.
    AMBIGUOUS_INDEX = "AmbiguousIndex",
        "a package came from one index, and another one has it in other versions";
    /// Of the resolution.
    DENIED_INDEX = "DeniedIndex",
        "an index denied access, and no package was taken from it";
    /// Of requirement files and the conventions.
    MISNAMED_REQUIREMENT_FILE = "MisnamedRequirementFile",
        "a file in `requirements/` has a name that belongs to no variant";
    /// Of the stub: in the place of those that are not shown.
    MORE_WARNINGS = "MoreWarnings",
        "the stub has more warnings than are shown";
    /// Of values in the stub.
    PLAIN_DOLLAR = "PlainDollar",
        "`$NAME` in a value looks like a variable, and only `${NAME}` is one";
    /// Of build arguments.
    UNDECLARED_ARGUMENT = "UndeclaredArgument",
        "a build argument was passed that the stub does not declare";
    /// Of the requirement files of a layer.
    UNREAD_REQUIREMENT_FILE = "UnreadRequirementFile",
        "several files of an array exist, and the first one alone is read";
    /// Of `--build-context`.
    UNUSED_CONTEXT = "UnusedContext",
        "a named context was passed that replaces nothing of the project";
    /// Of `--no-cache-filter`.
    UNUSED_FILTER = "UnusedFilter",
        "a cache filter was passed that names no step of the build";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_and_named_in_camel_case() {
        assert!(RULES.is_sorted_by(|a, b| a.name < b.name));
        for rule in RULES {
            assert!(rule.name.starts_with(|c: char| c.is_ascii_uppercase()));
            assert!(rule.name.chars().all(|c| c.is_ascii_alphanumeric()));
            assert!(!rule.summary.ends_with('.'), "{}", rule.name);
            let is_link = |page: &str| page.starts_with("https://");
            assert!(rule.page.is_none_or(is_link), "{}", rule.name);
        }
    }
}
