//! Options, of files and of single requirements.

use std::ops::Range;

use super::invalid::Invalid;
use super::line::Line;
use super::options_table::{Meaning, OPTIONS};
use super::reference;
use super::words::{Word, words};
use super::{Item, credentials, hint};
use crate::python::requirements_txt::include::Include;
use crate::python::text::{code, quote};
use crate::python::{Format, FormatChange, FormatTarget, Hash, Index, InvalidHash, Options};
use crate::source::{Diagnostic, Spanned, nearest};

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

/// Reads a line of options, of a file in a directory.
pub(super) fn parse(line: &Line, directory: &str) -> Result<Vec<Item>, Diagnostic> {
    let options = read(line, 0)?;
    check_together(line, &options)?;
    options
        .into_iter()
        .map(|option| item(line, directory, option))
        .collect()
}

/// Reads the options behind a requirement: its hashes, sorted.
pub(super) fn hashes(line: &Line, from: usize) -> Result<Vec<Hash>, Diagnostic> {
    let mut hashes = Vec::new();
    for option in read(line, from)? {
        if option.meaning != Meaning::Hash {
            return Err(behind_requirement(line, &option));
        }
        hashes.push(hash(line, option)?);
    }
    hashes.sort();
    hashes.dedup();
    Ok(hashes)
}

/// The error about an option behind a requirement, which pip ignores.
fn behind_requirement(line: &Line, option: &Given) -> Diagnostic {
    let Given { name, value, .. } = option;
    let error = line
        .error(
            option.span.start..option.value_span.end,
            format!("`{name}` has no effect behind a requirement"),
        )
        .label("pip ignores it here");
    let own_line = "on a line of its own, where it holds for all requirements";
    match option.meaning {
        Meaning::IndexUrl => error.help(format!(
            "write {} {own_line}; `--index-url` there would replace PyPI",
            code(&format!("--extra-index-url {value}"))
        )),
        _ if value.is_empty() => error.help(format!("write {} {own_line}", code(name))),
        _ => {
            let written = line.text.get(option.span.start..option.value_span.end);
            error.help(format!(
                "write {} {own_line}",
                code(written.unwrap_or(name))
            ))
        }
    }
}

/// Of some options that stand on one line, pip uses the first alone.
fn check_together(line: &Line, options: &[Given]) -> Result<(), Diagnostic> {
    let includes = |option: &Given| option.meaning.is_include();
    let links = |option: &Given| option.meaning == Meaning::FindLinks;
    let second = if options.iter().any(includes) {
        options.get(1)
    } else {
        options.iter().filter(|option| links(option)).nth(1)
    };
    second.map_or(Ok(()), |second| {
        let error = format!("`{}` stands behind another option", second.name);
        Err(line
            .error(second.span.clone(), error)
            .label("pip reads only one of them")
            .help("write each option on a line of its own"))
    })
}

/// An error about a URL or path at a place.
pub(super) fn invalid(line: &Line, span: Range<usize>, invalid: Invalid) -> Diagnostic {
    match invalid {
        Invalid::Because(message, help) => line.error(span, message).help(help),
        Invalid::Secret => credentials::error(line),
    }
}

fn read(line: &Line, from: usize) -> Result<Vec<Given>, Diagnostic> {
    let mut list = Vec::new();
    let mut words = words(line, from)?.into_iter().peekable();
    while let Some(word) = words.next() {
        check_dashes(line, &word)?;
        let (name, attached) = split(line, &word)?;
        let meaning = lookup(line, name, &word.span)?;
        let name = name.to_owned();
        if let Meaning::Unsupported(help) = meaning {
            return Err(line
                .error(word.span, format!("`{name}` is not supported"))
                .label("an option of pip")
                .help(help));
        }
        let (value, value_span) = match attached {
            Some(value) if meaning.takes_value() => (value.to_owned(), word.span.clone()),
            Some(_) => {
                return Err(line
                    .error(word.span, format!("`{name}` takes no value"))
                    .help(format!("write `{name}` alone")));
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
        if meaning == Meaning::Editable {
            return Err(hint::editable(
                line,
                word.span.start..value_span.end,
                &name,
                &value,
            ));
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
fn check_dashes(line: &Line, word: &Word) -> Result<(), Diagnostic> {
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
            .error(
                word.span.clone(),
                format!("expected an option, found {}", quote(text)),
            )
            .label("not expected here")
            .help("write each requirement and each option on a line of its own"));
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
            !matches!(meaning, Meaning::Unsupported(_) | Meaning::Editable) && *name != "--pypi-url"
        })
        .map(|(long, _, _)| *long);
    let mut longer = supported.clone().filter(|long| long.starts_with(name));
    let near = match (longer.next(), longer.next()) {
        (Some(only), None) if name.len() > 3 => Some(only),
        _ => nearest(name, supported.clone()),
    };
    let unknown = line
        .error(span.clone(), format!("unknown option {}", quote(name)))
        .label("not an option of requirement files");
    Err(if let Some(near) = near {
        unknown.help(format!("did you mean `{near}`?"))
    } else {
        let all: Vec<&str> = supported.collect();
        unknown.help(format!("there are {}", all.join(", ")))
    })
}

fn item(line: &Line, directory: &str, given: Given) -> Result<Item, Diagnostic> {
    let here = || Some(line.at(given.span.clone()));
    let mut options = Options::default();
    match given.meaning {
        Meaning::Requirement | Meaning::Constraint => return include(line, directory, given),
        Meaning::OnlyBinary => return formats(line, &given, Format::Wheel),
        Meaning::NoBinary => return formats(line, &given, Format::Source),
        Meaning::NoIndex => options.no_index = here(),
        Meaning::Pre => options.pre = here(),
        Meaning::RequireHashes => options.require_hashes = here(),
        Meaning::IndexUrl => options.index_url = Some(index(line, given)?),
        Meaning::ExtraIndexUrl => options.extra_index_urls = vec![index(line, given)?],
        Meaning::FindLinks => {
            let links = reference::links(&given.value, directory)
                .map_err(|wrong| invalid(line, given.value_span.clone(), wrong))?;
            options.find_links = vec![Spanned::new(links, line.at(given.value_span))];
        }
        Meaning::TrustedHost => options.trusted_hosts = vec![host(line, given)?],
        Meaning::Hash => {
            return Err(line
                .error(given.span, "`--hash` belongs behind a requirement")
                .help("write `name==version --hash=sha256:…`, on one line or continued by `\\`"));
        }
        // Both are errors already.
        Meaning::Editable | Meaning::Unsupported(_) => {}
    }
    Ok(Item::Options(Box::new(options)))
}

fn include(line: &Line, directory: &str, given: Given) -> Result<Item, Diagnostic> {
    let scheme = reference::scheme(&given.value);
    if scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case("file")) {
        return Err(line
            .error(
                given.value_span,
                format!("`{}` reads files of the project only", given.name),
            )
            .label("this is a URL")
            .help("download the file into the project and write its path: the build is repeatable then"));
    }
    let path = reference::local_or_file(&given.value, directory)
        .map_err(|wrong| invalid(line, given.value_span.clone(), wrong))?;
    if path == "." {
        return Err(line
            .error(
                given.value_span,
                format!("{} is a directory", quote(&given.value)),
            )
            .help("name the files in it"));
    }
    // BuildKit's client would send whatever matches.
    if path.contains(['*', '?', '[']) {
        return Err(line
            .error(
                given.value_span,
                format!("{} has wildcards", quote(&given.value)),
            )
            .help(format!(
                "write `{} PATH` once for each file; the name of a file that is included has \
                 none of `*`, `?` and `[`",
                given.name
            )));
    }
    Ok(Item::Include(Include {
        path,
        constraint: given.meaning == Meaning::Constraint,
        location: line.at(given.span.start..given.value_span.end),
    }))
}

fn index(line: &Line, given: Given) -> Result<Index, Diagnostic> {
    reference::index(&given.value)
        .map_err(|wrong| invalid(line, given.value_span.clone(), wrong))?;
    Ok(Index {
        url: given.value.into(),
        location: Some(line.at(given.value_span)),
    })
}

fn host(line: &Line, given: Given) -> Result<Spanned<String>, Diagnostic> {
    if given.value.contains('@') {
        return Err(credentials::error(line));
    }
    if given.value.contains('/') || given.value.contains(char::is_whitespace) {
        return Err(line
            .error(given.value_span, "`--trusted-host` takes a host name")
            .help("write the host alone, or HOST:PORT, with neither scheme nor path"));
    }
    Ok(Spanned::new(given.value, line.at(given.value_span)))
}

/// Package names, `:all:` or `:none:`, with commas between them.
fn formats(line: &Line, given: &Given, format: Format) -> Result<Item, Diagnostic> {
    let targets = given.value.split(',').map(str::trim).map(|name| {
        name.parse().map_err(|_| {
            line.error(
                given.value_span.clone(),
                format!("invalid package name {}", quote(name)),
            )
            .help("write package names with commas between them, or `:all:`")
        })
    });
    Ok(Item::Formats(FormatChange {
        format,
        targets: targets.collect::<Result<Vec<FormatTarget>, _>>()?,
        location: line.at(given.value_span.clone()),
    }))
}

fn hash(line: &Line, given: Given) -> Result<Hash, Diagnostic> {
    given.value.parse().map_err(|invalid| match invalid {
        InvalidHash::Algorithm => line
            .error(
                given.value_span,
                format!("invalid hash {}", quote(&given.value)),
            )
            .help(
                "a hash is sha256:…, sha384:… or sha512:…; `uv pip compile --generate-hashes` \
                 writes them",
            ),
        InvalidHash::Digest(algorithm) => {
            let digest = given.value.split_once(':').map_or("", |(_, digest)| digest);
            line.error(given.value_span, format!("invalid {algorithm} hash"))
                .label(format!("{} characters", digest.chars().count()))
                .help(format!(
                    "{invalid}; `uv pip compile --generate-hashes` writes them"
                ))
        }
    })
}
