//! Builds that several tests share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use lamina_tests::engine::{Build, Engine, Finished, Image, Output, Project, setup};

type Shelf<T> = LazyLock<Mutex<BTreeMap<String, Arc<OnceLock<Arc<T>>>>>>;

static ROOT: Shelf<Finished> = LazyLock::new(Mutex::default);
static BASES: Shelf<Image> = LazyLock::new(Mutex::default);

/// Creates a value once; other tests that need it wait.
fn once<T>(shelf: &Shelf<T>, key: &str, make: impl FnOnce() -> T) -> Arc<T> {
    let place = {
        let mut places = shelf.lock().expect("no test panics in between");
        places.entry(key.to_owned()).or_default().clone()
    };
    place.get_or_init(|| Arc::new(make())).clone()
}

/// A build of the repository's own project, ragex, with the test index.
pub(crate) fn ragex<'e>(engine: &'e Engine, target: &str) -> Build<'e> {
    let mirror = format!("https://download.pytorch.org={}", setup().index);
    engine
        .build(&setup().root)
        .target(target)
        .arg("LAMINA_MIRRORS", &mirror)
}

/// The images of a target of ragex.
pub(crate) fn ragex_image(engine: &Engine, target: &str) -> Arc<Finished> {
    once(&ROOT, &format!("{} {target}", engine.store), || {
        ragex(engine, target).output(Output::Archive).succeed()
    })
}

/// A base image, as the engine exports it.
pub(crate) fn base(engine: &Engine, name: &str, platform: &str) -> Arc<Image> {
    let key = format!("{} {name} {platform}", engine.store);
    once(&BASES, &key, || {
        let stage = format!("FROM {name}\n");
        let project = Project::new(&format!("base {key}").replace(['/', ':', ' '], "-"), "")
            .with("base.Dockerfile", &stage);
        let bases = setup().bases();
        let build = engine
            .build_dockerfile(project.path())
            .file("base.Dockerfile");
        let build = bases
            .iter()
            .fold(build, |build, (name, place)| build.context(name, place));
        let finished = build.platform(platform).output(Output::Archive).succeed();
        finished.image(platform).clone()
    })
}

/// The Debian name of a platform's architecture.
pub(crate) fn architecture(platform: &str) -> &str {
    platform.rsplit('/').next().unwrap_or_default()
}

/// Path, kind, mode, owner, size and content; not the date.
#[track_caller]
pub(crate) fn assert_same_files(one: &Image, other: &Image) {
    let (one, other) = (one.files(), other.files());
    let paths: BTreeSet<&str> = one.keys().chain(other.keys()).copied().collect();
    let differing: Vec<String> = paths
        .into_iter()
        .filter(|path| one.get(path) != other.get(path))
        .map(|path| format!("{path}: {:?} and {:?}", one.get(path), other.get(path)))
        .take(20)
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}
