//! Options of requirement files as arguments of the installers.

use super::origins::link_place;
use crate::python::{FormatTarget, IndexUrl, Options, PackageName, Pin};
use crate::stub::Installer;

/// For the resolution: all of them, in uv's spelling. The search over several
/// indexes is pip's, since the files are.
pub(super) fn resolve_arguments(options: &Options) -> Vec<String> {
    let mut list = Arguments::new(Installer::Uv);
    list.indexes(options, |_| true);
    list.links(options);
    list.formats(options, |_| true);
    if options.pre.is_some() {
        list.pair("--prerelease", "allow");
    }
    list.0
}

/// For the installation of a slice: what its pins need, and nothing else, so
/// that an index of one layer is not a reason to install another again.
pub(super) fn install_arguments(
    installer: Installer,
    options: &Options,
    slice: &[Pin],
) -> Vec<String> {
    let mut list = Arguments::new(installer);
    let uses = |url: &IndexUrl| slice.iter().any(|pin| pin.index.as_ref() == Some(url));
    list.indexes(options, uses);
    let is_extra = |index: &IndexUrl| options.extra_index_urls.iter().any(|it| it.url == *index);
    // Packages from a find-links page have no index, or the page itself as theirs.
    let default = IndexUrl::from(options.default_index());
    let elsewhere = slice.iter().any(|pin| match &pin.index {
        Some(index) => *index != default && !is_extra(index),
        None => pin.reference().is_none(),
    });
    if elsewhere {
        list.links(options);
    }
    list.formats(options, |name| {
        slice.iter().any(|pin| pin.name.as_ref() == Some(name))
    });
    list.0
}

struct Arguments(Vec<String>, Installer);

impl Arguments {
    fn new(installer: Installer) -> Self {
        Self(Vec::new(), installer)
    }

    fn pair(&mut self, flag: &str, value: &str) {
        self.0.extend([flag.to_owned(), value.to_owned()]);
    }

    fn each<'a>(&mut self, flag: &str, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            self.pair(flag, value);
        }
    }

    fn indexes(&mut self, options: &Options, wanted: impl Fn(&IndexUrl) -> bool) {
        let (default, extra, trusted) = match self.1 {
            Installer::Uv => ("--default-index", "--index", "--allow-insecure-host"),
            Installer::Pip => ("--index-url", "--extra-index-url", "--trusted-host"),
        };
        if options.no_index.is_some() {
            self.0.push("--no-index".to_owned());
        } else {
            // Also where nothing of it is used: without it there is PyPI.
            self.each(
                default,
                options.index_url.iter().map(|index| index.url.as_str()),
            );
            let urls = options.extra_index_urls.iter().map(|index| &index.url);
            let urls = urls.filter(|url| wanted(url)).map(IndexUrl::as_str);
            let urls: Vec<&str> = urls.collect();
            if self.1 == Installer::Uv && !urls.is_empty() {
                self.pair("--index-strategy", "unsafe-best-match");
            }
            self.each(extra, urls);
        }
        self.each(
            trusted,
            options.trusted_hosts.iter().map(|host| host.value.as_str()),
        );
    }

    fn links(&mut self, options: &Options) {
        for (number, link) in options.find_links.iter().enumerate() {
            self.pair("--find-links", &link_place(number, &link.value));
        }
    }

    /// `:all:` goes first: behind a name, it would forget the name in pip.
    fn formats(&mut self, options: &Options, wanted: impl Fn(&PackageName) -> bool) {
        let wanted = |target: &&FormatTarget| match target {
            FormatTarget::Package(name) => wanted(name),
            FormatTarget::All | FormatTarget::None => true,
        };
        let only = options
            .formats
            .only_binary()
            .map(|it| ("--only-binary", it));
        let never = options.formats.no_binary().map(|it| ("--no-binary", it));
        let given = only.chain(never).filter(|(_, target)| wanted(target));
        let (all, named): (Vec<_>, Vec<_>) =
            given.partition(|(_, target)| matches!(target, FormatTarget::All));
        for (flag, target) in all.into_iter().chain(named) {
            self.pair(flag, &target.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{FindLinks, Format, FormatChange, FormatControl, Index};
    use crate::source::{SourceFile, Spanned};

    fn spanned(text: &str) -> Spanned<String> {
        Spanned::new(
            text.to_owned(),
            SourceFile::new("r.txt", text).at(0..text.len()),
        )
    }

    fn pin(text: &str, index: Option<&str>) -> Pin {
        Pin {
            index: index.map(IndexUrl::from),
            ..text.parse().unwrap()
        }
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
    fn a_slice_gets_the_options_that_it_needs() {
        let slice = [pin("torch==2", Some("https://one/whl/cpu"))];
        assert_eq!(
            install_arguments(Installer::Uv, &options(), &slice),
            [
                "--index-strategy",
                "unsafe-best-match",
                "--index",
                "https://one/whl/cpu/",
                "--only-binary",
                "torch"
            ]
        );
        let slice = [pin("six==1", Some("https://pypi.org/simple"))];
        assert!(install_arguments(Installer::Uv, &options(), &slice).is_empty());
        let slice = [pin("linked==1", None), pin("url @ https://x/y.whl", None)];
        assert_eq!(
            install_arguments(Installer::Pip, &options(), &slice),
            ["--find-links", "https://links/page.html"]
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
