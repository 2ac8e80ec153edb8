//! Programs of this workspace, linked statically to run in an empty image.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::Command;
use super::setup::setup;

/// Builds a program. Cargo reports its path, which depends on `CARGO_TARGET_DIR`
/// and cargo's configuration.
pub(super) fn built(package: &str, program: &str) -> PathBuf {
    super::command::say(&format!("building {program}"));
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let cargo = Command::new(Path::new(env!("CARGO")))
        .args(["build", "--quiet", "--locked"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(["--package", package, "--bin", program, "--target", &target])
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .directory(&setup().root)
        .limit(Duration::from_mins(10))
        .run();
    assert!(cargo.status.success(), "{}", cargo.stderr.join("\n"));
    let messages = String::from_utf8_lossy(&cargo.stdout).into_owned();
    let found = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| executable(&message, program));
    found.unwrap_or_else(|| panic!("cargo does not say where {program} is:\n{messages}"))
}

/// The path of the program, if this message of cargo names it.
fn executable(message: &Value, program: &str) -> Option<PathBuf> {
    let is_it = message["target"]["name"] == program;
    let file = message["executable"].as_str().filter(|_| is_it)?;
    Some(PathBuf::from(file))
}
