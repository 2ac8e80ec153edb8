//! Lock files: `pylock.toml` (PEP 751).
//!
//! They say of each package which files there are of it. uv writes one for the
//! resolution, with the files that the target can use.

use pep440_rs::Version;
use serde::Deserialize;

use super::text::decoded;
use super::{Hash, HashAlgorithm, PackageName};

/// A lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Its packages, in the order of the file.
    pub packages: Vec<LockedPackage>,
}

/// A package of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: PackageName,
    /// Its version; none for what only a build tells.
    pub version: Option<Version>,
    /// Its wheels.
    pub wheels: Vec<LockedFile>,
    /// Its source distribution.
    pub sdist: Option<LockedFile>,
    /// A file that is named by itself: a wheel or an archive, by URL or path.
    pub archive: Option<LockedFile>,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedFile {
    /// Its name.
    pub name: String,
    /// Its URL or path.
    pub place: String,
    /// Its size in bytes, where the index says it.
    pub size: Option<u64>,
    /// Its hashes, as far as their algorithms are known, sorted.
    pub hashes: Vec<Hash>,
}

impl LockedFile {
    /// A file of which only the URL or path is known.
    pub fn at(place: &str) -> Self {
        Self {
            name: file_name(place),
            place: place.to_owned(),
            size: None,
            hashes: Vec::new(),
        }
    }

    /// The directory in which a step finds the file, if it is mounted there: uv
    /// says it by a `file:` URL, or by a path that is relative to the lock.
    pub fn mounted_in(&self) -> Option<String> {
        let path = self.place.strip_prefix("file://").unwrap_or(&self.place);
        if path.contains("://") {
            return None;
        }
        let start = ["/lamina/built/", "/lamina/sources/"];
        let start = start.iter().find_map(|start| path.find(start))?;
        let (directory, _) = path[start..].rsplit_once('/')?;
        Some(directory.to_owned())
    }

    /// The SHA-256 in lower-case hexadecimal digits, where it is known.
    pub fn sha256(&self) -> Option<&str> {
        let mut hashes = self.hashes.iter();
        hashes
            .find(|hash| hash.algorithm() == HashAlgorithm::Sha256)
            .map(Hash::digest)
    }
}

/// Why a text is not a lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLock {
    /// It is not TOML, or not that of a lock.
    #[error("{0}")]
    Format(String),
    /// Its version is not one that is known.
    #[error("expected `lock-version = \"1.0\"`, found `{0}`")]
    Version(String),
    /// The name of a package, its version or a hash is invalid.
    #[error("invalid {0} `{1}`")]
    Value(&'static str, String),
    /// A file has neither a URL nor a path.
    #[error("a file of `{0}` has neither a URL nor a path")]
    Place(String),
}

impl Lock {
    /// Reads a lock.
    pub fn read(text: &str) -> Result<Self, InvalidLock> {
        let raw: RawLock = toml::from_str(text)
            .map_err(|error| InvalidLock::Format(error.message().to_owned()))?;
        // Later minor versions stay readable (PEP 751).
        if raw.lock_version.split('.').next() != Some("1") {
            return Err(InvalidLock::Version(raw.lock_version));
        }
        let packages = raw.packages.into_iter().map(LockedPackage::try_from);
        Ok(Self {
            packages: packages.collect::<Result<_, _>>()?,
        })
    }

    /// The package of a name.
    pub fn package(&self, name: &PackageName) -> Option<&LockedPackage> {
        self.packages.iter().find(|package| package.name == *name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawLock {
    lock_version: String,
    #[serde(default)]
    packages: Vec<RawPackage>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    wheels: Vec<RawFile>,
    sdist: Option<RawFile>,
    archive: Option<RawFile>,
}

#[derive(Deserialize)]
struct RawFile {
    name: Option<String>,
    url: Option<String>,
    path: Option<String>,
    size: Option<u64>,
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
}

impl TryFrom<RawPackage> for LockedPackage {
    type Error = InvalidLock;

    fn try_from(raw: RawPackage) -> Result<Self, InvalidLock> {
        let Ok(name) = raw.name.parse() else {
            return Err(InvalidLock::Value("package name", raw.name));
        };
        let version = raw.version.map(|text| {
            let parsed = text.parse();
            parsed.map_err(|_| InvalidLock::Value("version", text))
        });
        let file = |raw: RawFile| raw.read(&name);
        let wheels: Result<_, _> = raw.wheels.into_iter().map(file).collect();
        Ok(Self {
            version: version.transpose()?,
            wheels: wheels?,
            sdist: raw.sdist.map(file).transpose()?,
            archive: raw.archive.map(file).transpose()?,
            name,
        })
    }
}

impl RawFile {
    fn read(self, package: &PackageName) -> Result<LockedFile, InvalidLock> {
        let place = self.url.or(self.path);
        let place = place.ok_or_else(|| InvalidLock::Place(package.to_string()))?;
        let mut hashes = Vec::new();
        for (algorithm, digest) in self.hashes {
            let text = format!("{}:{digest}", algorithm.replace('-', ""));
            match text.parse() {
                Ok(hash) => hashes.push(hash),
                // Others cannot be verified, and are no reason to fail.
                Err(super::InvalidHash::Algorithm) => {}
                Err(super::InvalidHash::Digest(_)) => {
                    return Err(InvalidLock::Value("hash", text));
                }
            }
        }
        hashes.sort_unstable();
        Ok(LockedFile {
            name: self.name.unwrap_or_else(|| file_name(&place)),
            place,
            size: self.size,
            hashes,
        })
    }
}

/// The last part of a URL or path, without escapes.
fn file_name(place: &str) -> String {
    let path = &place[..place.find(['?', '#']).unwrap_or(place.len())];
    let last = path.rsplit('/').next().unwrap_or(path);
    decoded(last).unwrap_or_else(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.11"

[[packages]]
name = "Charset_Normalizer"
version = "3.5.2"
sdist = { url = "https://h/c-3.5.2.tar.gz", upload-time = 2026-09-30T04:39:23Z, size = 2, hashes = { md5 = "0", sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }
wheels = [
    { url = "https://h/torch-2%2Bcpu-py3-none-any.whl?x#y", size = 3, hashes = {} },
    { name = "own.whl", path = "wheels/c.whl" },
]

[[packages]]
name = "project"
archive = { path = "../x.whl", hashes = { sha256 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" } }
"#;

    #[test]
    fn reads_the_files_of_packages() {
        let lock = Lock::read(LOCK).unwrap();
        let package = lock.package(&"charset-normalizer".parse().unwrap());
        let package = package.unwrap();
        let names: Vec<&str> = package.wheels.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["torch-2+cpu-py3-none-any.whl", "own.whl"]);
        let sdist = package.sdist.as_ref().unwrap();
        assert_eq!(
            (sdist.size, sdist.sha256()),
            (Some(2), Some(&*"a".repeat(64)))
        );
        assert_eq!(package.wheels[0].sha256(), None);
        let project = &lock.packages[1];
        assert_eq!(project.version, None);
        assert_eq!(project.archive.as_ref().unwrap().name, "x.whl");
    }

    #[test]
    fn says_why_a_text_is_not_a_lock() {
        for (change, expected) in [
            (
                ("1.0", "2.0"),
                "expected `lock-version = \"1.0\"`, found `2.0`",
            ),
            (
                ("name = \"project\"", "name = \"-\""),
                "invalid package name `-`",
            ),
            (("3.5.2\"", "x\""), "invalid version `x`"),
            (
                ("path = \"../x.whl\", ", ""),
                "a file of `project` has neither a URL nor a path",
            ),
            (("aaaaaaaa\"", "\""), "invalid hash `sha256:"),
            (("[[packages]]", "[[packages"), "unclosed"),
            (
                ("lock-version = \"1.0\"", ""),
                "missing field `lock-version`",
            ),
        ] {
            let text = LOCK.replacen(change.0, change.1, 1);
            let error = Lock::read(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{change:?}: {error}");
        }
    }
}
