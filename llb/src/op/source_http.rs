//! Files that are downloaded over HTTP.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::attr;
use crate::digest::Digest;
use crate::op::source::Source;
use crate::op::source_file::file_methods;
use crate::op::source_methods::source_methods;
use crate::redact::redacted;

/// An HTTP URL: `http://` or `https://`, and a host. It is used as it is given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpUrl(String);

/// Why a text is not an [`HttpUrl`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid URL `{0}`: expected `http://host/…` or `https://host/…` without spaces")]
pub struct HttpUrlError(String);

impl HttpUrl {
    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Without credentials and query.
impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpUrl({})", redacted(&self.0))
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
            return Err(HttpUrlError(redacted(text).into_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A file that is downloaded over HTTP, as the only file of a tree; made by
/// [`Source::http`].
#[derive(Clone, Debug)]
pub struct HttpSource {
    inner: Source,
}

source_methods!(HttpSource);
file_methods!(HttpSource, "the name in the URL or in the answer");

impl HttpSource {
    pub(crate) fn new(url: HttpUrl) -> Self {
        Self {
            inner: Source::with_identifier(url.0),
        }
    }

    /// The digest that the file must have. Daemons compare SHA-256 alone, and make
    /// no request if they have a file of this digest.
    #[doc(alias = "Checksum")]
    pub fn checksum(mut self, digest: &Digest) -> Self {
        self.inner.set(attr::HTTP_CHECKSUM, digest.as_str());
        self
    }

    /// The request's `Accept` header.
    #[doc(alias = "HTTPHeader")]
    #[doc(alias = "Header")]
    pub fn accept(mut self, value: &str) -> Self {
        self.inner.set(attr::HTTP_HEADER_ACCEPT, value);
        self
    }

    /// The request's `User-Agent` header.
    pub fn user_agent(mut self, value: &str) -> Self {
        self.inner.set(attr::HTTP_HEADER_USER_AGENT, value);
        self
    }

    /// The id of the secret with the whole `Authorization` header. A build without
    /// the secret fails.
    #[doc(alias = "AuthHeaderSecret")]
    pub fn auth_header_secret(mut self, id: &str) -> Self {
        self.inner.set(attr::HTTP_AUTH_HEADER, id);
        self
    }

    /// Verifies this detached, armored PGP signature with this public key.
    #[doc(alias = "VerifyPGPSignature")]
    #[doc(alias = "HTTPSignatureInfo")]
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
    fn urls_have_a_scheme_and_a_host() {
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
