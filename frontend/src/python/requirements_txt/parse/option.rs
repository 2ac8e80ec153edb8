//! Options, of files and of single requirements.
//!
//! What pip knows and an image cannot use is in the same table, with what to
//! do instead, so that it is never called unknown.

use std::ops::Range;

use super::line::Line;
use super::origin::{self, Refused};
use super::words::{Word, words};
use super::{Include, Item, credentials, quote};
use crate::python::{Hash, Index, InvalidHash, Options, PackageName};
use crate::source::{Diagnostic, Spanned, nearest};

/// What an option is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Requirement,
    Constraint,
    IndexUrl,
    ExtraIndexUrl,
    FindLinks,
    TrustedHost,
    OnlyBinary,
    NoBinary,
    NoIndex,
    Pre,
    PreferBinary,
    RequireHashes,
    Hash,
    /// Known to pip and not supported: what to do.
    Refused(&'static str),
}

impl Meaning {
    fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::NoIndex | Self::Pre | Self::PreferBinary | Self::RequireHashes | Self::Refused(_)
        )
    }
}

const EDITABLE: &str = "an image has no editable installs: for the project itself write \
    `install = \".\"` under [app] in the stub, for another one its path without -e";
const PIPS_OWN: &str = "remove it: lamina runs the installer, and decides this itself";
const CACHES: &str = "remove it: caches are mounted while packages are installed, and are never \
    in the image";
const BUILDS: &str = "options for building a package are not supported: build a wheel of it with \
    them once, and name that wheel's URL or path";
const TARGETS: &str = "remove it: the stub says what is built for ([python] version, platforms)";
const NETWORK: &str = "remove it: proxies are build arguments (--build-arg HTTPS_PROXY=…), \
    certificates the secret `ca-certificates`, passwords the secret `netrc`";
const RELEASES: &str = "not supported: use --pre, or a requirement with a pre-release in it";
const NO_DEPS: &str = "remove it: dependencies of all layers are resolved together, and each is \
    installed once";

/// Long name, short name, meaning.
const OPTIONS: &[(&str, char, Meaning)] = &[
    ("--requirement", 'r', Meaning::Requirement),
    ("--constraint", 'c', Meaning::Constraint),
    ("--index-url", 'i', Meaning::IndexUrl),
    ("--pypi-url", ' ', Meaning::IndexUrl),
    ("--extra-index-url", ' ', Meaning::ExtraIndexUrl),
    ("--find-links", 'f', Meaning::FindLinks),
    ("--no-index", ' ', Meaning::NoIndex),
    ("--pre", ' ', Meaning::Pre),
    ("--prefer-binary", ' ', Meaning::PreferBinary),
    ("--require-hashes", ' ', Meaning::RequireHashes),
    ("--only-binary", ' ', Meaning::OnlyBinary),
    ("--no-binary", ' ', Meaning::NoBinary),
    ("--trusted-host", ' ', Meaning::TrustedHost),
    ("--hash", ' ', Meaning::Hash),
    ("--editable", 'e', Meaning::Refused(EDITABLE)),
    ("--config-settings", 'C', Meaning::Refused(BUILDS)),
    ("--config-setting", ' ', Meaning::Refused(BUILDS)),
    ("--global-option", ' ', Meaning::Refused(BUILDS)),
    ("--install-option", ' ', Meaning::Refused(BUILDS)),
    ("--build-option", ' ', Meaning::Refused(BUILDS)),
    ("--no-build-isolation", ' ', Meaning::Refused(BUILDS)),
    ("--use-pep517", ' ', Meaning::Refused(PIPS_OWN)),
    ("--use-feature", ' ', Meaning::Refused(PIPS_OWN)),
    ("--use-deprecated", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-cache-dir", ' ', Meaning::Refused(CACHES)),
    ("--cache-dir", ' ', Meaning::Refused(CACHES)),
    ("--no-cache", ' ', Meaning::Refused(CACHES)),
    ("--no-deps", ' ', Meaning::Refused(NO_DEPS)),
    ("--no-dependencies", ' ', Meaning::Refused(NO_DEPS)),
    ("--upgrade", 'U', Meaning::Refused(PIPS_OWN)),
    ("--upgrade-strategy", ' ', Meaning::Refused(PIPS_OWN)),
    ("--user", ' ', Meaning::Refused(PIPS_OWN)),
    ("--system", ' ', Meaning::Refused(PIPS_OWN)),
    ("--break-system-packages", ' ', Meaning::Refused(PIPS_OWN)),
    ("--root", ' ', Meaning::Refused(PIPS_OWN)),
    ("--root-user-action", ' ', Meaning::Refused(PIPS_OWN)),
    ("--prefix", ' ', Meaning::Refused(PIPS_OWN)),
    ("--target", 't', Meaning::Refused(PIPS_OWN)),
    ("--src", ' ', Meaning::Refused(PIPS_OWN)),
    ("--force-reinstall", ' ', Meaning::Refused(PIPS_OWN)),
    ("--ignore-installed", 'I', Meaning::Refused(PIPS_OWN)),
    ("--ignore-requires-python", ' ', Meaning::Refused(PIPS_OWN)),
    ("--compile", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-compile", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-clean", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-input", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-warn-script-location", ' ', Meaning::Refused(PIPS_OWN)),
    ("--progress-bar", ' ', Meaning::Refused(PIPS_OWN)),
    (
        "--disable-pip-version-check",
        ' ',
        Meaning::Refused(PIPS_OWN),
    ),
    ("--report", ' ', Meaning::Refused(PIPS_OWN)),
    ("--dry-run", ' ', Meaning::Refused(PIPS_OWN)),
    ("--quiet", 'q', Meaning::Refused(PIPS_OWN)),
    ("--verbose", 'v', Meaning::Refused(PIPS_OWN)),
    ("--platform", ' ', Meaning::Refused(TARGETS)),
    ("--python-version", ' ', Meaning::Refused(TARGETS)),
    ("--implementation", ' ', Meaning::Refused(TARGETS)),
    ("--abi", ' ', Meaning::Refused(TARGETS)),
    ("--proxy", ' ', Meaning::Refused(NETWORK)),
    ("--cert", ' ', Meaning::Refused(NETWORK)),
    ("--client-cert", ' ', Meaning::Refused(NETWORK)),
    ("--keyring-provider", ' ', Meaning::Refused(NETWORK)),
    ("--timeout", ' ', Meaning::Refused(PIPS_OWN)),
    ("--retries", ' ', Meaning::Refused(PIPS_OWN)),
    ("--all-releases", ' ', Meaning::Refused(RELEASES)),
    ("--only-final", ' ', Meaning::Refused(RELEASES)),
];

/// An option as it stands in a line.
struct Given {
    /// `--index-url` or `-i`, as written.
    name: String,
    meaning: Meaning,
    value: String,
    /// The place of the name.
    span: Range<usize>,
    /// The place of the value, or of the name where there is none.
    value_span: Range<usize>,
}

/// Reads a line of options, of a file in a folder.
pub(super) fn parse(line: &Line, folder: &str) -> Result<Vec<Item>, Diagnostic> {
    given(line, 0)?
        .into_iter()
        .map(|option| item(line, folder, option))
        .collect()
}

/// Reads the options behind a requirement: its hashes, sorted.
pub(super) fn hashes(line: &Line, from: usize) -> Result<Vec<Hash>, Diagnostic> {
    let mut hashes = Vec::new();
    for option in given(line, from)? {
        if option.meaning != Meaning::Hash {
            return Err(line
                .error(
                    option.span,
                    format!("`{}` does not belong behind a requirement", option.name),
                )
                .help("write it on a line of its own: it holds for all requirements"));
        }
        hashes.push(hash(line, option)?);
    }
    hashes.sort();
    hashes.dedup();
    Ok(hashes)
}

/// A mistake about a URL or path at a place.
pub(super) fn refused(line: &Line, span: Range<usize>, refused: Refused) -> Diagnostic {
    match refused {
        Refused::Because(message, help) => line.error(span, message).help(help),
        Refused::Secret => credentials::error(line),
    }
}

fn given(line: &Line, from: usize) -> Result<Vec<Given>, Diagnostic> {
    let mut list = Vec::new();
    let mut words = words(line, from)?.into_iter().peekable();
    while let Some(word) = words.next() {
        one_dash(line, &word)?;
        let (name, attached) = split(line, &word)?;
        let meaning = lookup(line, name, &word.span)?;
        let name = name.to_owned();
        if let Meaning::Refused(help) = meaning {
            return Err(line
                .error(word.span, format!("`{name}` is not supported"))
                .label("an option of pip")
                .help(help));
        }
        let (value, value_span) = match attached {
            Some(value) if meaning.takes_value() => (value.to_owned(), word.span.clone()),
            Some(_) => {
                return Err(line.error(word.span, format!("`{name}` takes no value")));
            }
            None if meaning.takes_value() => {
                let next = words.next_if(|next| !next.text.starts_with('-'));
                next.map_or_else(
                    || (String::new(), word.span.clone()),
                    |next| (next.text, next.span),
                )
            }
            None => (String::new(), word.span.clone()),
        };
        if meaning.takes_value() && value.is_empty() {
            return Err(line
                .error(word.span, format!("`{name}` needs a value"))
                .label("nothing behind it"));
        }
        list.push(Given {
            name,
            meaning,
            value,
            span: word.span,
            value_span,
        });
    }
    Ok(list)
}

/// `-index-url URL` would be `-i` with the value `ndex-url`.
fn one_dash(line: &Line, word: &Word) -> Result<(), Diagnostic> {
    let name = word.text.split('=').next().unwrap_or_default();
    let long = format!("-{name}");
    if OPTIONS.iter().any(|(known, _, _)| *known == long) {
        return Err(line
            .error(word.span.clone(), format!("unknown option `{name}`"))
            .label("a dash is missing")
            .help(format!("did you mean `{long}`?")));
    }
    Ok(())
}

/// Name and attached value of `--name=value`, `-nvalue`, `-n=value`.
fn split<'a>(line: &Line, word: &'a Word) -> Result<(&'a str, Option<&'a str>), Diagnostic> {
    let text = word.text.as_str();
    if text.starts_with("--") {
        return Ok(text
            .split_once('=')
            .map_or((text, None), |(n, v)| (n, Some(v))));
    }
    let short = text.strip_prefix('-').and_then(|rest| rest.chars().next());
    let Some(short) = short else {
        return Err(line
            .wrong(word.span.clone(), "is no option")
            .label("not expected here")
            .help("write requirements on lines of their own"));
    };
    let (name, value) = text.split_at(1 + short.len_utf8());
    let value = value.strip_prefix('=').unwrap_or(value);
    Ok((name, (!value.is_empty()).then_some(value)))
}

fn lookup(line: &Line, name: &str, span: &Range<usize>) -> Result<Meaning, Diagnostic> {
    let short = name.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
    let known = OPTIONS.iter().find(|(long, letter, _)| match short {
        Some(short) => *letter != ' ' && short.chars().eq([*letter]),
        None => *long == name,
    });
    if let Some((_, _, meaning)) = known {
        return Ok(*meaning);
    }
    let supported = OPTIONS
        .iter()
        .filter(|(name, _, meaning)| {
            !matches!(meaning, Meaning::Refused(_)) && *name != "--pypi-url"
        })
        .map(|(long, _, _)| *long);
    let meant = line.text[span.clone()].trim_start_matches('-');
    let meant = meant.split(['=', ' ']).next().unwrap_or_default();
    let near = nearest(&format!("--{meant}"), supported.clone());
    let unknown = line
        .error(span.clone(), format!("unknown option {}", quote(name)))
        .label("not one of pip's");
    Err(if let Some(near) = near {
        unknown.help(format!("did you mean `{near}`?"))
    } else {
        let all: Vec<&str> = supported.collect();
        unknown.help(format!("there are {}", all.join(", ")))
    })
}

fn item(line: &Line, folder: &str, given: Given) -> Result<Item, Diagnostic> {
    if let Meaning::Requirement | Meaning::Constraint = given.meaning {
        return include(line, folder, given);
    }
    let here = || Some(line.at(given.span.clone()));
    let mut options = Options::default();
    match given.meaning {
        Meaning::NoIndex => options.no_index = here(),
        Meaning::Pre => options.pre = here(),
        Meaning::PreferBinary => options.prefer_binary = here(),
        Meaning::RequireHashes => options.require_hashes = here(),
        Meaning::IndexUrl => options.index_url = Some(index(line, given)?),
        Meaning::ExtraIndexUrl => options.extra_index_urls = vec![index(line, given)?],
        Meaning::FindLinks => {
            let links = origin::links(&given.value, folder)
                .map_err(|wrong| refused(line, given.value_span.clone(), wrong))?;
            options.find_links = vec![Spanned::new(links, line.at(given.value_span))];
        }
        Meaning::TrustedHost => options.trusted_hosts = vec![host(line, given)?],
        Meaning::OnlyBinary => options.only_binary = names(line, &given)?,
        Meaning::NoBinary => options.no_binary = names(line, &given)?,
        Meaning::Hash => {
            return Err(line
                .error(given.span, "`--hash` belongs behind a requirement")
                .help("write `name==version --hash=sha256:…`, on one line or continued by `\\`"));
        }
        Meaning::Requirement | Meaning::Constraint | Meaning::Refused(_) => {}
    }
    Ok(Item::Options(Box::new(options)))
}

fn include(line: &Line, folder: &str, given: Given) -> Result<Item, Diagnostic> {
    if origin::scheme(&given.value).is_some_and(|scheme| scheme != "file") {
        return Err(line
            .error(
                given.value_span,
                format!("`{}` reads files of the project only", given.name),
            )
            .label("this is a URL")
            .help("download the file into the project and name its path: the build is repeatable then"));
    }
    let path = given.value.strip_prefix("file:").unwrap_or(&given.value);
    let path = origin::local(path, folder)
        .map_err(|wrong| refused(line, given.value_span.clone(), wrong))?;
    Ok(Item::Include(Include {
        path,
        constraint: given.meaning == Meaning::Constraint,
        location: line.at(given.span.start..given.value_span.end),
    }))
}

fn index(line: &Line, given: Given) -> Result<Index, Diagnostic> {
    origin::index(&given.value).map_err(|wrong| refused(line, given.value_span.clone(), wrong))?;
    Ok(Index {
        url: given.value.into(),
        location: Some(line.at(given.value_span)),
    })
}

fn host(line: &Line, given: Given) -> Result<Spanned<String>, Diagnostic> {
    if given.value.contains(['/', '@']) || given.value.contains(char::is_whitespace) {
        return Err(line
            .error(given.value_span, "`--trusted-host` takes a host name")
            .help("write the host alone, or HOST:PORT, with neither scheme nor path"));
    }
    Ok(Spanned::new(given.value, line.at(given.value_span)))
}

/// Package names, `:all:` or `:none:`, with commas between them.
fn names(line: &Line, given: &Given) -> Result<Vec<Spanned<String>>, Diagnostic> {
    let mut names = Vec::new();
    for name in given.value.split(',').map(str::trim) {
        let normal = match name {
            ":all:" | ":none:" => Some(name.to_owned()),
            name => name
                .parse::<PackageName>()
                .ok()
                .map(|name| name.to_string()),
        };
        let Some(normal) = normal else {
            return Err(line
                .error(
                    given.value_span.clone(),
                    format!("{} is no package name", quote(name)),
                )
                .help("write package names with commas between them, or `:all:`"));
        };
        names.push(Spanned::new(normal, line.at(given.value_span.clone())));
    }
    Ok(names)
}

fn hash(line: &Line, given: Given) -> Result<Hash, Diagnostic> {
    given.value.parse().map_err(|invalid| match invalid {
        InvalidHash::Algorithm => line
            .error(given.value_span, format!("{} is no hash that can be used", quote(&given.value)))
            .help("hashes are sha256:…, sha384:… or sha512:…; `uv pip compile --generate-hashes` writes them"),
        InvalidHash::Digest(algorithm) => {
            let digest = given.value.split_once(':').map_or("", |(_, digest)| digest);
            line.error(given.value_span, format!("this is no {algorithm}"))
                .label(format!("{} characters", digest.chars().count()))
                .help(format!("a {algorithm} has {} hexadecimal digits", algorithm.digits()))
        }
    })
}
