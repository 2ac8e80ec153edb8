//! File names of wheels: `NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl` (the
//! binary distribution format, PEP 427).

use std::str::FromStr;

use pep440_rs::Version;

use super::PackageName;

/// The parts of a wheel's file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelName {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The build tag: among wheels that are otherwise equal, the highest wins.
    pub build: Option<BuildTag>,
    /// The Python tags: `py2.py3` are two.
    pub python: Vec<String>,
    /// The ABI tags.
    pub abi: Vec<String>,
    /// The platform tags.
    pub platform: Vec<String>,
}

/// A build tag: the number that it begins with, and the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildTag(u64, String);

/// Why a text is not the file name of a wheel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWheelName {
    /// It does not end with `.whl`.
    #[error("expected a name that ends with `.whl`")]
    Suffix,
    /// It does not have as many parts as the name of a wheel.
    #[error("expected 5 or 6 parts between `-`, found {0}")]
    Parts(usize),
    /// Its first part is not the name of a package.
    #[error("`{0}` is not a package name")]
    Name(String),
    /// Its second part is not a version (PEP 440).
    #[error("`{0}` is not a version")]
    Version(String),
    /// It has six parts, and the third is not a build tag.
    #[error("the build tag `{0}` does not begin with a digit")]
    Build(String),
    /// There is nothing between two dots or dashes of the tags.
    #[error("a tag is empty")]
    EmptyTag,
    /// The Python tag has other characters than letters, digits and `_`.
    #[error("`{0}` is not a Python tag")]
    PythonTag(String),
}

/// By the rules of `packaging.utils.parse_wheel_filename`, which rejects names
/// with `__`, too; uv does not, and indexes have such files.
impl FromStr for WheelName {
    type Err = InvalidWheelName;

    fn from_str(file: &str) -> Result<Self, InvalidWheelName> {
        let stem = file.strip_suffix(".whl").ok_or(InvalidWheelName::Suffix)?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, tags) = match parts[..] {
            [name, version, python, abi, platform] => {
                (name, version, None, [python, abi, platform])
            }
            [name, version, build, python, abi, platform] => {
                (name, version, Some(build), [python, abi, platform])
            }
            _ => return Err(InvalidWheelName::Parts(parts.len())),
        };
        let package = name.parse();
        let package = package.map_err(|_| InvalidWheelName::Name(name.to_owned()))?;
        let version = Version::from_str(version)
            .map_err(|_| InvalidWheelName::Version(version.to_owned()))?;
        let build = build.map(BuildTag::parse).transpose()?;
        if tags.iter().any(|tag| tag.split('.').any(str::is_empty)) {
            return Err(InvalidWheelName::EmptyTag);
        }
        let is_tag = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        if !tags[0].chars().all(is_tag) {
            return Err(InvalidWheelName::PythonTag(tags[0].to_owned()));
        }
        let [python, abi, platform] =
            tags.map(|tags| tags.split('.').map(str::to_ascii_lowercase).collect());
        Ok(Self {
            name: package,
            version,
            build,
            python,
            abi,
            platform,
        })
    }
}

impl BuildTag {
    fn parse(text: &str) -> Result<Self, InvalidWheelName> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at(digits);
        if digits == 0 {
            return Err(InvalidWheelName::Build(text.to_owned()));
        }
        // A date with a time has fourteen digits; more than twenty are no tag
        // that anybody compares.
        Ok(Self(number.parse().unwrap_or(u64::MAX), rest.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(file: &str) -> Result<WheelName, InvalidWheelName> {
        file.parse()
    }

    #[test]
    fn reads_valid_names() {
        for (file, name) in [
            ("a_B-1.0-py3-none-any.whl", "a-b"),
            ("torch-2.1.2+cpu-cp311-cp311-linux_x86_64.whl", "torch"),
            ("a-1.0-1build-py2.py3-none-any.whl", "a"),
        ] {
            assert_eq!(parse(file).unwrap().name.as_str(), name, "{file}");
        }
        let wheel = parse("a-1-2x-py2.py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl");
        let wheel = wheel.unwrap();
        assert_eq!(wheel.build, Some(BuildTag(2, "x".to_owned())));
        assert_eq!(wheel.python, ["py2", "py3"]);
        assert_eq!(wheel.platform.len(), 2);
    }

    #[test]
    fn rejects_invalid_names() {
        for file in [
            "a-1.0.tar.gz",
            "none.whl",
            ".whl",
            "a-1.0.whl",
            "a-x.y-py3-none-any.whl",
            "-1.0-py3-none-any.whl",
            "a-1.0-b1-py3-none-any.whl",
            "a-1.0-py3--any.whl",
            "a-1.0-py3-none-.whl",
            "a-1.0-1+py3-none-any.whl",
            "a-1.0-py3]-none-any.whl",
            "a-1-2-3-py3-none-any.whl",
        ] {
            assert!(parse(file).is_err(), "{file}");
        }
    }

    #[test]
    fn build_tags_are_numbers_first() {
        let tag = |text: &str| BuildTag::parse(text).unwrap();
        assert!(tag("9") < tag("10"));
        assert!(tag("10") < tag("10a"));
        assert!(tag("20240102030405") < tag("99999999999999999999999"));
    }
}
