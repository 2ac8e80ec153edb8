//! Options of several places, united.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::{Index, Options};
use crate::source::{Diagnostic, Location, Spanned};

impl Options {
    /// Takes over what other files or layers say.
    ///
    /// Lists keep their order, the first of equal entries stays. What cannot
    /// hold together is an error that names both places; `self` keeps its own
    /// value then.
    pub fn unite(&mut self, other: Options) -> Result<(), Diagnostic> {
        let united = self.append(other);
        self.tidy();
        united.and_then(|()| self.check())
    }

    /// As [`unite`](Self::unite), with neither tidying nor checking: to be
    /// done once at the end, as one file may hold thousands of options.
    pub(super) fn append(&mut self, other: Options) -> Result<(), Diagnostic> {
        let mut conflict = None;
        match (&self.index_url, other.index_url) {
            (Some(mine), Some(theirs)) if mine.url != theirs.url => {
                conflict = Some(two_indexes(mine, &theirs));
            }
            (None, theirs) => self.index_url = theirs,
            (Some(_), _) => {}
        }
        self.extra_index_urls.extend(other.extra_index_urls);
        self.find_links.extend(other.find_links);
        choose(&mut self.only_binary, other.only_binary);
        choose(&mut self.no_binary, other.no_binary);
        self.trusted_hosts.extend(other.trusted_hosts);
        for (mine, theirs) in [
            (&mut self.no_index, other.no_index),
            (&mut self.pre, other.pre),
            (&mut self.prefer_binary, other.prefer_binary),
            (&mut self.require_hashes, other.require_hashes),
        ] {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        conflict.map_or(Ok(()), Err)
    }

    /// Equal entries once, the first of them, nothing reordered.
    pub(crate) fn tidy(&mut self) {
        once(&mut self.extra_index_urls, |index| index.url.key());
        once(&mut self.find_links, |links| {
            without_slash(links.value.as_str())
        });
        once(&mut self.only_binary, |name| &name.value);
        once(&mut self.no_binary, |name| &name.value);
        once(&mut self.trusted_hosts, |host| &host.value);
    }

    /// A package cannot be taken only as a wheel and never as one. pip lets
    /// the later option win; between layers there is no later one.
    pub(super) fn check(&self) -> Result<(), Diagnostic> {
        let only: BTreeMap<&str, &Location> = self
            .only_binary
            .iter()
            .map(|name| (name.value.as_str(), &name.location))
            .collect();
        for name in &self.no_binary {
            if let Some(place) = only.get(name.value.as_str()) {
                return Err(Diagnostic::error(format!(
                    "--only-binary (at {place:?}) and --no-binary both name `{}`",
                    name.value
                ))
                .at(name.location.clone())
                .label("never as a wheel")
                .related((*place).clone(), "only as a wheel")
                .help("keep one of the two"));
            }
        }
        Ok(())
    }
}

fn two_indexes(mine: &Index, theirs: &Index) -> Diagnostic {
    let places = [mine, theirs].map(|index| match &index.location {
        Some(place) => format!("{place:?}"),
        None => index.url.to_string(),
    });
    let [first, second] = places;
    let mut diagnostic = Diagnostic::error(format!(
        "two different URLs are given with --index-url, at {first} and at {second}"
    ))
    .help(
        "all layers are resolved together, so there is one index that replaces PyPI: \
             keep one of them and make the other an --extra-index-url",
    );
    if let Some(place) = &theirs.location {
        diagnostic = diagnostic.at(place.clone()).label("replaces PyPI");
    }
    if let Some(place) = &mine.location {
        diagnostic = diagnostic.related(place.clone(), "so does this one");
    }
    diagnostic
}

/// `:none:` forgets what was named before, as in pip.
fn choose(mine: &mut Vec<Spanned<String>>, theirs: Vec<Spanned<String>>) {
    for name in theirs {
        if name.value == ":none:" {
            mine.clear();
        } else {
            mine.push(name);
        }
    }
}

/// A page is the same with and without a slash at its end.
fn without_slash(url: &str) -> &str {
    url.trim_end_matches('/')
}

fn once<T>(list: &mut Vec<T>, key: fn(&T) -> &str) {
    let mut seen = BTreeSet::new();
    list.retain(|entry| seen.insert(key(entry).to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Diagnostics, SourceFile};

    fn value(file: &SourceFile, line: usize) -> Spanned<String> {
        let text = file.line(line);
        let start = text.as_ptr() as usize - file.text().as_ptr() as usize;
        let at = text.find(' ').map_or(0, |at| at + 1);
        Spanned::new(
            text[at..].to_owned(),
            file.at(start + at..start + text.len()),
        )
    }

    fn index(file: &SourceFile, line: usize) -> Index {
        let Spanned { value, location } = value(file, line);
        Index {
            url: value.into(),
            location: Some(location),
        }
    }

    #[test]
    fn contradicting_indexes_name_both_places() {
        let torch = SourceFile::new(
            "requirements/cpu.txt",
            "--index-url https://a.example/simple\n",
        );
        let app = SourceFile::new(
            "requirements/app.txt",
            "# ours\n--index-url https://b.example/simple\n",
        );
        let mut options = Options {
            index_url: Some(index(&torch, 1)),
            ..Options::default()
        };
        let other = Options {
            index_url: Some(index(&app, 2)),
            extra_index_urls: vec![index(&torch, 1)],
            ..Options::default()
        };
        let error = options.unite(other).unwrap_err();
        insta::assert_snapshot!(Diagnostics::from(error).render());
        assert_eq!(options.index_url, Some(index(&torch, 1)));
        assert_eq!(options.extra_index_urls.len(), 1, "the rest is united");
    }

    #[test]
    fn equal_entries_stand_once_in_the_first_order() {
        let file = SourceFile::new("a", "- https://b/\n- https://a\n- https://b\n");
        let list = |lines: &[usize]| lines.iter().map(|line| index(&file, *line)).collect();
        let mut options = Options {
            extra_index_urls: list(&[1, 2]),
            ..Options::default()
        };
        let other = Options {
            extra_index_urls: list(&[3, 2]),
            ..Options::default()
        };
        options.unite(other).unwrap();
        let urls: Vec<&str> = options
            .extra_index_urls
            .iter()
            .map(|u| u.url.as_str())
            .collect();
        assert_eq!(urls, ["https://b/", "https://a"]);
    }

    #[test]
    fn wheels_only_and_never() {
        let file = SourceFile::new(
            "a.txt",
            "--only-binary numpy\n--no-binary numpy\n--no-binary :none:\n",
        );
        let mut options = Options {
            only_binary: vec![value(&file, 1)],
            ..Options::default()
        };
        let never = Options {
            no_binary: vec![value(&file, 2)],
            ..Options::default()
        };
        let error = options.unite(never).unwrap_err();
        insta::assert_snapshot!(Diagnostics::from(error).render());
        let none = Options {
            no_binary: vec![value(&file, 3)],
            ..Options::default()
        };
        options.unite(none).unwrap();
        assert!(options.no_binary.is_empty());
    }
}
