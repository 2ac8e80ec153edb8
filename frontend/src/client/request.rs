//! Subrequests: questions of the client other than a build.

use std::fmt;

/// What `--call` and `--check` ask for (`frontend/subrequests` in BuildKit).
///
/// Each has its place here before it has an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subrequest {
    /// `frontend.subrequests.describe`: which subrequests there are.
    Describe,
    /// `frontend.outline`: the arguments and secrets of a target.
    Outline,
    /// `frontend.targets`: all targets.
    Targets,
    /// `frontend.lint`: `--check`.
    Lint,
    /// Any other, by its id.
    Other(String),
}

impl Subrequest {
    /// The subrequest of an id, as the option `requestid` has it.
    pub fn parse(id: &str) -> Self {
        match id {
            "frontend.subrequests.describe" => Self::Describe,
            "frontend.outline" => Self::Outline,
            "frontend.targets" => Self::Targets,
            "frontend.lint" => Self::Lint,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Describe => "frontend.subrequests.describe",
            Self::Outline => "frontend.outline",
            Self::Targets => "frontend.targets",
            Self::Lint => "frontend.lint",
            Self::Other(id) => id,
        }
    }
}

impl fmt::Display for Subrequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept() {
        for id in [
            "frontend.subrequests.describe",
            "frontend.outline",
            "frontend.targets",
            "frontend.lint",
            "frontend.plan",
        ] {
            assert_eq!(Subrequest::parse(id).id(), id);
        }
        let other = Subrequest::Other("frontend.plan".to_owned());
        assert_eq!(Subrequest::parse("frontend.plan"), other);
    }
}
