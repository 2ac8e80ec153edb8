//! Wheels that were not built.

use super::at_places;
use crate::lower::{PythonSteps, WheelBuild};
use crate::python::PythonVersion;
use crate::source::Diagnostic;

/// A build failed; `reason` is a line of what it wrote.
pub(in crate::build) fn failed_build(
    python: &PythonSteps<'_>,
    build: &WheelBuild<'_>,
    reason: &str,
) -> Diagnostic {
    let error = Diagnostic::error(format!(
        "failed to build a wheel of `{}`: {reason}",
        build.label
    ));
    let in_image = python.interpreter.starts_with("/usr/bin/");
    let help = match missing_tool(reason, in_image.then_some(python.version)) {
        Some(packages) => {
            let given = python.resolution.build.apt.iter();
            let given = given.map(|it| it.value.as_str());
            let mut all: Vec<&str> = given.collect();
            let new = packages.iter().map(String::as_str);
            let new: Vec<&str> = new.filter(|it| !all.contains(it)).collect();
            all.extend(&new);
            let quoted: Vec<String> = all.iter().map(|it| format!("\"{it}\"")).collect();
            let image = match &python.resolution.build.image {
                Some(_) => "",
                None => ", or name an image that has it in `[build] image`",
            };
            format!(
                "in the stub, under `[build]`, write `apt = [{}]`{image}: what builds need is in \
                 no image; or require a version that has a wheel",
                quoted.join(", ")
            )
        }
        None => "what it needs to build is set in `[build]` (`apt`, `image`, `env`); or require a \
                 version that has a wheel for this platform"
            .to_owned(),
    };
    at_places(error.help(help), &build.asked)
}

/// A build in the image's own platform made a wheel for another one.
pub(in crate::build) fn other_platform(
    python: &PythonSteps<'_>,
    build: &WheelBuild<'_>,
    reason: &str,
) -> Diagnostic {
    let error = Diagnostic::error(format!(
        "the build of `{}` makes no wheel for {}: {reason}",
        build.label, python.plan.platform
    ))
    .help("require a version that has a wheel for this platform, or tell its authors");
    at_places(error, &build.asked)
}

/// The builder cannot run the programs of the target.
pub(in crate::build) fn no_emulation(
    python: &PythonSteps<'_>,
    build: &WheelBuild<'_>,
) -> Diagnostic {
    let platform = &python.plan.platform;
    let error = Diagnostic::error(format!(
        "failed to build a wheel of `{}` for {platform}: the builder ({}) cannot run its programs",
        build.label, python.builder
    ))
    .help(format!(
        "it has no wheel for {platform} and compiles one: set up emulation on the builder with \
         `docker run --privileged --rm tonistiigi/binfmt --install {}`, build on a machine with \
         {platform}, or require a version that has a wheel",
        platform.architecture()
    ));
    at_places(error, &build.asked)
}

/// What is missing by the words of a failed build, and the packages of the
/// distribution that have it.
const TOOLS: [(&[&str], &[&str]); 8] = [
    (&["rustc", "cargo", "rust"], &["cargo"]),
    (&["cmake"], &["cmake", "build-essential"]),
    (&["pkg-config", "pkgconfig"], &["pkg-config"]),
    (&["ninja"], &["ninja-build"]),
    (&["gfortran"], &["gfortran"]),
    (&["git"], &["git"]),
    (&["swig"], &["swig"]),
    (
        &[
            "gcc", "g++", "cc", "c++", "clang", "cc1plus", "make", "compiler",
        ],
        &["build-essential"],
    ),
];

/// Headers, and the packages of Debian and Ubuntu that have them.
const HEADERS: [(&str, &str); 12] = [
    ("ffi.h", "libffi-dev"),
    ("openssl/", "libssl-dev"),
    ("zlib.h", "zlib1g-dev"),
    ("libpq-fe.h", "libpq-dev"),
    ("mysql.h", "default-libmysqlclient-dev"),
    ("libxml/", "libxml2-dev"),
    ("libxslt/", "libxslt1-dev"),
    ("sndfile.h", "libsndfile1-dev"),
    ("portaudio.h", "portaudio19-dev"),
    ("jpeglib.h", "libjpeg-dev"),
    ("yaml.h", "libyaml-dev"),
    ("sql.h", "unixodbc-dev"),
];

/// Headers of the C library: a compiler is there without its headers.
const C_HEADERS: [&str; 9] = [
    "stdio.h",
    "stdlib.h",
    "string.h",
    "limits.h",
    "math.h",
    "errno.h",
    "assert.h",
    "stddef.h",
    "sys/types.h",
];

/// The packages that have what a build lacks, by its reason. `system` is the
/// version of a Python that is the distribution's own.
fn missing_tool(reason: &str, system: Option<PythonVersion>) -> Option<Vec<String>> {
    if let Some(header) = missing_header(reason) {
        return header_packages(header, system);
    }
    // Anything else may name a compiler that ran.
    let lower = reason.to_ascii_lowercase();
    let lacks = [
        "not found",
        "no such file",
        "not installed",
        "unable to find",
        "could not find",
        "couldn't find",
        "cannot find",
        "can't find",
        "no c compiler",
        "need a c",
        "needs a c",
        "requires a c",
        "no acceptable c",
        "unknown compiler",
        "is missing",
        "command '",
        "not be found",
        "not on path",
    ];
    if !lacks.iter().any(|words| lower.contains(words)) || lower.contains("failed with exit") {
        return None;
    }
    let is_part = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '+' | '_'));
    let words: Vec<&str> = lower.split(is_part).collect();
    let (_, packages) = (TOOLS.iter()).find(|(names, _)| {
        names
            .iter()
            .any(|name| words.iter().any(|it| is_tool(it, name)))
    })?;
    Some(packages.iter().map(|it| (*it).to_owned()).collect())
}

/// Whether a word is a tool's name, also with an architecture before it or a
/// version behind: `x86_64-linux-gnu-gcc`, `gcc-12`.
fn is_tool(word: &str, name: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    word == name
        || word
            .strip_suffix(name)
            .is_some_and(|before| before.ends_with("-gnu-"))
}

/// `x.h` of `fatal error: x.h: No such file or directory`.
fn missing_header(reason: &str) -> Option<&str> {
    let (_, rest) = reason.split_once("fatal error: ")?;
    let (header, said) = rest.split_once(": ").or_else(|| {
        // As clang says it: `'x.h' file not found`.
        let header = rest.strip_prefix('\'')?;
        header.split_once("' ")
    })?;
    let is_missing = said.starts_with("No such file") || said.starts_with("file not found");
    is_missing.then_some(header)
}

fn header_packages(header: &str, system: Option<PythonVersion>) -> Option<Vec<String>> {
    if header == "Python.h" {
        // Images such as `python:3.11-slim` have it beside their own Python.
        return system.map(|version| vec![format!("python{version}-dev")]);
    }
    if C_HEADERS.contains(&header) {
        return Some(vec!["libc6-dev".to_owned()]);
    }
    let known = HEADERS.iter();
    let mut known = known.filter(|(name, _)| header.starts_with(name));
    known.next().map(|(_, package)| vec![(*package).to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(reason: &str) -> String {
        let version = PythonVersion {
            major: 3,
            minor: 11,
        };
        missing_tool(reason, Some(version)).map_or("none".to_owned(), |it| it.join(" "))
    }

    #[test]
    fn names_the_packages_that_have_what_is_missing() {
        for (reason, expected) in [
            (
                "error: command 'gcc' failed: No such file or directory",
                "build-essential",
            ),
            (
                "error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory",
                "build-essential",
            ),
            (
                "error: [Errno 2] No such file or directory: 'cmake'",
                "cmake build-essential",
            ),
            (
                "CMake must be installed: cmake not found",
                "cmake build-essential",
            ),
            (
                "Exception: you need a C compiler to build uWSGI",
                "build-essential",
            ),
            ("can't find Rust compiler", "cargo"),
            ("error: Rust toolchain not found: cargo, rustc", "cargo"),
            ("Exception: pkg-config is required: not found", "pkg-config"),
            (
                "a.c:1:10: fatal error: Python.h: No such file or directory",
                "python3.11-dev",
            ),
            (
                "a.c:1:10: fatal error: ffi.h: No such file or directory",
                "libffi-dev",
            ),
            (
                "a.c:1:10: fatal error: openssl/ssl.h: No such file or directory",
                "libssl-dev",
            ),
            (
                "a.c:1:10: fatal error: 'stdio.h' file not found",
                "libc6-dev",
            ),
            (
                "a.c:1:10: fatal error: own.h: No such file or directory",
                "none",
            ),
            (
                "error: command '/usr/bin/gcc' failed with exit code 1",
                "none",
            ),
            ("SyntaxError: invalid syntax", "none"),
            ("", "none"),
        ] {
            assert_eq!(packages(reason), expected, "{reason}");
        }
    }

    #[test]
    fn images_with_a_python_of_their_own_have_its_headers() {
        let reason = "a.c:1:10: fatal error: Python.h: No such file or directory";
        assert_eq!(missing_tool(reason, None), None);
    }
}
