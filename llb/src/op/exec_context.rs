//! What a command finds around it besides trees: network, rights, limits,
//! variables that count for no cache.

use buildkit_proto::pb;

/// The network that a command sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NetworkMode {
    /// A network of its own, with a way out.
    #[default]
    Sandbox,
    /// The host's; needs an entitlement.
    Host,
    /// None.
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

/// What a command may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecurityMode {
    /// What is usual in a container.
    #[default]
    Sandbox,
    /// Nearly everything; needs an entitlement.
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

/// Variables for a command that count for no cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// A limit on a resource, such as `nofile`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// What is limited.
    pub name: String,
    /// The limit that a program may raise.
    pub soft: i64,
    /// The limit that it may not.
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

/// A secret of the client in a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretEnv {
    /// The secret.
    pub id: String,
    /// The variable.
    pub variable: String,
    /// Whether the exec also runs where the client has none.
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
