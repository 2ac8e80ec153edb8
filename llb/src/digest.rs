//! Digests of content, as `sha256:` and hexadecimal digits.
//!
//! A [`Digest`] is always well formed: a known algorithm, and as many digits in
//! lower case as that algorithm has.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The digest of some bytes, such as those of an operation or of an image's manifest.
#[derive(Clone, PartialEq, Eq)]
pub struct Digest(Text);

/// Nearly all digests are SHA-256: those are stored in place, since a large graph
/// is full of them.
#[derive(Clone, PartialEq, Eq)]
enum Text {
    Sha256([u8; SHA256]),
    Other(Box<str>),
}

/// The length of `sha256:` and its digits.
const SHA256: usize = 71;

/// Why a text is not a [`Digest`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid digest `{0}`: expected `sha256:` and 64 hexadecimal digits in lower case")]
pub struct DigestError(String);

const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

impl Digest {
    /// The SHA-256 digest of these bytes.
    ///
    /// ```
    /// use buildkit_llb::Digest;
    /// let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    /// assert_eq!(Digest::of(b"").to_string(), empty);
    /// ```
    pub fn of(bytes: &[u8]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = *b"sha256:0000000000000000000000000000000000000000000000000000000000000000";
        for (digits, byte) in text[7..].chunks_exact_mut(2).zip(Sha256::digest(bytes)) {
            digits[0] = HEX[usize::from(byte >> 4)];
            digits[1] = HEX[usize::from(byte & 15)];
        }
        Self(Text::Sha256(text))
    }

    /// The whole text, `sha256:…`.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Only ASCII is ever put there.
            Text::Sha256(text) => std::str::from_utf8(text).unwrap_or_default(),
            Text::Other(text) => text,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Sha256(text) => text,
            Text::Other(text) => text.as_bytes(),
        }
    }

    /// The first 16 digits as a number: digests of one algorithm sort by these
    /// first. (All algorithms have names of six letters.)
    pub(crate) fn prefix(&self) -> u64 {
        self.as_bytes()[7..23].iter().fold(0, |number, digit| {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                digit => digit - b'a' + 10,
            };
            number << 4 | u64::from(value)
        })
    }

    /// The algorithm: `sha256`, `sha384` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.as_str()
            .split_once(':')
            .map_or("", |(algorithm, _)| algorithm)
    }

    /// The hexadecimal digits alone.
    pub fn hex(&self) -> &str {
        self.as_str().split_once(':').map_or("", |(_, hex)| hex)
    }
}

/// A part of a hash is as good a hash.
impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.as_bytes()[7..23]);
    }
}

impl Ord for Digest {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AsRef<str> for Digest {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text.split_once(':').is_some_and(|(algorithm, hex)| {
            ALGORITHMS.contains(&(algorithm, hex.len()))
                && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        });
        if !well_formed {
            return Err(DigestError(text.to_owned()));
        }
        Ok(Self(match text.as_bytes().try_into() {
            Ok(text) => Text::Sha256(text),
            Err(_) => Text::Other(text.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_digests() {
        let digest: Digest = Digest::of(b"x").as_str().parse().unwrap();
        assert_eq!(digest, Digest::of(b"x"));
        assert_eq!((digest.algorithm(), digest.hex().len()), ("sha256", 64));
        assert!(
            format!("sha512:{}", "0".repeat(128))
                .parse::<Digest>()
                .is_ok()
        );
    }

    #[test]
    fn sorts_digests_by_their_texts() {
        let mut digests: Vec<Digest> = (0..100u8).map(|n| Digest::of(&[n])).collect();
        digests.push(format!("sha512:{}", "0".repeat(128)).parse().unwrap());
        digests.sort();
        assert!(digests.is_sorted_by_key(Digest::to_string));
        assert!(digests[..100].is_sorted_by_key(Digest::prefix));
    }

    #[test]
    fn rejects_what_is_not_a_digest() {
        let upper = Digest::of(b"x").as_str().to_uppercase();
        for text in ["", "sha256", "sha256:", "sha256:00", "md5:00", &upper] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
