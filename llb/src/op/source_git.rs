//! Git repositories.

use crate::attr;
use crate::caps::Cap;
use crate::op::blob_reference::BlobReference;
use crate::op::git_url::GitUrl;
use crate::op::source::Source;
use crate::op::source_methods::source_methods;

/// A commit of a git repository; made by [`Source::git`].
#[derive(Clone, Debug)]
pub struct GitSource {
    inner: Source,
    url: GitUrl,
    reference: String,
    subdir: String,
    known_hosts: String,
    agent: String,
    auth: Auth,
}

/// The names of the secrets for authentication over HTTP.
#[derive(Clone, Debug)]
struct Auth {
    header: String,
    token: String,
    /// Whether a name was set, which needs a capability.
    set: bool,
}

source_methods!(GitSource, complete);

impl GitSource {
    pub(crate) fn new(url: GitUrl) -> Self {
        Self {
            inner: Source::with_identifier(String::new()),
            url,
            reference: String::new(),
            subdir: String::new(),
            known_hosts: String::new(),
            agent: String::new(),
            auth: Auth {
                header: attr::GIT_AUTH_HEADER_DEFAULT.to_owned(),
                token: attr::GIT_AUTH_TOKEN_DEFAULT.to_owned(),
                set: false,
            },
        }
    }

    /// The branch, tag or commit; the default branch if none is set.
    #[doc(alias = "GitRef")]
    pub fn reference(mut self, reference: &str) -> Self {
        reference.clone_into(&mut self.reference);
        self
    }

    /// The directory of the repository that becomes the tree, as it is given.
    #[doc(alias = "GitSubDir")]
    pub fn subdir(mut self, path: &str) -> Self {
        path.clone_into(&mut self.subdir);
        self
    }

    /// Reference and directory from `reference:directory`, as the fragment of
    /// Docker's git URLs has them. An empty part changes nothing; the directory is
    /// cleaned.
    pub fn fragment(mut self, fragment: &str) -> Self {
        let (reference, path) = fragment.split_once(':').unwrap_or((fragment, ""));
        if !reference.is_empty() {
            self = self.reference(reference);
        }
        let mut parts = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        if parts.is_empty() {
            return self;
        }
        self.subdir(&parts.join("/"))
    }

    /// Keeps the `.git` directory.
    #[doc(alias = "KeepGitDir")]
    pub fn keep_git_dir(mut self) -> Self {
        self.inner.set(attr::GIT_KEEP_DIR, attr::TRUE);
        self
    }

    /// The commit, or the start of its hash, that the reference must resolve to.
    #[doc(alias = "GitChecksum")]
    pub fn checksum(mut self, commit: &str) -> Self {
        self.inner.set(attr::GIT_CHECKSUM, commit);
        self
    }

    /// Leaves submodules out.
    #[doc(alias = "GitSkipSubmodules")]
    pub fn skip_submodules(mut self) -> Self {
        self.inner.set(attr::GIT_SKIP_SUBMODULES, attr::TRUE);
        self
    }

    /// The id of the secret with the whole `Authorization` header;
    /// `GIT_AUTH_HEADER` if none is set, no secret if it is empty.
    #[doc(alias = "AuthHeaderSecret")]
    pub fn auth_header_secret(mut self, id: &str) -> Self {
        id.clone_into(&mut self.auth.header);
        self.auth.set = true;
        self
    }

    /// The id of the secret with the token; `GIT_AUTH_TOKEN` if none is set, no
    /// secret if it is empty.
    #[doc(alias = "AuthTokenSecret")]
    pub fn auth_token_secret(mut self, id: &str) -> Self {
        id.clone_into(&mut self.auth.token);
        self.auth.set = true;
        self
    }

    /// Adds lines of a `known_hosts` file. Only SSH remotes have them; without
    /// them the daemon trusts whatever host answers.
    #[doc(alias = "KnownSSHHosts")]
    pub fn known_ssh_hosts(mut self, lines: &str) -> Self {
        let lines = lines.strip_suffix('\n').unwrap_or(lines);
        self.known_hosts.push_str(lines);
        self.known_hosts.push('\n');
        self
    }

    /// The SSH agent of the client, for SSH remotes; `default` if none is set.
    #[doc(alias = "MountSSHSock")]
    pub fn ssh_agent(mut self, id: &str) -> Self {
        id.clone_into(&mut self.agent);
        self
    }

    /// Sets the modification time of files to the time of the commit.
    #[doc(alias = "GitMTimeCommit")]
    pub fn commit_times(mut self) -> Self {
        self.inner.set(attr::GIT_MTIME, attr::GIT_MTIME_COMMIT);
        self
    }

    /// Sets the modification time of files to the time of the checkout, which is
    /// also the default.
    #[doc(alias = "GitMTime")]
    pub fn checkout_times(mut self) -> Self {
        self.inner.set(attr::GIT_MTIME, attr::GIT_MTIME_CHECKOUT);
        self
    }

    /// Fetches the commit of [`Self::checksum`] without resolving the reference.
    /// BuildKit v0.30 or later.
    #[doc(alias = "GitFetchByCommit")]
    pub fn fetch_by_commit(mut self) -> Self {
        self.inner.set(attr::GIT_FETCH_BY_COMMIT, attr::TRUE);
        self
    }

    /// Imports the commit of [`Self::checksum`], which is required, from a bundle
    /// instead of the remote. BuildKit v0.30 or later.
    #[doc(alias = "GitBundleURL")]
    #[doc(alias = "GitBundleOCIStore")]
    pub fn bundle(mut self, bundle: &GitBundle) -> Self {
        self.inner.set(attr::GIT_BUNDLE, &bundle.locator);
        self.inner.set(attr::OCI_SESSION, &bundle.session);
        self.inner.set(attr::OCI_STORE, &bundle.store);
        self
    }

    /// Gives a bundle with the commit, as a file named `bundle`, instead of its
    /// tree. BuildKit v0.30 or later.
    #[doc(alias = "GitCheckoutBundle")]
    pub fn checkout_bundle(mut self) -> Self {
        self.inner.set(attr::GIT_CHECKOUT_BUNDLE, attr::TRUE);
        self
    }

    /// Requires a signature of the commit, or of an annotated tag that leads to it.
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

    /// The source with what depends on several options.
    fn complete(self) -> Source {
        let mut identifier = format!("{}{}", attr::GIT, self.url.place());
        if !self.reference.is_empty() || !self.subdir.is_empty() {
            identifier.push('#');
            identifier.push_str(&self.reference);
        }
        if !self.subdir.is_empty() {
            identifier.push(':');
            identifier.push_str(&self.subdir);
        }
        let mut source = self.inner.renamed(identifier);
        source.set(attr::GIT_FULL_URL, self.url.remote());
        let Auth { header, token, set } = self.auth;
        let needs_auth = set && !(header.is_empty() && token.is_empty());
        source.set(attr::GIT_AUTH_HEADER, header);
        source.set(attr::GIT_AUTH_TOKEN, token);
        if needs_auth {
            source = source.require(Cap::SOURCE_GIT_HTTP_AUTH);
        }
        // Go leaves these out for other remotes, even if they are set.
        if self.url.is_ssh() {
            source.set(attr::GIT_KNOWN_HOSTS, self.known_hosts);
            let agent = match &*self.agent {
                "" => attr::GIT_SSH_SOCKET_DEFAULT,
                agent => agent,
            };
            source.set(attr::GIT_SSH_SOCKET, agent);
            // Go declares this with hosts and without.
            source = source.require(Cap::SOURCE_GIT_KNOWN_HOSTS);
        }
        source
    }
}

/// A git bundle that is stored as a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitBundle {
    locator: String,
    session: String,
    store: String,
}

impl GitBundle {
    /// A bundle in a registry.
    pub fn image_blob(reference: &BlobReference) -> Self {
        Self {
            locator: format!("{}{reference}", attr::IMAGE_BLOB),
            session: String::new(),
            store: String::new(),
        }
    }

    /// A bundle in an OCI layout. Its store is named by the reference, unless
    /// [`Self::store`] sets another.
    pub fn oci_layout_blob(reference: &BlobReference) -> Self {
        Self {
            locator: format!("{}{reference}", attr::OCI_LAYOUT_BLOB),
            session: String::new(),
            store: String::new(),
        }
    }

    /// The session and the store in it that hold the OCI layout; an empty text
    /// sets nothing.
    pub fn store(mut self, session: &str, store: &str) -> Self {
        session.clone_into(&mut self.session);
        store.clone_into(&mut self.store);
        self
    }
}

/// The signature that a git source must have.
///
/// A valid signature of the tag is enough, or else one of the commit, unless set
/// otherwise. Daemons verify signatures since BuildKit 0.26; Go's client sets
/// none, there they come from source policies.
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

    /// Rejects keys that have expired.
    pub fn reject_expired_keys(mut self) -> Self {
        self.reject_expired = true;
        self
    }

    /// Requires that the tag is signed.
    pub fn require_signed_tag(mut self) -> Self {
        self.tag = Tag::Required;
        self
    }

    /// Requires that the commit is signed, whether the tag is or not.
    pub fn ignore_signed_tag(mut self) -> Self {
        self.tag = Tag::Ignored;
        self
    }
}
