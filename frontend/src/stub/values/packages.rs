//! Python, base images and packages.

use std::borrow::Cow;

use buildkit_llb::Reference;

use super::{Parsed, invalid, invalid_because, number, unavailable};
use crate::python::PythonVersion;
use crate::stub::Installer;

pub(in crate::stub) fn installer(text: &str) -> Parsed<Installer> {
    match text {
        "uv" => Ok(Installer::Uv),
        "pip" => Ok(Installer::Pip),
        _ => invalid("installer", "expected `uv` or `pip`"),
    }
}

pub(in crate::stub) fn python_version(text: &str) -> Parsed<PythonVersion> {
    // Python 3.11.12 has three numbers; no version has more.
    let numbers: Vec<Option<u8>> = text.split('.').take(4).map(number).collect();
    let kind = "Python version";
    match numbers[..] {
        [Some(3), Some(minor)] if minor >= OLDEST => Ok(PythonVersion { major: 3, minor }),
        [Some(3), Some(minor), Some(_)] if minor >= OLDEST => invalid_because(
            kind,
            "expected major and minor version",
            format!(
                "write `3.{minor}`; a base image such as `python:{text}-slim` fixes the patch version"
            ),
        ),
        [Some(3), Some(minor), ..] if minor < OLDEST => too_old(kind, "not supported"),
        [Some(2), ..] => too_old(kind, "not supported"),
        _ => invalid(kind, "write major and minor version, as in `3.11`"),
    }
}

fn too_old<T>(kind: &'static str, reason: impl Into<Cow<'static, str>>) -> Parsed<T> {
    let help = format!("the oldest supported version is `3.{OLDEST}`");
    invalid_because(kind, reason, help)
}

/// The oldest minor version of Python 3 that images are built with.
const OLDEST: u8 = 8;

pub(in crate::stub) fn image(text: &str) -> Parsed<String> {
    image_for("base image", "as a base image", text)
}

/// The image that wheels are built in.
pub(in crate::stub) fn build_image(text: &str) -> Parsed<String> {
    image_for("build image", "as a build image", text)
}

fn image_for(role: &'static str, as_one: &'static str, text: &str) -> Parsed<String> {
    let help = "write a name with a tag or digest, as in `python:3.11-slim`";
    if text == "scratch" {
        return unavailable(
            as_one,
            "name an image with Python, as in `python:3.11-slim`",
        );
    }
    if text.contains("://") {
        return invalid_because(role, "expected an image, found a URL", help);
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-/:@+".contains(&b);
    let first = text
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric);
    if !first || !text.bytes().all(allowed) || text.ends_with([':', '/', '@']) {
        return invalid(role, help);
    }
    let (host, path) = match text.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
        _ => ("", text),
    };
    let repository = path.split([':', '@']).next().unwrap_or_default();
    let lower = repository.to_ascii_lowercase();
    let slash = if host.is_empty() { "" } else { "/" };
    let rest = &path[repository.len()..];
    let right = format!("{host}{slash}{lower}{rest}");
    if right.parse::<Reference>().is_err() {
        return invalid(role, help);
    }
    if lower != repository {
        return invalid_because(
            role,
            "upper-case letters in the name of the repository",
            format!("write `{right}`"),
        );
    }
    let is_old = |python: &PythonVersion| (python.major, python.minor) < (3, OLDEST);
    if let Some(python) = image_python(text).filter(is_old) {
        return too_old(role, format!("Python {python} is not supported"));
    }
    Ok(text.to_owned())
}

/// The Python version that the tag of an official Python image says.
pub(in crate::stub) fn image_python(image: &str) -> Option<PythonVersion> {
    let last = image.rsplit('/').next()?.split('@').next()?;
    let tag = last.strip_prefix("python:")?;
    let version = tag.split('-').next()?;
    let mut parts = version.split('.');
    let (major, minor) = (number(parts.next()?)?, parts.next()?);
    // `3.13.0rc1`, `3.13rc`: the digits are enough.
    let digits = minor.find(|c: char| !c.is_ascii_digit());
    let minor = number(&minor[..digits.unwrap_or(minor.len())])?;
    Some(PythonVersion { major, minor })
}

pub(in crate::stub) fn apt_package(text: &str) -> Parsed<String> {
    let (name, version) = match text.split_once('=') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let (name, architecture) = match name.split_once(':') {
        Some((name, architecture)) => (name, Some(architecture)),
        None => (name, None),
    };
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let name_ok = name.len() >= 2
        && name.bytes().all(|b| lower(b) || b"+.-".contains(&b))
        && name.as_bytes().first().is_some_and(|b| lower(*b))
        // To apt, `name-` means: remove it.
        && !name.ends_with('-');
    let architecture_ok = architecture.is_none_or(|a| !a.is_empty() && a.bytes().all(lower));
    let version_ok = version.is_none_or(|v| {
        !v.is_empty()
            && v.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".+:~-*".contains(&b))
    });
    if name_ok && architecture_ok && version_ok {
        return Ok(text.to_owned());
    }
    let help = if text.contains(char::is_whitespace) {
        "write each package as an entry of its own: `[\"git\", \"curl\"]`"
    } else {
        "write the name of a Debian package, or `name=version`"
    };
    invalid("apt package", help)
}

/// A requirement in place: what is in it, the requirement parser says.
pub(in crate::stub) fn requirement(text: &str) -> Parsed<String> {
    if text.trim().is_empty() || text.contains(['\n', '\r']) {
        return invalid(
            "requirement",
            "write each requirement as an entry of its own: `[\"mcp>=0.1\"]`",
        );
    }
    Ok(text.to_owned())
}

/// A pattern of names of packages, in its normal form (PEP 503): `torch*`.
pub(in crate::stub) fn package_pattern(text: &str) -> Parsed<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.*".contains(c);
    let has_letter = text.contains(|c: char| c.is_ascii_alphanumeric());
    if !has_letter || !text.chars().all(allowed) || text.starts_with(['-', '_', '.']) {
        return invalid(
            "pattern of package names",
            "write names of packages, with `*` for any characters: `torch*`",
        );
    }
    let mut pattern = String::new();
    for part in text.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !pattern.is_empty() {
            pattern.push('-');
        }
        pattern += &part.to_ascii_lowercase();
    }
    Ok(pattern)
}
