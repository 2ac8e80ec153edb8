//! The capabilities of sources: by scheme, and by attribute.

use std::collections::{BTreeMap, BTreeSet};

use crate::attr;
use crate::caps::Cap;

/// The capabilities that a source needs by its identifier and attributes.
pub(super) fn source_caps(identifier: &str, attrs: &BTreeMap<String, String>) -> BTreeSet<Cap> {
    let scheme = scheme_cap(identifier);
    // Blobs have attributes of other sources, for which one capability stands.
    let mut caps: BTreeSet<Cap> = match scheme {
        Some(ref cap) if *cap == Cap::SOURCE_IMAGE_BLOB => BTreeSet::new(),
        _ => attrs
            .iter()
            .filter_map(|(name, value)| attr_cap(name, value))
            .collect(),
    };
    caps.extend(scheme);
    caps
}

fn scheme_cap(identifier: &str) -> Option<Cap> {
    let (scheme, _) = identifier.split_once("://")?;
    Some(match format!("{scheme}://").as_str() {
        attr::IMAGE => Cap::SOURCE_IMAGE,
        attr::IMAGE_BLOB | attr::OCI_LAYOUT_BLOB => Cap::SOURCE_IMAGE_BLOB,
        attr::OCI_LAYOUT => Cap::SOURCE_OCI_LAYOUT,
        attr::LOCAL => Cap::SOURCE_LOCAL,
        attr::GIT => Cap::SOURCE_GIT,
        attr::HTTP | attr::HTTPS => Cap::SOURCE_HTTP,
        _ => return None,
    })
}

/// Attributes that daemons may safely not know have no capability.
fn attr_cap(name: &str, value: &str) -> Option<Cap> {
    Some(match (name, value) {
        (attr::IMAGE_RESOLVE_MODE, attr::IMAGE_RESOLVE_PULL) => Cap::SOURCE_IMAGE_RESOLVE_MODE,
        (attr::IMAGE_LAYER_LIMIT, _) => Cap::SOURCE_IMAGE_LAYER_LIMIT,
        (attr::IMAGE_CHECKSUM, _) => Cap::SOURCE_IMAGE_CHECKSUM,
        (attr::LOCAL_SESSION, _) => Cap::SOURCE_LOCAL_SESSION,
        (attr::LOCAL_UNIQUE, _) => Cap::SOURCE_LOCAL_UNIQUE,
        (attr::LOCAL_INCLUDE, _) => Cap::SOURCE_LOCAL_INCLUDE,
        (attr::LOCAL_EXCLUDE, _) => Cap::SOURCE_LOCAL_EXCLUDE,
        (attr::LOCAL_FOLLOW, _) => Cap::SOURCE_LOCAL_FOLLOW,
        (attr::LOCAL_SHARED_KEY, _) => Cap::SOURCE_LOCAL_SHARED_KEY,
        (attr::LOCAL_METADATA_ONLY, _) => Cap::SOURCE_LOCAL_METADATA_ONLY,
        (attr::GIT_KEEP_DIR, _) => Cap::SOURCE_GIT_KEEP_DIR,
        (attr::GIT_FULL_URL, _) => Cap::SOURCE_GIT_FULL_URL,
        // These names are always set; others were chosen.
        (attr::GIT_AUTH_HEADER, attr::GIT_AUTH_HEADER_DEFAULT)
        | (attr::GIT_AUTH_TOKEN, attr::GIT_AUTH_TOKEN_DEFAULT) => return None,
        (attr::GIT_AUTH_HEADER | attr::GIT_AUTH_TOKEN, _) => Cap::SOURCE_GIT_HTTP_AUTH,
        (attr::GIT_KNOWN_HOSTS, _) => Cap::SOURCE_GIT_KNOWN_HOSTS,
        (attr::GIT_SSH_SOCKET, _) => Cap::SOURCE_GIT_SSH_SOCKET,
        (attr::GIT_CHECKSUM, _) => Cap::SOURCE_GIT_CHECKSUM,
        (attr::GIT_SKIP_SUBMODULES, _) => Cap::SOURCE_GIT_SKIP_SUBMODULES,
        (attr::GIT_MTIME, _) => Cap::SOURCE_GIT_MTIME,
        (attr::GIT_BUNDLE, _) => Cap::SOURCE_GIT_BUNDLE,
        (attr::GIT_CHECKOUT_BUNDLE, _) => Cap::SOURCE_GIT_CHECKOUT_BUNDLE,
        (attr::GIT_FETCH_BY_COMMIT, _) => Cap::SOURCE_GIT_FETCH_BY_COMMIT,
        (
            attr::GIT_SIGNATURE_KEY
            | attr::GIT_SIGNATURE_REJECT_EXPIRED
            | attr::GIT_SIGNATURE_REQUIRE_TAG
            | attr::GIT_SIGNATURE_IGNORE_TAG,
            _,
        ) => Cap::SOURCE_GIT_SIGNATURE,
        (attr::HTTP_CHECKSUM, _) => Cap::SOURCE_HTTP_CHECKSUM,
        (attr::HTTP_PERM, _) => Cap::SOURCE_HTTP_PERM,
        (attr::HTTP_UID | attr::HTTP_GID, _) => Cap::SOURCE_HTTP_OWNER,
        (attr::HTTP_AUTH_HEADER, _) => Cap::SOURCE_HTTP_AUTH,
        (attr::HTTP_HEADER_ACCEPT | attr::HTTP_HEADER_USER_AGENT, _) => Cap::SOURCE_HTTP_HEADER,
        (attr::HTTP_SIGNATURE | attr::HTTP_SIGNATURE_KEY, _) => Cap::SOURCE_HTTP_SIGNATURE,
        _ => return None,
    })
}
