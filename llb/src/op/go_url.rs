//! URLs as Go's `net/url` (Go 1.26) parses and writes them, as far as git remotes
//! need it.

use std::net::Ipv6Addr;

/// A URL with an authority, without query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GoUrl {
    /// In lower case.
    pub(super) scheme: String,
    /// User and password, decoded.
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    /// With the port, decoded.
    host: Vec<u8>,
    /// Decoded.
    path: Vec<u8>,
    /// As it was given.
    raw_path: String,
}

/// Where text is escaped.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Host,
    Zone,
    Path,
    User,
}

impl GoUrl {
    /// Parses `scheme://authority/path`; the error is a reason.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.bytes().any(|b| b < b' ' || b == 0x7f) {
            return Err("it contains a control character");
        }
        let (scheme, rest) = text.split_once("://").ok_or("it has no scheme")?;
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(parse_user(user)?), host),
            None => (None, authority),
        };
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            user,
            host: parse_host(&scheme.to_ascii_lowercase(), host)?,
            path: unescape(path, Part::Path).ok_or("its path has an invalid escape")?,
            raw_path: path.to_owned(),
        })
    }

    /// Host and port, decoded.
    pub(super) fn host(&self) -> Option<&str> {
        std::str::from_utf8(&self.host).ok()
    }

    /// The path, decoded.
    pub(super) fn path(&self) -> Option<&str> {
        std::str::from_utf8(&self.path).ok()
    }

    /// The URL as Go writes it.
    pub(super) fn write(&self) -> String {
        let mut text = format!("{}://", self.scheme);
        if let Some((user, password)) = &self.user {
            escape(user, Part::User, &mut text);
            if let Some(password) = password {
                text.push(':');
                escape(password, Part::User, &mut text);
            }
            text.push('@');
        }
        escape(&self.host, Part::Host, &mut text);
        if self.raw_path.bytes().all(is_valid_in_path) {
            text.push_str(&self.raw_path);
        } else {
            escape(&self.path, Part::Path, &mut text);
        }
        text
    }
}

type User = (Vec<u8>, Option<Vec<u8>>);

fn parse_user(text: &str) -> Result<User, &'static str> {
    const ERROR: &str = "its user or password is invalid";
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    if !text.bytes().all(valid) {
        return Err(ERROR);
    }
    let decode = |text| unescape(text, Part::User).ok_or(ERROR);
    Ok(match text.split_once(':') {
        Some((user, password)) => (decode(user)?, Some(decode(password)?)),
        None => (decode(text)?, None),
    })
}

const HOST: &str = "its host is invalid";

fn parse_host(scheme: &str, text: &str) -> Result<Vec<u8>, &'static str> {
    match text.rfind('[') {
        Some(0) => return parse_v6(text),
        Some(_) => return Err(HOST),
        None => {}
    }
    // Only for HTTP, Go rejects colons in the host itself.
    let colon = match scheme {
        "http" | "https" => text.find(':'),
        _ => text.rfind(':'),
    };
    if !colon.is_none_or(|colon| is_port(&text[colon..])) {
        return Err("its port is invalid");
    }
    unescape(text, Part::Host).ok_or(HOST)
}

/// `[address%25zone]:port`.
fn parse_v6(text: &str) -> Result<Vec<u8>, &'static str> {
    let end = text.rfind(']').ok_or("its host has no closing bracket")?;
    let (name, port) = (&text[1..end], &text[end + 1..]);
    if !is_port(port) {
        return Err("its port is invalid");
    }
    let (address, zone) = name.split_at(name.find("%25").unwrap_or(name.len()));
    let address = unescape(address, Part::Host).ok_or(HOST)?;
    let zone = unescape(zone, Part::Zone).ok_or(HOST)?;
    let valid = std::str::from_utf8(&address).is_ok_and(|it| it.parse::<Ipv6Addr>().is_ok());
    // A zone is a percent sign and a name.
    if !valid || zone.len() == 1 {
        return Err(HOST);
    }
    Ok([b"[", &*address, &*zone, b"]", port.as_bytes()].concat())
}

fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
        None => text.is_empty(),
    }
}

fn unescape(text: &str, part: Part) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let in_host = matches!(part, Part::Host | Part::Zone);
        if byte != b'%' {
            if in_host && byte.is_ascii() && is_escaped(byte, part) {
                return None;
            }
            decoded.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        let value = u8::try_from(high << 4 | low).ok()?;
        let allowed = match part {
            // In hosts, only bytes that are not ASCII are escaped.
            Part::Host => high >= 8 || value == b'%',
            Part::Zone => value == b'%' || value == b' ' || !is_escaped(value, Part::Host),
            Part::Path | Part::User => true,
        };
        if !allowed {
            return None;
        }
        decoded.push(value);
    }
    Some(decoded)
}

fn escape(bytes: &[u8], part: Part, text: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        if is_escaped(*byte, part) {
            text.push('%');
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        } else {
            text.push(char::from(*byte));
        }
    }
}

/// Whether a byte is escaped (`shouldEscape`).
fn is_escaped(byte: u8, part: Part) -> bool {
    match byte {
        b if b.is_ascii_alphanumeric() => false,
        b'-' | b'_' | b'.' | b'~' => false,
        b'!' | b'\'' | b'(' | b')' | b'*' | b'[' | b']' | b'<' | b'>' | b'"' => {
            !matches!(part, Part::Host | Part::Zone)
        }
        b'$' | b'&' | b'+' | b',' | b';' | b'=' => false,
        b':' => part == Part::User,
        b'/' | b'@' => part != Part::Path,
        _ => true,
    }
}

/// Whether a byte of an escaped path can stay as it is (`validEncoded`).
fn is_valid_in_path(byte: u8) -> bool {
    matches!(byte, b'!' | b'\'' | b'(' | b')' | b'*' | b'[' | b']' | b'%')
        || !is_escaped(byte, Part::Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_urls_as_go_does() {
        for (text, written) in [
            ("https://h/a.git", "https://h/a.git"),
            ("HTTPS://u:p@Example.com/a", "https://u:p@Example.com/a"),
            ("https://h/a%20b/c%2Fd", "https://h/a%20b/c%2Fd"),
            ("https://h/a b", "https://h/a%20b"),
            ("https://h/a%2fb c", "https://h/a/b%20c"),
            ("https://h/\u{e9}", "https://h/%C3%A9"),
            ("https://h/a%C3%A9", "https://h/a%C3%A9"),
            ("https://h:/a", "https://h:/a"),
            ("https://u%40x:p%2Fq@h", "https://u%40x:p%2Fq@h"),
            ("https://a@b@h/", "https://a%40b@h/"),
            ("ssh://git@[::1]:22/a", "ssh://git@[::1]:22/a"),
            ("https://h/(a)[b]!*'", "https://h/(a)[b]!*'"),
            ("https://h/a^b|c", "https://h/a%5Eb%7Cc"),
            ("https://h/a://b", "https://h/a://b"),
            ("ssh://h:a:/b", "ssh://h:a:/b"),
            ("ssh://[fe80::1%25en0]:22/a", "ssh://[fe80::1%25en0]:22/a"),
            ("https://[::ffff:1.2.3.4]/", "https://[::ffff:1.2.3.4]/"),
        ] {
            let url = GoUrl::parse(text).unwrap();
            assert_eq!(url.write(), written, "{text}");
        }
    }

    #[test]
    fn rejects_what_go_rejects() {
        for text in [
            "https://h/%",
            "https://h/%zz",
            "https://a b/c",
            "https://h:x/",
            "https://::1/",
            "https://[::1/",
            "https://h[/",
            "https://[h]/",
            "https://[1.2.3.4]/",
            "https://[::1][::1]/",
            "https://[::1%25]/",
            "https://h:a:/b",
            "ssh://h:a/b",
            "https://h%41/",
            "https://u\"@h/",
            "https://h/\u{7f}",
        ] {
            assert!(GoUrl::parse(text).is_err(), "{text}");
        }
    }
}
