//! Environment markers (PEP 508), evaluated for the image that is built,
//! never for the machine that builds it.
//!
//! Comparisons are those of `packaging` 26, which pip uses. A variable that
//! holds a version is compared by PEP 440 where the right side makes a valid
//! specifier, and otherwise as text, as all other variables are. Texts have no
//! order: `<` and `>` do not hold, `<=` and `>=` are `==`. Versions are those
//! of `pep440_rs`.
//!
//! The patch release of Python is known only when the base image is, and then
//! only by the resolver. A comparison whose value depends on it stays in the
//! requirement, see [`Marker::evaluate`]. `platform_release` and
//! `platform_version`, which name a kernel, are empty.

mod environment;
mod parse;
mod patch;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifier};

pub(super) use environment::Environment;
use environment::Variable;
#[cfg(test)]
pub(super) use parse::DEPTH;
pub(super) use patch::Evaluation;
pub use patch::PatchMarker;

/// A marker, ready to be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// Holds if all of these hold.
    And(Vec<Marker>),
    /// Holds if at least one of these holds.
    Or(Vec<Marker>),
    /// A comparison.
    Compare(Comparison),
}

/// A comparison of a variable and a fixed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    variable: Variable,
    operator: Operator,
    fixed: String,
    /// Whether the variable stands on the right side.
    reversed: bool,
    /// How the two are compared.
    by: By,
}

/// How the two sides of a comparison are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum By {
    /// As texts.
    Text,
    /// As versions: the fixed text makes this specifier.
    Specifier(VersionSpecifier),
    /// As versions: the variable makes the specifier, for this version; none
    /// where the fixed text is not a version, which holds never.
    Version(Option<Version>),
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    In,
    NotIn,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `~=`, between versions only.
    Compatible,
    /// `===`, between versions only.
    Exact,
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Compatible => "~=",
            Self::Exact => "===",
        }
    }

    fn holds_for_texts(self, left: &str, right: &str) -> bool {
        match self {
            Self::In => right.contains(left),
            Self::NotIn => !right.contains(left),
            Self::Equal | Self::LessEqual | Self::GreaterEqual => left == right,
            Self::NotEqual => left != right,
            Self::Exact => left.eq_ignore_ascii_case(right),
            Self::Less | Self::Greater | Self::Compatible => false,
        }
    }
}

impl Comparison {
    /// `None` where the operator compares versions only, and these are none.
    fn new(variable: Variable, operator: Operator, fixed: String, reversed: bool) -> Option<Self> {
        let text = matches!(operator, Operator::In | Operator::NotIn) || !variable.is_version();
        let by = if text {
            By::Text
        } else if reversed {
            By::Version(fixed.parse().ok())
        } else {
            specifier(operator, fixed.trim()).map_or(By::Text, By::Specifier)
        };
        // Arbitrary equality of a version variable takes any text (PEP 440).
        let exact = operator == Operator::Exact && variable.is_version();
        let undefined = matches!(operator, Operator::Compatible | Operator::Exact) && !exact;
        (by != By::Text || !undefined).then_some(Self {
            variable,
            operator,
            fixed,
            reversed,
            by,
        })
    }

    /// Whether it holds where the variable has a value.
    fn holds(&self, value: &str) -> bool {
        match &self.by {
            By::Text if self.reversed => self.operator.holds_for_texts(&self.fixed, value),
            By::Text => self.operator.holds_for_texts(value, &self.fixed),
            By::Specifier(specifier) => {
                Version::from_str(value).is_ok_and(|version| specifier.contains(&version))
            }
            By::Version(version) => version.as_ref().is_some_and(|version| {
                specifier(self.operator, value).is_some_and(|specifier| specifier.contains(version))
            }),
        }
    }
}

fn specifier(operator: Operator, version: &str) -> Option<VersionSpecifier> {
    format!("{}{version}", operator.symbol()).parse().ok()
}

/// `python_version >= "3.9"`
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = self.variable.name();
        // uv knows no `===` in markers; between versions as they are it is `==`.
        let operator = match self.operator {
            Operator::Exact => Operator::Equal.symbol(),
            operator => operator.symbol(),
        };
        let quote = if self.fixed.contains('"') { '\'' } else { '"' };
        let fixed = &self.fixed;
        if self.reversed {
            write!(f, "{quote}{fixed}{quote} {operator} {variable}")
        } else {
            write!(f, "{variable} {operator} {quote}{fixed}{quote}")
        }
    }
}
