//! The frontend image of this working tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use super::setup::{Engine, FRONTEND, setup};
use super::{Command, Output};

/// The directory that takes the place of the Dockerfile's build stage.
static DIST: LazyLock<PathBuf> = LazyLock::new(dist);

/// Gives the engine the frontend image.
pub(super) fn install(engine: &Engine) {
    let root = &setup().root;
    let built = engine
        .build_dockerfile(root)
        .file("Dockerfile.frontend")
        .context(
            "build",
            DIST.to_str().expect("the repository's path is text"),
        )
        .output(Output::Image(FRONTEND.to_owned()))
        .run();
    assert!(built.succeeded(), "no frontend image: {}", built.text());
}

/// `dist/`, as `make frontend` leaves it, if it is newer than the sources;
/// else the program is built.
fn dist() -> PathBuf {
    let root = &setup().root;
    let program = format!("{}/lamina", platform_folder());
    let made = root.join("dist");
    let sources = ["frontend", "llb", "Cargo.lock"].map(|name| newest(&root.join(name)));
    let time = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    if let Some(built) = time(&made.join(&program))
        && sources.iter().all(|changed| *changed < built)
    {
        return made;
    }
    let own = setup().work.join("dist");
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    super::command::say("building the frontend");
    let cargo = Command::new(Path::new(env!("CARGO")))
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "lamina",
            "--target",
            &target,
        ])
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .directory(root)
        .limit(Duration::from_mins(10))
        .run();
    assert!(cargo.status.success(), "{}", cargo.stderr.join("\n"));
    let built = root.join("target").join(&target).join("debug/lamina");
    fs::create_dir_all(own.join(platform_folder())).expect("target can be written");
    fs::copy(&built, own.join(&program)).unwrap_or_else(|e| panic!("{}: {e}", built.display()));
    own
}

fn platform_folder() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "linux_arm64",
        _ => "linux_amd64",
    }
}

/// When something below a path changed last.
fn newest(path: &Path) -> SystemTime {
    let metadata = fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let own = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    if !metadata.is_dir() {
        return own;
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| newest(&entry.path()))
        .max()
        .map_or(own, |inner| own.max(inner))
}
