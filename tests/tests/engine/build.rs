//! Packages without a wheel, built with the tools of `[build]`.

use std::path::Path;

use lamina_tests::engine::{Engine, Image, Output, Project, classic, containerd};

use crate::emulation::inert_base;

const STUB: &str = "[build]\napt = [\"gcc\", \"libc6-dev\"]\nenv = { CFLAGS = \"-DMARK=1\" }\n\n\
                    [variant.cpu]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n";

/// Without a compiler it builds a wheel without its extension.
const REQUIREMENTS: &str = "--no-binary markupsafe\nmarkupsafe==2.1.5\n";

/// `EM_X86_64` and `EM_AARCH64` of ELF.
const X86_64: u16 = 62;
const AARCH64: u16 = 183;

/// Whether this machine runs programs for arm64.
fn emulates() -> bool {
    Path::new("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists()
}

/// The extension is in the image, for its architecture, and no tool is.
fn check(image: &Image, machine: u16) {
    assert_eq!(image.packages(), ["markupsafe-2.1.5"]);
    let files = image.files();
    let mut entries = files.iter();
    let extension = entries.find(|(path, _)| path.contains("markupsafe/_speedups.cpython-311"));
    assert_eq!(extension.map(|(_, it)| it.machine), Some(Some(machine)));
    let is_tool = |path: &str| {
        path.starts_with("usr/bin/") && path.ends_with("gcc") || path.ends_with("/cc1")
    };
    let tools: Vec<_> = files.keys().filter(|path| is_tool(path)).collect();
    assert!(tools.is_empty(), "{tools:?}");
}

#[test]
fn an_extension_is_compiled_and_the_image_has_no_compiler() {
    compiles_natively(containerd());
    if let Some(engine) = classic() {
        compiles_natively(engine);
    }
}

fn compiles_natively(engine: &Engine) {
    let project = Project::new("build-amd64", STUB).with("requirements/cpu.txt", REQUIREMENTS);
    let build = || engine.build(project.path()).platform("linux/amd64");
    let finished = build().output(Output::Archive).succeed();
    check(finished.image("linux/amd64"), X86_64);

    let name = "lamina-e2e-build-tools";
    build().output(Output::Image(name.to_owned())).succeed();
    let code =
        "import markupsafe._speedups, shutil; print(markupsafe.escape('<'), shutil.which('gcc'))";
    let run = engine.docker(&["run", "--rm", "--network=none", name, "python", "-c", code]);
    assert_eq!(run.run().text().trim(), "&lt; None");
    engine.docker(&["image", "rm", name]).run();
}

#[test]
fn an_extension_is_compiled_for_another_architecture_by_emulation() {
    if std::env::consts::ARCH != "x86_64" || !emulates() {
        eprintln!("skipped: this machine does not emulate arm64");
        return;
    }
    let project = Project::new("build-arm64", STUB)
        .with("requirements/cpu.txt", &format!("{REQUIREMENTS}./pure\n"))
        .with(
            "requirements/pure/pyproject.toml",
            "[project]\nname = \"pure\"\nversion = \"1.0\"\n",
        )
        .with("requirements/pure/pure.py", "value = 1\n");
    let build = containerd()
        .build(project.path())
        .platform("linux/arm64")
        .output(Output::Archive);
    let finished = build.succeed();
    let emulated = finished.progress.named("(emulated)");
    let mut emulated: Vec<_> = emulated.map(|step| step.name.clone()).collect();
    emulated.sort();
    // Not the project, which is pure Python.
    assert_eq!(
        emulated,
        [
            "[cpu/arm64 build] apt-get install gcc libc6-dev (emulated)",
            "[cpu/arm64 build] build a wheel of markupsafe==2.1.5 (emulated)"
        ]
    );
    let failed = finished.progress.steps().filter(|it| it.error.is_some());
    assert_eq!(failed.count(), 0, "what compiles is no failed step");
    let image = finished.image("linux/arm64");
    let mut files = image.files().into_iter();
    let extension = files.find(|(path, _)| path.contains("markupsafe/_speedups.cpython-311"));
    assert_eq!(extension.map(|(_, it)| it.machine), Some(Some(AARCH64)));
    assert!(image.packages().contains(&"pure-1.0".to_owned()));
}

#[test]
fn without_emulation_the_error_says_what_to_do() {
    let Some(inert) = inert_base() else { return };
    let project = Project::new("build-inert", STUB).with("requirements/cpu.txt", REQUIREMENTS);
    let text = containerd()
        .build(project.path())
        .platform("linux/arm64")
        .context("python:3.11-slim", &inert)
        .fail();
    for part in [
        "requirements/cpu.txt:2",
        "failed to build a wheel of `markupsafe==2.1.5` for linux/arm64",
        "tonistiigi/binfmt --install arm64",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_build_without_a_compiler_says_what_brings_one() {
    let stub = "[variant.cpu]\nplatforms = [\"linux/amd64\"]\n";
    let setup = "from setuptools import Extension, setup\n\
                 setup(name='native', version='1.0', ext_modules=[Extension('native', ['native.c'])])\n";
    let source = "#include <Python.h>\nint value;\n";
    let project = Project::new("build-failing", stub)
        .with("requirements/cpu.txt", "six==1.17.0\n./native\n")
        .with("requirements/native/setup.py", setup)
        .with("requirements/native/native.c", source);
    let text = containerd().build(project.path()).fail();
    for part in [
        "requirements/cpu.txt:2",
        "failed to build a wheel of `./requirements/native`: ",
        "No such file or directory",
        "gcc",
        "apt = [\"build-essential\"]",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn libraries_of_what_was_compiled_are_in_the_image() {
    let stub = |base: &str| {
        format!(
            "{base}\n[build]\napt = [\"gcc\", \"libc6-dev\", \"libpq-dev\"]\n\n\
             [variant.cpu]\nplatforms = [\"linux/amd64\"]\n"
        )
    };
    let project = |name: &str, base: &str| {
        let project = Project::new(name, &stub(base));
        project.with("requirements/cpu.txt", "six==1.17.0\npsycopg2==2.9.9\n")
    };
    let lacking = project("build-library-missing", "");
    let text = containerd().build(lacking.path()).fail();
    for part in [
        "requirements/cpu.txt:2",
        "of `psycopg2`, which was compiled here, needs `libpq.so.5`",
        "[base] apt",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let whole = project("build-library", "[base]\napt = [\"libpq5\"]\n");
    let finished = containerd()
        .build(whole.path())
        .output(Output::Archive)
        .succeed();
    let image = finished.image("linux/amd64");
    assert!(image.packages().contains(&"psycopg2-2.9.9".to_owned()));
}
