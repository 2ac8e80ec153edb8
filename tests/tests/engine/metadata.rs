//! Annotations and dates.

use lamina_tests::engine::{Output, Project, classic, containerd, setup};
use serde_json::Value;

use crate::shared::base;

const STUB: &str = "[[python.layer]]\nname = \"ml\"\npackages = [\"six==1.17.0\"]\n";

#[test]
fn annotates_manifests_with_the_base() {
    let project = Project::new("annotations", STUB);
    let build = |platforms: &str| {
        let build = containerd().build(project.path()).platform(platforms);
        build.output(Output::Archive).succeed()
    };
    // The image that was used, not the one that the stub names.
    let name = if setup().own_bases {
        format!("{}/python:3.11-slim", setup().registry)
    } else {
        "docker.io/library/python:3.11-slim".to_owned()
    };
    for platforms in ["linux/amd64", "linux/amd64,linux/arm64"] {
        let finished = build(platforms);
        for platform in platforms.split(',') {
            let annotations = &finished.image(platform).manifest["annotations"];
            let base = |key: &str| {
                let value = &annotations[&format!("org.opencontainers.image.base.{key}")];
                value.as_str().unwrap_or_default().to_owned()
            };
            assert_eq!(base("name"), name, "{platform} of {platforms}");
            assert!(base("digest").starts_with("sha256:"), "{annotations}");
        }
    }
}

#[test]
fn applies_source_date_epoch() {
    let project = Project::new("dates", STUB);
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        let dated = |epoch: &str| {
            let build = engine.build(project.path()).platform("linux/amd64");
            build.arg("SOURCE_DATE_EPOCH", epoch)
        };
        let built = dated("1600000000").output(Output::Archive).succeed();
        let image = built.image("linux/amd64");
        let below = base(engine, "python:3.11-slim", "linux/amd64");
        assert_eq!(image.config["created"], "2020-09-13T12:26:40Z");
        let history = |config: &Value| config["history"].as_array().cloned().unwrap_or_default();
        let (own, before) = (history(&image.config), history(&below.config));
        assert_eq!(own[..before.len()], before, "{}", engine.store);
        for entry in &own[before.len()..] {
            assert_eq!(entry["created"], "2020-09-13T12:26:40Z", "{entry}");
        }
        assert!(own.len() > before.len());

        // No operation depends on it: a new commit reinstalls nothing.
        let later = dated("1600000001").succeed();
        let installs = later.progress.named("pip install");
        assert!(installs.into_iter().all(|step| step.cached));
    }
}
