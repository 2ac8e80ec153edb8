//! File names of wheels (the binary distribution format, PEP 427):
//! `NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl`.

use std::str::FromStr;

use pep440_rs::Version;

use crate::python::PackageName;

/// The package in a wheel's file name; `None` for other files, and what is
/// wrong with a name that ends like a wheel's and is none. The rules are those
/// of `packaging.utils.parse_wheel_filename`.
pub(super) fn package(file: &str) -> Result<Option<PackageName>, String> {
    let Some(stem) = file.strip_suffix(".whl") else {
        return Ok(None);
    };
    let parts: Vec<&str> = stem.split('-').collect();
    let (name, version, build, tags) = match parts[..] {
        [name, version, python, abi, platform] => (name, version, None, [python, abi, platform]),
        [name, version, build, python, abi, platform] => {
            (name, version, Some(build), [python, abi, platform])
        }
        _ => {
            return Err(format!(
                "expected 5 or 6 parts between `-`, found {}",
                parts.len()
            ));
        }
    };
    let package = name.parse().ok().filter(|_| !name.contains("__"));
    let Some(package) = package else {
        return Err(format!("`{name}` is not a package name"));
    };
    if Version::from_str(version).is_err() {
        return Err(format!("`{version}` is not a version"));
    }
    if let Some(build) = build.filter(|it| !it.starts_with(|c: char| c.is_ascii_digit())) {
        return Err(format!(
            "the build tag `{build}` does not begin with a digit"
        ));
    }
    if tags.iter().any(|tag| tag.split('.').any(str::is_empty)) {
        return Err("a tag is empty".to_owned());
    }
    let python = tags[0];
    let is_tag = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    if !python.chars().all(is_tag) {
        return Err(format!("`{python}` is not a Python tag"));
    }
    Ok(Some(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_package_of_valid_names() {
        for (file, name) in [
            ("a_B-1.0-py3-none-any.whl", Some("a-b")),
            (
                "torch-2.1.2+cpu-cp311-cp311-linux_x86_64.whl",
                Some("torch"),
            ),
            ("a-1.0-1build-py2.py3-none-any.whl", Some("a")),
            ("a-1.0.tar.gz", None),
            ("project", None),
        ] {
            let found = package(file).unwrap();
            assert_eq!(found.as_ref().map(PackageName::as_str), name, "{file}");
        }
    }

    #[test]
    fn rejects_invalid_names() {
        for file in [
            "none.whl",
            ".whl",
            "a-1.0.whl",
            "a-x.y-py3-none-any.whl",
            "-1.0-py3-none-any.whl",
            "a__b-1.0-py3-none-any.whl",
            "a-1.0-b1-py3-none-any.whl",
            "a-1.0-py3--any.whl",
            "a-1.0-py3-none-.whl",
            "a-1.0-1+py3-none-any.whl",
            "a-1.0-py3]-none-any.whl",
            "a-1-2-3-py3-none-any.whl",
        ] {
            assert!(package(file).is_err(), "{file}");
        }
    }
}
