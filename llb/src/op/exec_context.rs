//! The environment of a command besides trees: network, privileges, limits, proxy
//! and secret variables.

use std::fmt;

use buildkit_proto::pb;

use crate::redact::redacted;

/// The network of a command.
#[doc(alias = "NetMode")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkMode {
    /// A network of its own, connected to the outside.
    #[default]
    Sandbox,
    /// The host's network. Needs an entitlement.
    Host,
    /// No network.
    None,
}

impl NetworkMode {
    pub(super) fn to_pb(self) -> pb::NetMode {
        match self {
            Self::Sandbox => pb::NetMode::Unset,
            Self::Host => pb::NetMode::Host,
            Self::None => pb::NetMode::None,
        }
    }
}

/// The privileges of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityMode {
    /// Those that are usual in a container.
    #[default]
    Sandbox,
    /// Nearly all. Needs an entitlement.
    Insecure,
}

impl SecurityMode {
    pub(super) fn to_pb(self) -> pb::SecurityMode {
        match self {
            Self::Sandbox => pb::SecurityMode::Sandbox,
            Self::Insecure => pb::SecurityMode::Insecure,
        }
    }
}

/// Proxy variables of a command. They are not part of the cache key.
#[doc(alias = "ProxyEnv")]
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxy {
    /// `http_proxy`.
    pub http: String,
    /// `https_proxy`.
    pub https: String,
    /// `ftp_proxy`.
    pub ftp: String,
    /// `no_proxy`.
    pub no: String,
    /// `all_proxy`.
    pub all: String,
}

/// Without credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("http", &redacted(&self.http))
            .field("https", &redacted(&self.https))
            .field("ftp", &redacted(&self.ftp))
            .field("no", &self.no)
            .field("all", &redacted(&self.all))
            .finish()
    }
}

impl Proxy {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn into_pb(self) -> pb::ProxyEnv {
        pb::ProxyEnv {
            http_proxy: self.http,
            https_proxy: self.https,
            ftp_proxy: self.ftp,
            no_proxy: self.no,
            all_proxy: self.all,
        }
    }
}

/// A resource limit, such as `nofile`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// The name of the resource.
    pub name: String,
    /// The limit that a program can raise up to `hard`.
    pub soft: i64,
    /// The limit that it cannot raise.
    pub hard: i64,
}

impl Ulimit {
    /// A limit by its name (`nofile`, `nproc`, …).
    pub fn new(name: impl Into<String>, soft: i64, hard: i64) -> Self {
        Self {
            name: name.into(),
            soft,
            hard,
        }
    }

    pub(super) fn into_pb(self) -> pb::Ulimit {
        pb::Ulimit {
            name: self.name,
            soft: self.soft,
            hard: self.hard,
        }
    }
}

/// A variable that is set to a secret of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretEnv {
    /// The id of the secret.
    pub id: String,
    /// The name of the variable.
    pub variable: String,
    /// Whether the exec can run if the client does not have the secret.
    pub optional: bool,
}

impl SecretEnv {
    pub(super) fn into_pb(self) -> pb::SecretEnv {
        pb::SecretEnv {
            id: self.id,
            name: self.variable,
            optional: self.optional,
        }
    }
}
