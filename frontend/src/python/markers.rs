//! Environment markers (PEP 508), evaluated for the image that is built,
//! never for the machine that builds it.
//!
//! Comparisons are those of `packaging`, which pip uses: by PEP 440 where the
//! variable is a version, as texts otherwise, `in` always as texts. Versions
//! are `pep440_rs`'s.
//!
//! Decided where only a running interpreter knows: the full version is
//! `MINOR.0` (markers that tell patch releases apart are rare, and the base
//! image's patch release must not decide what is installed);
//! `platform_release` and `platform_version`, which name a kernel, are empty.

mod environment;
mod parse;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifier};

pub(super) use environment::Environment;
use environment::Variable;

/// A marker, ready to be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// All of them.
    And(Vec<Marker>),
    /// One of them.
    Or(Vec<Marker>),
    /// A comparison of two texts.
    Text(Value, Operator, Value),
    /// A comparison of two versions, of which one is fixed.
    Version(Comparison),
}

/// A comparison by PEP 440.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `python_version >= "3.9"`.
    Variable(Variable, VersionSpecifier),
    /// `"3.9" <= python_version`: the specifier is made of the variable.
    Fixed(Version, Operator, Variable),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Fixed(String),
    Variable(Variable),
}

impl Value {
    fn of<'a>(&'a self, environment: &'a Environment) -> &'a str {
        match self {
            Self::Fixed(text) => text,
            Self::Variable(variable) => environment.get(*variable),
        }
    }
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    In,
    NotIn,
    /// `==`, and `===` between texts.
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Compatible,
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

    fn compares(self, left: &str, right: &str) -> bool {
        match self {
            Self::In => right.contains(left),
            Self::NotIn => !right.contains(left),
            Self::Equal | Self::Exact => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
            Self::Compatible => false,
        }
    }
}

impl Marker {
    /// Whether it holds.
    pub(super) fn holds(&self, environment: &Environment) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.holds(environment)),
            Self::Or(any) => any.iter().any(|one| one.holds(environment)),
            Self::Text(left, operator, right) => {
                operator.compares(left.of(environment), right.of(environment))
            }
            Self::Version(Comparison::Variable(variable, specifier)) => {
                Version::from_str(environment.get(*variable))
                    .is_ok_and(|version| specifier.contains(&version))
            }
            Self::Version(Comparison::Fixed(version, operator, variable)) => {
                specifier(*operator, environment.get(*variable))
                    .is_ok_and(|specifier| specifier.contains(version))
            }
        }
    }
}

fn specifier(operator: Operator, version: &str) -> Result<VersionSpecifier, String> {
    VersionSpecifier::from_str(&format!("{}{version}", operator.symbol()))
        .map_err(|error| error.to_string())
}
