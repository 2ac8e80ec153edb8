use super::*;
use crate::source::SourceFile;

fn uv(kind: UvFailureKind, said: &str) -> UvFailure {
    UvFailure {
        kind,
        text: said.to_owned(),
        said: said.to_owned(),
        packages: Vec::new(),
        missing: Vec::new(),
        requirement: None,
        status: None,
        url: None,
    }
}

fn requirement(name: Option<&str>, source: RequirementSource) -> Requirement {
    Requirement {
        name: name.map(|name| name.parse().expect("a name")),
        extras: Vec::new(),
        source,
        marker: None,
        hashes: Vec::new(),
        location: SourceFile::new("r.txt", "x").at(0..1),
    }
}

fn path(path: &str) -> Requirement {
    requirement(None, RequirementSource::Path(path.to_owned()))
}

#[test]
fn paths_are_matched_whole() {
    let project = path("libs/error");
    let mounted = mounted_at(&project).expect("it is mounted");
    for (said, expected) in [
        (format!("error: `{mounted}` is not a project"), true),
        (format!("no file file://{mounted}/setup.py"), true),
        (format!("{mounted}-other is not one"), false),
        ("an error of something else".to_owned(), false),
    ] {
        let failure = uv(UvFailureKind::Other, &said);
        assert_eq!(is_about(&failure, &project), expected, "{said}");
    }
    // The full stop at the end of a message must not match these paths.
    let said = "Failed to fetch https://h/x. Try again.";
    for other in [".", "a.", "libs/h"] {
        assert!(!is_about(&uv(UvFailureKind::Other, said), &path(other)));
    }
}

#[test]
fn urls_are_matched_whole() {
    let url = |url: &str| requirement(None, RequirementSource::Url(url.to_owned()));
    let mut failure = uv(
        UvFailureKind::Http,
        "Failed to fetch: `https://h/a-1.0.zip`.",
    );
    assert!(is_about(&failure, &url("https://h/a-1.0.zip#sha256=0")));
    assert!(!is_about(&failure, &url("https://h/a-1.0")));
    assert!(!is_about(&failure, &url("https://h/")));
    failure.url = Some("https://h/a-1.0".to_owned());
    assert!(is_about(&failure, &url("https://h/a-1.0")));
}

#[test]
fn builds_are_of_the_package_that_uv_names() {
    let registry = |name: &str| {
        let any = RequirementSource::Registry(std::iter::empty().collect());
        requirement(Some(name), any)
    };
    let mut failure = uv(UvFailureKind::Build, "Failed to build `flash-attn==2.5`");
    assert!(!is_about(&failure, &registry("build")));
    failure.requirement = Some("flash_attn==2.5".to_owned());
    assert!(is_about(&failure, &registry("flash-attn")));
    assert!(!is_about(&failure, &registry("flash")));
    failure.requirement = Some("project @ file:///lamina/sources/0/project".to_owned());
    assert!(is_about(&failure, &registry("project")));
}
