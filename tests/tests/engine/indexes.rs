//! An index that wants credentials: they come from the secret `netrc`, and
//! stay in it.

use std::fs;

use lamina_tests::engine::{Output, Project, SECRETS, classic, containerd, setup};

fn project(installer: &str) -> Project {
    let index = format!("--extra-index-url {}/private/simple/\n", setup().index);
    let host = setup()
        .index
        .trim_start_matches("http://")
        .split(':')
        .next()
        .unwrap_or_default();
    Project::new(
        &format!("private-{installer}"),
        &format!("[python]\ninstaller = \"{installer}\"\n"),
    )
    .with(
        "requirements/cpu.txt",
        &format!("{index}lamina-private==1.0\n"),
    )
    .with(
        "../netrc",
        &format!("machine {host}\nlogin lamina\npassword {}\n", SECRETS[1]),
    )
}

#[test]
fn without_the_secret_the_message_says_why() {
    let project = project("uv");
    // Not from the cache: it does not know secrets.
    let build = containerd()
        .build(project.path())
        .platform("linux/amd64")
        .args(&["--no-cache"]);
    let text = build.fail();
    insta::assert_snapshot!(setup().shown(&text));
}

#[test]
fn the_secret_opens_the_index_and_stays_secret() {
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        for installer in ["uv", "pip"] {
            let project = project(installer);
            let netrc = project.path().join("../netrc");
            assert!(fs::read_to_string(&netrc).is_ok_and(|text| text.contains(SECRETS[1])));
            let built = engine
                .build(project.path())
                .platform("linux/amd64")
                .secret("netrc", &netrc)
                .output(Output::Archive)
                .succeed();
            let image = built.image("linux/amd64");
            assert_eq!(image.packages(), ["lamina_private-1.0"]);
            let files = image.files();
            assert!(!files.contains_key("root/.netrc"));
            assert!(!files.keys().any(|path| path.starts_with("run/secrets")));
            for (path, entry) in &files {
                assert!(
                    !entry.secrets.contains(&SECRETS[1]),
                    "{path} has the password"
                );
            }
            let rest = [
                image.config.to_string(),
                image.manifest.to_string(),
                built.progress.log.clone(),
                built
                    .progress
                    .steps()
                    .map(|step| step.name.as_str())
                    .collect(),
                built.text(),
            ];
            for text in rest {
                assert!(!text.contains(SECRETS[1]), "{text}");
            }
        }
    }
}
