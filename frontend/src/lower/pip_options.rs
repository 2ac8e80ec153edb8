//! Options of requirement files as arguments of the installers.

use super::origins::link_place;
use crate::python::{FormatTarget, Options};

/// For the resolution: all of them, in uv's spelling. The search over several
/// indexes is pip's, since the files are.
pub(super) fn resolve_arguments(options: &Options) -> Vec<String> {
    let mut list = Arguments::default();
    list.indexes(options);
    let trusted = options.trusted_hosts.iter();
    list.each(
        "--allow-insecure-host",
        trusted.map(|host| host.value.as_str()),
    );
    list.links(options);
    list.formats(options);
    if options.pre.is_some() {
        list.pair("--prerelease", "allow");
    }
    list.0
}

/// For the build of a wheel: where its own requirements come from.
///
/// Indexes are asked in turn, the default one last, and the first that has a
/// package is the only one for it. There are no credentials, so an index that
/// requires them is an error, and no package of another index takes its place.
pub(super) fn build_arguments(options: &Options) -> Vec<String> {
    let mut list = Arguments::default();
    if options.no_index.is_some() {
        list.0.push("--no-index".to_owned());
    } else {
        let default = options.index_url.iter();
        list.each("--default-index", default.map(|index| index.url.as_str()));
        let explicit = options.explicit.iter().map(|it| &it.index);
        let others = explicit.chain(&options.extra_index_urls);
        list.each("--index", others.map(|index| index.url.as_str()));
    }
    list.links(options);
    list.0
}

#[derive(Default)]
struct Arguments(Vec<String>);

impl Arguments {
    fn pair(&mut self, flag: &str, value: &str) {
        self.0.extend([flag.to_owned(), value.to_owned()]);
    }

    fn each<'a>(&mut self, flag: &str, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            self.pair(flag, value);
        }
    }

    fn indexes(&mut self, options: &Options) {
        if options.no_index.is_some() {
            self.0.push("--no-index".to_owned());
        } else {
            let default = options.index_url.iter();
            self.each("--default-index", default.map(|index| index.url.as_str()));
            if !options.extra_index_urls.is_empty() {
                self.pair("--index-strategy", "unsafe-best-match");
            }
            let extra = options.extra_index_urls.iter();
            self.each("--index", extra.map(|index| index.url.as_str()));
        }
    }

    fn links(&mut self, options: &Options) {
        for (number, link) in options.find_links.iter().enumerate() {
            self.pair("--find-links", &link_place(number, &link.value));
        }
    }

    /// `:all:` goes first: after a name, it would make pip forget that name.
    fn formats(&mut self, options: &Options) {
        let only = options
            .formats
            .only_binary()
            .map(|it| ("--only-binary", it));
        let never = options.formats.no_binary().map(|it| ("--no-binary", it));
        let (all, named): (Vec<_>, Vec<_>) = only
            .chain(never)
            .partition(|(_, target)| matches!(target, FormatTarget::All));
        for (flag, target) in all.into_iter().chain(named) {
            self.pair(flag, &target.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::FindLinks;
    use crate::python::{ExplicitIndex, Format, FormatChange, FormatControl, Index};
    use crate::source::{SourceFile, Spanned};

    fn spanned(text: &str) -> Spanned<String> {
        Spanned::new(
            text.to_owned(),
            SourceFile::new("r.txt", text).at(0..text.len()),
        )
    }

    fn extra(url: &str) -> Index {
        Index {
            url: url.into(),
            location: None,
        }
    }

    fn formats() -> FormatControl {
        let mut formats = FormatControl::default();
        formats.apply(FormatChange {
            format: Format::Wheel,
            targets: ["torch", "numpy"].map(|it| it.parse().unwrap()).into(),
            location: spanned("").location,
        });
        formats
    }

    fn options() -> Options {
        Options {
            extra_index_urls: vec![extra("https://one/whl/cpu/"), extra("https://two/simple")],
            find_links: vec![Spanned::new(
                FindLinks::Page("https://links/page.html".to_owned()),
                spanned("").location,
            )],
            formats: formats(),
            ..Options::default()
        }
    }

    #[test]
    fn builds_get_what_says_where_packages_are() {
        let mut options = options();
        let directory = FindLinks::Directory("wheels".to_owned());
        options
            .find_links
            .push(Spanned::new(directory, spanned("").location));
        options.explicit.push(ExplicitIndex {
            index: extra("https://private/simple"),
            packages: vec!["own".to_owned()],
        });
        assert_eq!(
            build_arguments(&options).join(" "),
            "--index https://private/simple --index https://one/whl/cpu/ \
             --index https://two/simple --find-links https://links/page.html \
             --find-links /lamina/sources/links/1"
        );
    }

    #[test]
    fn the_resolution_gets_all() {
        assert_eq!(
            resolve_arguments(&options()).join(" "),
            "--index-strategy unsafe-best-match --index https://one/whl/cpu/ \
             --index https://two/simple --find-links https://links/page.html \
             --only-binary numpy --only-binary torch"
        );
    }
}
