//! Mistakes, as a new user makes them: the whole text that Docker shows.

use lamina_tests::engine::{Project, containerd, setup};

/// What `docker buildx build` says about a project that has a mistake.
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
fn an_unknown_key() {
    let project = Project::new(
        "key",
        "\n[base]\nimage = \"python:3.11-slim\"\nuser_name = \"x\"\naptt = [\"git\"]\n",
    );
    insta::assert_snapshot!(said(&project));
}

#[test]
fn requirements_of_two_layers_that_exclude_each_other() {
    let project = of_the_index("conflict", "lamina-needs-old==1.0", "lamina-needs-new");
    insta::assert_snapshot!(said(&project));
    // Not only once: a failed resolution is not cached.
    insta::assert_snapshot!(
        "requirements_of_two_layers_that_exclude_each_other",
        said(&project)
    );
}

#[test]
fn a_package_that_does_not_exist() {
    let project = of_the_index("no-package", "lamina-dep", "lamina-no-such-package>=2");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn a_version_that_does_not_exist() {
    let project = of_the_index("no-version", "lamina-dep==3", "lamina-needs-new");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn two_packages_that_write_one_file() {
    let project = of_the_index("clash", "lamina-clash-a==1.0", "lamina-clash-b==1.0");
    insta::assert_snapshot!(said(&project));
    // The same content is no reason to complain.
    let project = of_the_index("no-clash", "lamina-same-a==1.0", "lamina-same-b==1.0");
    containerd()
        .build(project.path())
        .platform("linux/amd64")
        .succeed();
}

#[test]
fn a_base_image_that_does_not_exist() {
    let stub = format!(
        "\n[base]\nimage = \"{}/lamina-e2e/none:1\"\n",
        setup().registry
    );
    let project = Project::new("no-base", &stub).with("requirements/cpu.txt", "six\n");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn an_include_cycle() {
    let project = Project::new("cycle", "")
        .with("requirements/cpu.txt", "six\n-r more/one.txt\n")
        .with("requirements/more/one.txt", "-r two.txt\n")
        .with("requirements/more/two.txt", "idna\n-r ../cpu.txt\n");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn a_file_that_is_not_there() {
    let project = Project::new("no-file", "").with("requirements/cpu.txt", "six\n-r base.txt\n");
    insta::assert_snapshot!(said(&project));
}

#[test]
fn an_undeclared_argument_is_a_warning_that_is_shown() {
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
