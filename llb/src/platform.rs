//! Platforms as BuildKit and the OCI image specification name them.
//!
//! A [`Platform`] is always in its normal form (that of containerd's
//! `platforms.Normalize`): `aarch64` is `arm64`, `arm64/v8` is `arm64`, so that
//! equal platforms are equal values and give equal bytes.

use std::fmt;
use std::str::FromStr;

use buildkit_proto::pb;
use thiserror::Error;

/// An operating system and an architecture, such as `linux/arm64`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
    os_version: Option<String>,
    os_features: Vec<String>,
}

/// Why a text is no platform.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no platform: it is written os/architecture[/variant], as in linux/arm64")]
pub struct PlatformError(String);

impl Platform {
    /// A platform by operating system and architecture, made normal.
    pub fn new(os: &str, architecture: &str) -> Self {
        Self::normal(os, architecture, None)
    }

    /// `linux/amd64`.
    pub fn linux_amd64() -> Self {
        Self::new("linux", "amd64")
    }

    /// `linux/arm64`.
    pub fn linux_arm64() -> Self {
        Self::new("linux", "arm64")
    }

    /// With a CPU variant, such as `v7` of `linux/arm`.
    pub fn with_variant(self, variant: &str) -> Self {
        Self {
            os_version: self.os_version,
            os_features: self.os_features,
            ..Self::normal(&self.os, &self.architecture, Some(variant))
        }
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

    /// The CPU variant, where it is not the usual one of the architecture.
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// The version of the operating system, where it matters.
    pub fn os_version(&self) -> Option<&str> {
        self.os_version.as_deref()
    }

    /// The features that the operating system must have.
    pub fn os_features(&self) -> &[String] {
        &self.os_features
    }

    pub(crate) fn to_pb(&self) -> pb::Platform {
        pb::Platform {
            architecture: self.architecture.clone(),
            os: self.os.clone(),
            variant: self.variant.clone().unwrap_or_default(),
            os_version: self.os_version.clone().unwrap_or_default(),
            os_features: self.os_features.clone(),
        }
    }

    fn normal(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let os = match os.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            other => other.to_owned(),
        };
        let architecture = architecture.to_ascii_lowercase();
        let variant = variant.unwrap_or_default().to_ascii_lowercase();
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1" | "") => ("amd64", ""),
            ("x86_64" | "x86-64", v) => ("amd64", v),
            ("aarch64" | "arm64", "8" | "v8" | "") => ("arm64", ""),
            ("aarch64", v) => ("arm64", v),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" | "7") => ("arm", "v7"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "6") => ("arm", "v6"),
            ("arm", "8") => ("arm", "v8"),
            (a, v) => (a, v),
        };
        Self {
            os,
            architecture: architecture.to_owned(),
            variant: (!variant.is_empty()).then(|| variant.to_owned()),
            os_version: None,
            os_features: Vec::new(),
        }
    }
}

/// `linux/arm64`, `linux/arm/v7`: also the key of results and metadata.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        Ok(())
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || PlatformError(text.to_owned());
        let parts: Vec<&str> = text.split('/').collect();
        let word = |s: &&str| {
            !s.is_empty()
                && s.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        if !parts.iter().all(word) {
            return Err(error());
        }
        match parts[..] {
            [os, architecture] => Ok(Self::normal(os, architecture, None)),
            [os, architecture, variant] => Ok(Self::normal(os, architecture, Some(variant))),
            _ => Err(error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_made_normal() {
        for (text, normal) in [
            ("linux/amd64", "linux/amd64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("linux/amd64/v3", "linux/amd64/v3"),
        ] {
            let platform: Platform = text.parse().unwrap();
            assert_eq!(platform.to_string(), normal, "{text}");
        }
    }

    #[test]
    fn what_is_no_platform_is_an_error() {
        for text in ["", "linux", "linux/", "/amd64", "linux/a/b/c", "linux/ä"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
