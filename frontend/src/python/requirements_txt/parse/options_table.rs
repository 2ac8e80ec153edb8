//! The options that pip knows.
//!
//! Options that an image cannot use are in the same table, with a remedy, so
//! that they are not reported as unknown.

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
    RequireHashes,
    Hash,
    /// `-e`: what to do depends on its value.
    Editable,
    /// Known to pip and not supported: what to do.
    Unsupported(&'static str),
}

impl Meaning {
    pub(super) fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::NoIndex | Self::Pre | Self::RequireHashes | Self::Unsupported(_)
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
const WHEELS: &str = "remove it, or name the packages in `--only-binary`: uv, which resolves, has no \
    such option";
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
    ("--prefer-binary", ' ', Meaning::Unsupported(WHEELS)),
    ("--require-hashes", ' ', Meaning::RequireHashes),
    ("--no-require-hashes", ' ', Meaning::Unsupported(HASHES)),
    ("--only-binary", ' ', Meaning::OnlyBinary),
    ("--no-binary", ' ', Meaning::NoBinary),
    ("--trusted-host", ' ', Meaning::TrustedHost),
    ("--hash", ' ', Meaning::Hash),
    ("--editable", 'e', Meaning::Editable),
    ("--config-settings", 'C', Meaning::Unsupported(BUILDS)),
    ("--config-setting", ' ', Meaning::Unsupported(BUILDS)),
    ("--global-option", ' ', Meaning::Unsupported(BUILDS)),
    ("--install-option", ' ', Meaning::Unsupported(BUILDS)),
    ("--build-option", ' ', Meaning::Unsupported(BUILDS)),
    ("--no-build-isolation", ' ', Meaning::Unsupported(BUILDS)),
    ("--use-pep517", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--use-feature", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--use-deprecated", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--no-cache-dir", ' ', Meaning::Unsupported(CACHES)),
    ("--cache-dir", ' ', Meaning::Unsupported(CACHES)),
    ("--no-cache", ' ', Meaning::Unsupported(CACHES)),
    ("--no-deps", ' ', Meaning::Unsupported(NO_DEPS)),
    ("--no-dependencies", ' ', Meaning::Unsupported(NO_DEPS)),
    ("--upgrade", 'U', Meaning::Unsupported(PIPS_OWN)),
    ("--upgrade-strategy", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--user", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--system", ' ', Meaning::Unsupported(PIPS_OWN)),
    (
        "--break-system-packages",
        ' ',
        Meaning::Unsupported(PIPS_OWN),
    ),
    ("--root", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--root-user-action", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--prefix", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--target", 't', Meaning::Unsupported(PIPS_OWN)),
    ("--src", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--force-reinstall", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--ignore-installed", 'I', Meaning::Unsupported(PIPS_OWN)),
    (
        "--ignore-requires-python",
        ' ',
        Meaning::Unsupported(PIPS_OWN),
    ),
    ("--compile", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--no-compile", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--no-clean", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--no-input", ' ', Meaning::Unsupported(PIPS_OWN)),
    (
        "--no-warn-script-location",
        ' ',
        Meaning::Unsupported(PIPS_OWN),
    ),
    ("--progress-bar", ' ', Meaning::Unsupported(PIPS_OWN)),
    (
        "--disable-pip-version-check",
        ' ',
        Meaning::Unsupported(PIPS_OWN),
    ),
    ("--report", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--dry-run", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--quiet", 'q', Meaning::Unsupported(PIPS_OWN)),
    ("--verbose", 'v', Meaning::Unsupported(PIPS_OWN)),
    ("--platform", ' ', Meaning::Unsupported(TARGETS)),
    ("--python-version", ' ', Meaning::Unsupported(TARGETS)),
    ("--implementation", ' ', Meaning::Unsupported(TARGETS)),
    ("--abi", ' ', Meaning::Unsupported(TARGETS)),
    ("--proxy", ' ', Meaning::Unsupported(NETWORK)),
    ("--cert", ' ', Meaning::Unsupported(NETWORK)),
    ("--client-cert", ' ', Meaning::Unsupported(NETWORK)),
    ("--keyring-provider", ' ', Meaning::Unsupported(NETWORK)),
    ("--timeout", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--retries", ' ', Meaning::Unsupported(PIPS_OWN)),
    ("--all-releases", ' ', Meaning::Unsupported(RELEASES)),
    ("--only-final", ' ', Meaning::Unsupported(RELEASES)),
];
