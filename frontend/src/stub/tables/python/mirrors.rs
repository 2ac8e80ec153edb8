//! URL prefixes that are rewritten: `[python.mirrors]`, and the build argument
//! `LAMINA_MIRRORS`.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::covers;
use crate::source::{Diagnostic, Location, Spanned, url_holds_credentials};
use crate::stub::args::MIRRORS;
use crate::stub::collector::Collector;
use crate::stub::reader::{Entry, Reader};
use crate::stub::{limits, values};

/// Reads `[python.mirrors]`.
pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Vec<(String, String)> {
    let Some(section) = r.table(entry) else {
        return Vec::new();
    };
    let mut mirrors = Vec::new();
    let mut known: BTreeMap<String, Location> = BTreeMap::new();
    for (number, (from, to)) in section.rest().enumerate() {
        // Each URL of the requirement files is compared with each of them.
        if number == limits::MIRRORS {
            let error = Diagnostic::error(format!(
                "`[python.mirrors]` has more than {} mirrors",
                limits::MIRRORS
            ));
            let error = error.at(r.at(to.key.clone()));
            r.report(error.help("name a longer part of the network with one prefix"));
            break;
        }
        let from = read_prefix(r, from, &to);
        let Some((from, to)) = from.zip(r.url_prefix(&to)) else {
            continue;
        };
        // TOML has each key once, but a slash at the end makes no other prefix.
        if let Some(first) = known.insert(from.value.clone(), from.location.clone()) {
            let error = Diagnostic::error(format!("duplicate mirror of `{}`", from.value))
                .at(from.location)
                .label("the second one")
                .related(first, "the first one");
            r.report(error.help("remove one of them"));
            continue;
        }
        mirrors.push((from.value, to.value));
    }
    mirrors
}

/// The prefix that is rewritten. No address has a `${` in it, so a key with one
/// would never apply.
fn read_prefix(r: &mut Reader<'_>, key: &str, entry: &Entry<'_>) -> Option<Spanned<String>> {
    let prefix = r.url_prefix_key(key, entry.key.clone())?;
    if key.contains("${") {
        let error = Diagnostic::error("`${…}` in a key is not expanded")
            .at(prefix.location)
            .help(format!("write the URL itself, or pass `{MIRRORS}`"));
        r.report(error);
        return None;
    }
    Some(prefix)
}

/// The build argument's before the stub's: it is what this build's network
/// needs, so it also hides what the stub says of addresses below. Where two
/// apply, users of the list take the longer prefix.
pub(super) fn resolve(
    passed: &[(String, String)],
    stub: &[(String, String)],
) -> Vec<(String, String)> {
    let mut known = BTreeSet::new();
    let mut mirrors: Vec<(String, String)> = Vec::new();
    // Of two for one address, the last one passed counts.
    for (from, to) in passed.iter().rev() {
        if known.insert(from) {
            mirrors.push((from.clone(), to.clone()));
        }
    }
    let hidden = |from: &str| passed.iter().any(|(known, _)| covers(known, from));
    mirrors.extend(stub.iter().filter(|(from, _)| !hidden(from)).cloned());
    mirrors
}

/// The mirrors that `LAMINA_MIRRORS=FROM=TO,FROM=TO` names.
pub(in crate::stub) fn passed(
    arguments: &BTreeMap<String, String>,
    diagnostics: &mut Collector,
) -> Vec<(String, String)> {
    let mut mirrors = Vec::new();
    let text = arguments.get(MIRRORS).map_or("", String::as_str);
    let pairs = || text.split(',').map(str::trim).filter(|p| !p.is_empty());
    if pairs().nth(limits::MIRRORS).is_some() {
        let message = format!(
            "the build argument `{MIRRORS}` has more than {} mirrors",
            limits::MIRRORS
        );
        diagnostics.push(Diagnostic::error(message).help("put them in `[python.mirrors]`"));
        return mirrors;
    }
    for (index, pair) in pairs().enumerate() {
        let number = index + 1;
        let (from, to) = pair.split_once('=').unwrap_or((pair, ""));
        if [pair, from, to].into_iter().any(url_holds_credentials) {
            diagnostics.push(Diagnostic::credentials(format_args!(
                "entry {number} of the build argument `{MIRRORS}`"
            )));
            continue;
        }
        let mirror = pair.split_once('=').and_then(|(from, to)| {
            let from = values::url_prefix(from.trim()).ok()?;
            let to = values::url_prefix(to.trim()).ok()?;
            Some((from, to))
        });
        match mirror {
            Some(mirror) => mirrors.push(mirror),
            // The value may hold a password, so the error gives only its number.
            None => diagnostics.push(
                Diagnostic::error(format!(
                    "invalid mirror: entry {number} of the build argument `{MIRRORS}`"
                ))
                .help(format!(
                    "write `--build-arg {MIRRORS}=FROM=TO,FROM=TO`, both URLs: \
                     `https://pypi.org/simple=https://nexus.example/pypi/simple`"
                )),
            ),
        }
    }
    mirrors
}
