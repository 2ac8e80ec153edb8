//! Capabilities: what a daemon must support to run an operation.
//!
//! Each operation declares the capabilities that it needs in its metadata. A
//! daemon that lacks one rejects the build with a reason; otherwise it would ignore
//! the field that it does not know. A [`CapSet`] is what a daemon supports, so that
//! a caller can check first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use thiserror::Error;

/// The name of a capability.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cap(Cow<'static, str>);

impl Cap {
    /// A capability by its name.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        // Definitions have the same few capabilities at each operation.
        Self::known(&name).unwrap_or(Self(Cow::Owned(name)))
    }

    /// The name of the capability.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Cap {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

macro_rules! caps {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl Cap {
            $($(#[$doc])* pub const $name: Self = Self(Cow::Borrowed($text));)*

            fn known(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

// Two names that BuildKit defines must never be declared, since no daemon has
// registered them and loading fails: file.copy.modestring and
// exec.meta.removemountstubs.recursive. They are left out on purpose.
caps! {
    /// Image sources.
    SOURCE_IMAGE = "source.image";
    /// Images that must be resolved by the registry.
    SOURCE_IMAGE_RESOLVE_MODE = "source.image.resolvemode";
    /// Images with a limit of layers.
    SOURCE_IMAGE_LAYER_LIMIT = "source.image.layerlimit";
    /// Images checked against a digest.
    SOURCE_IMAGE_CHECKSUM = "source.image.checksum";
    /// Directories of the client.
    SOURCE_LOCAL = "source.local";
    /// Local sources with a unique id.
    SOURCE_LOCAL_UNIQUE = "source.local.unique";
    /// Local sources with a session.
    SOURCE_LOCAL_SESSION = "source.local.sessionid";
    /// Local sources with include patterns.
    SOURCE_LOCAL_INCLUDE = "source.local.includepatterns";
    /// Local sources with paths to follow.
    SOURCE_LOCAL_FOLLOW = "source.local.followpaths";
    /// Local sources with exclude patterns.
    SOURCE_LOCAL_EXCLUDE = "source.local.excludepatterns";
    /// Local sources with a shared key hint.
    SOURCE_LOCAL_SHARED_KEY = "source.local.sharedkeyhint";
    /// Local sources with a differ.
    SOURCE_LOCAL_DIFFER = "source.local.differ";
    /// Local sources without the contents of files.
    SOURCE_LOCAL_METADATA_ONLY = "source.local.metadatatransfer";
    /// Git repositories.
    SOURCE_GIT = "source.git";
    /// Git sources that keep `.git`.
    SOURCE_GIT_KEEP_DIR = "source.git.keepgitdir";
    /// Git sources with the full remote URL.
    SOURCE_GIT_FULL_URL = "source.git.fullurl";
    /// Git sources with authentication over HTTP.
    SOURCE_GIT_HTTP_AUTH = "source.git.httpauth";
    /// Git sources with known SSH hosts.
    SOURCE_GIT_KNOWN_HOSTS = "source.git.knownsshhosts";
    /// Git sources with an SSH agent.
    SOURCE_GIT_SSH_SOCKET = "source.git.mountsshsock";
    /// Git sources checked against a commit.
    SOURCE_GIT_CHECKSUM = "source.git.checksum";
    /// Git sources without their submodules.
    SOURCE_GIT_SKIP_SUBMODULES = "source.git.skipsubmodules";
    /// Git sources whose files have the time of the commit.
    SOURCE_GIT_MTIME = "source.git.mtime";
    /// Git sources that are fetched by the commit.
    SOURCE_GIT_FETCH_BY_COMMIT = "source.git.fetchbycommit";
    /// Git sources that are imported from a bundle.
    SOURCE_GIT_BUNDLE = "source.git.bundle";
    /// Git sources that give a bundle.
    SOURCE_GIT_CHECKOUT_BUNDLE = "source.git.checkoutbundle";
    /// Git sources that must have a signature.
    SOURCE_GIT_SIGNATURE = "source.git.signatureverify";
    /// HTTP sources.
    SOURCE_HTTP = "source.http";
    /// HTTP sources with an `Authorization` header.
    SOURCE_HTTP_AUTH = "source.http.auth";
    /// HTTP sources checked against a digest.
    SOURCE_HTTP_CHECKSUM = "source.http.checksum";
    /// HTTP sources with a file mode.
    SOURCE_HTTP_PERM = "source.http.perm";
    /// HTTP sources with an owner (the misspelling is BuildKit's).
    SOURCE_HTTP_OWNER = "soruce.http.uidgid";
    /// HTTP sources with request headers.
    SOURCE_HTTP_HEADER = "source.http.header";
    /// HTTP sources with a detached signature.
    SOURCE_HTTP_SIGNATURE = "source.http.signatureverify";
    /// Blobs of registries and OCI layouts.
    SOURCE_IMAGE_BLOB = "source.imageblob";
    /// Images in an OCI layout.
    SOURCE_OCI_LAYOUT = "source.ocilayout";
    /// Build operations.
    BUILD_OP = "source.buildop.llbfilename";
    /// Git sources that check out a directory of the repository alone. Nothing
    /// declares it: it tells what a daemon does.
    SOURCE_GIT_SUBDIR = "source.git.subdir";
    /// Commands.
    EXEC_BASE = "exec.meta.base";
    /// Commands with a network mode.
    EXEC_NETWORK = "exec.meta.network";
    /// Commands with proxy variables.
    EXEC_PROXY = "exec.meta.proxyenv";
    /// Commands with a security mode.
    EXEC_SECURITY = "exec.meta.security";
    /// Commands whose `PATH` the daemon sets if it is missing.
    EXEC_DEFAULT_PATH = "exec.meta.setsdefaultpath";
    /// Commands with resource limits.
    EXEC_ULIMIT = "exec.meta.ulimit";
    /// Commands with CPU and memory limits.
    EXEC_RESOURCES = "exec.meta.linux.resources";
    /// Commands with a parent control group. Nothing declares it, nor the next
    /// three: they tell what a daemon does.
    EXEC_CGROUP_PARENT = "exec.meta.cgroup.parent";
    /// Commands that find their control groups mounted.
    EXEC_CGROUP = "exec.cgroup";
    /// Commands whose network goes through the daemon's proxy.
    EXEC_NETWORK_PROXY = "exec.meta.network.proxy";
    /// Insecure commands with all devices of the host.
    EXEC_SECURITY_DEVICES = "exec.meta.security.devices.v1";
    /// Commands with devices.
    EXEC_CDI = "exec.meta.cdi";
    /// Commands with valid exit codes.
    EXEC_VALID_EXIT_CODE = "exec.validexitcode";
    /// Commands with secrets in variables.
    EXEC_SECRET_ENV = "exec.secretenv";
    /// Bind mounts.
    EXEC_MOUNT_BIND = "exec.mount.bind";
    /// Writable bind mounts whose changes are discarded. Nothing declares it: it
    /// tells that a daemon does not keep the changes.
    EXEC_MOUNT_BIND_NO_OUTPUT = "exec.mount.bind.readwrite-nooutput";
    /// Cache mounts.
    EXEC_MOUNT_CACHE = "exec.mount.cache";
    /// Cache mounts with a sharing mode.
    EXEC_MOUNT_CACHE_SHARING = "exec.mount.cache.sharing";
    /// Mounts of a part of a tree.
    EXEC_MOUNT_SELECTOR = "exec.mount.selector";
    /// Mounts in memory.
    EXEC_MOUNT_TMPFS = "exec.mount.tmpfs";
    /// Mounts in memory with a size.
    EXEC_MOUNT_TMPFS_SIZE = "exec.mount.tmpfs.size";
    /// Secrets.
    EXEC_MOUNT_SECRET = "exec.mount.secret";
    /// SSH agents.
    EXEC_MOUNT_SSH = "exec.mount.ssh";
    /// Mounts with a content cache mode.
    EXEC_MOUNT_CONTENT_CACHE = "exec.mount.cache.content";
    /// File operations.
    FILE_BASE = "file.base";
    /// Removal by a pattern.
    FILE_RM_WILDCARD = "file.rm.wildcard";
    /// Removal of symbolic links themselves, not of what they point to. Nothing
    /// declares it: it tells what a daemon does.
    FILE_RM_NO_FOLLOW = "file.rm.nofollowsymlink";
    /// Copies with patterns.
    FILE_COPY_PATTERNS = "file.copy.includeexcludepatterns";
    /// Copies of which some paths must match.
    FILE_COPY_REQUIRED_PATHS = "file.copy.requiredpaths";
    /// Copies that replace existing files and directories.
    FILE_COPY_ALWAYS_REPLACE = "file.copy.alwaysreplaceexistingdestpaths";
    /// Symbolic links.
    FILE_SYMLINK = "file.symlink.create";
    /// Worker constraints.
    CONSTRAINTS = "constraints";
    /// Platforms.
    PLATFORM = "platform";
    /// Operations that ignore the cache.
    META_IGNORE_CACHE = "meta.ignorecache";
    /// Operations with a description.
    META_DESCRIPTION = "meta.description";
    /// Operations with a cache export setting.
    META_EXPORT_CACHE = "meta.exportcache";
    /// Merges.
    MERGE_OP = "mergeop";
    /// Differences.
    DIFF_OP = "diffop";
    /// Passthrough operations.
    PASSTHROUGH_OP = "passthroughop";
}

/// A capability that a daemon lacks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this BuildKit has no capability `{cap}`{}", .reason.as_ref().map(|r| format!(": {r}")).unwrap_or_default())]
pub struct Unsupported {
    /// The missing capability.
    pub cap: Cap,
    /// The reason, if the daemon gives one: it does for capabilities that it knows.
    pub reason: Option<String>,
}

/// The capabilities of a daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapSet(BTreeMap<Cap, Option<String>>);

impl CapSet {
    /// A daemon with these capabilities and no others.
    pub fn of(caps: impl IntoIterator<Item = Cap>) -> Self {
        Self(caps.into_iter().map(|cap| (cap, None)).collect())
    }

    /// The capabilities of a daemon's answer to `Ping`.
    pub fn from_pb<'a>(caps: impl IntoIterator<Item = &'a ApiCap>) -> Self {
        let state = |cap: &ApiCap| match (cap.enabled, &cap.disabled_reason_msg) {
            (true, _) => None,
            (false, message) if message.is_empty() => Some(cap.disabled_reason.clone()),
            (false, message) => Some(message.clone()),
        };
        Self(
            caps.into_iter()
                .map(|cap| (Cap::new(cap.id.clone()), state(cap)))
                .collect(),
        )
    }

    /// The capabilities as an answer to `Ping` has them.
    pub fn to_pb(&self) -> Vec<ApiCap> {
        let caps = self.0.iter().map(|(cap, disabled)| ApiCap {
            id: cap.as_str().to_owned(),
            enabled: disabled.is_none(),
            disabled_reason_msg: disabled.clone().unwrap_or_default(),
            ..ApiCap::default()
        });
        caps.collect()
    }

    /// The same daemon with one more capability.
    pub fn with(mut self, cap: Cap) -> Self {
        self.0.insert(cap, None);
        self
    }

    /// The same daemon with one capability disabled, with a reason.
    pub fn without(mut self, cap: Cap, reason: impl Into<String>) -> Self {
        self.0.insert(cap, Some(reason.into()));
        self
    }

    /// Whether the daemon has it.
    pub fn has(&self, cap: &Cap) -> bool {
        self.0.get(cap).is_some_and(Option::is_none)
    }

    /// Checks a capability. The error has the daemon's reason.
    pub fn check(&self, cap: &Cap) -> Result<(), Unsupported> {
        let reason = match self.0.get(cap) {
            Some(None) => return Ok(()),
            Some(Some(reason)) => Some(reason.clone()).filter(|reason| !reason.is_empty()),
            None => None,
        };
        Err(Unsupported {
            cap: cap.clone(),
            reason,
        })
    }

    /// Checks several capabilities. The error is that of the first one missing.
    pub fn check_all<'a>(
        &self,
        caps: impl IntoIterator<Item = &'a Cap>,
    ) -> Result<(), Unsupported> {
        caps.into_iter().try_for_each(|cap| self.check(cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_missing_capability_with_the_reason() {
        let answer = |id: &str, enabled, reason: &str| ApiCap {
            id: id.to_owned(),
            enabled,
            disabled_reason_msg: reason.to_owned(),
            ..ApiCap::default()
        };
        let caps = CapSet::from_pb(&[
            answer("source.image", true, ""),
            answer("mergeop", false, "only with the containerd store"),
        ]);
        assert!(caps.has(&Cap::SOURCE_IMAGE) && !caps.has(&Cap::MERGE_OP));
        assert_eq!(
            caps.check(&Cap::MERGE_OP).unwrap_err().to_string(),
            "this BuildKit has no capability `mergeop`: only with the containerd store"
        );
        assert_eq!(
            caps.check_all([&Cap::SOURCE_IMAGE, &Cap::DIFF_OP])
                .unwrap_err()
                .to_string(),
            "this BuildKit has no capability `diffop`"
        );
    }

    #[test]
    fn declares_no_name_that_daemons_do_not_register() {
        // The bytes of this file, since constants cannot be listed.
        let declared = include_str!("caps.rs")
            .lines()
            .filter(|line| line.contains(" = \""));
        for line in declared {
            assert!(!line.contains("= \"file.copy.modestring"), "{line}");
            assert!(!line.contains("= \"exec.meta.removemountstubs"), "{line}");
        }
    }
}
