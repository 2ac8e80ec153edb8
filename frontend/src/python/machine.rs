//! The one table of architectures as Python names them.

use buildkit_llb::Platform;

/// What `uname -m` prints on a machine of the platform: also
/// `platform_machine` in markers (PEP 508), and the architecture in the tags
/// of wheels.
pub fn machine(platform: &Platform) -> &str {
    match (platform.architecture(), platform.variant()) {
        ("amd64", _) => "x86_64",
        ("arm64", _) => "aarch64",
        ("386", _) => "i686",
        ("arm", Some("v5")) => "armv5tel",
        ("arm", Some("v6")) => "armv6l",
        ("arm", _) => "armv7l",
        ("loong64", _) => "loongarch64",
        // ppc64le, s390x and riscv64 are called the same.
        (other, _) => other,
    }
}
