//! The account, ports, durations, file modes, signals, names.

use std::time::Duration;

use super::{Parsed, invalid, invalid_because, number};
use crate::source::nearest;
use crate::stub::interpolation::is_identifier;

pub(in crate::stub) fn user_name(text: &str) -> Parsed<String> {
    if text == "root" {
        return invalid_because(
            "user name",
            "images run as a non-root user",
            "choose another name, or leave it out for `app`",
        );
    }
    let first = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    let rest = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if first && rest && text.len() <= 32 {
        Ok(text.to_owned())
    } else {
        invalid(
            "user name",
            "use at most 32 lower-case letters, digits, `_` and `-`, starting with a letter or `_`",
        )
    }
}

pub(in crate::stub) fn uid(value: i64) -> Parsed<u32> {
    match u32::try_from(value) {
        Ok(0) => invalid_because(
            "user id",
            "images run as a non-root user",
            "choose an id of 1000 or more, or leave it out for 10001",
        ),
        // The last two mean "no user" to the system.
        Ok(uid) if uid < u32::MAX - 1 => Ok(uid),
        _ => invalid("user id", "choose an id from 1000 to 4294967293"),
    }
}

/// `8000`, `"8000"`, `"53/udp"`, `"8000-8010"` as the image configuration has them.
pub(in crate::stub) fn ports(text: &str) -> Parsed<Vec<String>> {
    const MOST: u16 = 1000;
    let help = "write a port such as `8000`, `\"53/udp\"` or `\"8000-8010\"`";
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        let help = if range.contains(':') || number::<u16>(range).is_none() {
            help
        } else {
            "the protocol is one of `tcp`, `udp` and `sctp`"
        };
        return invalid("port", help);
    }
    if range.contains(':') {
        return invalid_because(
            "port",
            "an image cannot publish a port",
            "name the container's port alone, as in `8000`, and publish it with `docker run -p`",
        );
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let port = |text| number::<u16>(text).filter(|port| *port > 0);
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last && last - first < MOST => {
            Ok((first..=last).map(|p| format!("{p}/{protocol}")).collect())
        }
        (Some(first), Some(last)) if first <= last => invalid_because(
            "range of ports",
            format!("more than {MOST} ports"),
            "expose the ports that the application listens on",
        ),
        _ => invalid("port", help),
    }
}

/// `30s`, `1m30s`, `1.5h`, as Go and Docker write durations.
pub(in crate::stub) fn duration(text: &str) -> Parsed<Duration> {
    let Some(duration) = parse_duration(text) else {
        let seconds = format!("{text}s");
        let help = if number::<u32>(text).is_some() && duration(&seconds).is_ok() {
            format!("add the unit: `{seconds}`")
        } else {
            "write numbers with units, as in `30s`, `1m30s` and `500ms`; at most 1000 hours"
                .to_owned()
        };
        return invalid("duration", help);
    };
    if duration < Duration::from_millis(1) {
        return invalid_because(
            "duration",
            "shorter than 1ms",
            "leave the key out for the engine's default",
        );
    }
    Ok(duration)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut nanos: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(digits);
        let letters = after
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit: u128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            _ => return None,
        };
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        if fraction.len() > 9 {
            return None;
        }
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        nanos += u128::from(number::<u32>(whole)?) * unit;
        nanos += u128::from(number::<u32>(fraction)?) * unit / scale;
        rest = after;
    }
    let longest = 1000 * 3_600_000_000_000;
    (!text.is_empty() && nanos <= longest)
        .then(|| Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}

pub(in crate::stub) fn mode(text: &str) -> Parsed<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal =
        (3..=5).contains(&digits.len()) && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    octal
        .then(|| u32::from_str_radix(digits, 8).ok())
        .flatten()
        .filter(|mode| *mode <= 0o7777)
        .map_or_else(
            || invalid("file mode", "write it in octal, as in `\"0755\"`"),
            Ok,
        )
}

/// The names of signal(7) that container engines know.
const SIGNALS: [&str; 36] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
    "PIPE", "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS",
    "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU",
    "XFSZ",
];

/// `TERM`, `RTMIN+3`, `RTMAX-1`.
fn is_signal(name: &str) -> bool {
    let offset = |first, most| {
        name.strip_prefix(first)
            .and_then(number::<u8>)
            .is_some_and(|n| (1..=most).contains(&n))
    };
    SIGNALS.contains(&name) || offset("RTMIN+", 15) || offset("RTMAX-", 14)
}

pub(in crate::stub) fn signal(text: &str) -> Parsed<String> {
    let by_name = text.strip_prefix("SIG").is_some_and(is_signal);
    if by_name || number::<u8>(text).is_some_and(|n| (1..=64).contains(&n)) {
        return Ok(text.to_owned());
    }
    let upper = text.to_ascii_uppercase();
    let named = upper.strip_prefix("SIG").unwrap_or(&upper);
    let help = if is_signal(named) {
        format!("write `SIG{named}`")
    } else if named.starts_with("RTM") {
        "real-time signals are `SIGRTMIN` to `SIGRTMIN+15`, `SIGRTMAX-14` to `SIGRTMAX`".to_owned()
    } else {
        nearest(named, SIGNALS).map_or_else(
            || "use a name of signal(7), as in `SIGTERM`, or a number from 1 to 64".to_owned(),
            |near| format!("did you mean `SIG{near}`?"),
        )
    };
    invalid("signal", help)
}

pub(in crate::stub) fn env_name(text: &str) -> Parsed<()> {
    if is_identifier(text) {
        Ok(())
    } else {
        invalid(
            "name of an environment variable",
            "use letters, digits and `_`, not starting with a digit",
        )
    }
}

/// A variable of the environment that wheels are built in.
pub(in crate::stub) fn build_env_name(text: &str) -> Parsed<()> {
    if ["TMPDIR", "UV_CACHE_DIR"].contains(&text) {
        return invalid(
            "name of a variable of builds",
            "remove it: lamina sets it to a directory of the build's own",
        );
    }
    env_name(text)
}

pub(in crate::stub) fn label_key(text: &str) -> Parsed<()> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '=' | '$');
    if text.is_empty() || text.contains(odd) {
        invalid(
            "label key",
            "write a name without spaces, as in `org.opencontainers.image.title`",
        )
    } else {
        Ok(())
    }
}
