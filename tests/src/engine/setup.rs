//! The engines that `tests/engine/up` has started, with the frontend.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use super::{Build, Command, frontend};

/// The name of the frontend image of these tests: not `lamina`, which other
/// checkouts on the same machine may be building.
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
    /// The CA bundle that builds get as a secret; it ends with a text that
    /// images are searched for.
    pub ca: Option<PathBuf>,
    /// Whether the registry has stand-ins for the base images of Docker Hub, and
    /// base images for tests.
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

/// The environment of the tests.
pub fn setup() -> &'static Setup {
    &SETUP
}

/// The engine with the containerd image store, which merges and has all exporters.
pub fn containerd() -> &'static Engine {
    &CONTAINERD
}

/// The engine with the classic image store; none if the machine's own engine is
/// used: then the test prints that it is skipped and passes.
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
        // A checkout may use the engines that another one started.
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

    /// A text with placeholders for everything that depends on the machine.
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

/// The machine's CA bundle, and a line by which copies of it are found.
fn marked_ca(file: &str, work: &Path) -> Option<PathBuf> {
    if file.is_empty() {
        return None;
    }
    let text = fs::read_to_string(file).expect("the CA bundle can be read");
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
    /// The frontends of this crate that are installed in it.
    own: Mutex<BTreeSet<String>>,
}

impl Engine {
    fn with_frontend(store: &'static str, host: String) -> Self {
        let own = Mutex::default();
        let engine = Self { store, host, own };
        frontend::install(&engine);
        engine
    }

    /// Installs a frontend of this crate, once, and returns the image's name.
    pub fn frontend(&self, program: &str) -> String {
        // Locked meanwhile, so that other tests wait for it.
        let mut own = self.own.lock().expect("no other thread panicked");
        if own.insert(program.to_owned()) {
            frontend::install_own(self, program);
        }
        frontend::own_image(program)
    }

    /// Whether it can merge trees and export results anywhere.
    pub fn is_containerd(&self) -> bool {
        self.store == "containerd"
    }

    /// A `docker` command.
    pub fn docker(&self, arguments: &[&str]) -> Command {
        Command::new(&setup().docker)
            .args(arguments)
            .env("DOCKER_HOST", &self.host)
    }

    /// A build with this frontend, whatever the stub names.
    pub fn build(&self, project: &Path) -> Build<'_> {
        Build::new(self, project).arg("BUILDKIT_SYNTAX", FRONTEND)
    }

    /// A build with the frontend that the stub names.
    pub fn build_as_named(&self, project: &Path) -> Build<'_> {
        Build::new(self, project)
    }

    /// A build with BuildKit's own Dockerfile frontend.
    pub fn build_dockerfile(&self, project: &Path) -> Build<'_> {
        Build::bare(self, project)
    }
}
