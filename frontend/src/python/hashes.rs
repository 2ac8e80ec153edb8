//! Hash checking, as in pip: if one line has a hash, all packages need one.

use std::collections::BTreeMap;

use super::{Hash, PackageName, Pin, Requirement, RequirementSource};
use crate::source::{Diagnostic, Diagnostics, Location};

const REASON: &str = "because of this, every package needs a hash";

/// The hashes that requirement lines give for packages.
#[derive(Debug)]
pub struct Hashes<'a> {
    /// All requirements and constraints: hashes count in both.
    lines: Vec<&'a Requirement>,
    known: BTreeMap<&'a PackageName, Vec<&'a Hash>>,
    /// Why hashes are checked: `--require-hashes`, or the first line that has
    /// one. None where they are not.
    reason: Option<&'a Location>,
}

impl<'a> Hashes<'a> {
    /// The hashes of all lines; `required` is where `--require-hashes` stands.
    pub fn new(
        lines: impl IntoIterator<Item = &'a Requirement>,
        required: Option<&'a Location>,
    ) -> Self {
        let lines: Vec<&Requirement> = lines.into_iter().collect();
        let mut known: BTreeMap<&PackageName, Vec<&Hash>> = BTreeMap::new();
        let mut first = None;
        for line in &lines {
            if let (Some(name), false) = (&line.name, line.hashes.is_empty()) {
                known.entry(name).or_default().extend(&line.hashes);
                first.get_or_insert(&line.location);
            }
        }
        for hashes in known.values_mut() {
            hashes.sort_unstable();
            hashes.dedup();
        }
        Self {
            lines,
            known,
            reason: required.or(first),
        }
    }

    /// Gives each pin the hashes of its package.
    ///
    /// Fails where hashes are checked and a package of the resolution has none.
    pub fn add_to(&self, pins: &mut [Pin]) -> Result<(), Diagnostics> {
        let Some(reason) = self.reason else {
            return Ok(());
        };
        let mut diagnostics = Diagnostics::new();
        for pin in pins {
            let known = pin.name.as_ref().and_then(|name| self.known.get(name));
            match known {
                Some(hashes) => pin.hashes = hashes.iter().copied().cloned().collect(),
                None => diagnostics.push(self.missing(pin, reason)),
            }
        }
        diagnostics.into_result(())
    }

    /// The hashes of which the file of a requirement has one, all lines taken
    /// together. Projects and repositories have none: they come from BuildKit,
    /// which identifies them by their content.
    ///
    /// # Errors
    ///
    /// The file of a requirement without a hash, where hashes are checked.
    pub fn of_requirement(&self, requirement: &Requirement) -> Result<Vec<Hash>, Diagnostic> {
        let is_file = match &requirement.source {
            RequirementSource::Git(_) => false,
            RequirementSource::Path(path) => is_file(path),
            RequirementSource::Registry(_) | RequirementSource::Url(_) => true,
        };
        let known = requirement.name.as_ref();
        let known = known.and_then(|name| self.known.get(name));
        match (known, self.reason) {
            (Some(hashes), _) => Ok(hashes.iter().copied().cloned().collect()),
            (None, Some(reason)) if is_file => {
                Err(Diagnostic::error(format!("`{requirement}` has no hash"))
                    .at(requirement.location.clone())
                    .label("no hash")
                    .related(reason.clone(), REASON)
                    .help("write `NAME @ URL --hash=sha256:…`"))
            }
            (None, _) => Ok(Vec::new()),
        }
    }

    /// A package without a hash: at the line that asks for it, or else at the
    /// one that is the reason why hashes are checked.
    fn missing(&self, pin: &Pin, reason: &Location) -> Diagnostic {
        let mut lines = self.lines.iter();
        let asked = lines.find(|line| match &pin.name {
            Some(name) => line.name.as_ref() == Some(name),
            None => false,
        });
        match asked {
            Some(line) => Diagnostic::error(format!("`{line}` has no hash"))
                .at(line.location.clone())
                .label("no hash")
                .related(reason.clone(), REASON)
                .help(format!("pin it with its hash: `{pin} --hash=sha256:…`")),
            None => Diagnostic::error(format!("`{pin}` is needed, but no line gives its hash"))
                .at(reason.clone())
                .label(REASON)
                .help(format!("add a line for `{pin}` with --hash=sha256:…")),
        }
    }
}

/// Whether a path names a wheel or archive, not a project.
fn is_file(path: &str) -> bool {
    let endings = [
        ".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz",
    ];
    endings.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{RequirementSource, Specifiers};
    use crate::source::SourceFile;

    #[test]
    fn the_first_line_with_a_hash_is_the_reason() {
        let file = SourceFile::new("a.txt", "none\nz\na\n");
        let hash: Hash = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
        let line = |span: std::ops::Range<usize>, hashes| Requirement {
            name: Some(file.text()[span.clone()].parse().unwrap()),
            extras: Vec::new(),
            source: RequirementSource::Registry(Specifiers::default()),
            marker: None,
            hashes,
            location: file.at(span),
        };
        let lines = [
            line(0..4, Vec::new()),
            line(5..6, vec![hash.clone()]),
            line(7..8, vec![hash]),
        ];
        let hashes = Hashes::new(&lines, None);
        assert_eq!(hashes.reason, Some(&file.at(5..6)));
    }
}
