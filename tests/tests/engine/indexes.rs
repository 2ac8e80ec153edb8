//! An index that wants credentials: they come from the secret `netrc`, and
//! stay in it.

use std::fs;

use lamina_tests::engine::{Output, Project, SECRETS, classic, containerd, setup};

/// The credentials of the private index, as the secret has them.
fn netrc() -> String {
    let address = setup().index.trim_start_matches("http://");
    let host = address.split(':').next().unwrap_or_default();
    let password = SECRETS[1];
    format!("machine {host}\nlogin lamina\npassword {password}\n")
}

fn project(installer: &str) -> Project {
    let index = format!("--extra-index-url {}/private/simple/\n", setup().index);
    Project::new(
        &format!("private-{installer}"),
        &format!("[python]\ninstaller = \"{installer}\"\n"),
    )
    .with(
        "requirements/cpu.txt",
        &format!("{index}lamina-private==1.0\n"),
    )
    .with(&format!("../{installer}.netrc"), &netrc())
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

/// The name is there in public, too: the installer would take that one.
#[test]
fn a_public_package_does_not_stand_in_for_a_private_one() {
    let index = &setup().index;
    let indexes =
        format!("--index-url {index}/simple/\n--extra-index-url {index}/private/simple/\n");
    let project = Project::new("confusion", "")
        .with("requirements/cpu.txt", &format!("{indexes}lamina-dep\n"))
        .with("../confusion.netrc", &netrc());
    let build = || containerd().build(project.path()).platform("linux/amd64");
    insta::assert_snapshot!(setup().shown(&build().fail()));
    // Not remembered: with the credentials it builds, and that is remembered.
    let netrc = project.path().join("../confusion.netrc");
    build().secret("netrc", &netrc).succeed();
    let again = build().secret("netrc", &netrc).succeed();
    let resolve = again.progress.named("uv pip compile").collect::<Vec<_>>();
    assert!(
        !resolve.is_empty() && resolve.iter().all(|step| step.cached),
        "{resolve:#?}"
    );
}

#[test]
fn the_secret_opens_the_index_and_stays_secret() {
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        for installer in ["uv", "pip"] {
            let project = project(installer);
            let netrc = project.path().join(format!("../{installer}.netrc"));
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
