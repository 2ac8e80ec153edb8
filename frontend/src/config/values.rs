//! What single values may look like: platforms, ports, paths, names and so on.
//!
//! Pure functions from a text to a value, or to the two halves of a message:
//! what it is not, and what would be right. A value that passed is safe to be
//! an argument of a program: none begins with a dash.

use std::time::Duration;

use buildkit_llb::Platform;

use super::nearest::nearest;
use super::{Accelerator, Installer, Name, PythonVersion};

/// Why a text is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Goes on after the text itself: "is no port".
    pub(super) what: String,
    /// What to write.
    pub(super) help: String,
}

type Parsed<T> = Result<T, Mistake>;

fn mistake<T>(what: impl Into<String>, help: impl Into<String>) -> Parsed<T> {
    Err(Mistake {
        what: what.into(),
        help: help.into(),
    })
}

/// The architectures that images are built for, in Go's names.
const ARCHITECTURES: [&str; 8] = [
    "amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "loong64",
];

/// Other names of them, which would be as confusing in a target.
const ALIASES: [&str; 10] = [
    "x86_64", "x86", "i386", "i686", "aarch64", "armhf", "armel", "armv6", "armv7", "mips64le",
];

/// Whether a word names an architecture, in any of the usual names.
pub(super) fn is_architecture(word: &str) -> bool {
    ARCHITECTURES.contains(&word) || ALIASES.contains(&word)
}

/// The architecture that a word means: `aarch64` is `arm64`.
pub(super) fn architecture(word: &str) -> Option<String> {
    is_architecture(word).then(|| Platform::new("linux", word).architecture().to_owned())
}

pub(super) fn platform(text: &str) -> Parsed<Platform> {
    let Ok(platform) = text.parse::<Platform>() else {
        let help = architecture(text).map_or_else(
            || "it is written os/architecture: `linux/amd64`, `linux/arm64`".to_owned(),
            |architecture| format!("write `linux/{architecture}`"),
        );
        return mistake("is no platform", help);
    };
    if platform.os() != "linux" {
        return mistake(
            format!("is a platform of {}", platform.os()),
            "only Linux images are built: `linux/amd64`, `linux/arm64`",
        );
    }
    if !ARCHITECTURES.contains(&platform.architecture()) {
        let help = nearest(platform.architecture(), ARCHITECTURES).map_or_else(
            || format!("known are {}", super::nearest::listed(ARCHITECTURES)),
            |near| format!("did you mean `linux/{near}`?"),
        );
        return mistake("is a platform of an unknown architecture", help);
    }
    Ok(platform)
}

pub(super) fn accelerator(text: &str) -> Parsed<Accelerator> {
    match text {
        "cuda" => Ok(Accelerator::Cuda),
        _ => mistake(
            "is no accelerator",
            "there is `cuda`; leave the key out for the CPU",
        ),
    }
}

pub(super) fn installer(text: &str) -> Parsed<Installer> {
    match text {
        "uv" => Ok(Installer::Uv),
        "pip" => Ok(Installer::Pip),
        _ => mistake("is no installer", "there are `uv` and `pip`"),
    }
}

pub(super) fn python_version(text: &str) -> Parsed<PythonVersion> {
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

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

pub(super) fn name(text: &str) -> Parsed<Name> {
    Name::new(text).map_or_else(
        || {
            let near = text.to_ascii_lowercase().replace(['-', '.', ' '], "_");
            let help = "a name is a lower-case letter, then letters, digits and `_`";
            let help = match Name::new(&near) {
                Some(near) => format!("{help}: `{near}`"),
                None => help.to_owned(),
            };
            mistake("is no name", help)
        },
        Ok,
    )
}

/// A project's name is the repository of its default tags.
pub(super) fn project_name(text: &str) -> Parsed<String> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b);
    let outer = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    if bytes.iter().all(|b| inner(*b))
        && bytes.first().is_some_and(outer)
        && bytes.last().is_some_and(outer)
    {
        Ok(text.to_owned())
    } else {
        mistake(
            "cannot be the name of an image",
            "use lower-case letters, digits, `-`, `_`, `.` and `/`",
        )
    }
}

pub(super) fn image(text: &str) -> Parsed<String> {
    let help = "write a name with a tag or digest, as in `python:3.11-slim`";
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
    if repository.bytes().any(|b| b.is_ascii_uppercase()) {
        let lower = repository.to_ascii_lowercase();
        let slash = if host.is_empty() { "" } else { "/" };
        let rest = &path[repository.len()..];
        return mistake(
            "has capitals in the name of its repository",
            format!("write `{host}{slash}{lower}{rest}`"),
        );
    }
    Ok(text.to_owned())
}

/// The Python version that the tag of an official Python image says.
pub(super) fn image_python(image: &str) -> Option<PythonVersion> {
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

pub(super) fn apt_package(text: &str) -> Parsed<String> {
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

pub(super) fn user_name(text: &str) -> Parsed<String> {
    if text == "root" {
        return mistake(
            "is the superuser",
            "images run as a non-root user: choose another name, or leave it out for `app`",
        );
    }
    let first = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    let rest = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if first && rest && text.len() <= 32 {
        Ok(text.to_owned())
    } else {
        mistake(
            "is no user name",
            "at most 32 lower-case letters, digits, `_` and `-`, a letter or `_` first",
        )
    }
}

pub(super) fn uid(value: i64) -> Parsed<u32> {
    match u32::try_from(value) {
        Ok(0) => mistake(
            "is the superuser's id",
            "images run as a non-root user: choose an id from 1000 on, or leave it out for 10001",
        ),
        // The two last ones mean "no user" to the system.
        Ok(uid) if uid < u32::MAX - 1 => Ok(uid),
        _ => mistake("is no user id", "choose an id from 1000 on"),
    }
}

/// `8000`, `"8000"`, `"53/udp"`, `"8000-8010"` as the image configuration has them.
pub(super) fn ports(text: &str) -> Parsed<Vec<String>> {
    const MOST: u16 = 1000;
    let help = "write a port such as `8000`, `\"53/udp\"` or `\"8000-8010\"`";
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        let help = if range.contains(':') || number::<u16>(range).is_none() {
            help
        } else {
            "the protocols are tcp, udp and sctp"
        };
        return mistake("is no port", help);
    }
    if range.contains(':') {
        return mistake(
            "publishes a port",
            "an image only names the container's port: `8000`; publish it with `docker run -p`",
        );
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let port = |text| number::<u16>(text).filter(|port| *port > 0);
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last && last - first < MOST => {
            Ok((first..=last).map(|p| format!("{p}/{protocol}")).collect())
        }
        (Some(first), Some(last)) if first <= last => mistake(
            format!("has more than {MOST} ports"),
            "expose the ports that the application listens on",
        ),
        _ => mistake("is no port", help),
    }
}

/// `30s`, `1m30s`, `1.5h`, as Go and Docker write durations.
pub(super) fn duration(text: &str) -> Parsed<Duration> {
    let Some(duration) = parse_duration(text) else {
        let help = if number::<u64>(text).is_some() {
            format!("say which unit: `{text}s`")
        } else {
            "write numbers with units: `30s`, `1m30s`, `500ms`".to_owned()
        };
        return mistake("is no duration", help);
    };
    if duration < Duration::from_millis(1) {
        return mistake(
            "is too short",
            "the shortest is `1ms`; leave the key out for the engine's default",
        );
    }
    Ok(duration)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut nanos: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(digits);
        let letters = after
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit: u128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            _ => return None,
        };
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        if fraction.len() > 9 {
            return None;
        }
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        nanos += u128::from(number::<u32>(whole)?) * unit;
        nanos += u128::from(number::<u32>(fraction)?) * unit / scale;
        rest = after;
    }
    let longest = 1000 * 3_600_000_000_000;
    (!text.is_empty() && nanos <= longest)
        .then(|| Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}

pub(super) fn mode(text: &str) -> Parsed<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal =
        (3..=5).contains(&digits.len()) && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    octal
        .then(|| u32::from_str_radix(digits, 8).ok())
        .flatten()
        .filter(|mode| *mode <= 0o7777)
        .map_or_else(
            || mistake("is no file mode", "write it in octal, as in `\"0755\"`"),
            Ok,
        )
}

pub(super) fn signal(text: &str) -> Parsed<String> {
    let word = text.strip_prefix("SIG").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_uppercase())
            && rest
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'+' || b == b'-')
    });
    if word || number::<u8>(text).is_some_and(|n| (1..=64).contains(&n)) {
        return Ok(text.to_owned());
    }
    let named = text.to_ascii_uppercase();
    let help = if !named.is_empty() && named.bytes().all(|b| b.is_ascii_uppercase()) {
        format!("write `SIG{}`", named.strip_prefix("SIG").unwrap_or(&named))
    } else {
        "write its name, as in `SIGTERM`".to_owned()
    };
    mistake("is no signal", help)
}

pub(super) fn env_name(text: &str) -> Parsed<()> {
    if super::args::is_identifier(text) {
        Ok(())
    } else {
        mistake(
            "is no name of an environment variable",
            "letters, digits and `_`, not a digit first",
        )
    }
}

pub(super) fn label_key(text: &str) -> Parsed<()> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '=' | '$');
    if text.is_empty() || text.contains(odd) {
        mistake(
            "is no key of a label",
            "write a name without spaces, as in `org.opencontainers.image.title`",
        )
    } else {
        Ok(())
    }
}

/// A path in the build context: relative, and it stays there.
pub(super) fn context_path(text: &str) -> Parsed<String> {
    if text.contains("://") {
        return mistake("is a URL", "write a path within the build context");
    }
    if text.starts_with('/') {
        return mistake(
            "is an absolute path",
            "paths are relative to the build context, the directory that `docker build` is given",
        );
    }
    if text.split('/').any(|part| part == "..") {
        return mistake(
            "leaves the build context",
            "only files in the build context can be used: `..` cannot stand in a path",
        );
    }
    if text.is_empty() || text.contains(char::is_control) {
        return mistake("is no path", "write a path within the build context");
    }
    let mut path = text;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    Ok(if path.is_empty() { "." } else { path }.to_owned())
}

/// A path of a requirement file, with its placeholders checked.
pub(super) fn requirement_path(text: &str) -> Parsed<String> {
    let path = context_path(text)?;
    if path.ends_with('/') || path == "." {
        return mistake("is a directory", "name the file: `requirements/app.txt`");
    }
    let help = "the placeholders are `{variant}` and `{arch}`";
    let mut rest = path.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let (open, after) = rest[at..].split_at(1);
        let Some((word, after)) = after.split_once('}').filter(|_| open == "{") else {
            return mistake("has a brace without its other half", help);
        };
        if !matches!(word, "variant" | "arch") {
            let help = nearest(word, ["variant", "arch"])
                .map_or_else(|| help.to_owned(), |n| format!("did you mean `{{{n}}}`?"));
            return mistake(format!("has an unknown placeholder `{{{word}}}`"), help);
        }
        rest = after;
    }
    Ok(path)
}

/// A path in the image: absolute. It is given in the form it will have, with
/// variables of the base image still in place.
pub(super) fn image_path(text: &str) -> Parsed<()> {
    if text.split('/').any(|part| part == "..") {
        return mistake("has a `..` in it", "write the path without it");
    }
    if text.contains(char::is_control) {
        return mistake("is no path", "write an absolute path, as in `/app`");
    }
    if !text.starts_with('/') && !text.starts_with("${env:") {
        return mistake(
            "is not an absolute path",
            if text.is_empty() {
                "write an absolute path, as in `/app`".to_owned()
            } else {
                format!("begin with a slash: `/{}`", text.trim_start_matches("./"))
            },
        );
    }
    let mut parts = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    if parts.next() == Some("opt") && parts.next() == Some("venv") {
        return mistake(
            "lies in the virtual environment, which belongs to lamina",
            "choose another directory, such as `/app`",
        );
    }
    Ok(())
}

/// A directory that is made, or made the user's.
pub(super) fn image_directory(text: &str) -> Parsed<()> {
    image_path(text)?;
    if text.split('/').all(|part| part.is_empty() || part == ".") {
        return mistake(
            "is the root directory, which the base image has",
            "name the directory to create, such as `/data`",
        );
    }
    Ok(())
}

/// `http(s)://host[/path]`, without a slash at the end.
pub(super) fn url_prefix(text: &str) -> Parsed<String> {
    let help = "write an address such as `https://nexus.example/pypi/simple`";
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return mistake("is no http(s) URL", help);
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"'`\\<>".contains(c)) {
        return mistake(
            "has characters that the URL of an index does not have",
            help,
        );
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// `PORT` or `PORT/PATH`, as `PORT/PATH`.
pub(super) fn http_probe(text: &str) -> Parsed<String> {
    let help = "write port and path on the container's own address: `8000/health`";
    let (port, path) = text.split_once('/').unwrap_or((text, ""));
    let valid_path = path
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"\"'`\\<>#".contains(&b));
    if number::<u16>(port).is_some_and(|p| p > 0) && valid_path {
        Ok(format!("{port}/{path}"))
    } else {
        mistake("is no port and path", help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok<T>(parse: fn(&str) -> Parsed<T>, texts: &[&str]) {
        for text in texts {
            assert!(parse(text).is_ok(), "{text:?} should be right");
        }
    }

    fn wrong<T>(parse: fn(&str) -> Parsed<T>, texts: &[&str]) {
        for text in texts {
            assert!(parse(text).is_err(), "{text:?} should be wrong");
        }
    }

    #[test]
    fn platforms_and_versions() {
        ok(
            platform,
            &["linux/amd64", "linux/arm64/v8", "linux/aarch64"],
        );
        wrong(
            platform,
            &["", "amd64", "linux/amd65", "windows/amd64", "linux/"],
        );
        ok(python_version, &["3.8", "3.11", "3.14"]);
        wrong(
            python_version,
            &["", "3", "3.", "3.11.2", "2.7", "3.x", "+3.11"],
        );
    }

    #[test]
    fn images_say_their_python() {
        let said = |image| image_python(image).map(|v| v.to_string());
        for (image, version) in [
            ("python:3.12-slim", Some("3.12")),
            ("python:3.12.4-slim-bookworm", Some("3.12")),
            ("docker.io/library/python:3.11", Some("3.11")),
            (
                "nexus.example:5000/python:3.13rc-slim@sha256:00",
                Some("3.13"),
            ),
            ("python:3-slim", None),
            ("python", None),
            ("nvidia/cuda:12.4.1-runtime-ubuntu22.04", None),
            ("cimg/pypython:3.11", None),
        ] {
            assert_eq!(said(image).as_deref(), version, "{image}");
        }
        ok(
            image,
            &["python", "a.b:5000/X/y", "a/b@sha256:00"]
                .map(|i| i)
                .map(|i| {
                    if i == "a.b:5000/X/y" {
                        "a.b:5000/x/y:Tag"
                    } else {
                        i
                    }
                }),
        );
        wrong(
            image,
            &["", "Python:3.11", "https://x/y", "a b", "python:", "-x"],
        );
    }

    #[test]
    fn packages_and_people() {
        ok(
            apt_package,
            &[
                "git",
                "g++",
                "libc6:arm64",
                "curl=7.88.1-10+deb12u5",
                "libx=1:2~rc",
            ],
        );
        wrong(
            apt_package,
            &["", "-y", "git-", "git curl", "Git", "git=", "a;b"],
        );
        ok(user_name, &["app", "_apt", "www-data"]);
        wrong(user_name, &["", "root", "App", "1a", "a:b", "-a"]);
        assert_eq!(uid(1000), Ok(1000));
        assert!(
            [0, -1, 1 << 32, i64::from(u32::MAX)]
                .iter()
                .all(|id| uid(*id).is_err())
        );
    }

    #[test]
    fn port_specifications() {
        assert_eq!(ports("8000").unwrap(), ["8000/tcp"]);
        assert_eq!(ports("53/UDP").unwrap(), ["53/udp"]);
        assert_eq!(ports("1-3").unwrap(), ["1/tcp", "2/tcp", "3/tcp"]);
        wrong(
            ports,
            &[
                "",
                "0",
                "65536",
                "8000/http",
                "80:80",
                "3-1",
                "1-65535",
                "-1",
                "x",
            ],
        );
    }

    #[test]
    fn durations_and_modes() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        wrong(
            duration,
            &[
                "",
                "30",
                "30 s",
                "s",
                "1.s",
                "1d",
                "0s",
                "99999999h",
                "1.5.5s",
            ],
        );
        assert_eq!(mode("0755"), Ok(0o755));
        assert_eq!(mode("0o4755"), Ok(0o4755));
        wrong(mode, &["", "7", "0855", "77777", "rwx", "+755"]);
    }

    #[test]
    fn paths_and_urls() {
        assert_eq!(context_path("./a/b").unwrap(), "a/b");
        assert_eq!(context_path("./").unwrap(), ".");
        wrong(context_path, &["", "/a", "../a", "a/../b", "http://x"]);
        ok(requirement_path, &["r/{variant}-{arch}.txt"]);
        wrong(requirement_path, &["{x}", "{variant", "}", "a/"]);
        ok(image_path, &["/", "/app", "${env:HOME}/x"]);
        wrong(
            image_path,
            &["", "app", "/a/../b", "/opt/venv", "//opt/./venv/x"],
        );
        wrong(image_directory, &["/", "//", "/./"]);
        assert_eq!(url_prefix("https://a/b/").unwrap(), "https://a/b");
        wrong(
            url_prefix,
            &["", "a/b", "https://", "https:///x", "http://a b", "ftp://a"],
        );
        assert_eq!(http_probe("8000").unwrap(), "8000/");
        wrong(
            http_probe,
            &["", "/health", "http://localhost", "0/", "80/a b"],
        );
    }

    #[test]
    fn names_of_things() {
        ok(signal, &["SIGTERM", "SIGRTMIN+3", "15"]);
        wrong(signal, &["", "TERM", "sigterm", "0", "99"]);
        ok(env_name, &["A", "_b1"]);
        wrong(env_name, &["", "1A", "A-B", "A=B"]);
        ok(label_key, &["org.opencontainers.image.title"]);
        wrong(label_key, &["", "a b", "a=b"]);
        ok(project_name, &["ragex", "team/ragex-2"]);
        wrong(project_name, &["", "Ragex", "-x", "x/", "a b"]);
    }
}
