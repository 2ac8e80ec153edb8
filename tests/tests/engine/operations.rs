//! Every kind of operation of `buildkit-llb`, solved by real daemons. The
//! results are compared file by file. The graphs are in the frontend
//! `every-operation` of this crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::LazyLock;

use buildkit_llb::Digest;
use lamina_tests::engine::{
    Agent, Build, Engine, Entry, Image, Kind, Output, Project, Repository, Request, Server,
    archive, classic, containerd, setup, write_layout,
};

const PROGRAM: &str = "every-operation";
const GREETING: &str = "served\n";

/// The parts of the frontend that every daemon supports.
const ALWAYS: [&str; 23] = [
    "build",
    "build-named",
    "copy",
    "copy-patterns",
    "copy-unpack",
    "exec",
    "exec-cache",
    "exec-network",
    "exec-root",
    "file",
    "file-chain",
    "file-rm",
    "git",
    "git-commit",
    "git-keep",
    "git-subdir",
    "http",
    "http-options",
    "image",
    "image-layers",
    "local",
    "local-follow",
    "oci-layout",
];

/// Those that the classic store claims to support but does not: it takes an
/// image with all layers whatever the limit, and has no image directories.
const PRETENDED: [&str; 2] = ["image-layers", "oci-layout"];

/// Those that only the containerd store supports.
const MERGING: [&str; 3] = ["diff", "merge", "merge-diff"];

/// Those that are newer than Docker 26 (BuildKit 0.13). If that is the test
/// engine, their expected results were written by hand.
const LATER: [&str; 6] = [
    "copy-replace",
    "copy-required",
    "exec-exit-code",
    "git-checksum",
    "http-headers",
    "symlink",
];

/// What all builds of this file use; created once.
struct World {
    server: Server,
    project: Project,
    repository: String,
    /// The commit with the tag, and the one after it.
    commits: [String; 2],
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let server = Server::start(PROGRAM);
        fs::write(server.root().join("greeting.txt"), GREETING).expect("target can be written");
        let repository = Repository::new(&server, "project")
            .with("file.txt", "the first commit\n")
            .with("inner/deep.txt", "in a folder\n");
        let commit = repository.commit();
        repository.tag("v1");
        repository.write("file.txt", "the second commit\n");
        let commits = [commit, repository.commit()];
        let stub = format!("# syntax={}-{PROGRAM}\n", lamina_tests::engine::FRONTEND);
        let project = Project::new(PROGRAM, "")
            .with("Dockerfile", &stub)
            .with("sent/kept.txt", "kept\n")
            .with("sent/left.bak", "left out\n")
            .with("sent/folder/more.txt", "more\n")
            .with("target/file", "what the link leads to\n")
            .with("unrelated", "never sent\n")
            .with("secret", "thirteen char")
            .with(
                "small/Dockerfile",
                "FROM scratch\nCOPY --chown=3:4 --chmod=640 one /one\nCOPY two /two\n",
            )
            .with("small/one", "of the first layer\n")
            .with("small/two", "of the second layer\n");
        symlink("target/file", project.path().join("link")).expect("target can be written");
        let packed = archive(&[
            ("inside/", 0o750, 0, 0, ""),
            ("inside/file", 0o604, 11, 12, "packed\n"),
        ]);
        fs::write(project.path().join("archive.tar"), packed).expect("target can be written");
        let layer = [("file", 0o604, 8, 9, "of the image directory\n")];
        write_layout(&project.path().join("layout"), &layer);
        let image = project.path().join("small");
        let push = containerd().build_dockerfile(&image);
        push.output(Output::Push(small())).succeed();
        Self {
            repository: repository.url().to_owned(),
            server,
            project,
            commits,
        }
    }

    /// A build with everything that the frontend needs.
    fn build<'e>(&self, engine: &'e Engine, agent: &Agent) -> Build<'e> {
        engine.frontend(PROGRAM);
        let base = if setup().own_bases {
            format!("{}/python:3.11-slim", setup().registry)
        } else {
            "python:3.11-slim".to_owned()
        };
        let digest = Digest::of(GREETING.as_bytes());
        let socket = agent.socket().to_string_lossy().into_owned();
        let layout = format!(
            "oci-layout://{}:latest",
            self.project.path().join("layout").display()
        );
        engine
            .build_dockerfile(self.project.path())
            // Unique to each run, so that nothing is cached.
            .arg("RUN", &self.server.url())
            .arg("BASE", &base)
            .arg("SMALL", &small())
            .arg("GREETING", &format!("{}/greeting.txt", self.server.url()))
            .arg("GREETING_DIGEST", digest.as_str())
            .arg("REPOSITORY", &self.repository)
            .arg("COMMIT", &self.commits[0])
            .context("layout", &layout)
            .secret("every-operation", &self.project.path().join("secret"))
            .args(&["--ssh", &format!("default={socket}")])
    }

    /// All parts that the engine supports.
    fn image(&self, engine: &Engine, agent: &Agent) -> Image {
        let mut build = self.build(engine, agent);
        if !engine.is_containerd() {
            build = build.arg("WITHOUT", &PRETENDED.join(","));
        }
        let finished = build.output(Output::Archive).succeed();
        let mut images = finished.images.into_values();
        images.next().expect("there is one image")
    }
}

/// The name of the image that is pulled.
fn small() -> String {
    format!("{}/lamina-e2e-small:latest", setup().registry)
}

/// The files of each part, one line each.
fn listings(image: &Image) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (path, entry) in image.files() {
        let Some(path) = path.strip_prefix("srv/") else {
            continue;
        };
        if let Some((piece, path)) = path.split_once('/') {
            let listing = all.entry(piece.to_owned()).or_default();
            let _ = writeln!(listing, "{path} {}", shown(entry));
        }
    }
    all
}

/// Kind, mode, owner, content.
fn shown(entry: &Entry) -> String {
    let (kind, content) = match &entry.kind {
        Kind::Symlink(target) => (format!("link to {target}"), String::new()),
        Kind::File => ("file".to_owned(), content(entry)),
        other => (format!("{other:?}").to_lowercase(), String::new()),
    };
    let Entry { mode, uid, gid, .. } = entry;
    format!("{kind} {mode:04o} {uid}:{gid}{content}")
}

fn content(entry: &Entry) -> String {
    let text = entry.text();
    if text.contains('\0') {
        format!(" ({} bytes)", entry.size)
    } else if text.lines().count() > 1 {
        format!("\n{}", text.trim_end())
    } else {
        format!(" {text:?}")
    }
}

/// The unsupported parts, with the messages of the check.
fn lacking(image: &Image) -> BTreeMap<String, String> {
    let text = image.files()["srv/lacking"].text().to_owned();
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines
        .map(|(piece, message)| (piece.to_owned(), message.to_owned()))
        .collect()
}

#[test]
fn every_operation_has_its_result() {
    let (world, agent) = (&*WORLD, Agent::start("every"));
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        let image = world.image(engine, &agent);
        let (found, lacking) = (listings(&image), lacking(&image));
        let expected = ALWAYS.iter().chain(&MERGING).chain(&LATER).copied();
        let expected =
            expected.filter(|piece| engine.is_containerd() || !PRETENDED.contains(piece));
        let told: BTreeSet<&str> = found.keys().chain(lacking.keys()).map(|p| &**p).collect();
        assert_eq!(told, expected.collect());
        for (piece, message) in &lacking {
            let merging = !engine.is_containerd() && MERGING.contains(&&**piece);
            assert!(merging || LATER.contains(&&**piece), "{piece}: {message}");
            assert!(!found.contains_key(piece), "{piece}");
        }
        for (piece, listing) in &found {
            let listing = listing.replace(&world.commits[1], "COMMIT");
            // The same on both engines.
            insta::assert_snapshot!(piece.as_str(), listing);
        }
        if found.contains_key("http-headers") {
            let requests = world.server.requests();
            let header = |r: &Request, name: &str| r.headers.get(name).cloned();
            assert!(requests.iter().any(|request| {
                header(request, "user-agent").as_deref() == Some("every-operation")
                    && header(request, "accept").as_deref() == Some("text/x-every-operation")
            }));
        }
    }
}

#[test]
fn daemons_reject_operations_that_they_lack() {
    let (world, agent) = (&*WORLD, Agent::start("lacking"));
    for engine in [Some(containerd()), classic()].into_iter().flatten() {
        let lacking = lacking(&world.image(engine, &agent));
        // One of them lacks two, and the daemon names either.
        let single = lacking.iter().filter(|(piece, _)| *piece != "merge-diff");
        for (piece, message) in single {
            // `this BuildKit has no capability `NAME`[: REASON]`
            let text = world.build(engine, &agent).target(piece).fail();
            assert!(text.contains(message), "{piece}: {text}");
            let cap = message.split('`').nth(1).expect("it names one");
            let text = world
                .build(engine, &agent)
                .target(piece)
                .arg("UNCHECKED", "1")
                .fail();
            assert!(text.contains(cap), "{piece} ({cap}): {text}");
            if let Some((_, reason)) = message.split_once("`: ") {
                assert!(text.contains(reason), "{piece} ({reason}): {text}");
            }
        }
        if !engine.is_containerd() {
            insta::assert_snapshot!("lacking-merge", lacking["merge"]);
            let text = world.build(engine, &agent).target("oci-layout").fail();
            assert!(text.contains("unknown scheme oci-layout"), "{text}");
        }
    }
}
