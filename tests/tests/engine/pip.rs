//! pip as the installer, and requirement files with hashes.

use lamina_tests::engine::{Output, Project, containerd};

use crate::emulation::inert_base;

const AMD64: &str = "a123e330ef0853c6e822384873bef7507557d8e4a082961e1defa947aa59ba84";
const ARM64: &str = "2cb8438c3cbb25e220c2ab33bb226559e7afb3baec11c4f218ffa7308603c832";
const JINJA2: &str = "85ece4451f492d0c13c5dd7c13a64681a86afae63a5f347908daf103ce6d2f67";

/// Two layers, installed with `installer`, with hashes.
fn project(name: &str, installer: &str, amd64: &str) -> Project {
    let stub = format!(
        "[python]\ninstaller = \"{installer}\"\n\n\
         [variant.cpu]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n"
    );
    Project::new(name, &stub)
        .with(
            "requirements/cpu.txt",
            &format!(
                "markupsafe==3.0.2 \\\n    --hash=sha256:{amd64} \\\n    --hash=sha256:{ARM64}\n"
            ),
        )
        .with(
            "requirements/base-ml.txt",
            &format!("jinja2==3.1.6 --hash=sha256:{JINJA2}\n"),
        )
}

#[test]
fn pip_installs_for_both_architectures_without_emulation() {
    let project = project("pip", "pip", AMD64);
    let inert = inert_base();
    for (platform, machine) in [("linux/amd64", 62), ("linux/arm64", 183)] {
        let mut build = containerd().build(project.path()).platform(platform);
        if platform == "linux/arm64" {
            let Some(inert) = &inert else { continue };
            build = build.context("python:3.11-slim", inert);
        }
        let finished = build.output(Output::Archive).succeed();
        let image = finished.image(platform);
        assert_eq!(image.packages(), ["jinja2-3.1.6", "MarkupSafe-3.0.2"]);
        let files = image.files();
        let compiled = files
            .iter()
            .find(|(path, _)| path.contains("markupsafe/_speedups.cpython"));
        assert_eq!(compiled.and_then(|(_, entry)| entry.machine), Some(machine));
        for (path, entry) in files
            .iter()
            .filter(|(path, _)| path.starts_with("opt/venv/"))
        {
            assert_eq!((entry.uid, entry.gid), (0, 0), "{path}");
            assert!(!entry.is_world_writable(), "{path}");
            assert!(!path.contains("/site-packages/pip"), "{path}");
        }
        assert!(!files.keys().any(|path| path.starts_with("root/.cache")));
        assert!(finished.progress.named("pip install").count() >= 2);
    }
}

#[test]
fn a_wrong_hash_stops_the_build() {
    for installer in ["pip", "uv"] {
        let name = format!("wrong-hash-{installer}");
        let project = project(&name, installer, &AMD64.replace('a', "b"));
        let finished = containerd()
            .build(project.path())
            .platform("linux/amd64")
            .run();
        assert!(
            !finished.succeeded(),
            "{installer} took a file with another hash"
        );
        let said = format!("{}\n{}", finished.text(), finished.progress.log).to_lowercase();
        assert!(
            said.contains("markupsafe") && said.contains("hash"),
            "{said}"
        );
        assert!(said.contains(AMD64), "{said}");
    }
}

#[test]
fn names_a_package_without_a_hash() {
    let hashed = format!("jinja2==3.1.6 --hash=sha256:{JINJA2}\n");
    let project = Project::new("half-hashed", "").with("requirements/cpu.txt", &hashed);
    let text = containerd()
        .build(project.path())
        .platform("linux/amd64")
        .fail();
    let text = text.replace(&newest_markupsafe(&text), "markupsafe==LATEST");
    insta::assert_snapshot!(text);
}

/// The version that the resolver has found.
fn newest_markupsafe(text: &str) -> String {
    let start = text.find("markupsafe==").expect("the message names it");
    let version = text[start..].split('`').next().unwrap_or_default();
    version.to_owned()
}
