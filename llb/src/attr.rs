//! The strings of source operations: attribute names, schemes, fixed values.
//!
//! Strings of the protocol are only in this file, `caps.rs` and
//! `operation_metadata.rs`.

pub(crate) const IMAGE: &str = "docker-image://";
pub(crate) const IMAGE_RESOLVE_MODE: &str = "image.resolvemode";
pub(crate) const IMAGE_RESOLVE_PULL: &str = "pull";
pub(crate) const IMAGE_RESOLVE_LOCAL: &str = "local";
pub(crate) const IMAGE_RECORD_TYPE: &str = "image.recordtype";
pub(crate) const IMAGE_RECORD_INTERNAL: &str = "internal";
pub(crate) const IMAGE_LAYER_LIMIT: &str = "image.layerlimit";
pub(crate) const IMAGE_CHECKSUM: &str = "image.checksum";

pub(crate) const IMAGE_BLOB: &str = "docker-image+blob://";

pub(crate) const OCI_LAYOUT: &str = "oci-layout://";
pub(crate) const OCI_LAYOUT_BLOB: &str = "oci-layout+blob://";
pub(crate) const OCI_SESSION: &str = "oci.session";
pub(crate) const OCI_STORE: &str = "oci.store";
pub(crate) const OCI_LAYER_LIMIT: &str = "oci.layerlimit";

pub(crate) const LOCAL: &str = "local://";
pub(crate) const LOCAL_SESSION: &str = "local.session";
pub(crate) const LOCAL_UNIQUE: &str = "local.unique";
pub(crate) const LOCAL_INCLUDE: &str = "local.includepattern";
pub(crate) const LOCAL_EXCLUDE: &str = "local.excludepatterns";
pub(crate) const LOCAL_FOLLOW: &str = "local.followpaths";
pub(crate) const LOCAL_SHARED_KEY: &str = "local.sharedkeyhint";
pub(crate) const LOCAL_DIFFER: &str = "local.differ";
pub(crate) const LOCAL_DIFFER_NONE: &str = "none";
pub(crate) const LOCAL_DIFFER_METADATA: &str = "metadata";
pub(crate) const LOCAL_METADATA_ONLY: &str = "local.metadatatransfer";
pub(crate) const LOCAL_METADATA_EXCEPT: &str = "local.metadatatransferexclude";

pub(crate) const GIT: &str = "git://";
pub(crate) const GIT_FULL_URL: &str = "git.fullurl";
pub(crate) const GIT_KEEP_DIR: &str = "git.keepgitdir";
pub(crate) const GIT_AUTH_HEADER: &str = "git.authheadersecret";
pub(crate) const GIT_AUTH_TOKEN: &str = "git.authtokensecret";
pub(crate) const GIT_KNOWN_HOSTS: &str = "git.knownsshhosts";
pub(crate) const GIT_SSH_SOCKET: &str = "git.mountsshsock";
pub(crate) const GIT_CHECKSUM: &str = "git.checksum";
pub(crate) const GIT_SKIP_SUBMODULES: &str = "git.skipsubmodules";
pub(crate) const GIT_MTIME: &str = "git.mtime";
pub(crate) const GIT_FETCH_BY_COMMIT: &str = "git.fetchbycommit";
pub(crate) const GIT_BUNDLE: &str = "git.bundle";
pub(crate) const GIT_CHECKOUT_BUNDLE: &str = "git.checkoutbundle";
pub(crate) const GIT_SIGNATURE_KEY: &str = "git.sig.pubkey";
pub(crate) const GIT_SIGNATURE_REJECT_EXPIRED: &str = "git.sig.rejectexpired";
pub(crate) const GIT_SIGNATURE_REQUIRE_TAG: &str = "git.sig.requiresignedtag";
pub(crate) const GIT_SIGNATURE_IGNORE_TAG: &str = "git.sig.ignoresignedtag";
/// The secrets of a git source if none are set. They are optional.
pub(crate) const GIT_AUTH_HEADER_DEFAULT: &str = "GIT_AUTH_HEADER";
pub(crate) const GIT_AUTH_TOKEN_DEFAULT: &str = "GIT_AUTH_TOKEN";
pub(crate) const GIT_SSH_SOCKET_DEFAULT: &str = "default";
pub(crate) const GIT_MTIME_COMMIT: &str = "commit";
pub(crate) const GIT_MTIME_CHECKOUT: &str = "checkout";

pub(crate) const HTTP: &str = "http://";
pub(crate) const HTTPS: &str = "https://";
/// Name, mode and owner of the file are the same attributes for blobs.
pub(crate) const HTTP_CHECKSUM: &str = "http.checksum";
pub(crate) const HTTP_FILENAME: &str = "http.filename";
pub(crate) const HTTP_PERM: &str = "http.perm";
pub(crate) const HTTP_UID: &str = "http.uid";
pub(crate) const HTTP_GID: &str = "http.gid";
pub(crate) const HTTP_AUTH_HEADER: &str = "http.authheadersecret";
pub(crate) const HTTP_HEADER_ACCEPT: &str = "http.header.accept";
pub(crate) const HTTP_HEADER_USER_AGENT: &str = "http.header.user-agent";
pub(crate) const HTTP_SIGNATURE_KEY: &str = "http.sig.pubkey";
pub(crate) const HTTP_SIGNATURE: &str = "http.sig.signature";

pub(crate) const TRUE: &str = "true";

/// The variable with the path of the SSH agent's socket.
pub(crate) const SSH_AUTH_SOCK: &str = "SSH_AUTH_SOCK";
pub(crate) const SSH_SOCKET_PREFIX: &str = "/run/buildkit/ssh_agent.";
pub(crate) const SHM: &str = "/dev/shm";

pub(crate) const BUILD_DEFINITION_INPUT: &str = "buildkit.llb.definition";
pub(crate) const BUILD_FILENAME: &str = "llbbuild.filename";

/// Only images differ by platform; other sources are shared between platforms.
pub(crate) fn is_platform_specific(identifier: &str) -> bool {
    identifier.starts_with(IMAGE) || identifier.starts_with(OCI_LAYOUT)
}
