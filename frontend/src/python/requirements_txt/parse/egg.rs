//! `#egg=`: the old way of writing `name @ URL`.

use super::invalid::{Invalid, because};
use crate::python::text::{code, quote};
use crate::python::{Extra, PackageName};

/// What `#egg=` names: a package, perhaps with extras.
pub(super) type Egg = (PackageName, Vec<Extra>);

/// The package that `#egg=` names, and the URL without it: the old way of
/// writing `name @ URL`.
pub(super) fn without(url: &str) -> Result<(String, Option<Egg>), Invalid> {
    let Some((address, fragment)) = url.split_once('#') else {
        return Ok((url.to_owned(), None));
    };
    let (eggs, kept): (Vec<&str>, Vec<&str>) = fragment
        .split('&')
        .partition(|part| part.starts_with("egg="));
    let address = if kept.is_empty() {
        address.to_owned()
    } else {
        format!("{address}#{}", kept.join("&"))
    };
    // pip reads the first, too.
    let Some(text) = eggs.first().and_then(|egg| egg.strip_prefix("egg=")) else {
        return Ok((address, None));
    };
    let end = text
        .find(['[', '=', '<', '>', '!', '~'])
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let extras = match rest.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(list) => list.split(',').map(|it| it.trim().parse()).collect(),
        None if rest.is_empty() => Ok(Vec::new()),
        None => Err(crate::python::InvalidName),
    };
    match (name.parse::<PackageName>(), extras) {
        (Ok(name), Ok(extras)) => Ok((address, Some((name, extras)))),
        (Ok(name), Err(_)) => because(
            format!("invalid package name {} behind `#egg=`", quote(text)),
            format!("write {}", code(&format!("{name} @ {address}"))),
        ),
        (Err(_), _) => because(
            format!("invalid package name {} behind `#egg=`", quote(text)),
            format!(
                "write the name in front: {}",
                code(&format!("NAME @ {address}"))
            ),
        ),
    }
}
