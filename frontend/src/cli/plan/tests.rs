use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::*;
use crate::cli::run;

/// A project in a directory of its own, beside a file that is none of it.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("lamina-plan-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(place.join("project/requirements")).unwrap();
        fs::write(place.join("secret.txt"), "secret==1\n").unwrap();
        let project = Self(place);
        project.write(
            "Dockerfile",
            "# syntax=lamina\n[variant.cpu]\nplatforms = [\"linux/amd64\"]\n",
        );
        project
    }

    fn root(&self) -> PathBuf {
        self.0.join("project")
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.root().join(path), text).unwrap();
    }

    fn link(&self, path: &str, target: impl AsRef<Path>) {
        symlink(target, self.root().join(path)).unwrap();
    }

    fn plan(&self, arguments: &[&str]) -> Answer {
        let root = self.root();
        let root = root.to_str().expect("the path is text");
        run([&["lamina", "plan", root], arguments].concat())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn follows_no_link_out_of_the_project() {
    let project = Project::new("links");
    project.write(
        "requirements/app.txt",
        "-r relative.txt\n-r absolute.txt\n-r ../up/secret.txt\n",
    );
    project.link("requirements/relative.txt", "../../secret.txt");
    project.link("requirements/absolute.txt", project.0.join("secret.txt"));
    project.link("up", "..");
    let answer = project.plan(&[]);
    assert_eq!((answer.code, &*answer.out), (1, ""));
    insta::assert_snapshot!(answer.err);
}

#[test]
fn follows_links_within_the_project() {
    let project = Project::new("inside");
    fs::create_dir(project.root().join("shared")).unwrap();
    project.write("shared/app.txt", "six==1.16.0\n");
    project.link("requirements/app.txt", "/shared/app.txt");
    let answer = project.plan(&[]);
    assert_eq!((answer.code, &*answer.err), (0, ""));
    assert!(answer.out.contains("six==1.16.0"), "{}", answer.out);
}

#[test]
fn reports_invalid_options_together() {
    let project = Project::new("options");
    project.write("requirements/app.txt", "six\n");
    let answer = project.plan(&["--platform=linux,linux/amd64", "--build-arg==x"]);
    assert_eq!(answer.code, 1);
    insta::assert_snapshot!(answer.err);
}

#[test]
fn passes_no_build_argument_that_the_environment_does_not_have() {
    let arguments = ["LAMINA_TEST_NONE", "PATH", "A=", "B=c=d"];
    let passed = arguments.map(|text| build_arg(text).unwrap());
    let path = std::env::var("PATH").unwrap();
    let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    assert_eq!(
        passed,
        [None, pair("PATH", &path), pair("A", ""), pair("B", "c=d")]
    );
}
