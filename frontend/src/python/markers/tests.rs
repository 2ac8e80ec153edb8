//! Markers that hold and markers that do not, errors, and `pep508_rs` as a
//! second opinion.

use super::*;
use crate::python::PythonVersion;
use crate::python::Target;

fn environment(platform: &str, minor: u8) -> Environment {
    Environment::from(&Target {
        platform: platform.parse().unwrap(),
        python: PythonVersion { major: 3, minor },
    })
}

fn evaluate(marker: &str) -> Evaluation {
    Marker::parse(marker)
        .unwrap()
        .evaluate(&environment("linux/arm64", 11))
}

/// Evaluated here, or in part here and the rest by a resolver that finds
/// Python 3.11.4.
fn holds(marker: &str) -> bool {
    match evaluate(marker) {
        Evaluation::Known(value) => value,
        Evaluation::Patch(rest) => {
            let rest: pep508_rs::MarkerTree = rest.to_string().parse().unwrap();
            rest.evaluate(&pep508_environment(), &[])
        }
    }
}

fn pep508_environment() -> pep508_rs::MarkerEnvironment {
    let builder = pep508_rs::MarkerEnvironmentBuilder {
        implementation_name: "cpython",
        implementation_version: "3.11.4",
        os_name: "posix",
        platform_machine: "aarch64",
        platform_python_implementation: "CPython",
        platform_release: "",
        platform_system: "Linux",
        platform_version: "",
        python_full_version: "3.11.4",
        python_version: "3.11",
        sys_platform: "linux",
    };
    pep508_rs::MarkerEnvironment::try_from(builder).unwrap()
}

const TRUE: &[&str] = &[
    "python_version >= '3.9'",
    "python_version < \"3.12\"",
    "python_version == '3.11'",
    "python_version == '3.*'",
    "python_version ~= '3.9'",
    "python_version > '3.9' and python_version < '3.100'",
    "'3.9' < python_version",
    "'3.11.5' > python_version",
    "python_full_version == '3.11.4'",
    "python_full_version >= '3.11.4'",
    "python_full_version < '3.11.5' and os_name == 'posix'",
    "python_version >= 'v3.8'",
    "python_version > ' 3.9'",
    "python_version === '3.11'",
    "sys_platform >= 'linux'",
    "implementation_version >= '3.11'",
    "sys_platform == 'linux'",
    "sys.platform=='linux'",
    "sys_platform != 'win32'",
    "os_name == 'posix'",
    "platform_system == 'Linux'",
    "platform_machine == 'aarch64'",
    "platform_machine in 'arm64 aarch64'",
    "'64' in platform_machine",
    "'86' not  in platform_machine",
    "implementation_name == 'cpython'",
    "platform_python_implementation == 'CPython'",
    "python_implementation == 'CPython'",
    "extra != 'dev'",
    "platform_release == ''",
    "(python_version < '3') or (sys_platform == 'linux')",
    "os_name == 'nt' and os_name == 'nt' or os_name == 'posix'",
    "os_name == 'posix' or os_name == 'nt' and os_name == 'nt'",
    "((((os_name=='posix'))))and sys_platform=='linux'",
    "python_version in '3.10,3.11'",
];

const FALSE: &[&str] = &[
    "python_version >= '3.12'",
    "python_version == '3.1'",
    "python_full_version ~= '3.10.0'",
    "python_full_version >= '3.11.5'",
    "python_version >= '3.8.*'",
    "python_version == '3.x'",
    "'3.x' != python_version",
    "python_version < 'foo'",
    "sys_platform < 'm'",
    "sys_platform == 'win32'",
    "sys_platform == 'darwin' and platform_machine == 'arm64'",
    "platform_machine == 'x86_64'",
    "platform_machine == 'arm64'",
    "extra == 'dev'",
    "'nt' == os_name",
    "(os_name == 'posix' or os_name == 'nt') and os_name == 'nt'",
    "platform_release >= '5.0'",
    "python_version not in '3.10 3.11'",
];

#[test]
fn markers_hold_for_the_target() {
    for marker in TRUE {
        assert!(holds(marker), "{marker}");
    }
    for marker in FALSE {
        assert!(!holds(marker), "{marker}");
    }
}

/// The crate and this module agree, except where the crate is wrong.
#[test]
fn pep508_rs_agrees() {
    let environment = pep508_environment();
    let wrong = [
        "python_version === '3.11'",
        "python_full_version ~= '3.10.0'",
        "python_version in '3.10,3.11'",
        "python_version >= '3.8.*'",
        "python_version == '3.x'",
        "'3.x' != python_version",
        "python_version < 'foo'",
        "sys_platform < 'm'",
        "sys_platform >= 'linux'",
    ];
    for marker in TRUE.iter().chain(FALSE).filter(|m| !wrong.contains(m)) {
        let tree: pep508_rs::MarkerTree = marker.parse().unwrap();
        assert_eq!(tree.evaluate(&environment, &[]), holds(marker), "{marker}");
    }
}

#[test]
fn machines_are_named_as_uname_names_them() {
    for (platform, machine) in [
        ("linux/amd64", "x86_64"),
        ("linux/amd64/v3", "x86_64"),
        ("linux/arm64", "aarch64"),
        ("linux/arm/v7", "armv7l"),
        ("linux/arm/v6", "armv6l"),
        ("linux/ppc64le", "ppc64le"),
        ("linux/s390x", "s390x"),
        ("linux/riscv64", "riscv64"),
        ("linux/386", "i686"),
    ] {
        assert_eq!(
            environment(platform, 11).get(Variable::PlatformMachine),
            machine,
            "{platform}"
        );
    }
}

#[test]
fn errors_have_a_place() {
    for (marker, place) in [
        ("", ""),
        ("python_version", ""),
        ("python_versoin > '3'", "python_versoin"),
        ("python_version > '3", "'3"),
        ("python_version > 3", "3"),
        ("python_version ~= '3'", "python_version ~= '3'"),
        ("os_name === 'a'", "os_name === 'a'"),
        ("os_name == 'a\\'", "'a\\'"),
        ("'a' ~= os_name", "'a' ~= os_name"),
        ("os_name ~= 'a'", "os_name ~= 'a'"),
        ("'a' == 'a'", "'a' == 'a'"),
        ("os_name == sys_platform", "os_name == sys_platform"),
        ("os_name == 'a' é", "é"),
        ("os_name == 'a' && os_name == 'b'", "&"),
        ("os_name == 'a' AND os_name == 'b'", "AND"),
        ("(os_name == 'a'", "("),
        ("os_name == 'a')", ")"),
        ("os_name is 'a'", "is"),
        ("os_name not 'a'", "not"),
    ] {
        let error = Marker::parse(marker).unwrap_err();
        assert_eq!(&marker[error.span.clone()], place, "{marker}: {error:?}");
    }
}

#[test]
fn deep_and_long_markers_end() {
    let deep = "(".repeat(100_000);
    assert!(Marker::parse(&deep).is_err());
    let long = vec!["os_name == 'posix'"; 50_000].join(" and ");
    assert!(holds(&long));
}

#[test]
fn the_patch_release_is_left_to_the_resolver() {
    let rest = |marker| match evaluate(marker) {
        Evaluation::Patch(rest) => rest.to_string(),
        Evaluation::Known(value) => value.to_string(),
    };
    for (marker, expected) in [
        (
            "python_full_version < '3.11.3'",
            "python_full_version < \"3.11.3\"",
        ),
        (
            "python_full_version > '3.11'",
            "python_full_version > \"3.11\"",
        ),
        (
            "'3.11.3' >= python_full_version",
            "\"3.11.3\" >= python_full_version",
        ),
        ("python_full_version >= '3.11'", "true"),
        ("python_full_version == '3.11.*'", "true"),
        ("python_full_version < '3.10.9'", "false"),
        ("python_full_version ~= '3.11.0'", "true"),
        ("python_full_version != '3.9.1'", "true"),
        (
            "implementation_version == '3.11.7'",
            "implementation_version == \"3.11.7\"",
        ),
        (
            "python_full_version in '3.11.1 3.11.2'",
            "python_full_version in \"3.11.1 3.11.2\"",
        ),
        ("python_full_version in '3.9.1 3.9.2'", "false"),
        ("python_full_version == 'x'", "false"),
        (
            "os_name == 'posix' and python_full_version < '3.11.3'",
            "python_full_version < \"3.11.3\"",
        ),
        (
            "os_name == 'posix' or python_full_version < '3.11.3'",
            "true",
        ),
        (
            "os_name == 'nt' and python_full_version < '3.11.3'",
            "false",
        ),
        (
            "(python_full_version < '3.11.3' or os_name == 'nt') and python_full_version > '3.11.1'",
            "python_full_version < \"3.11.3\" and python_full_version > \"3.11.1\"",
        ),
        (
            "python_full_version > '3.11.1' and (python_full_version < '3.11.3' or python_full_version == '3.11.9')",
            "python_full_version > \"3.11.1\" and (python_full_version < \"3.11.3\" or \
             python_full_version == \"3.11.9\")",
        ),
    ] {
        assert_eq!(rest(marker), expected, "{marker}");
    }
}
