//! Tests of the program as a command line tool.

use std::fs::File;
use std::process::{Command, Stdio};

fn lamina() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamina"));
    command
        .arg("--help")
        .env_remove("BUILDKIT_SESSION_ID")
        .stderr(Stdio::piped());
    command
}

/// A plan that is cut off must not look like a whole one.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = File::options().write(true).open("/dev/full");
    let full = full.expect("Linux has /dev/full");
    let output = lamina().stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.starts_with("lamina: failed to write the output: "),
        "{err}"
    );
}

#[test]
fn a_reader_that_stops_early_is_not_an_error() {
    let mut child = lamina().stdout(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
