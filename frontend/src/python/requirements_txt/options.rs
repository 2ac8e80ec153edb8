//! Merges the options of several lines, files and layers.

use std::collections::BTreeSet;

use crate::python::{Index, Options};
use crate::source::Diagnostic;

impl Options {
    /// Takes over what other files or layers say.
    ///
    /// Lists keep their order, the first of equal entries stays. What cannot
    /// hold together is an error that names both places; `self` keeps its own
    /// value then.
    pub fn unite(&mut self, other: Options) -> Result<(), Diagnostic> {
        let united = self.append(other);
        self.tidy();
        united
    }

    /// As [`unite`](Self::unite), without tidying, which is
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
        if let Err(contradiction) = self.formats.unite(other.formats) {
            conflict.get_or_insert(contradiction);
        }
        self.trusted_hosts.extend(other.trusted_hosts);
        for (mine, theirs) in [
            (&mut self.no_index, other.no_index),
            (&mut self.pre, other.pre),
            (&mut self.require_hashes, other.require_hashes),
        ] {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        conflict.map_or(Ok(()), Err)
    }

    /// Removes equal entries behind the first one; the order stays.
    pub(crate) fn tidy(&mut self) {
        once(&mut self.extra_index_urls, |index| index.url.key());
        once(&mut self.find_links, |links| {
            without_slash(links.value.as_str())
        });
        once(&mut self.trusted_hosts, |host| &host.value);
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
    use crate::source::{Diagnostics, SourceFile, Spanned};

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
}
