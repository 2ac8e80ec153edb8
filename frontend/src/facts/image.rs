//! The base image: its digest and what its configuration says.

use buildkit_llb::Platform;
use serde_json::Value;

/// A base image as the engine resolved it.
#[derive(Clone, Debug, PartialEq)]
pub struct BaseImage {
    /// The reference as the user knows it.
    pub reference: String,
    /// The whole reference of what was taken, which is another one where the
    /// client or a policy replaces it; none where no registry has it.
    pub name: Option<String>,
    /// The digest of its manifest (or index), where it has one.
    pub digest: Option<String>,
    /// Its whole configuration.
    pub config: Value,
}

impl BaseImage {
    /// An image by its configuration as the engine answers it; the error is a
    /// message.
    pub fn new(reference: &str, digest: Option<String>, config: &[u8]) -> Result<Self, String> {
        let config: Value = serde_json::from_slice(config).map_err(|error| {
            format!("invalid configuration of the image `{reference}`: {error}")
        })?;
        Ok(Self {
            reference: reference.to_owned(),
            name: None,
            digest,
            config,
        })
    }

    /// The image's platform, which is not always the requested one.
    pub fn platform(&self) -> Platform {
        let field = |name: &str| self.config[name].as_str().unwrap_or_default();
        let platform = Platform::new(field("os"), field("architecture"));
        match field("variant") {
            "" => platform,
            variant => platform.with_variant(variant),
        }
    }

    /// A variable of its environment.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.environment()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// All variables, in the image's order.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let list = self.config["config"]["Env"].as_array();
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|line| line.split_once('=').unwrap_or((line, "")))
    }
}
