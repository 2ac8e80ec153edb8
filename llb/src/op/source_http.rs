//! Files from the web.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::attr;
use crate::digest::Digest;
use crate::op::source::{Source, source_methods};
use crate::op::source_file::file_methods;

/// A web address: `http://` or `https://`, and a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpUrl(String);

/// Why a text is no web address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no web address: it is written https://host/…, without spaces")]
pub struct HttpUrlError(String);

impl HttpUrl {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for HttpUrl {
    type Err = HttpUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Daemons choose the kind of source by the scheme in lower case alone.
        let rest = text
            .strip_prefix(attr::HTTPS)
            .or_else(|| text.strip_prefix(attr::HTTP));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        if host.is_none_or(str::is_empty)
            || text.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(HttpUrlError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A file from the web, alone in a tree; made by [`Source::http`].
#[derive(Clone, Debug)]
pub struct HttpSource {
    inner: Source,
}

source_methods!(HttpSource);
file_methods!(HttpSource, "what the address tells");

impl HttpSource {
    pub(crate) fn new(url: HttpUrl) -> Self {
        Self {
            inner: Source::with_identifier(url.0),
        }
    }

    /// The digest that it must have. Daemons compare SHA-256 alone, and make no
    /// request where they hold a file of this digest.
    pub fn checksum(mut self, digest: &Digest) -> Self {
        self.inner.set(attr::HTTP_CHECKSUM, digest.as_str());
        self
    }

    /// The request's `Accept` header.
    pub fn accept(mut self, value: &str) -> Self {
        self.inner.set(attr::HTTP_HEADER_ACCEPT, value);
        self
    }

    /// The request's `User-Agent` header.
    pub fn user_agent(mut self, value: &str) -> Self {
        self.inner.set(attr::HTTP_HEADER_USER_AGENT, value);
        self
    }

    /// The secret that holds the request's whole `Authorization` header; a
    /// build without it fails.
    pub fn auth_header_secret(mut self, id: &str) -> Self {
        self.inner.set(attr::HTTP_AUTH_HEADER, id);
        self
    }

    /// The file must bear this detached, armoured PGP signature, by this key.
    pub fn signature(mut self, public_key: &str, signature: &str) -> Self {
        self.inner.set(attr::HTTP_SIGNATURE_KEY, public_key);
        self.inner.set(attr::HTTP_SIGNATURE, signature);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_scheme_and_a_host() {
        for text in ["https://example.com", "http://[::1]:80/a?b#c"] {
            assert!(text.parse::<HttpUrl>().is_ok(), "{text}");
        }
        for text in [
            "",
            "example.com",
            "ftp://a",
            "https://",
            "https:///a",
            "https://a/b c",
        ] {
            assert!(text.parse::<HttpUrl>().is_err(), "{text}");
        }
    }
}
