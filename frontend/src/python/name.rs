//! Names of packages and extras.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The name of a package, in the normal form of PEP 503: `foo-bar` for
/// `Foo._Bar`. Two names of one package are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

/// The name of an extra, in the normal form of PEP 685, which is that of
/// package names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extra(String);

/// A text is not a name as PEP 508 defines it: ASCII letters, digits, `.`,
/// `-` and `_`, with a letter or digit at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid name: expected ASCII letters, digits, `.`, `-` and `_`, with a letter or digit at both ends"
)]
pub struct InvalidName;

macro_rules! name {
    ($type:ident) => {
        impl $type {
            /// The normalized name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                normalized(text).map(Self).ok_or(InvalidName)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

name!(PackageName);
name!(Extra);

fn normalized(name: &str) -> Option<String> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let ends = [name.bytes().next()?, name.bytes().next_back()?];
    if !name.bytes().all(is_name) || !ends.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let parts = name.split(['.', '-', '_']).filter(|part| !part.is_empty());
    Some(parts.collect::<Vec<_>>().join("-").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizes_names() {
        for (name, normal) in [
            ("Foo.-_Bar", Some("foo-bar")),
            ("a", Some("a")),
            ("7z", Some("7z")),
            ("", None),
            ("-a", None),
            ("a_", None),
            ("a b", None),
            ("ä", None),
        ] {
            let parsed = name.parse::<PackageName>();
            assert_eq!(
                parsed.ok().as_ref().map(PackageName::as_str),
                normal,
                "{name}"
            );
        }
    }
}
