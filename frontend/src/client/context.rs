//! The build context: where the files of the project come from.

use super::{CONTEXT, Options};
use crate::source::Diagnostic;

/// The kinds of build contexts: `frontend/dockerui/context.go` in BuildKit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildContext {
    /// A directory of the client: `docker buildx build .`
    Local,
    /// A graph that the client hands over as its input `context`.
    Input,
    /// A git repository.
    Git(String),
    /// A file or an archive to download.
    Http(String),
}

impl BuildContext {
    /// The one that the client asks for.
    pub fn of(options: &Options) -> Self {
        match &options.context {
            Some(url) if super::named_context::is_git_url(url) => Self::Git(url.clone()),
            Some(url) => Self::Http(url.clone()),
            None if options.inputs.get(CONTEXT).is_some() => Self::Input,
            None => Self::Local,
        }
    }

    /// Rejects those that lamina cannot read yet.
    pub fn check(&self) -> Result<(), Diagnostic> {
        let (url, help) = match self {
            Self::Local | Self::Input => return Ok(()),
            Self::Git(url) => (url, "clone the repository, and build the directory"),
            Self::Http(url) => (url, "download it, and build the directory"),
        };
        let message = format!("a remote build context (`{url}`) is not available yet");
        Err(Diagnostic::error(message).help(help))
    }

    /// Whether an ignore file excludes some of it.
    pub fn has_ignore_file(&self) -> bool {
        *self == Self::Local
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_contexts_are_errors() {
        let of = |url: &str| {
            BuildContext::of(&Options {
                context: Some(url.to_owned()),
                ..Options::default()
            })
        };
        for url in [
            "https://example.com/project.git#main:sub",
            "git@example.com:project",
            "git://example.com/project",
            "ssh://git@example.com/project",
            "github.com/org/project",
        ] {
            assert_eq!(of(url), BuildContext::Git(url.to_owned()));
            assert!(of(url).check().is_err());
        }
        let url = "http://buildkit-session/abc";
        assert_eq!(of(url), BuildContext::Http(url.to_owned()));
        assert!(of(url).check().is_err());
        let local = BuildContext::of(&Options::default());
        assert!(local.has_ignore_file() && local.check().is_ok());
    }
}
