//! Common errors of new users: the whole text that Docker prints.

use lamina_tests::engine::{Project, containerd, setup};

/// What `docker buildx build` prints for a project with an error.
#[track_caller]
fn said(project: &Project) -> String {
    let text = containerd()
        .build(project.path())
        .platform("linux/amd64")
        .fail();
    setup().shown(&text)
}

/// Packages of the test index, in `requirements/cpu.txt` and `base-ml.txt`.
fn of_the_index(name: &str, lower: &str, upper: &str) -> Project {
    let index = format!("--index-url {}/simple/\n", setup().index);
    Project::new(name, "")
        .with("requirements/cpu.txt", &format!("{index}{lower}\n"))
        .with("requirements/base-ml.txt", &format!("{upper}\n"))
}

#[test]
fn unknown_key() {
    let project = Project::new(
        "key",
        "\n[base]\nimage = \"python:3.11-slim\"\nuser_name = \"x\"\naptt = [\"git\"]\n",
    );
    insta::assert_snapshot!(said(&project));
}

#[test]
fn conflict_of_two_layers() {
    let project = of_the_index("conflict", "lamina-needs-old==1.0", "lamina-needs-new");
    insta::assert_snapshot!(said(&project));
    // Twice: a failed resolution is not cached.
    insta::assert_snapshot!("conflict_of_two_layers", said(&project));
}

#[test]
fn missing_package() {
    let project = of_the_index("no-package", "lamina-dep", "lamina-no-such-package>=2");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn missing_version() {
    let project = of_the_index("no-version", "lamina-dep==3", "lamina-needs-new");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn clash_of_two_packages() {
    let project = of_the_index("clash", "lamina-clash-a==1.0", "lamina-clash-b==1.0");
    insta::assert_snapshot!(said(&project));
    // The same content is not an error.
    let project = of_the_index("no-clash", "lamina-same-a==1.0", "lamina-same-b==1.0");
    containerd()
        .build(project.path())
        .platform("linux/amd64")
        .succeed();
}

#[test]
fn missing_base_image() {
    let stub = format!(
        "\n[base]\nimage = \"{}/lamina-e2e/none:1\"\n",
        setup().registry
    );
    let project = Project::new("no-base", &stub).with("requirements/cpu.txt", "six\n");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn include_cycle() {
    let project = Project::new("cycle", "")
        .with("requirements/cpu.txt", "six\n-r more/one.txt\n")
        .with("requirements/more/one.txt", "-r two.txt\n")
        .with("requirements/more/two.txt", "idna\n-r ../cpu.txt\n");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn missing_file() {
    let project = Project::new("no-file", "").with("requirements/cpu.txt", "six\n-r base.txt\n");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn undeclared_argument() {
    let project = Project::new("argument", "\n[args]\nCUDA = \"12\"\n")
        .with("requirements/cpu.txt", "six==1.17.0\n");
    let finished = containerd()
        .build(project.path())
        .platform("linux/amd64")
        .arg("CUDAA", "12")
        .arg("HTTP_PROXY", "")
        .succeed();
    insta::assert_snapshot!(finished.progress.warnings.join("\n---\n"));

    let shown = containerd()
        .build(project.path())
        .platform("linux/amd64")
        .arg("CUDAA", "12")
        .args(&["--progress=plain"])
        .succeed();
    let text = shown.text();
    assert!(text.contains("1 warning found"), "{text}");
    assert!(
        text.contains("the stub declares no build argument `CUDAA`"),
        "{text}"
    );
}
