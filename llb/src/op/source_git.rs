//! Git repositories.

use crate::attr;
use crate::caps::Cap;
use crate::op::git_url::GitUrl;
use crate::op::source::{Source, source_methods};

/// A commit of a git repository; made by [`Source::git`].
#[derive(Clone, Debug)]
pub struct GitSource {
    inner: Source,
    url: GitUrl,
    reference: String,
    subdir: String,
}

source_methods!(GitSource);

impl GitSource {
    pub(crate) fn new(url: GitUrl) -> Self {
        let mut inner = Source::with_identifier(format!("{}{}", attr::GIT, url.place()));
        inner.set(attr::GIT_FULL_URL, url.remote());
        inner.set(attr::GIT_AUTH_HEADER, attr::GIT_AUTH_HEADER_DEFAULT);
        inner.set(attr::GIT_AUTH_TOKEN, attr::GIT_AUTH_TOKEN_DEFAULT);
        if url.is_ssh() {
            inner.set(attr::GIT_SSH_SOCKET, attr::GIT_SSH_SOCKET_DEFAULT);
            // Go declares this with hosts and without.
            inner = inner.require(Cap::SOURCE_GIT_KNOWN_HOSTS);
        }
        Self {
            inner,
            url,
            reference: String::new(),
            subdir: String::new(),
        }
    }

    /// The branch, tag or commit; the default branch otherwise.
    pub fn reference(mut self, reference: &str) -> Self {
        reference.clone_into(&mut self.reference);
        self.identify()
    }

    /// The directory of the repository that becomes the tree.
    pub fn subdir(mut self, path: &str) -> Self {
        path.trim_matches('/').clone_into(&mut self.subdir);
        self.identify()
    }

    /// Keeps the `.git` directory.
    pub fn keep_git_dir(mut self) -> Self {
        self.inner.set(attr::GIT_KEEP_DIR, attr::TRUE);
        self
    }

    /// The commit, or the start of it, that the reference must lead to.
    pub fn checksum(mut self, commit: &str) -> Self {
        self.inner.set(attr::GIT_CHECKSUM, commit);
        self
    }

    /// Leaves submodules out.
    pub fn skip_submodules(mut self) -> Self {
        self.inner.set(attr::GIT_SKIP_SUBMODULES, attr::TRUE);
        self
    }

    /// The secret with the whole authorisation header.
    pub fn auth_header_secret(mut self, id: &str) -> Self {
        self.inner.set(attr::GIT_AUTH_HEADER, id);
        self
    }

    /// The secret with the token.
    pub fn auth_token_secret(mut self, id: &str) -> Self {
        self.inner.set(attr::GIT_AUTH_TOKEN, id);
        self
    }

    /// Lines of a `known_hosts` file, for SSH. Without them the daemon trusts
    /// whatever host answers.
    pub fn known_ssh_hosts(mut self, lines: &str) -> Self {
        let lines = lines.trim_end_matches('\n');
        self.inner.set(attr::GIT_KNOWN_HOSTS, format!("{lines}\n"));
        self
    }

    /// The SSH agent of the client; `default` otherwise.
    pub fn ssh_agent(mut self, id: &str) -> Self {
        self.inner.set(attr::GIT_SSH_SOCKET, id);
        self
    }

    /// Files bear the time of the commit.
    pub fn commit_times(mut self) -> Self {
        self.inner.set(attr::GIT_MTIME, attr::GIT_MTIME_COMMIT);
        self
    }

    /// Fetches the commit of [`Self::checksum`] without asking where the
    /// reference leads.
    pub fn fetch_by_commit(mut self) -> Self {
        self.inner.set(attr::GIT_FETCH_BY_COMMIT, attr::TRUE);
        self
    }

    /// The commit, or an annotated tag that leads to it, must bear this signature.
    pub fn signature(mut self, signature: &GitSignature) -> Self {
        let switch = |on: bool| if on { attr::TRUE } else { "" };
        let GitSignature {
            public_key,
            reject_expired,
            tag,
        } = signature;
        self.inner.set(attr::GIT_SIGNATURE_KEY, public_key);
        self.inner
            .set(attr::GIT_SIGNATURE_REJECT_EXPIRED, switch(*reject_expired));
        self.inner.set(
            attr::GIT_SIGNATURE_REQUIRE_TAG,
            switch(*tag == Tag::Required),
        );
        self.inner
            .set(attr::GIT_SIGNATURE_IGNORE_TAG, switch(*tag == Tag::Ignored));
        self
    }

    fn identify(mut self) -> Self {
        let mut identifier = format!("{}{}", attr::GIT, self.url.place());
        if !self.reference.is_empty() || !self.subdir.is_empty() {
            identifier.push('#');
            identifier.push_str(&self.reference);
        }
        if !self.subdir.is_empty() {
            identifier.push(':');
            identifier.push_str(&self.subdir);
        }
        self.inner = self.inner.renamed(identifier);
        self
    }
}

/// Whose signature a git source must bear, and where.
///
/// A good signature of the tag will do, and else one of the commit, unless told
/// otherwise. Daemons know signatures since BuildKit 0.26; Go's client sets none,
/// they come from source policies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSignature {
    public_key: String,
    reject_expired: bool,
    tag: Tag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Accepted,
    Required,
    Ignored,
}

impl GitSignature {
    /// A signature by this public key: armoured PGP, or a line as SSH's
    /// `authorized_keys` has it.
    pub fn by(public_key: impl Into<String>) -> Self {
        Self {
            public_key: public_key.into(),
            reject_expired: false,
            tag: Tag::Accepted,
        }
    }

    /// Not by a key that has expired.
    pub fn reject_expired_keys(mut self) -> Self {
        self.reject_expired = true;
        self
    }

    /// It must be the tag that is signed.
    pub fn require_signed_tag(mut self) -> Self {
        self.tag = Tag::Required;
        self
    }

    /// It must be the commit that is signed, whatever the tag is.
    pub fn ignore_signed_tag(mut self) -> Self {
        self.tag = Tag::Ignored;
        self
    }
}
