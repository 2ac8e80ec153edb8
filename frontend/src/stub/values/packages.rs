//! Python, base images and packages.

use buildkit_llb::Reference;

use super::{Parsed, mistake, number};
use crate::python::PythonVersion;
use crate::stub::Installer;

pub(in crate::stub) fn installer(text: &str) -> Parsed<Installer> {
    match text {
        "uv" => Ok(Installer::Uv),
        "pip" => Ok(Installer::Pip),
        _ => mistake("is no installer", "there are `uv` and `pip`"),
    }
}

pub(in crate::stub) fn python_version(text: &str) -> Parsed<PythonVersion> {
    let numbers: Vec<Option<u8>> = text.split('.').map(number).collect();
    match numbers[..] {
        [Some(3), Some(minor)] if minor >= 8 => Ok(PythonVersion { major: 3, minor }),
        [Some(3), Some(_)] | [Some(2), ..] => mistake(
            "is a Python version that lamina does not build for",
            "the oldest one is `3.8`",
        ),
        [Some(3), Some(minor), Some(_)] => mistake(
            "names a patch version",
            format!(
                "write `3.{minor}`; a base image such as `python:{text}-slim` fixes the patch version"
            ),
        ),
        _ => mistake(
            "is no Python version",
            "write major and minor, as in `3.11`",
        ),
    }
}

pub(in crate::stub) fn image(text: &str) -> Parsed<String> {
    let help = "write a name with a tag or digest, as in `python:3.11-slim`";
    if text == "scratch" {
        return mistake(
            "is not available yet as a base image",
            "name an image with Python, as in `python:3.11-slim`",
        );
    }
    if text.contains("://") {
        return mistake("is a URL, not an image", help);
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-/:@+".contains(&b);
    let first = text
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric);
    if !first || !text.bytes().all(allowed) || text.ends_with([':', '/', '@']) {
        return mistake("is no image", help);
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
        return mistake("is no image", help);
    }
    if lower != repository {
        return mistake(
            "has capitals in the name of its repository",
            format!("write `{right}`"),
        );
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
        "one package an entry: `[\"git\", \"curl\"]`"
    } else {
        "write the name of a Debian package, or `name=version`"
    };
    mistake("is no apt package", help)
}

/// A requirement in place: what is in it, the requirement parser says.
pub(in crate::stub) fn requirement(text: &str) -> Parsed<String> {
    if text.trim().is_empty() || text.contains(['\n', '\r']) {
        return mistake(
            "is no requirement",
            "write one requirement an entry: `[\"mcp>=0.1\"]`",
        );
    }
    Ok(text.to_owned())
}
