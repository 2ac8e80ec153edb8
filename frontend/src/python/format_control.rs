//! `--only-binary` and `--no-binary`: which packages come as wheels.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{InvalidName, PackageName};
use crate::source::{Diagnostic, Location};

/// What a package is installed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `--only-binary`: wheels only.
    Wheel,
    /// `--no-binary`: sources only.
    Source,
}

/// What such an option names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormatTarget {
    /// `:all:`, every package that is not named.
    All,
    /// `:none:`, which takes back what the same option named before.
    None,
    /// A package.
    Package(PackageName),
}

/// One option of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatChange {
    /// Which option it is.
    pub format: Format,
    /// What it names, in order.
    pub targets: Vec<FormatTarget>,
    /// Where it names them.
    pub location: Location,
}

/// The packages that come as wheels only, or never.
///
/// Options are read as pip reads them: a later one wins over an earlier one
/// of the same package, `:all:` over everything before it, and a name wins
/// over `:all:` wherever it stands behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FormatControl {
    #[serde(serialize_with = "names")]
    only_binary: Targets,
    #[serde(serialize_with = "names")]
    no_binary: Targets,
}

/// What an option named, and where. Never `:none:`.
type Targets = BTreeMap<FormatTarget, Location>;

/// The names alone; places are for messages.
fn names<S: Serializer>(targets: &Targets, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(targets.keys().map(ToString::to_string))
}

impl FormatControl {
    /// Packages that are installed from wheels only; `:all:` is first.
    pub fn only_binary(&self) -> impl Iterator<Item = &FormatTarget> {
        self.only_binary.keys()
    }

    /// Packages that are never installed from wheels; `:all:` is first.
    pub fn no_binary(&self) -> impl Iterator<Item = &FormatTarget> {
        self.no_binary.keys()
    }

    /// Reads a further option.
    pub fn apply(&mut self, change: FormatChange) {
        let (mine, other) = match change.format {
            Format::Wheel => (&mut self.only_binary, &mut self.no_binary),
            Format::Source => (&mut self.no_binary, &mut self.only_binary),
        };
        let last_none = change
            .targets
            .iter()
            .rposition(|it| *it == FormatTarget::None);
        for (index, target) in change.targets.into_iter().enumerate() {
            match target {
                FormatTarget::None => mine.clear(),
                FormatTarget::All => {
                    other.clear();
                    mine.clear();
                    mine.insert(target, change.location.clone());
                    // It covers the names behind it, unless it is taken back.
                    if last_none.is_none_or(|last| last < index) {
                        return;
                    }
                }
                FormatTarget::Package(_) => {
                    other.remove(&target);
                    mine.insert(target, change.location.clone());
                }
            }
        }
    }

    /// Takes over what another layer says: between layers there is no later
    /// one, so what cannot hold together is an error.
    pub(super) fn unite(&mut self, other: Self) -> Result<(), Diagnostic> {
        if other == Self::default() {
            // Each option of a file comes here.
            return Ok(());
        }
        for (target, place) in other.only_binary {
            self.only_binary.entry(target).or_insert(place);
        }
        for (target, place) in other.no_binary {
            self.no_binary.entry(target).or_insert(place);
        }
        for (target, place) in &self.no_binary {
            if let Some(only) = self.only_binary.get(target) {
                return Err(Diagnostic::error(format!(
                    "--only-binary (at {only:?}) and --no-binary both name `{target}`"
                ))
                .at(place.clone())
                .label("never as a wheel")
                .related(only.clone(), "only as a wheel")
                .help("all layers are resolved together: keep one of the two"));
            }
        }
        Ok(())
    }
}

impl FromStr for FormatTarget {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text {
            ":all:" => Ok(Self::All),
            ":none:" => Ok(Self::None),
            name => name.parse().map(Self::Package),
        }
    }
}

impl fmt::Display for FormatTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(":all:"),
            Self::None => f.write_str(":none:"),
            Self::Package(name) => write!(f, "{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Diagnostics, SourceFile};

    fn change(option: &str) -> FormatChange {
        let file = SourceFile::new("a.txt", option);
        let (format, names) = match option.split_once(' ').unwrap() {
            ("only", names) => (Format::Wheel, names),
            (_, names) => (Format::Source, names),
        };
        FormatChange {
            format,
            targets: names.split(',').map(|name| name.parse().unwrap()).collect(),
            location: file.at(0..option.len()),
        }
    }

    fn read(options: &[&str]) -> FormatControl {
        let mut control = FormatControl::default();
        for option in options {
            control.apply(change(option));
        }
        control
    }

    fn text(control: &FormatControl) -> String {
        let list = |targets: &Targets| {
            let names: Vec<String> = targets.keys().map(ToString::to_string).collect();
            names.join(",")
        };
        format!(
            "only {} no {}",
            list(&control.only_binary),
            list(&control.no_binary)
        )
    }

    /// What `pip._internal.models.format_control` answers.
    #[test]
    fn later_options_win_as_in_pip() {
        for (options, expected) in [
            (&["only x", "no x"][..], "only  no x"),
            (&["no x", "only x"], "only x no "),
            (&["only :all:", "no x"], "only :all: no x"),
            (&["no x", "only :all:"], "only :all: no "),
            (&["only x,y", "only :none:", "no z"], "only  no z"),
            (&["no x", "only :none:"], "only  no x"),
            (&["only x,:all:,y"], "only :all: no "),
            (&["only :all:,:none:,y"], "only y no "),
            (&["no :all:", "only :all:"], "only :all: no "),
        ] {
            assert_eq!(text(&read(options)), expected, "{options:?}");
        }
    }

    #[test]
    fn time_is_linear() {
        let start = std::time::Instant::now();
        let names = ":all:,".repeat(80_000);
        assert_eq!(text(&read(&[&format!("no {names}:none:")])), "only  no ");
        assert_eq!(
            text(&read(&[&format!("no :none:,{names}x")])),
            "only  no :all:"
        );
        // Quadratic time would be minutes.
        assert!(start.elapsed().as_secs() < 5);
    }

    #[test]
    fn layers_must_not_contradict_each_other() {
        let mut one = read(&["only numpy"]);
        one.unite(read(&["no scipy"])).unwrap();
        assert_eq!(text(&one), "only numpy no scipy");
        let error = one.unite(read(&["no numpy"])).unwrap_err();
        insta::assert_snapshot!(Diagnostics::from(error).render());
    }
}
