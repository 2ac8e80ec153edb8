//! Frontend images: lamina from this working tree, and frontends for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use super::Output;
use super::program::built;
use super::setup::{Engine, FRONTEND, setup};

/// The directory that replaces the Dockerfile's build stage.
static DIST: LazyLock<PathBuf> = LazyLock::new(dist);

/// The Dockerfile for frontends of tests: lamina's own final stage, reduced.
const STAGE: &str = r#"FROM scratch
COPY frontend /frontend
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.contexts"
ENTRYPOINT ["/frontend"]
"#;

/// Creates the image of lamina in the engine.
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

/// The name of the image of a frontend in this crate.
pub(super) fn own_image(program: &str) -> String {
    format!("{FRONTEND}-{program}")
}

/// Creates that image in the engine.
pub(super) fn install_own(engine: &Engine, program: &str) {
    let directory = setup().work.join("frontends").join(program);
    fs::create_dir_all(&directory).expect("target can be written");
    copy(
        &built(env!("CARGO_PKG_NAME"), program),
        &directory.join("frontend"),
    );
    fs::write(directory.join("Dockerfile"), STAGE).expect("target can be written");
    let built = engine
        .build_dockerfile(&directory)
        .output(Output::Image(own_image(program)))
        .run();
    assert!(built.succeeded(), "no frontend image: {}", built.text());
}

/// The `dist/` of `make frontend` if it is newer than the sources; otherwise
/// the program is built.
fn dist() -> PathBuf {
    let root = &setup().root;
    let program = format!("{}/lamina", platform_directory());
    let made = root.join("dist");
    let sources = ["frontend", "llb", "Cargo.lock"].map(|name| newest(&root.join(name)));
    let time = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    if let Some(built) = time(&made.join(&program))
        && sources.iter().all(|changed| *changed < built)
    {
        return made;
    }
    let own = setup().work.join("dist");
    fs::create_dir_all(own.join(platform_directory())).expect("target can be written");
    copy(&built("lamina", "lamina"), &own.join(&program));
    own
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

fn platform_directory() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "linux_arm64",
        _ => "linux_amd64",
    }
}

/// The time of the last change below a path.
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
