//! Mirrors: prefixes of URLs that are rewritten wherever they occur.

use super::set::merged;
use super::{FindLinks, GitSource, IndexUrl, Requirement, RequirementSet, RequirementSource};

/// The URL at its mirror: the longest prefix wins, the first of equal ones.
///
/// A prefix ends where a part of the path ends: `https://host/a` is one of
/// `https://host/a/b`, not of `https://host/ab`. A slash at its end makes no
/// difference. Scheme and host are compared without case, a `git+` in front
/// is kept.
pub fn rewrite(url: &str, mirrors: &[(String, String)]) -> String {
    let (vcs, plain) = match url.strip_prefix("git+") {
        Some(plain) => ("git+", plain),
        None => ("", url),
    };
    let mut best: Option<(&str, &str)> = None;
    for (from, to) in mirrors {
        let from = from.trim_end_matches('/');
        if best.is_none_or(|(longest, _)| from.len() > longest.len()) && covers(from, plain) {
            best = Some((from, to.trim_end_matches('/')));
        }
    }
    match best {
        Some((from, to)) => format!("{vcs}{to}{}", &plain[from.len()..]),
        None => url.to_owned(),
    }
}

/// Whether a mirror of a prefix applies to a URL, see [`rewrite`].
pub(crate) fn covers(prefix: &str, url: &str) -> bool {
    let Some((start, rest)) = url.split_at_checked(prefix.len()) else {
        return false;
    };
    // As bytes: the end of the prefix's host may lie within a character here.
    let (host, path) = prefix.as_bytes().split_at(host_end(prefix));
    let (url_host, url_path) = start.as_bytes().split_at(host.len());
    !prefix.is_empty()
        && url_host.eq_ignore_ascii_case(host)
        && url_path == path
        && (rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// Where scheme and host end and the path begins.
fn host_end(url: &str) -> usize {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let length = url[authority..].find('/');
    length.map_or(url.len(), |length| authority + length)
}

impl IndexUrl {
    /// The URL at its mirror, see [`rewrite`].
    pub fn mirrored(&self, mirrors: &[(String, String)]) -> Self {
        rewrite(self.as_str(), mirrors).into()
    }
}

impl RequirementSet {
    /// Rewrites every URL in it: indexes, find-links and direct references.
    pub fn mirror(&mut self, mirrors: &[(String, String)]) {
        if mirrors.is_empty() {
            return;
        }
        for list in [&mut self.requirements, &mut self.constraints] {
            for requirement in list.iter_mut() {
                requirement.mirror(mirrors);
            }
            *list = merged(std::mem::take(list));
        }
        let options = &mut self.options;
        let replaced = options.index_url.iter_mut();
        for index in replaced.chain(&mut options.extra_index_urls) {
            index.url = index.url.mirrored(mirrors);
        }
        for links in &mut options.find_links {
            if let FindLinks::Page(url) = &mut links.value {
                *url = rewrite(url, mirrors);
            }
        }
        options.tidy();
    }
}

impl Requirement {
    fn mirror(&mut self, mirrors: &[(String, String)]) {
        match &mut self.source {
            RequirementSource::Url(url) => *url = rewrite(url, mirrors),
            RequirementSource::Git(url) => {
                *url = GitSource::parse(&rewrite(&url.to_string(), mirrors));
            }
            RequirementSource::Registry(_) | RequirementSource::Path(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrors() -> Vec<(String, String)> {
        [
            (
                "https://download.pytorch.org",
                "https://nexus.example/pytorch",
            ),
            (
                "https://download.pytorch.org/whl/cpu/",
                "http://near.example/cpu/",
            ),
            ("https://github.com/org", "https://git.example/mirror"),
        ]
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .to_vec()
    }

    #[test]
    fn the_longest_prefix_wins_at_path_boundaries() {
        for (url, expected) in [
            (
                "https://download.pytorch.org/whl/cu118",
                "https://nexus.example/pytorch/whl/cu118",
            ),
            (
                "https://download.pytorch.org",
                "https://nexus.example/pytorch",
            ),
            (
                "https://download.pytorch.org/",
                "https://nexus.example/pytorch/",
            ),
            (
                "https://download.pytorch.org?x",
                "https://nexus.example/pytorch?x",
            ),
            (
                "HTTPS://Download.PyTorch.org/a",
                "https://nexus.example/pytorch/a",
            ),
            (
                "https://download.pytorch.org/whl/cpu/torch",
                "http://near.example/cpu/torch",
            ),
            (
                "https://download.pytorch.org/whl/cpu",
                "http://near.example/cpu",
            ),
            (
                "https://download.pytorch.org/whl/cpu2",
                "https://nexus.example/pytorch/whl/cpu2",
            ),
            (
                "https://download.pytorch.org/whl/CPU",
                "https://nexus.example/pytorch/whl/CPU",
            ),
            (
                "https://download.pytorch.orgs/a",
                "https://download.pytorch.orgs/a",
            ),
            (
                "https://download.pytorch.org:1/a",
                "https://download.pytorch.org:1/a",
            ),
            (
                "https://download.pytorch.org@b/a",
                "https://download.pytorch.org@b/a",
            ),
            (
                "git+https://github.com/org/repo.git@v1#subdirectory=a",
                "git+https://git.example/mirror/repo.git@v1#subdirectory=a",
            ),
            ("wheels", "wheels"),
            ("", ""),
            ("ä", "ä"),
            (
                "https://download.pytorch.or\u{e9}",
                "https://download.pytorch.or\u{e9}",
            ),
        ] {
            assert_eq!(rewrite(url, &mirrors()), expected, "{url}");
        }
    }

    #[test]
    fn ignores_prefixes_that_are_not_urls() {
        let prefixes = [("", "x"), ("/", "x"), ("ä", "x"), ("https://é", "x")]
            .map(|(from, to)| (from.to_owned(), to.to_owned()));
        for url in ["https://a/b", "https://èa", "/a", "", "ö"] {
            assert_eq!(rewrite(url, &prefixes), url);
        }
    }
}
