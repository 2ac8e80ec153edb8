//! Version specifiers in normal form.

use std::fmt;

use pep440_rs::{Version, VersionSpecifier};

/// The version specifiers of one requirement (PEP 440): sorted, each once.
///
/// Sorted by operator and then by text (exact ones first, then limits from
/// below and from above, exclusions last), so that two ways of writing the
/// same specifiers have one text: `>=1,<2`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Specifiers(Vec<VersionSpecifier>);

impl Specifiers {
    /// Whether every version is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The specifiers, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &VersionSpecifier> {
        self.0.iter()
    }

    /// Whether they allow a version.
    pub fn contains(&self, version: &Version) -> bool {
        self.0.iter().all(|specifier| specifier.contains(version))
    }
}

impl FromIterator<VersionSpecifier> for Specifiers {
    fn from_iter<I: IntoIterator<Item = VersionSpecifier>>(specifiers: I) -> Self {
        let mut list: Vec<(usize, String, VersionSpecifier)> = specifiers
            .into_iter()
            .map(|specifier| {
                let text = specifier.to_string();
                (rank(&text), text, specifier)
            })
            .collect();
        list.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        list.dedup_by(|a, b| a.1 == b.1);
        Self(
            list.into_iter()
                .map(|(_, _, specifier)| specifier)
                .collect(),
        )
    }
}

fn rank(specifier: &str) -> usize {
    const ORDER: &[&str] = &["===", "==", "~=", ">=", ">", "<=", "<", "!="];
    let found = ORDER.iter().position(|o| specifier.starts_with(o));
    found.unwrap_or(ORDER.len())
}

/// `>=1,<2`
impl fmt::Display for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, specifier) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{specifier}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_for_one_meaning() {
        let text = |list: &[&str]| {
            let parsed = list.iter().map(|one| one.parse().unwrap());
            parsed.collect::<Specifiers>().to_string()
        };
        assert_eq!(text(&["<2", ">= 1.0", "!=1.5", ">=1.0"]), ">=1.0,<2,!=1.5");
        assert_eq!(text(&["== 1.*"]), "==1.*");
        assert_eq!(text(&[]), "");
    }
}
