//! Digests of content, as `sha256:` and hexadecimal digits.
//!
//! A [`Digest`] is always well formed: a known algorithm and as many lower case
//! digits as that algorithm has.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The digest of some bytes, such as those of an operation or of an image's manifest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(Box<str>);

/// Why a text is no digest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no digest: it is written sha256: and 64 hexadecimal digits")]
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
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in Sha256::digest(bytes) {
            text.push(HEX[usize::from(byte >> 4)].into());
            text.push(HEX[usize::from(byte & 15)].into());
        }
        Self(text.into_boxed_str())
    }

    /// The whole text, `sha256:…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The algorithm: `sha256`, `sha384` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.0
            .split_once(':')
            .map_or("", |(algorithm, _)| algorithm)
    }

    /// The hexadecimal digits alone.
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Digest {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text.split_once(':').is_some_and(|(algorithm, hex)| {
            ALGORITHMS.contains(&(algorithm, hex.len()))
                && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        });
        if well_formed {
            Ok(Self(text.into()))
        } else {
            Err(DigestError(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_an_algorithm_and_its_digits() {
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
    fn what_is_no_digest_is_an_error() {
        let upper = Digest::of(b"x").as_str().to_uppercase();
        for text in ["", "sha256", "sha256:", "sha256:00", "md5:00", &upper] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
