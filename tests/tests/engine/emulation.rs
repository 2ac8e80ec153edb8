//! Python steps need no emulation: tested with a base image in which no program
//! of the target can run.

use std::sync::LazyLock;

use lamina_tests::engine::{Output, Project, containerd, setup};

/// In its arm64 image the dynamic loader is a text file, so every program
/// fails, even the shell. Its amd64 image is the ordinary one.
const DOCKERFILE: &str = "\
FROM python:3.11-slim AS whole-amd64
FROM python:3.11-slim AS whole-arm64
COPY loader /usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1
FROM whole-${TARGETARCH}
";

static INERT: LazyLock<Option<String>> = LazyLock::new(|| {
    if !setup().own_bases || std::env::consts::ARCH != "x86_64" {
        eprintln!("skipped: the test of emulation is for own bases, on amd64");
        return None;
    }
    let name = format!("{}/lamina-e2e/inert:3.11", setup().registry);
    let project = Project::new("inert-base", "")
        .with("inert.Dockerfile", DOCKERFILE)
        .with("loader", "no program\n");
    let build = containerd()
        .build_dockerfile(project.path())
        .file("inert.Dockerfile");
    let bases = setup().bases();
    let build = bases
        .iter()
        .fold(build, |build, (name, place)| build.context(name, place));
    build
        .platform("linux/amd64,linux/arm64")
        .output(Output::Push(name.clone()))
        .succeed();
    Some(format!("docker-image://{name}"))
});

/// The named context of that base; `None` if it is not available.
pub(crate) fn inert_base() -> Option<String> {
    INERT.clone()
}

#[test]
fn installs_torch_for_arm64_without_emulation() {
    let Some(inert) = inert_base() else { return };
    let stub = "[[python.layer]]\nname = \"torch\"\npackages = [\"torch==2.1.2\", \"numpy==1.26.4\"]\n\
                [[python.layer]]\nname = \"app\"\npackages = [\"six==1.17.0\"]\napp = true\n\
                [app]\ncopy = [{ from = \"main.py\", to = \"/app/main.py\" }]\n\
                [variant.cpu]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n";
    let project = Project::new("inert", stub).with("main.py", "import torch\n");
    let built = containerd()
        .build(project.path())
        .target("cpu-arm64")
        .context("python:3.11-slim", &inert)
        .output(Output::Archive)
        .succeed();
    let image = built.image("linux/arm64");
    let files = image.files();
    // The premise: nothing can run in it.
    assert_eq!(
        files["usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"].size,
        11
    );
    assert!(image.packages().iter().any(|name| name == "torch-2.1.2"));
    let library = files["opt/venv/lib/python3.11/site-packages/torch/lib/libtorch_cpu.so"];
    assert_eq!(library.machine, Some(183));
    assert!(
        library.size > 100 << 20,
        "the real one is larger than {}",
        library.size
    );
    let programs = files
        .iter()
        .filter(|(path, _)| path.starts_with("opt/venv/"));
    for (path, entry) in programs {
        assert!(
            entry.machine.is_none_or(|machine| machine == 183),
            "{path}: {entry:?}"
        );
    }

    // The base does fail as soon as something runs.
    let stub = format!("[base]\napt = [\"ripgrep\"]\n{stub}");
    let project = Project::new("inert-apt", &stub).with("main.py", "import torch\n");
    let finished = containerd()
        .build(project.path())
        .target("cpu-arm64")
        .context("python:3.11-slim", &inert)
        .run();
    assert!(
        !finished.succeeded(),
        "apt-get ran in a base where nothing can"
    );
    let log = &finished.progress.log;
    assert!(log.contains("/lib/ld-linux-aarch64.so.1"), "{log}");
}
