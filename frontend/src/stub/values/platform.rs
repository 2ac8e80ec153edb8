//! What images are built for.

use buildkit_llb::Platform;

use super::{Parsed, invalid, invalid_because};
use crate::source::{listed, nearest};
use crate::stub::Accelerator;

/// The architectures that images are built for, in Go's names.
pub const ARCHITECTURES: [&str; 8] = [
    "amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "loong64",
];

/// Other names of them, which would be as confusing in a target.
const ALIASES: [&str; 10] = [
    "x86_64", "x86", "i386", "i686", "aarch64", "armhf", "armel", "armv6", "armv7", "mips64le",
];

/// Whether a word names an architecture, in any of the usual names.
pub(in crate::stub) fn is_architecture(word: &str) -> bool {
    ARCHITECTURES.contains(&word) || ALIASES.contains(&word)
}

/// The architecture that a word means: `aarch64` is `arm64`.
pub(in crate::stub) fn architecture(word: &str) -> Option<String> {
    is_architecture(word).then(|| Platform::new("linux", word).architecture().to_owned())
}

pub(in crate::stub) fn platform(text: &str) -> Parsed<Platform> {
    // A stub names the operating system too.
    let parsed = text.contains('/').then(|| text.parse::<Platform>());
    let Some(Ok(platform)) = parsed else {
        let near = architecture(text).map(|architecture| format!("linux/{architecture}"));
        let near = near.filter(|near| self::platform(near).is_ok());
        let help = near.map_or_else(
            || "write os/architecture, as in `linux/amd64` and `linux/arm64`".to_owned(),
            |near| format!("write `{near}`"),
        );
        return invalid("platform", help);
    };
    if platform.os() != "linux" {
        return invalid_because(
            "platform",
            "only Linux images can be built",
            "write `linux/amd64`, `linux/arm64` or another platform of Linux",
        );
    }
    if !ARCHITECTURES.contains(&platform.architecture()) {
        let help = nearest(platform.architecture(), ARCHITECTURES).map_or_else(
            || format!("the known architectures are {}", listed(ARCHITECTURES)),
            |near| format!("did you mean `linux/{near}`?"),
        );
        return invalid_because("platform", "unknown architecture", help);
    }
    Ok(platform)
}

pub(in crate::stub) fn accelerator(text: &str) -> Parsed<Accelerator> {
    match text {
        "cuda" => Ok(Accelerator::Cuda),
        _ => invalid(
            "accelerator",
            "expected `cuda`; leave the key out for the CPU",
        ),
    }
}
