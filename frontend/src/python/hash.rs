//! Hashes of files, as requirement lines give them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A hash of a file that may be installed: `sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash {
    algorithm: HashAlgorithm,
    digest: String,
}

/// The algorithms that pip and uv both accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Why a text is not a [`Hash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHash {
    /// It does not begin with an algorithm and a colon.
    #[error("expected `sha256:…`, `sha384:…` or `sha512:…`")]
    Algorithm,
    /// The digest has another length, or is not hexadecimal.
    #[error("a {0} digest has {digits} hexadecimal digits", digits = .0.digits())]
    Digest(HashAlgorithm),
}

impl Hash {
    /// The algorithm.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest, in lower-case hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl HashAlgorithm {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its name: `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// How many hexadecimal digits a digest has.
    pub fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let (name, digest) = text.split_once(':').ok_or(InvalidHash::Algorithm)?;
        let mut all = HashAlgorithm::ALL.into_iter();
        let algorithm = all
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
            .ok_or(InvalidHash::Algorithm)?;
        let is_hex = digest.bytes().all(|b| b.is_ascii_hexdigit());
        if digest.len() != algorithm.digits() || !is_hex {
            return Err(InvalidHash::Digest(algorithm));
        }
        let digest = digest.to_ascii_lowercase();
        Ok(Self { algorithm, digest })
    }
}

/// `sha256:…`
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.digest)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_algorithms_of_pip_and_uv() {
        for (algorithm, digits) in [("sha256", 64), ("sha384", 96), ("sha512", 128)] {
            let text = format!("{algorithm}:{}", "0a".repeat(digits / 2));
            let hash: Hash = text.to_uppercase().parse().unwrap();
            assert_eq!(hash.to_string(), text);
            assert_eq!(hash.algorithm().name(), algorithm);
        }
        assert_eq!("abc".parse::<Hash>(), Err(InvalidHash::Algorithm));
        assert_eq!("md5:abc".parse::<Hash>(), Err(InvalidHash::Algorithm));
        let short = "sha256:abc".parse::<Hash>().unwrap_err();
        assert_eq!(
            short.to_string(),
            "a sha256 digest has 64 hexadecimal digits"
        );
        let other = format!("sha256:{}", "xy".repeat(32));
        assert!(other.parse::<Hash>().is_err());
    }
}
