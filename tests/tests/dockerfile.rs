//! Dockerfile.frontend copies all that cargo needs to build lamina.

#![allow(
    clippy::unwrap_used,
    reason = "a directory that cannot be made is a failure"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands in for `rustc`: answers cargo's questions, and compiles nothing.
const RUSTC: &str = "#!/bin/sh
case \"$*\" in
*'--crate-name ___'*) ;;
*--crate-name*) echo 'cargo compiles' >&2; exit 1 ;;
esac
exec rustc \"$@\"
";

/// A directory of a test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("lamina-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

/// The words of each `COPY` out of the build context.
fn copies(dockerfile: &str) -> Vec<Vec<&str>> {
    let lines = dockerfile.lines();
    let copies = lines.filter_map(|line| line.strip_prefix("COPY "));
    copies
        .filter(|words| !words.starts_with("--from"))
        .map(|words| words.split_whitespace().collect())
        .collect()
}

/// cargo reads the manifests of all members of the workspace, also of those
/// that it does not build.
#[test]
fn the_files_of_the_image_are_enough_for_cargo() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dockerfile = fs::read_to_string(root.join("Dockerfile.frontend")).unwrap();
    let tree = Scratch::new("dockerfile");
    let copies = copies(&dockerfile);
    assert!(copies.len() > 3, "{copies:?}");
    for words in copies {
        let (to, from) = words.split_last().unwrap();
        for from in from {
            let to = match to.strip_suffix('/') {
                Some(directory) => tree.0.join(directory).join(from),
                None => tree.0.join(to),
            };
            copy(&root.join(from), &to);
        }
    }
    let rustc = tree.0.join("rustc");
    fs::write(&rustc, RUSTC).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&rustc, executable).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["build", "--package", "lamina", "--offline", "--locked"])
        .current_dir(&tree.0)
        .env("RUSTC", &rustc)
        .env("CARGO_TARGET_DIR", tree.0.join("target"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("cargo compiles"), "{text}");
}
