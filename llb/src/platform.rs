//! Platforms as BuildKit and the OCI image specification name them.

use std::fmt;
use std::str::FromStr;

use buildkit_proto::pb;
use thiserror::Error;

/// An operating system and an architecture, such as `linux/arm64`.
///
/// Platforms that are parsed or made by [`Platform::new`] are normalized as by
/// containerd's `platforms.Normalize`: `aarch64` is `arm64`, `arm64/v8` is `arm64`,
/// so that equal platforms are equal values and give equal bytes.
/// [`Platform::raw`] keeps its parts as they are. With the feature `serde`, a
/// platform is written as the OCI image specification has it, and read as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Platform {
    architecture: String,
    os: String,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    variant: Option<String>,
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            rename = "os.version",
            skip_serializing_if = "Option::is_none"
        )
    )]
    os_version: Option<String>,
    #[cfg_attr(
        feature = "serde",
        serde(default, rename = "os.features", skip_serializing_if = "Vec::is_empty")
    )]
    os_features: Vec<String>,
}

/// Why a text is not a [`Platform`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "invalid platform `{0}`: expected `os/architecture` or `os/architecture/variant`, as in \
     linux/arm64"
)]
pub struct PlatformError(String);

/// The architectures that containerd knows, which are platforms by themselves.
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

impl Platform {
    /// A platform by operating system and architecture, normalized.
    pub fn new(os: &str, architecture: &str) -> Self {
        Self::raw(os, architecture, "").normalized()
    }

    /// A platform whose parts are used exactly as given, such as `linux/arm64/v8`.
    /// An empty variant is none.
    pub fn raw(
        os: impl Into<String>,
        architecture: impl Into<String>,
        variant: impl Into<String>,
    ) -> Self {
        Self {
            os: os.into(),
            architecture: architecture.into(),
            variant: Some(variant.into()).filter(|variant| !variant.is_empty()),
            os_version: None,
            os_features: Vec::new(),
        }
    }

    /// `linux/amd64`.
    #[doc(alias = "LinuxAmd64")]
    pub fn linux_amd64() -> Self {
        Self::raw("linux", "amd64", "")
    }

    /// `linux/arm64`.
    #[doc(alias = "LinuxArm64")]
    pub fn linux_arm64() -> Self {
        Self::raw("linux", "arm64", "")
    }

    /// With a CPU variant, such as `v7` of `linux/arm`, normalized.
    pub fn with_variant(mut self, variant: &str) -> Self {
        self.variant = Some(variant.to_owned());
        self.normalized()
    }

    /// With a version of the operating system (only Windows images have one).
    pub fn with_os_version(mut self, version: &str) -> Self {
        self.os_version = (!version.is_empty()).then(|| version.to_owned());
        self
    }

    /// With a feature that the operating system must have (`win32k`).
    pub fn with_os_feature(mut self, feature: &str) -> Self {
        self.os_features.push(feature.to_owned());
        self
    }

    /// The operating system: `linux`.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The architecture in Go's names: `amd64`, `arm64`, `arm`, …
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The CPU variant, if it is not the usual one of the architecture.
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// The version of the operating system, if there is one.
    pub fn os_version(&self) -> Option<&str> {
        self.os_version.as_deref()
    }

    /// The features that the operating system must have.
    pub fn os_features(&self) -> &[String] {
        &self.os_features
    }

    /// The platform as operations carry it.
    pub fn to_pb(&self) -> pb::Platform {
        pb::Platform {
            architecture: self.architecture.clone(),
            os: self.os.clone(),
            variant: self.variant.clone().unwrap_or_default(),
            os_version: self.os_version.clone().unwrap_or_default(),
            os_features: self.os_features.clone(),
        }
    }

    /// The platform as operations carry it, exactly as it is there.
    pub fn from_pb(platform: pb::Platform) -> Self {
        Self {
            os_version: Some(platform.os_version).filter(|version| !version.is_empty()),
            os_features: platform.os_features,
            ..Self::raw(platform.os, platform.architecture, platform.variant)
        }
    }

    /// The same platform, normalized as by `platforms.Normalize` of containerd.
    pub fn normalized(mut self) -> Self {
        self.os = match self.os.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        let architecture = self.architecture.to_ascii_lowercase();
        let variant = self.variant.unwrap_or_default().to_ascii_lowercase();
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64", v) => ("amd64", v),
            ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
            ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
            ("aarch64", v) => ("arm64", v),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" | "7") => ("arm", "v7"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "6") => ("arm", "v6"),
            ("arm", "8") => ("arm", "v8"),
            (a, v) => (a, v),
        };
        self.variant = (!variant.is_empty()).then(|| variant.to_owned());
        self.architecture = String::from(architecture);
        self
    }
}

/// `linux/arm64`, `linux/arm/v7`, `windows(10.0.17763)/amd64`: as containerd's
/// `platforms.FormatAll` writes it, and as the keys of results have it.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.os)?;
        let mut features: Vec<&str> = self.os_features.iter().map(String::as_str).collect();
        features.retain(|feature| !feature.is_empty());
        features.sort_unstable();
        features.dedup();
        if self.os_version.is_some() || !features.is_empty() {
            let version = self.os_version.as_deref().unwrap_or_default();
            write!(f, "({}", encoded(version))?;
            for feature in features {
                write!(f, "+{}", encoded(feature))?;
            }
            f.write_str(")")?;
        }
        if !self.architecture.is_empty() {
            write!(f, "/{}", self.architecture)?;
        }
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        Ok(())
    }
}

/// Parsed as by containerd's `platforms.Parse`, and normalized. An architecture
/// alone is one of Linux; an operating system alone is an error, since there is no
/// machine here whose architecture it could have.
impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| PlatformError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Platform> {
    let mut parts = text.split('/');
    let first = parts.next()?;
    let Some(architecture) = parts.next() else {
        let platform = Platform::new("linux", first);
        let known = ARCHITECTURES.contains(&platform.architecture());
        return known.then_some(platform);
    };
    let variant = parts.next();
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| is_word(b) || b == b'.');
    if parts.next().is_some() || !word(architecture) || !variant.is_none_or(word) {
        return None;
    }
    let (os, options) = match first.strip_suffix(')') {
        Some(rest) => rest.split_once('(')?,
        None => (first, ""),
    };
    let is_option = |b: u8| is_word(b) || matches!(b, b'.' | b'%' | b'+');
    if os.is_empty() || !os.bytes().all(is_word) || !options.bytes().all(is_option) {
        return None;
    }
    let platform = Platform::raw(os, architecture, variant.unwrap_or_default());
    let mut options = options.split('+');
    let mut platform = platform.with_os_version(&decoded(options.next()?)?);
    for feature in options {
        if feature.is_empty() {
            return None;
        }
        platform.os_features.push(decoded(feature)?);
    }
    platform.os_features.sort_unstable();
    platform.os_features.dedup();
    Some(platform.normalized())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A version or feature with what has a meaning in platforms escaped.
fn encoded(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '+' => escaped.push_str("%2B"),
            '(' => escaped.push_str("%28"),
            ')' => escaped.push_str("%29"),
            '/' => escaped.push_str("%2F"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? << 4 | digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizes_as_containerd_does() {
        for (text, normal) in [
            ("linux/amd64", "linux/amd64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v3"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64/v8.0", "linux/arm64"),
            ("linux/arm64/8.0", "linux/arm64/8.0"),
            ("linux/arm64/v9.0", "linux/arm64/v9"),
            ("linux/arm64/9", "linux/arm64/v9"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("linux/armel", "linux/arm/v6"),
            ("macOS/arm64", "darwin/arm64"),
            ("arm64", "linux/arm64"),
            ("aarch64", "linux/arm64"),
            ("arm", "linux/arm/v7"),
            ("riscv64", "linux/riscv64"),
            ("windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"),
            (
                "windows(10.0+win32k+a)/amd64/v2",
                "windows(10.0+a+win32k)/amd64/v2",
            ),
            ("windows(+win32k)/amd64", "windows(+win32k)/amd64"),
            ("windows(a%2Bb)/amd64", "windows(a%2Bb)/amd64"),
            ("windows()/amd64", "windows/amd64"),
        ] {
            let platform: Platform = text.parse().unwrap();
            assert_eq!(platform.to_string(), normal, "{text}");
            assert_eq!(normal.parse(), Ok(platform), "{text}");
        }
    }

    #[test]
    fn keeps_raw_platforms() {
        let raw = Platform::raw("linux", "arm64", "v8");
        assert_eq!(raw.to_string(), "linux/arm64/v8");
        assert_eq!(Platform::from_pb(raw.to_pb()), raw);
        assert_eq!(raw.normalized(), Platform::linux_arm64());
    }

    #[test]
    fn rejects_what_is_not_a_platform() {
        for text in [
            "",
            "linux",
            "windows",
            "linux/",
            "/amd64",
            "linux/a/b/c",
            "linux/ä",
            "x86",
            "windows(10/amd64",
            "windows(1)2/amd64",
            "windows(1++a)/amd64",
            "windows(%zz)/amd64",
            "linux/*",
        ] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
