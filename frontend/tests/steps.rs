//! The scripts' own tests (`frontend/src/steps/tests`), each file of them as one
//! test: run by the `python3` of this machine, and by `python3.8`, the oldest
//! that base images have, where there is one.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

fn directory() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "src", "steps", "tests"]
        .iter()
        .collect()
}

/// The interpreters to run tests with.
fn interpreters() -> Vec<&'static str> {
    let works = |python: &&str| {
        let output = Command::new(python)
            .args(["-c", "import unittest"])
            .output();
        output.is_ok_and(|output| output.status.success())
    };
    let found: Vec<_> = ["python3", "python3.8"].into_iter().filter(works).collect();
    assert!(found.contains(&"python3"), "the tests need a python3");
    found
}

fn run(module: &str) {
    for python in interpreters() {
        let output = Command::new(python)
            .args(["-B", "-m", "unittest", module])
            .current_dir(directory())
            .output()
            .expect("the interpreter starts");
        let log = String::from_utf8_lossy(&output.stderr);
        let passed = output.status.success() && !log.contains("skipped");
        assert!(passed, "{python} -m unittest {module}\n{log}");
        let ran = log.lines().find_map(|line| line.strip_prefix("Ran "));
        let count = ran.and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
        assert!(count.is_some_and(|count| count > 0), "no tests: {log}");
    }
}

macro_rules! modules {
    ($($module:ident)*) => {
        $(
            #[test]
            fn $module() {
                run(stringify!($module));
            }
        )*

        #[test]
        fn every_file_is_a_test_here() {
            let entries = std::fs::read_dir(directory()).expect("the directory is there");
            let files: BTreeSet<String> = entries
                .map(|entry| entry.expect("it can be read").file_name())
                .filter_map(|name| Some(name.to_str()?.strip_suffix(".py")?.to_owned()))
                .filter(|name| name.starts_with("test_"))
                .collect();
            let known: BTreeSet<String> = [$(stringify!($module).to_owned()),*].into();
            assert_eq!(files, known);
        }
    };
}

modules! {
    test_archives
    test_build
    test_clash
    test_compatibility
    test_explicit
    test_fetch
    test_guard
    test_http_client
    test_indexes
    test_install
    test_lamina_step
    test_libraries
    test_locks
    test_modes
    test_place
    test_resolve
    test_shell
    test_unpack_uv
    test_uv_errors
    test_wheels
}

/// A new version of uv may word its errors in another way:
/// `frontend/src/steps/tests/record_uv_errors.py` records them.
#[test]
fn errors_are_recorded_for_the_pinned_version_of_uv() {
    let version = directory().join("uv_errors/VERSION");
    let recorded = std::fs::read_to_string(version).expect("the version is recorded");
    assert_eq!(recorded.trim(), lamina::lower::UV_VERSION);
}
