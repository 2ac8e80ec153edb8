//! Answers of the steps that bring files of packages: `fetch.py`, `build.py`.

use pep440_rs::Version;
use serde::Deserialize;

use super::answer::{AnswerFile, InvalidAnswer};
use crate::python::{Hash, InvalidHash, InvalidWheelName, PackageName, WheelName};

/// A file that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedFile {
    /// Its name.
    pub name: String,
    /// Its hashes, by each algorithm that requirement lines can give.
    pub hashes: Vec<Hash>,
    /// Its size in bytes.
    pub size: u64,
}

/// A wheel that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltWheel {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The file name.
    pub file: String,
    /// Its SHA-256.
    pub sha256: Hash,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is for every platform.
    pub is_pure: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFetched {
    name: String,
    sha256: String,
    sha384: String,
    sha512: String,
    size: u64,
}

/// The answer of `build.py`.
const ANSWER: AnswerFile = AnswerFile {
    file: "answer.json",
    script: "build.py",
};

/// What `build.py` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildAnswer {
    /// A wheel was built.
    Built(BuiltWheel),
    /// None was built, for this reason.
    Failed(String),
    /// It has to be built on the target's platform, for this reason.
    OtherPlatform(String),
}

/// An answer without a wheel: one of them is given.
#[derive(Deserialize)]
struct RawNone {
    failure: Option<String>,
    other_platform: Option<String>,
}

#[derive(Deserialize)]
struct RawBuilt {
    wheel: String,
    sha256: String,
    size: u64,
    pure: bool,
}

impl FetchedFile {
    /// Reads `answer.json` of `fetch.py`.
    pub fn read(bytes: &[u8]) -> Result<Self, InvalidAnswer> {
        let file = AnswerFile {
            file: "answer.json",
            script: "fetch.py",
        };
        let raw: RawFetched = file.read(bytes, "a file")?;
        let texts = [
            format!("sha256:{}", raw.sha256),
            format!("sha384:{}", raw.sha384),
            format!("sha512:{}", raw.sha512),
        ];
        let hashes: Result<Vec<Hash>, InvalidHash> =
            texts.iter().map(|text| text.parse()).collect();
        Ok(Self {
            name: raw.name,
            hashes: hashes.map_err(|error| file.invalid(error.to_string()))?,
            size: raw.size,
        })
    }
}

impl BuildAnswer {
    /// The exit code of `build.py` where no wheel was built.
    pub const FAILED: i32 = 5;

    /// Reads `answer.json` of `build.py`.
    pub fn read(bytes: &[u8]) -> Result<Self, InvalidAnswer> {
        let none: RawNone = ANSWER.read(bytes, "an object")?;
        Ok(match (none.failure, none.other_platform) {
            (Some(reason), _) => Self::Failed(reason),
            (None, Some(reason)) => Self::OtherPlatform(reason),
            (None, None) => Self::Built(BuiltWheel::read(bytes)?),
        })
    }
}

impl BuiltWheel {
    /// What package it is, the name of the file says: installers read that,
    /// too, and verify that the metadata agrees.
    fn read(bytes: &[u8]) -> Result<Self, InvalidAnswer> {
        let file = ANSWER;
        let raw: RawBuilt = file.read(bytes, "a wheel")?;
        let wheel: WheelName = raw
            .wheel
            .parse()
            .map_err(|error: InvalidWheelName| file.invalid(error.to_string()))?;
        if raw.wheel.contains('/') {
            return Err(file.invalid("expected a file name, found a path"));
        }
        Ok(Self {
            name: wheel.name,
            version: wheel.version,
            file: raw.wheel,
            sha256: format!("sha256:{}", raw.sha256)
                .parse()
                .map_err(|error: InvalidHash| file.invalid(error.to_string()))?,
            size: raw.size,
            is_pure: raw.pure,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_fetched() {
        let answer = |digits: usize| {
            let [one, two] = [96, 128].map(|digits| "a".repeat(digits));
            let first = "a".repeat(digits);
            format!(
                r#"{{"name": "x.tar.gz", "sha256": "{first}", "sha384": "{one}", "sha512": "{two}", "size": 3}}"#
            )
        };
        let fetched = FetchedFile::read(answer(64).as_bytes()).unwrap();
        assert_eq!((fetched.name.as_str(), fetched.size), ("x.tar.gz", 3));
        assert_eq!(fetched.hashes.len(), 3);
        assert!(FetchedFile::read(answer(63).as_bytes()).is_err());
    }

    #[test]
    fn a_build_says_why_there_is_no_wheel() {
        let read = |answer: &str| BuildAnswer::read(answer.as_bytes());
        let failed = BuildAnswer::Failed("no gcc".to_owned());
        assert_eq!(read(r#"{"failure": "no gcc"}"#), Ok(failed));
        let other = BuildAnswer::OtherPlatform("it compiles".to_owned());
        assert_eq!(read(r#"{"other_platform": "it compiles"}"#), Ok(other));
        for invalid in ["", "[]", "{}", r#"{"failure": 1}"#] {
            assert!(read(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_built_wheel_is_what_its_file_name_says() {
        let read = |name: &str| {
            let answer = format!(
                r#"{{"wheel": "{name}", "pure": true, "sha256": "{}", "size": 1}}"#,
                "a".repeat(64)
            );
            BuiltWheel::read(answer.as_bytes())
        };
        let wheel = read("My_Pkg-1.0-py3-none-any.whl").unwrap();
        assert_eq!(wheel.name.as_str(), "my-pkg");
        assert_eq!(wheel.version.to_string(), "1.0");
        for name in [
            "x.whl",
            "../a-1.0-py3-none-any.whl",
            "a/b-1.0-py3-none-any.whl",
        ] {
            assert!(read(name).is_err(), "{name}");
        }
    }
}
