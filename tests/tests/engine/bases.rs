//! Base images: their content is preserved, and what they lack is an error.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lamina_tests::engine::{
    Engine, Entry, Finished, Image, Kind, Output, Project, classic, containerd, setup,
};
use serde_json::{Value, json};

use crate::shared::{assert_same_files, base};

const ODD: &str = r#"
[base]
image   = "odd:3.11"
apt     = ["dbus-system-bus-common"] # adds the account messagebus
user    = { name = "ragex", uid = 1000 }
workdir = "/app"
dirs    = ["/data/in", "/tmp", "/root"]

[python]
version = "3.11"

[[python.layer]]
name     = "ml"
packages = ["six==1.17.0"]

[app]
copy = [
  { from = "one.txt", to = "/tmp/x" },
  { from = "one.txt", to = "/bin/x", mode = "0755" },
  { from = "one.txt", to = "/opt/x" },
  { from = "files", to = "/srv/data" },
  { from = "files", to = "/data/again" },
]
"#;

#[test]
fn preserves_an_unusual_base() {
    if !has_own_bases() {
        return;
    }
    let project = Project::new("odd", ODD)
        .with("one.txt", "one\n")
        .with("files/two.txt", "two\n");
    let merged = build(containerd(), project.path());
    check_odd(
        merged.image("linux/amd64"),
        &base(containerd(), "odd:3.11", "linux/amd64"),
    );
    let Some(engine) = classic() else { return };
    let stacked = build(engine, project.path());
    check_odd(
        stacked.image("linux/amd64"),
        &base(engine, "odd:3.11", "linux/amd64"),
    );
    assert_same_files(merged.image("linux/amd64"), stacked.image("linux/amd64"));
}

fn build(engine: &Engine, project: &Path) -> Finished {
    engine
        .build(project)
        .platform("linux/amd64")
        .output(Output::Archive)
        .succeed()
}

fn check_odd(image: &Image, base: &Arc<Image>) {
    let (files, before) = (image.files(), base.files());
    // The base has the unusual properties that this test needs.
    assert_eq!(before["bin"].kind, Kind::Symlink("usr/bin".to_owned()));
    assert_eq!(before["data"].kind, Kind::Symlink("srv/data".to_owned()));
    let modes = ["tmp", "root", "opt", "srv/data"].map(|path| before[path].mode);
    assert_eq!(modes, [0o3777, 0o711, 0o751, 0o770]);
    for (path, entry) in &before {
        if entry.is_directory() || matches!(entry.kind, Kind::Symlink(_)) {
            let now = files.get(path).unwrap_or_else(|| panic!("{path} is gone"));
            assert_eq!(entry, now, "{path}");
        }
    }
    for (path, mode, text) in [
        ("tmp/x", 0o644, "one\n"),
        ("opt/x", 0o644, "one\n"),
        ("srv/data/two.txt", 0o644, "two\n"),
        ("srv/data/again/two.txt", 0o644, "two\n"),
        ("usr/bin/x", 0o755, "one\n"),
    ] {
        let entry = files.get(path).unwrap_or_else(|| panic!("no {path}"));
        assert_eq!(owned(entry), (mode, 1000, 1000), "{path}");
        assert_eq!(entry.size, text.len() as u64, "{path}");
    }
    assert_eq!(owned(files["srv/data/in"]), (0o755, 1000, 1000));

    for name in ["passwd", "group", "shadow", "gshadow"] {
        let path = format!("etc/{name}");
        let (Some(was), now) = (before.get(path.as_str()), files.get(path.as_str())) else {
            assert!(
                !files.contains_key(path.as_str()) || name == "gshadow",
                "{path} is new"
            );
            continue;
        };
        let now = now.unwrap_or_else(|| panic!("no {path}"));
        assert_eq!(owned(was), owned(now), "{path}");
        for line in was.text().lines() {
            assert!(now.text().lines().any(|l| l == line), "{path} lost {line}");
        }
        for account in ["ragex:", "messagebus:"] {
            let count = now
                .text()
                .lines()
                .filter(|l| l.starts_with(account))
                .count();
            assert_eq!(count, 1, "{account} in {path}: {}", now.text());
        }
    }
}

#[test]
fn preserves_group_writable_directories() {
    if !has_own_bases() {
        return;
    }
    let name = format!("{}/lamina-e2e-open:latest", setup().registry);
    let stage = "FROM python:3.11-slim\nRUN chgrp 50 /opt && chmod 0775 /opt\n";
    let open = Project::new("open-base", "").with("Dockerfile", stage);
    let bases = setup().bases();
    bases
        .iter()
        .fold(
            containerd().build_dockerfile(open.path()),
            |build, (name, place)| build.context(name, place),
        )
        .output(Output::Push(name.clone()))
        .succeed();
    let stub = format!("[base]\nimage = \"{name}\"\n\n[python]\nversion = \"3.11\"\n");
    let project = Project::new("open", &stub).with("requirements/cpu.txt", "six==1.17.0\n");
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        let finished = build(engine, project.path());
        let files = finished.image("linux/amd64").files();
        let opt = files["opt"];
        assert_eq!((opt.mode, opt.uid, opt.gid), (0o775, 0, 50));
    }
}

/// Without Python layers no Python is needed, neither for files nor for
/// directories that the base lacks.
#[test]
fn files_on_a_base_without_python() {
    if !has_own_bases() {
        return;
    }
    let name = format!("{}/lamina-e2e-bare:latest", setup().registry);
    let stage = "FROM python:3.11-slim\nRUN rm -f /usr/local/bin/python3* /usr/bin/python3*\n";
    let bare = Project::new("bare-base", "").with("Dockerfile", stage);
    let bases = setup().bases();
    bases
        .iter()
        .fold(
            containerd().build_dockerfile(bare.path()),
            |build, (name, place)| build.context(name, place),
        )
        .output(Output::Push(name.clone()))
        .succeed();
    let stub = |to: &str| {
        format!(
            "[base]\nimage = \"{name}\"\n\n[python]\nversion = \"3.11\"\n\n\
             [variant.cpu]\nplatforms = [\"linux/amd64\"]\n\n[app]\ncopy = [\n\
             {{ from = \"a.sh\", to = \"/usr/local/bin/b.sh\", mode = \"0755\" }},\n\
             {{ from = \"*.sh\", to = \"/etc/\" }},\n\
             {{ from = \"tree\", to = \"{to}\" }},\n]\n"
        )
    };
    let project = |name: &str, to: &str| {
        let project = Project::new(name, &stub(to)).with("a.sh", "a\n");
        project.with("tree/sub/x", "x\n")
    };
    let built = build(containerd(), project("bare", "/opt/tree").path());
    let files = built.image("linux/amd64").files();
    assert_eq!(owned(files["usr/local/bin/b.sh"]), (0o755, 10001, 10001));
    assert_eq!(owned(files["etc/a.sh"]), (0o644, 10001, 10001));
    assert_eq!(owned(files["opt/tree/sub/x"]), (0o644, 10001, 10001));
    for kept in ["usr", "usr/local/bin", "etc", "opt"] {
        assert_eq!(owned(files[kept]), (0o755, 0, 0), "{kept}");
    }

    let rejected = project("bare-tree", "/usr");
    let finished = containerd().build(rejected.path()).run();
    assert!(!finished.succeeded());
    let why = "lamina: failed to place tree at /usr: the image already has /usr, tree contains directories";
    let log = &finished.progress.log;
    assert!(log.contains(why), "{log}");
}

/// A directory whose subdirectories exist in the base, some as symbolic links.
const OVERLAY: &str = r#"
[base]
image = "odd:3.11"
user  = { name = "ragex", uid = 1000 }
dirs  = ["/data/in"]

[python]
version = "3.11"

[[python.layer]]
name     = "ml"
packages = ["six==1.17.0"]

[app]
copy = [
  { from = "tree", to = "/" },
  { from = "tree/opt", to = "/opt/new", mode = "0700" },
  { from = "*.txt", to = "/data/in/" },
]
"#;

#[test]
fn copies_over_directories_of_the_base() {
    if !has_own_bases() {
        return;
    }
    let mut project = Project::new("overlay", OVERLAY).with("one.txt", "one\n");
    for directory in ["tmp", "root", "opt/sub", "data/sub", "bin", "srv", "fresh"] {
        project = project.with(&format!("tree/{directory}/x"), "x\n");
    }
    let link = project.path().join("tree/fresh/link");
    std::os::unix::fs::symlink("../tmp/x", link).expect("the project can be written to");
    let merged = build(containerd(), project.path());
    check_overlay(&merged, &base(containerd(), "odd:3.11", "linux/amd64"));

    // The step depends on the application: either nothing runs again, or only
    // that step.
    let placed = |built: &Finished| -> Vec<bool> {
        let steps = built.progress.named("application] copy");
        steps.map(|step| step.cached).collect()
    };
    assert_eq!(placed(&build(containerd(), project.path())), [true]);
    // Unique to this run: the engine may have cached an earlier one.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("it is later than 1970").as_nanos();
    let project = project.with("tree/tmp/x", &format!("{now}\n"));
    let changed = build(containerd(), project.path());
    assert_eq!(placed(&changed), [false]);
    let below = changed.progress.named("ml] uv pip install");
    assert!(below.into_iter().all(|step| step.cached));

    let Some(engine) = classic() else { return };
    let stacked = build(engine, project.path());
    check_overlay(&stacked, &base(engine, "odd:3.11", "linux/amd64"));
    assert_same_files(changed.image("linux/amd64"), stacked.image("linux/amd64"));
}

/// Even if `to` does not name it.
#[test]
fn rejects_copies_over_the_virtual_environment() {
    if !has_own_bases() {
        return;
    }
    let project = Project::new("over-venv", OVERLAY)
        .with("one.txt", "one\n")
        .with("tree/opt/venv/bin/python", "x\n");
    let finished = containerd().build(project.path()).run();
    assert!(!finished.succeeded());
    let why = "lamina: /opt/venv is in the virtual environment";
    let log = &finished.progress.log;
    assert!(log.contains(why), "{log}");
}

fn check_overlay(built: &Finished, base: &Arc<Image>) {
    let image = built.image("linux/amd64");
    let (files, before) = (image.files(), base.files());
    for (path, entry) in &before {
        if entry.is_directory() || matches!(entry.kind, Kind::Symlink(_)) {
            assert_eq!(Some(entry), files.get(path), "{path}");
        }
    }
    for (path, mode) in [
        ("tmp/x", 0o644),
        ("root/x", 0o644),
        ("opt/sub", 0o755),
        ("opt/sub/x", 0o644),
        ("srv/x", 0o644),
        ("srv/data/sub", 0o755),
        ("srv/data/sub/x", 0o644),
        ("srv/data/in", 0o755),
        ("srv/data/in/one.txt", 0o644),
        ("usr/bin/x", 0o644),
        ("fresh", 0o755),
        ("opt/new", 0o700),
        ("opt/new/sub/x", 0o700),
    ] {
        let entry = files.get(path).unwrap_or_else(|| panic!("no {path}"));
        assert_eq!(owned(entry), (mode, 1000, 1000), "{path}");
    }
    let link = Kind::Symlink("../tmp/x".to_owned());
    assert_eq!(files["fresh/link"].kind, link);
    // The account, directories, the Python layer, and the application.
    assert_eq!(image.above(base).len(), 4);
}

fn owned(entry: &Entry) -> (u32, u64, u64) {
    (entry.mode, entry.uid, entry.gid)
}

#[test]
fn accounts_are_never_aliases() {
    if !has_own_bases() {
        return;
    }
    // The unusual base uses 10001 for its `svc`.
    let stub = "[base]\nimage = \"odd:3.11\"\n[python]\nlayer = []\n";
    let project = Project::new("alias", stub);
    let built = build(containerd(), project.path());
    let image = built.image("linux/amd64");
    assert_eq!(*image.runtime("User"), "10002");
    let files = image.files();
    assert!(
        files["etc/passwd"]
            .text()
            .contains("\napp:x:10002:10002::/home/app:")
    );
    assert_eq!(owned(files["home/app"]), (0o750, 10002, 10002));
}

#[test]
fn rejects_a_base_without_the_platform() {
    if !has_own_bases() {
        return;
    }
    let stub = "\n[base]\nimage = \"python:3.11-slim-amd64\"\n\n\
                [variant.cpu]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n\n\
                [[python.layer]]\nname = \"ml\"\npackages = [\"six==1.17.0\"]\n";
    let project = Project::new("single", stub);
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        let text = engine.build(project.path()).target("cpu-arm64").fail();
        insta::assert_snapshot!("no_arm64_in_the_base", setup().shown(&text));
    }
    let built = containerd().build(project.path()).target("cpu-amd64").run();
    assert!(built.succeeded(), "{}", built.text());
}

/// An empty body: everything else comes from `requirements/`.
#[test]
fn builds_an_empty_body() {
    let project = Project::new("empty", "")
        .with("requirements/cpu.txt", "# the bottom\nmarkupsafe==3.0.2\n")
        .with("requirements/base-ml.txt", "-r cpu.txt\njinja2==3.1.6\n")
        .with("requirements/app.txt", "six==1.17.0\n")
        .with(
            "src/main.py",
            "import jinja2, six\nprint(jinja2.__version__)\n",
        );
    let built = containerd()
        .build_as_named(project.path())
        .platform("linux/amd64")
        .output(Output::Archive)
        .succeed();
    let image = built.image("linux/amd64");
    let below = base(containerd(), "python:3.11-slim", "linux/amd64");
    assert_eq!(
        image.history_above(&below),
        [
            "account app (10001)",
            "mkdir /app",
            "torch: uv pip install markupsafe==3.0.2",
            "ml: uv pip install jinja2==3.1.6",
            "app: uv pip install six==1.17.0",
            "copy src to /app/src",
        ]
    );
    assert_eq!(image.above(&below).len(), 6);
    let packages = ["jinja2-3.1.6", "MarkupSafe-3.0.2", "six-1.17.0"];
    assert_eq!(image.packages(), packages);
    assert_eq!(*image.runtime("User"), "10001");
    assert_eq!(*image.runtime("Entrypoint"), Value::Null);
    assert_eq!(*image.runtime("Cmd"), json!(["python3"]));
    assert_eq!(
        owned(image.files()["app/src/main.py"]),
        (0o644, 10001, 10001)
    );
}

fn has_own_bases() -> bool {
    if !setup().own_bases {
        eprintln!("skipped: the base images of these tests are in no registry");
    }
    setup().own_bases
}
