//! What indexes answered that packages did not come from.

use std::fmt;

use serde::Deserialize;

use crate::python::{IndexUrl, InvalidName, PackageName};

/// An index that denies access to packages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawDeniedIndex")]
pub struct DeniedIndex {
    /// Its URL, as the installer was given it.
    pub index: IndexUrl,
    /// What it answered.
    pub status: DeniedStatus,
    /// The host that answered: another one after a redirect.
    pub host: String,
    /// What became of credentials.
    pub credentials: Credentials,
    /// The packages that it was asked about, sorted; at least one.
    pub names: Vec<PackageName>,
}

/// An index that has packages which came from another one, in other versions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawAmbiguousIndex")]
pub struct AmbiguousIndex {
    /// Its URL, as the installer was given it.
    pub index: IndexUrl,
    /// Whether it took credentials.
    pub is_private: bool,
    /// The packages, sorted; at least one.
    pub names: Vec<PackageName>,
}

/// How an index denies access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedStatus {
    /// 401: credentials are required.
    Unauthorized,
    /// 403: also what some indexes answer for what they do not have: S3
    /// buckets do, as `download.pytorch.org` is one.
    Forbidden,
}

/// What became of the credentials for a host that denies access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Credentials {
    /// There is no secret `netrc`.
    Absent,
    /// The secret `netrc` has none for the host.
    Missing,
    /// They were sent.
    Rejected,
    /// They were not sent, since the connection does not protect them.
    Withheld,
}

impl fmt::Display for DeniedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => "401 Unauthorized",
            Self::Forbidden => "403 Forbidden",
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAmbiguousIndex {
    index: String,
    private: bool,
    names: Vec<String>,
}

impl TryFrom<RawAmbiguousIndex> for AmbiguousIndex {
    type Error = InvalidName;

    fn try_from(raw: RawAmbiguousIndex) -> Result<Self, InvalidName> {
        Ok(Self {
            index: raw.index.into(),
            is_private: raw.private,
            names: typed_names(&raw.names)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDeniedIndex {
    index: String,
    status: u16,
    host: String,
    credentials: Credentials,
    names: Vec<String>,
}

impl TryFrom<RawDeniedIndex> for DeniedIndex {
    type Error = String;

    fn try_from(raw: RawDeniedIndex) -> Result<Self, String> {
        let status = match raw.status {
            401 => DeniedStatus::Unauthorized,
            403 => DeniedStatus::Forbidden,
            other => return Err(format!("expected the status 401 or 403, found {other}")),
        };
        let names = typed_names(&raw.names).map_err(|error| error.to_string())?;
        if names.is_empty() {
            return Err("expected at least one package, found none".to_owned());
        }
        Ok(Self {
            index: raw.index.into(),
            status,
            host: raw.host,
            credentials: raw.credentials,
            names,
        })
    }
}

pub(super) fn typed_names(names: &[String]) -> Result<Vec<PackageName>, InvalidName> {
    names.iter().map(|name| name.parse()).collect()
}
