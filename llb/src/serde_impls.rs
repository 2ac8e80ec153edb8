//! `serde` for types that are texts: they are written as text, and parsed and
//! checked when they are read.

use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::caps::Cap;
use crate::digest::Digest;
use crate::op::{BlobReference, CacheId, GitUrl, HttpUrl, LayoutReference};
use crate::paths::{ContainerPath, RawPath, raw};
use crate::reference::Reference;

macro_rules! texts {
    ($($type:ident)*) => {
        $(
            impl Serialize for $type {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    Self::from_str(&text).map_err(D::Error::custom)
                }
            }
        )*
    };
}

texts! { BlobReference CacheId ContainerPath Digest GitUrl HttpUrl LayoutReference Reference }

impl Serialize for Cap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Cap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Serialize for RawPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RawPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(raw)
    }
}

#[cfg(test)]
mod tests {
    use crate::metadata::{ProgressGroup, Resources};
    use crate::{Digest, Platform, Reference, Sharing};

    #[test]
    fn writes_and_reads_texts() {
        let reference: Reference = "alpine:3".parse().unwrap();
        let json = serde_json::to_string(&reference).unwrap();
        assert_eq!(json, "\"docker.io/library/alpine:3\"");
        assert_eq!(serde_json::from_str::<Reference>(&json).unwrap(), reference);
        let error = serde_json::from_str::<Digest>("\"sha256:0\"").unwrap_err();
        assert!(error.to_string().contains("invalid digest `sha256:0`"));
    }

    #[test]
    fn platforms_are_those_of_oci() {
        let platform = Platform::raw("linux", "arm64", "v8");
        let json = serde_json::to_string(&platform).unwrap();
        assert_eq!(
            json,
            r#"{"architecture":"arm64","os":"linux","variant":"v8"}"#
        );
        assert_eq!(serde_json::from_str::<Platform>(&json).unwrap(), platform);
        let windows: Platform = "windows(10.0.17763+win32k)/amd64".parse().unwrap();
        let json = serde_json::to_string(&windows).unwrap();
        assert!(json.contains("\"os.version\":\"10.0.17763\",\"os.features\":[\"win32k\"]"));
        assert_eq!(serde_json::from_str::<Platform>(&json).unwrap(), windows);
    }

    #[test]
    fn options_have_names_in_snake_case() {
        let group = ProgressGroup::new("g", "group");
        let json = serde_json::to_string(&(group, Sharing::Locked)).unwrap();
        assert_eq!(json, r#"[{"id":"g","name":"group","weak":false},"locked"]"#);
        let json = r#"{"memory":1,"cpuset_cpus":"0-3"}"#;
        let resources: Resources = serde_json::from_str(json).unwrap();
        assert_eq!(resources, Resources::new().memory(1).cpuset_cpus("0-3"));
    }
}
