//! Frontend images: lamina of this working tree, and the frontends that only
//! tests have.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use super::Output;
use super::program::built;
use super::setup::{Engine, FRONTEND, setup};

/// The directory that takes the place of the Dockerfile's build stage.
static DIST: LazyLock<PathBuf> = LazyLock::new(dist);

/// What makes an image of a program that is a frontend: lamina's own final
/// stage, without what only lamina needs.
const STAGE: &str = r#"FROM scratch
COPY frontend /frontend
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.contexts"
ENTRYPOINT ["/frontend"]
"#;

/// Gives the engine the image of lamina.
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

/// The name of the image of a frontend that is a program of this crate.
pub(super) fn own_image(program: &str) -> String {
    format!("{FRONTEND}-{program}")
}

/// Gives the engine that image.
pub(super) fn install_own(engine: &Engine, program: &str) {
    let folder = setup().work.join("frontends").join(program);
    fs::create_dir_all(&folder).expect("target can be written");
    copy(
        &built(env!("CARGO_PKG_NAME"), program),
        &folder.join("frontend"),
    );
    fs::write(folder.join("Dockerfile"), STAGE).expect("target can be written");
    let built = engine
        .build_dockerfile(&folder)
        .output(Output::Image(own_image(program)))
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
    fs::create_dir_all(own.join(platform_folder())).expect("target can be written");
    copy(&built("lamina", "lamina"), &own.join(&program));
    own
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
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
