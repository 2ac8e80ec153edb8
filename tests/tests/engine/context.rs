//! Requirement files as real clients send them.

use lamina_tests::engine::{Output, Project, containerd, setup};

/// A requirement file with its index.
fn dependency() -> String {
    format!("--index-url {}/simple/\nlamina-dep==1.0\n", setup().index)
}

#[test]
fn follows_symbolic_links() {
    let project = Project::new("links", "")
        .with("shared/dep.txt", &dependency())
        .with("deps/unused.bin", "")
        .with_link("deps/cpu.txt", "../shared/dep.txt")
        .with_link("requirements", "deps");
    let built = containerd()
        .build(project.path())
        .platform("linux/amd64")
        .output(Output::Archive)
        .succeed();
    assert_eq!(built.image("linux/amd64").packages(), ["lamina_dep-1.0"]);
}

#[test]
fn a_link_out_of_the_context() {
    let project = Project::new("link-out", "")
        .with("../outside.txt", &dependency())
        .with("requirements/notes.md", "")
        .with_link("requirements/cpu.txt", "../../outside.txt");
    let build = containerd().build(project.path()).platform("linux/amd64");
    insta::assert_snapshot!(setup().shown(&build.fail()));
}
