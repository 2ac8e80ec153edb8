//! URLs as Go's `net/url` parses and writes them, as far as git remotes need it.

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
            host: parse_host(host)?,
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

fn parse_host(text: &str) -> Result<Vec<u8>, &'static str> {
    const ERROR: &str = "its host is invalid";
    let decode = |text, part| unescape(text, part).ok_or(ERROR);
    let is_port = |port: &str| match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    if text.starts_with('[') {
        let end = text.rfind(']').ok_or("its host has no closing bracket")?;
        if !is_port(&text[end + 1..]) {
            return Err("its port is invalid");
        }
        if let Some(zone) = text[..end].find("%25") {
            let mut host = decode(&text[..zone], Part::Host)?;
            host.extend(decode(&text[zone..end], Part::Zone)?);
            host.extend(decode(&text[end..], Part::Host)?);
            return Ok(host);
        }
    } else if let Some(colon) = text.find(':')
        && !is_port(&text[colon..])
    {
        return Err("its port is invalid");
    }
    decode(text, Part::Host)
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
            "https://h%41/",
            "https://u\"@h/",
            "https://h/\u{7f}",
        ] {
            assert!(GoUrl::parse(text).is_err(), "{text}");
        }
    }
}
