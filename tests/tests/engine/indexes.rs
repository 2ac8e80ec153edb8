//! An index that requires credentials: they come from the secret `netrc` and
//! are not stored anywhere.

use std::fs;

use lamina_tests::engine::{Build, Output, Project, SECRETS, classic, containerd, setup};

/// The content of the secret: the credentials of the private index.
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

/// A build without cache, since cache keys do not depend on secrets. `--no-cache`
/// empties the cache mounts, so it has its own.
fn without_cache(project: &Project) -> Build<'_> {
    containerd()
        .build(project.path())
        .platform("linux/amd64")
        .args(&["--no-cache", "--build-arg=BUILDKIT_CACHE_MOUNT_NS=refused"])
}

#[test]
fn explains_a_missing_secret() {
    let project = project("uv");
    insta::assert_snapshot!(setup().shown(&without_cache(&project).fail()));
}

/// A public package has the same name: the installer would take that one.
#[test]
fn public_packages_do_not_replace_private_ones() {
    let project = with_index("confusion", "", "private/simple", "lamina-dep\n")
        .with("../confusion.netrc", &netrc());
    insta::assert_snapshot!(setup().shown(&without_cache(&project).fail()));
    // The failure is not cached: with the credentials it builds, and that is cached.
    let build = || containerd().build(project.path()).platform("linux/amd64");
    let netrc = project.path().join("../confusion.netrc");
    build().secret("netrc", &netrc).succeed();
    let again = build().secret("netrc", &netrc).succeed();
    let resolve = again.progress.named("uv pip compile").collect::<Vec<_>>();
    assert!(
        !resolve.is_empty() && resolve.iter().all(|step| step.cached),
        "{resolve:#?}"
    );
}

fn with_index(name: &str, stub: &str, directory: &str, requirements: &str) -> Project {
    let index = &setup().index;
    let indexes = format!("--index-url {index}/simple/\n--extra-index-url {index}/{directory}/\n");
    Project::new(name, stub).with("requirements/cpu.txt", &(indexes + requirements))
}

/// An index without packages that answers 401 for this one only.
#[test]
fn asks_for_each_package() {
    let requirements = "lamina-dep==1.0\nlamina-same-a==1.0\n";
    let project = with_index("partly", "", "partly", requirements);
    insta::assert_snapshot!(setup().shown(&without_cache(&project).fail()));
    let anonymous = format!(
        "[[python.index]]\nurl = \"{}/partly\"\nanonymous = true\n",
        setup().index
    );
    let project = with_index("anonymous", &anonymous, "partly", requirements);
    without_cache(&project).succeed();
}

/// The conflict comes first; the index, which may be unrelated, comes last.
#[test]
fn reports_a_conflict_beside_an_index_that_denies_access() {
    let requirements = "lamina-needs-old==1.0\nlamina-needs-new==1.0\n";
    let project = with_index("private-conflict", "", "private/simple", requirements);
    insta::assert_snapshot!(setup().shown(&without_cache(&project).fail()));
}

/// A bucket answers 403 for missing files: not an error. If a package comes from
/// it, as in the root project, there is no warning either.
#[test]
fn warns_of_an_index_that_forbids_everything() {
    let index = &setup().index;
    let project = with_index("bucket", "", "whl/nothing", "lamina-dep==1.0\n");
    let build = containerd().build(project.path()).platform("linux/amd64");
    let warnings = build.succeed().progress.warnings.join("\n");
    let wanted = format!(
        "no package of cpu/amd64 comes from the index {index}/whl/nothing/: it answers 403 Forbidden"
    );
    assert!(warnings.contains(&wanted), "{warnings}");
}

#[test]
fn the_secret_gives_access_and_is_not_stored() {
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
