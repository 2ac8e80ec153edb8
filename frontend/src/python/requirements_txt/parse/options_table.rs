//! The options that pip knows.
//!
//! What an image cannot use is in the same table, with what to do instead, so
//! that it is never called unknown.

/// What an option is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Requirement,
    Constraint,
    IndexUrl,
    ExtraIndexUrl,
    FindLinks,
    TrustedHost,
    OnlyBinary,
    NoBinary,
    NoIndex,
    Pre,
    PreferBinary,
    RequireHashes,
    Hash,
    /// `-e`: what to do depends on its value.
    Editable,
    /// Known to pip and not supported: what to do.
    Refused(&'static str),
}

impl Meaning {
    pub(super) fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::NoIndex | Self::Pre | Self::PreferBinary | Self::RequireHashes | Self::Refused(_)
        )
    }

    pub(super) fn is_include(self) -> bool {
        matches!(self, Self::Requirement | Self::Constraint)
    }
}

const PIPS_OWN: &str = "remove it: lamina runs the installer, and decides this itself";
const CACHES: &str = "remove it: caches are mounted while packages are installed, and are never \
    in the image";
const BUILDS: &str = "options for building a package are not supported: build a wheel of it with \
    them once, and write that wheel's URL or path";
const TARGETS: &str = "remove it: the stub says what is built for ([python] version, platforms)";
const NETWORK: &str = "remove it: proxies are build arguments (--build-arg HTTPS_PROXY=…), \
    certificates the secret `ca-certificates`, passwords the secret `netrc`";
const RELEASES: &str = "use --pre, or a requirement with a pre-release in it: `name>=2.0rc1`";
const NO_DEPS: &str = "remove it: dependencies of all layers are resolved together, and each is \
    installed once";

const HASHES: &str = "remove it: where one package has a hash, every package needs one, so that \
    nothing is installed unverified; `uv pip compile --generate-hashes` writes all of them";

/// Long name, short name, meaning.
pub(super) const OPTIONS: &[(&str, char, Meaning)] = &[
    ("--requirement", 'r', Meaning::Requirement),
    ("--constraint", 'c', Meaning::Constraint),
    ("--index-url", 'i', Meaning::IndexUrl),
    ("--pypi-url", ' ', Meaning::IndexUrl),
    ("--extra-index-url", ' ', Meaning::ExtraIndexUrl),
    ("--find-links", 'f', Meaning::FindLinks),
    ("--no-index", ' ', Meaning::NoIndex),
    ("--pre", ' ', Meaning::Pre),
    ("--prefer-binary", ' ', Meaning::PreferBinary),
    ("--require-hashes", ' ', Meaning::RequireHashes),
    ("--no-require-hashes", ' ', Meaning::Refused(HASHES)),
    ("--only-binary", ' ', Meaning::OnlyBinary),
    ("--no-binary", ' ', Meaning::NoBinary),
    ("--trusted-host", ' ', Meaning::TrustedHost),
    ("--hash", ' ', Meaning::Hash),
    ("--editable", 'e', Meaning::Editable),
    ("--config-settings", 'C', Meaning::Refused(BUILDS)),
    ("--config-setting", ' ', Meaning::Refused(BUILDS)),
    ("--global-option", ' ', Meaning::Refused(BUILDS)),
    ("--install-option", ' ', Meaning::Refused(BUILDS)),
    ("--build-option", ' ', Meaning::Refused(BUILDS)),
    ("--no-build-isolation", ' ', Meaning::Refused(BUILDS)),
    ("--use-pep517", ' ', Meaning::Refused(PIPS_OWN)),
    ("--use-feature", ' ', Meaning::Refused(PIPS_OWN)),
    ("--use-deprecated", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-cache-dir", ' ', Meaning::Refused(CACHES)),
    ("--cache-dir", ' ', Meaning::Refused(CACHES)),
    ("--no-cache", ' ', Meaning::Refused(CACHES)),
    ("--no-deps", ' ', Meaning::Refused(NO_DEPS)),
    ("--no-dependencies", ' ', Meaning::Refused(NO_DEPS)),
    ("--upgrade", 'U', Meaning::Refused(PIPS_OWN)),
    ("--upgrade-strategy", ' ', Meaning::Refused(PIPS_OWN)),
    ("--user", ' ', Meaning::Refused(PIPS_OWN)),
    ("--system", ' ', Meaning::Refused(PIPS_OWN)),
    ("--break-system-packages", ' ', Meaning::Refused(PIPS_OWN)),
    ("--root", ' ', Meaning::Refused(PIPS_OWN)),
    ("--root-user-action", ' ', Meaning::Refused(PIPS_OWN)),
    ("--prefix", ' ', Meaning::Refused(PIPS_OWN)),
    ("--target", 't', Meaning::Refused(PIPS_OWN)),
    ("--src", ' ', Meaning::Refused(PIPS_OWN)),
    ("--force-reinstall", ' ', Meaning::Refused(PIPS_OWN)),
    ("--ignore-installed", 'I', Meaning::Refused(PIPS_OWN)),
    ("--ignore-requires-python", ' ', Meaning::Refused(PIPS_OWN)),
    ("--compile", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-compile", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-clean", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-input", ' ', Meaning::Refused(PIPS_OWN)),
    ("--no-warn-script-location", ' ', Meaning::Refused(PIPS_OWN)),
    ("--progress-bar", ' ', Meaning::Refused(PIPS_OWN)),
    (
        "--disable-pip-version-check",
        ' ',
        Meaning::Refused(PIPS_OWN),
    ),
    ("--report", ' ', Meaning::Refused(PIPS_OWN)),
    ("--dry-run", ' ', Meaning::Refused(PIPS_OWN)),
    ("--quiet", 'q', Meaning::Refused(PIPS_OWN)),
    ("--verbose", 'v', Meaning::Refused(PIPS_OWN)),
    ("--platform", ' ', Meaning::Refused(TARGETS)),
    ("--python-version", ' ', Meaning::Refused(TARGETS)),
    ("--implementation", ' ', Meaning::Refused(TARGETS)),
    ("--abi", ' ', Meaning::Refused(TARGETS)),
    ("--proxy", ' ', Meaning::Refused(NETWORK)),
    ("--cert", ' ', Meaning::Refused(NETWORK)),
    ("--client-cert", ' ', Meaning::Refused(NETWORK)),
    ("--keyring-provider", ' ', Meaning::Refused(NETWORK)),
    ("--timeout", ' ', Meaning::Refused(PIPS_OWN)),
    ("--retries", ' ', Meaning::Refused(PIPS_OWN)),
    ("--all-releases", ' ', Meaning::Refused(RELEASES)),
    ("--only-final", ' ', Meaning::Refused(RELEASES)),
];
