//! The network of steps: its mode, hosts and proxies.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::csv::csv_fields;
use super::value::{invalid, present};
use crate::source::{Diagnostic, Diagnostics};

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
    pub(super) fn parse(value: &str) -> Result<Self, Diagnostic> {
        match value {
            "none" => Ok(Self::None),
            "host" => Ok(Self::Host),
            "sandbox" => Ok(Self::Sandbox),
            _ => Err(
                invalid("`--network`", value, "expected `none`, `host` or `sandbox`")
                    .help("pass one of them, or leave `--network` out"),
            ),
        }
    }
}

/// `host=address`, with commas between several: what clients make of
/// `--add-host host:address`.
pub(super) fn hosts(value: &str) -> Result<Vec<(String, IpAddr)>, Diagnostics> {
    const FLAG: &str = "`--add-host`";
    const HELP: &str = "write `--add-host NAME=ADDRESS`, as in `--add-host db=10.0.0.5`";
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let fields = csv_fields(value).map_err(|why| invalid(FLAG, value, why).help(HELP))?;
    let mut diagnostics = Diagnostics::new();
    let mut hosts = Vec::new();
    for field in fields {
        let field = field.to_ascii_lowercase();
        let host = match field.split_once('=') {
            None => Err("it names no address".to_owned()),
            Some((name, address)) => {
                let address = address.trim_start_matches('[').trim_end_matches(']');
                let parsed = address.parse::<IpAddr>();
                let parsed = parsed.map_err(|_| format!("`{address}` is not an IP address"));
                parsed.map(|address| (name.to_owned(), address))
            }
        };
        let host = host.map_err(|why| invalid(FLAG, &field, why).help(HELP));
        hosts.extend(diagnostics.keep(host));
    }
    diagnostics.into_result(hosts)
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
                *field = present(value);
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
