//! The types of options' values, and how each is read.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::IpAddr;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buildkit_llb::Platform;
use serde::Deserialize;

use super::csv::csv_fields;
use crate::source::{Diagnostic, Diagnostics};

/// What not to take from the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NoCache {
    /// Use the cache.
    #[default]
    Off,
    /// Use it for nothing.
    All,
    /// Use it for all but these.
    Stages(Vec<String>),
}

impl NoCache {
    pub(super) fn parse(value: &str) -> Self {
        if value.is_empty() {
            return Self::All;
        }
        Self::Stages(value.split(',').map(str::to_owned).collect())
    }

    /// Whether it holds for a stage; names count in any case.
    pub fn holds_for(&self, stage: &str) -> bool {
        match self {
            Self::Off => false,
            Self::All => true,
            Self::Stages(names) => names.iter().any(|name| name.eq_ignore_ascii_case(stage)),
        }
    }
}

/// A cache that the client names, to look results up in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CacheImport {
    /// `registry`, `gha`, `local`, …
    #[serde(rename = "Type")]
    pub kind: String,
    /// Its attributes, such as `ref`.
    #[serde(rename = "Attrs", default, deserialize_with = "nullable")]
    pub attrs: BTreeMap<String, String>,
}

impl CacheImport {
    pub(super) fn parse(value: &str) -> Result<Vec<Self>, Diagnostics> {
        serde_json::from_str::<Option<Vec<Self>>>(value)
            .map(Option::unwrap_or_default)
            .map_err(|error| malformed("cache-imports", value, error))
    }

    /// An image in a registry.
    pub(super) fn registry(reference: &str) -> Self {
        Self {
            kind: "registry".to_owned(),
            attrs: BTreeMap::from([("ref".to_owned(), reference.to_owned())]),
        }
    }
}

/// When to ask registries for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResolveMode {
    /// As the daemon likes.
    #[default]
    Default,
    /// Always: `--pull`.
    Pull,
    /// Only where there is no local image.
    Local,
}

impl ResolveMode {
    pub(super) fn parse(value: &str) -> Result<Self, Diagnostics> {
        match value {
            "" | "default" => Ok(Self::Default),
            "pull" => Ok(Self::Pull),
            "local" => Ok(Self::Local),
            _ => Err(unknown(
                "image-resolve-mode",
                value,
                "default, pull or local",
            )),
        }
    }

    /// As requests and attributes name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => "pull",
            Self::Local => "local",
        }
    }
}

/// The network of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// None at all.
    None,
    /// The host's, which clients must allow.
    Host,
    /// The daemon's usual one.
    Sandbox,
}

impl Network {
    pub(super) fn parse(value: &str) -> Result<Self, Diagnostics> {
        match value {
            "none" => Ok(Self::None),
            "host" => Ok(Self::Host),
            "sandbox" => Ok(Self::Sandbox),
            _ => Err(unknown(
                "force-network-mode",
                value,
                "none, host or sandbox",
            )),
        }
    }
}

/// A resource limit of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// `nofile`, …
    pub name: String,
    /// What a process starts with; -1 is no limit.
    pub soft: i64,
    /// How far it may raise that; -1 is no limit.
    pub hard: i64,
}

/// Proxy variables among the build arguments, whatever their case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxy {
    /// `http_proxy`.
    pub http: Option<String>,
    /// `https_proxy`.
    pub https: Option<String>,
    /// `ftp_proxy`.
    pub ftp: Option<String>,
    /// `no_proxy`.
    pub no: Option<String>,
    /// `all_proxy`.
    pub all: Option<String>,
}

impl Proxy {
    /// Whether an argument is one of them.
    pub fn is_name(name: &str) -> bool {
        Self::default().field(name).is_some()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// In byte order capitals come first: where an argument is there in both,
    /// the one in small letters stays.
    pub(super) fn from_args(args: &BTreeMap<String, String>) -> Self {
        let mut proxy = Self::default();
        for (name, value) in args {
            if let Some(field) = proxy.field(name) {
                *field = super::some(value);
            }
        }
        proxy
    }

    fn field(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name.to_ascii_lowercase().as_str() {
            "http_proxy" => Some(&mut self.http),
            "https_proxy" => Some(&mut self.https),
            "ftp_proxy" => Some(&mut self.ftp),
            "no_proxy" => Some(&mut self.no),
            "all_proxy" => Some(&mut self.all),
            _ => None,
        }
    }
}

/// A worker of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Its id.
    pub id: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What it can run, its own platform first: emulated ones included.
    pub platforms: Vec<Platform>,
    /// The version of BuildKit, as it calls itself.
    pub version: Option<String>,
}

/// Go writes what is absent as `null`.
#[derive(Deserialize)]
struct WireWorker {
    id: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    platforms: Option<Vec<WirePlatform>>,
    #[serde(rename = "buildkitVersion")]
    version: Option<WireVersion>,
}

#[derive(Deserialize)]
struct WirePlatform {
    os: String,
    architecture: String,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
}

#[derive(Deserialize)]
struct WireVersion {
    version: Option<String>,
}

impl From<WirePlatform> for Platform {
    fn from(wire: WirePlatform) -> Self {
        let platform = Platform::new(&wire.os, &wire.architecture);
        let platform = match wire.variant.as_deref() {
            Some(variant) if !variant.is_empty() => platform.with_variant(variant),
            _ => platform,
        };
        platform.with_os_version(&wire.os_version.unwrap_or_default())
    }
}

impl From<WireWorker> for Worker {
    fn from(wire: WireWorker) -> Self {
        Self {
            id: wire.id.unwrap_or_default(),
            labels: wire.labels.unwrap_or_default(),
            platforms: wire
                .platforms
                .unwrap_or_default()
                .into_iter()
                .map(Platform::from)
                .collect(),
            version: wire
                .version
                .and_then(|v| v.version)
                .filter(|v| !v.is_empty()),
        }
    }
}

pub(super) fn workers(value: &str) -> Result<Vec<Worker>, Diagnostics> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let workers: Option<Vec<WireWorker>> =
        serde_json::from_str(value).map_err(|error| malformed("BUILDKIT_WORKERS", value, error))?;
    Ok(workers
        .unwrap_or_default()
        .into_iter()
        .map(Worker::from)
        .collect())
}

/// Platforms in the order given, each once.
pub(super) fn platforms(value: &str) -> Result<Vec<Platform>, Diagnostics> {
    let mut platforms = Vec::new();
    for text in value.split(',') {
        let platform: Platform = text
            .trim()
            .parse()
            .map_err(|error| Diagnostic::error(format!("--platform: {error}")))?;
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    Ok(platforms)
}

/// What Go's `strconv.ParseBool` takes.
pub(super) fn boolean(key: &str, value: &str) -> Result<bool, Diagnostics> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(unknown(key, value, "true or false")),
    }
}

pub(super) fn integer<T: FromStr>(key: &str, value: &str) -> Result<T, Diagnostics> {
    value
        .parse()
        .map_err(|_| unknown(key, value, "a whole number"))
}

/// The end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// Other words that newer Dockerfile frontends take (`context`, stages) mean
/// nothing here.
pub(super) fn epoch(value: &str) -> Result<i64, Diagnostics> {
    let seconds = value.parse().ok();
    // The years that image configurations can write.
    seconds
        .filter(|seconds| (0..=LAST_SECOND).contains(seconds))
        .ok_or_else(|| unknown("SOURCE_DATE_EPOCH", value, "a number of seconds since 1970"))
}

pub(super) fn hosts(value: &str) -> Result<Vec<(String, IpAddr)>, Diagnostics> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let host = |field: String| {
        let field = field.to_ascii_lowercase();
        let (host, ip) = field
            .split_once('=')
            .ok_or_else(|| unknown("--add-host", &field, "host=address"))?;
        let ip = ip.trim_start_matches('[').trim_end_matches(']');
        let ip = ip
            .parse()
            .map_err(|error| malformed("--add-host", &field, error))?;
        Ok((host.to_owned(), ip))
    };
    csv_fields(value)?.into_iter().map(host).collect()
}

const ULIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

pub(super) fn ulimits(value: &str) -> Result<Vec<Ulimit>, Diagnostics> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    csv_fields(value)?
        .iter()
        .map(|field| ulimit(field))
        .collect()
}

fn ulimit(field: &str) -> Result<Ulimit, Diagnostics> {
    let key = "--ulimit";
    let (name, limits) = field
        .split_once('=')
        .filter(|(name, _)| ULIMITS.contains(name))
        .ok_or_else(|| unknown(key, field, "name=soft[:hard], as in nofile=1024:2048"))?;
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    let (soft, hard): (i64, i64) = (integer(key, soft)?, integer(key, hard)?);
    let above = |soft: i64, hard: i64| hard != -1 && (soft == -1 || soft > hard);
    if above(soft, hard) {
        return Err(malformed(
            key,
            field,
            "the soft limit is above the hard one",
        ));
    }
    Ok(Ulimit {
        name: name.to_owned(),
        soft,
        hard,
    })
}

/// A JSON object whose values are base64.
pub(super) fn metadata(name: &str, value: &str) -> Result<BTreeMap<String, Vec<u8>>, Diagnostics> {
    let key = format!("input-metadata:{name}");
    let texts: Option<BTreeMap<String, Option<String>>> =
        serde_json::from_str(value).map_err(|error| malformed(&key, value, error))?;
    texts
        .unwrap_or_default()
        .into_iter()
        .map(|(field, text)| {
            let bytes = STANDARD
                .decode(text.unwrap_or_default())
                .map_err(|error| malformed(&key, &field, error))?;
            Ok((field, bytes))
        })
        .collect()
}

fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn malformed(key: &str, value: &str, why: impl Display) -> Diagnostics {
    Diagnostic::error(format!("{key}: `{}`: {why}", short(value))).into()
}

fn unknown(key: &str, value: &str, allowed: &str) -> Diagnostics {
    Diagnostic::error(format!(
        "{key}: `{}` is none of what it can be",
        short(value)
    ))
    .help(allowed)
    .into()
}

/// Values come from outside, and may be of any length.
fn short(value: &str) -> &str {
    &value[..value.floor_char_boundary(200)]
}
