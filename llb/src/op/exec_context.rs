//! The environment of a command besides trees: network, privileges, limits, proxy
//! and secret variables.

use std::fmt;

use crate::redact::redacted;

/// The network of a command.
#[doc(alias = "NetMode")]
#[doc(alias = "NetModeHost")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum NetworkMode {
    /// A network of its own, connected to the outside.
    #[default]
    Sandbox,
    /// The host's network. Needs an entitlement.
    Host,
    /// No network.
    None,
}

/// The privileges of a command.
#[doc(alias = "SecurityModeInsecure")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum SecurityMode {
    /// Those that are usual in a container.
    #[default]
    Sandbox,
    /// Nearly all. Needs an entitlement.
    Insecure,
}

/// Proxy variables of a command. They are not part of the cache key.
///
/// ```
/// use buildkit_llb::exec::Proxy;
/// let proxy = Proxy::new().http("http://proxy.example:3128").no("localhost");
/// assert_eq!(proxy.no, "localhost");
/// ```
#[doc(alias = "ProxyEnv")]
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
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

macro_rules! setters {
    ($($name:ident)*) => {
        impl Proxy {
            $(
                #[doc = concat!("Sets `", stringify!($name), "_proxy`.")]
                pub fn $name(mut self, value: impl Into<String>) -> Self {
                    self.$name = value.into();
                    self
                }
            )*
        }
    };
}

setters! { http https ftp no all }

impl Proxy {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A resource limit, such as `nofile`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
}

/// A variable that is set to a secret of the client.
#[doc(alias = "SecretAsEnvName")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecretEnv {
    /// The id of the secret.
    pub id: String,
    /// The name of the variable.
    pub variable: String,
    /// Whether the exec can run if the client does not have the secret.
    pub optional: bool,
}

impl SecretEnv {
    /// A variable that is set to the secret of this id. Without the secret the exec
    /// fails.
    pub fn new(id: impl Into<String>, variable: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            variable: variable.into(),
            optional: false,
        }
    }

    /// Lets the exec run if the client does not have the secret.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}
