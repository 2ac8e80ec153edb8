//! What `tests/engine/up` brought up, and the frontend in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use super::{Build, Command, frontend};

/// The name of the frontend image of these tests: not `lamina`, which people
/// who work on the same machine may be building meanwhile.
pub const FRONTEND: &str = "lamina-e2e";

/// The images that `tests/engine/up` puts into the registry, the default first.
pub(super) const BASES: [&str; 4] = [
    "python:3.11-slim",
    "python:3.11-slim-amd64",
    "odd:3.11",
    "debian:bookworm-slim",
];

/// The values of `target/engine/env`, and files made for this run.
#[derive(Debug)]
pub struct Setup {
    /// The repository.
    pub root: PathBuf,
    /// `target/e2e`: logs and generated projects.
    pub work: PathBuf,
    /// The `docker` program.
    pub docker: PathBuf,
    /// `host:port` of the registry.
    pub registry: String,
    /// The package index's URL.
    pub index: String,
    /// The authorities' file that builds get as a secret; it ends with a text
    /// that images can be searched for.
    pub ca: Option<PathBuf>,
    /// Whether the registry has base images that stand for Docker Hub's, and
    /// those that only tests need.
    pub own_bases: bool,
    host: String,
    classic: String,
}

static SETUP: LazyLock<Setup> = LazyLock::new(Setup::read);
static CONTAINERD: LazyLock<Engine> = LazyLock::new(|| {
    let host = setup().host.clone();
    Engine::with_frontend("containerd", host)
});
static CLASSIC: LazyLock<Option<Engine>> = LazyLock::new(|| {
    let host = setup().classic.clone();
    (!host.is_empty()).then(|| Engine::with_frontend("classic", host))
});

/// What the tests have to work with.
pub fn setup() -> &'static Setup {
    &SETUP
}

/// The engine with the containerd image store: it merges and exports anything.
pub fn containerd() -> &'static Engine {
    &CONTAINERD
}

/// The engine with the classic image store; none where the machine's own
/// engine is used, and then the test says so and passes.
pub fn classic() -> Option<&'static Engine> {
    let engine = CLASSIC.as_ref();
    if engine.is_none() {
        super::command::say("skipped: there is no engine with the classic store");
    }
    engine
}

impl Setup {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the crate is in the workspace")
            .to_owned();
        // A work tree of its own may use the engines that another one started.
        let file = std::env::var_os("LAMINA_TEST_ENV")
            .map_or_else(|| root.join("target/engine/env"), PathBuf::from);
        let text = fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!(
                "{}: {error}\nno test engine: run tests/engine/up first",
                file.display()
            )
        });
        let values: BTreeMap<&str, &str> = text.lines().filter_map(|l| l.split_once('=')).collect();
        let value = |name: &str| {
            let found = values.get(name);
            found.unwrap_or_else(|| panic!("{} has no {name}: run tests/engine/up", file.display()))
        };
        let work = root.join("target/e2e");
        fs::create_dir_all(work.join("logs")).expect("target can be written");
        Self {
            docker: PathBuf::from(value("LAMINA_DOCKER")),
            registry: (*value("LAMINA_REGISTRY")).to_owned(),
            index: (*value("LAMINA_INDEX_URL")).to_owned(),
            ca: marked_ca(value("LAMINA_CA"), &work),
            own_bases: !value("LAMINA_BASES").is_empty(),
            host: (*value("LAMINA_DOCKER_HOST")).to_owned(),
            classic: (*value("LAMINA_DOCKER_HOST_CLASSIC")).to_owned(),
            root,
            work,
        }
    }

    /// A text in which what differs between machines has names instead.
    pub fn shown(&self, text: &str) -> String {
        text.replace(&self.index, "http://INDEX")
            .replace(&self.registry, "REGISTRY")
    }

    /// The named contexts that stand for the base images of Docker Hub.
    pub fn bases(&self) -> Vec<(String, String)> {
        if !self.own_bases {
            return Vec::new();
        }
        BASES
            .map(|name| {
                let place = format!("docker-image://{}/{name}", self.registry);
                (name.to_owned(), place)
            })
            .into()
    }
}

/// The machine's authorities, and a line that is found again wherever the
/// file's bytes go.
fn marked_ca(file: &str, work: &Path) -> Option<PathBuf> {
    if file.is_empty() {
        return None;
    }
    let text = fs::read_to_string(file).expect("the file of authorities can be read");
    let marked = work.join("ca.pem");
    fs::write(&marked, format!("{text}\n# {}\n", super::SECRETS[0]))
        .expect("target can be written");
    Some(marked)
}

/// A Docker engine.
#[derive(Debug)]
pub struct Engine {
    /// `containerd` or `classic`: its image store.
    pub store: &'static str,
    host: String,
    /// The frontends of this crate that it has.
    own: Mutex<BTreeSet<String>>,
}

impl Engine {
    fn with_frontend(store: &'static str, host: String) -> Self {
        let own = Mutex::default();
        let engine = Self { store, host, own };
        frontend::install(&engine);
        engine
    }

    /// Gives it a frontend that is a program of this crate, once; the image's
    /// name.
    pub fn frontend(&self, program: &str) -> String {
        // Held meanwhile, so that whoever else wants it waits.
        let mut own = self.own.lock().expect("no panic in between");
        if own.insert(program.to_owned()) {
            frontend::install_own(self, program);
        }
        frontend::own_image(program)
    }

    /// Whether it merges trees and exports what it has built anywhere.
    pub fn is_containerd(&self) -> bool {
        self.store == "containerd"
    }

    /// A `docker` command.
    pub fn docker(&self, arguments: &[&str]) -> Command {
        Command::new(&setup().docker)
            .args(arguments)
            .env("DOCKER_HOST", &self.host)
    }

    /// A build of a directory with this frontend, whatever its stub names.
    pub fn build(&self, project: &Path) -> Build<'_> {
        Build::new(self, project).arg("BUILDKIT_SYNTAX", FRONTEND)
    }

    /// A build with the frontend that the project's stub names.
    pub fn build_as_named(&self, project: &Path) -> Build<'_> {
        Build::new(self, project)
    }

    /// A build with BuildKit's own Dockerfile frontend.
    pub fn build_dockerfile(&self, project: &Path) -> Build<'_> {
        Build::bare(self, project)
    }
}
