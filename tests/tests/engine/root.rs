//! The main job: this repository's own project, every target, both image stores.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lamina_tests::engine::{Engine, Entry, Image, Kind, Layer, Output, classic, containerd};
use serde_json::{Value, json};

use crate::shared::{architecture, assert_same_files, base, ragex, ragex_image};

const BASE: &str = "python:3.11-slim";

/// What is expected of a target.
struct Wanted {
    target: &'static str,
    platform: &'static str,
    torch: [&'static str; 2],
    cuda: bool,
    application: bool,
}

const CPU_AMD64: Wanted = Wanted {
    target: "cpu-amd64",
    platform: "linux/amd64",
    torch: ["torch-2.1.2+cpu", "torchvision-0.16.2+cpu"],
    cuda: false,
    application: true,
};
const CPU_ARM64: Wanted = Wanted {
    target: "cpu-arm64",
    platform: "linux/arm64",
    torch: ["torch-2.1.2", "torchvision-0.16.2"],
    ..CPU_AMD64
};
const CUDA: Wanted = Wanted {
    target: "cuda",
    torch: ["torch-2.1.2+cu118", "torchvision-0.16.2+cu118"],
    cuda: true,
    ..CPU_AMD64
};
const CPU_ML: Wanted = Wanted {
    target: "cpu-ml",
    application: false,
    ..CPU_AMD64
};

#[test]
fn cpu_amd64() {
    check(containerd(), &CPU_AMD64);
}

#[test]
fn cpu_arm64() {
    check(containerd(), &CPU_ARM64);
}

#[test]
fn cuda() {
    check(containerd(), &CUDA);
}

#[test]
fn cpu_without_the_application() {
    check(containerd(), &CPU_ML);
    // The very same layers, without those of the application.
    let digests = |target: &str| {
        let built = ragex_image(containerd(), target);
        built.image("linux/amd64").digests.clone()
    };
    let (stage, whole) = (digests("cpu-ml"), digests("cpu-amd64"));
    assert_eq!(stage, whole[..stage.len()]);
}

#[test]
fn two_platforms() {
    let both = ragex(containerd(), "cpu")
        .platform("linux/amd64,linux/arm64")
        .output(Output::Archive);
    let alone = [&CPU_AMD64, &CPU_ARM64].map(|w| (w, ragex_image(containerd(), w.target)));
    let both = both.succeed();
    assert_eq!(both.images.len(), 2);
    for (wanted, alone) in alone {
        let (one, other) = (alone.image(wanted.platform), both.image(wanted.platform));
        assert_eq!(one.digests, other.digests);
        assert_eq!(one.config["config"], other.config["config"]);
    }
}

#[test]
fn classic_cpu_amd64() {
    check_classic(&CPU_AMD64);
}

#[test]
fn classic_cpu_arm64() {
    check_classic(&CPU_ARM64);
}

#[test]
fn classic_cuda() {
    check_classic(&CUDA);
}

/// The store without merge and diff gives the same files and configuration.
fn check_classic(wanted: &Wanted) {
    let Some(engine) = classic() else { return };
    check(engine, wanted);
    let merged = ragex_image(containerd(), wanted.target);
    let stacked = ragex_image(engine, wanted.target);
    let [one, other] = [&merged, &stacked].map(|built| built.image(wanted.platform));
    assert_same_files(one, other);
    assert_eq!(undated(&one.config), undated(&other.config));
}

#[test]
fn arm64_computes() {
    let name = "lamina-e2e-ragex:cpu-arm64";
    // One after the other: `cpu_arm64` uses the same build.
    ragex_image(containerd(), "cpu-arm64");
    ragex(containerd(), "cpu-arm64")
        .output(Output::Image(name.to_owned()))
        .succeed();
    let run = containerd()
        .docker(&[
            "run",
            "--rm",
            "--network=none",
            "--platform=linux/arm64",
            name,
        ])
        .label("ragex demo, emulated")
        .limit(Duration::from_mins(10))
        .run();
    let text = run.text();
    assert!(text.contains("aarch64, user 1000:1000"), "{text}");
    assert!(text.contains("network interfaces: none"), "{text}");
    assert!(
        text.ends_with("\nragex: torch 2.1.2 (cpu build), 3 results\n"),
        "{text}"
    );
}

#[test]
fn second_build_is_cached() {
    ragex_image(containerd(), "cpu-amd64");
    let again = ragex(containerd(), "cpu-amd64").succeed();
    let progress = &again.progress;
    let ran: Vec<&str> = progress
        .steps()
        .filter(|step| step.name.contains("cpu/amd64") && !step.name.contains("load metadata"))
        .filter(|step| !step.cached)
        .map(|step| step.name.as_str())
        .collect();
    assert!(ran.is_empty(), "{ran:#?}");
    assert!(progress.named("cpu/amd64").count() > 8, "{progress:#?}");

    let sent = progress.transferred();
    assert!(sent > 0 && sent < 100_000, "{sent} bytes of context");
    let mut sources: Vec<&str> = progress
        .steps()
        .filter(|step| step.transferred > 0 || step.name.contains("load "))
        .map(|step| step.name.as_str())
        .collect();
    let all = sources.len();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(
        all,
        sources.len(),
        "a source was asked for twice: {sources:#?}"
    );
}

/// Checks everything about an image of ragex.
fn check(engine: &Engine, wanted: &Wanted) {
    let built = ragex_image(engine, wanted.target);
    let image = built.image(wanted.platform);
    let base = base(engine, BASE, wanted.platform);
    check_config(image, &base, wanted);
    check_layers(image, &base, wanted);
    check_packages(image, wanted);
    // Newer daemons warn of a platform that the command line did not name.
    let mut warnings = built.progress.warnings.iter();
    let warning = warnings.find(|it| !it.starts_with("Requested platform "));
    assert_eq!(warning, None);
    assert!(
        !built
            .progress
            .log
            .contains(lamina_tests::engine::SECRETS[0])
    );
}

fn check_config(image: &Image, base: &Image, wanted: &Wanted) {
    assert_eq!(image.config["architecture"], architecture(wanted.platform));
    assert_eq!(image.config["os"], "linux");
    let path = format!(
        "/opt/venv/bin:{}",
        base.variable("PATH").unwrap_or_default()
    );
    let mut variables = variables(base);
    let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    set("PATH", &path);
    set("VIRTUAL_ENV", "/opt/venv");
    set("PYTHONUNBUFFERED", "1");
    set("PYTHONPATH", "/app");
    set("RAGEX_DATA_DIR", "/data");
    if wanted.cuda {
        set("NVIDIA_VISIBLE_DEVICES", "all");
        set("NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
    }
    assert_eq!(self::variables(image), variables);
    assert_eq!(*image.runtime("User"), "1000");
    assert_eq!(*image.runtime("WorkingDir"), "/app");
    if wanted.application {
        assert_eq!(
            *image.runtime("Entrypoint"),
            json!(["python", "-m", "ragex"])
        );
        assert_eq!(*image.runtime("Cmd"), json!(["demo"]));
        assert_eq!(*image.runtime("ExposedPorts"), json!({ "8000/tcp": {} }));
        assert_eq!(
            image.runtime("Labels")["org.opencontainers.image.title"],
            "ragex"
        );
        assert_eq!(image.runtime("Healthcheck")["Interval"], 30_000_000_000_u64);
        assert_eq!(image.runtime("Healthcheck")["Retries"], 3);
    } else {
        assert_eq!(*image.runtime("Entrypoint"), Value::Null);
        assert_eq!(image.runtime("Cmd"), base.runtime("Cmd"));
        assert_eq!(*image.runtime("Healthcheck"), Value::Null);
    }
}

fn variables(image: &Image) -> BTreeMap<String, String> {
    let all = image
        .runtime("Env")
        .as_array()
        .expect("an image has an environment");
    let pairs = all
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// One layer for each component, with nothing else in it.
fn check_layers(image: &Image, base: &Image, wanted: &Wanted) {
    let names = image.history_above(base);
    let mut begins = vec![
        "account ragex (1000)",
        "apt-get install ripgrep",
        "mkdir /app /data",
        "torch: uv pip install torch==2.1.2",
        "ml: uv pip install ",
    ];
    if wanted.application {
        begins.extend(["app: uv pip install ", "copy app/ragex to /app/ragex"]);
    }
    assert_eq!(names.len(), begins.len(), "{names:#?}");
    for (name, begin) in names.iter().zip(&begins) {
        assert!(name.starts_with(begin), "{name} is not {begin}");
    }
    let layers = image.above(base);
    assert_eq!(layers.len(), begins.len(), "{names:#?}");
    let below = base.files();
    for (name, layer) in names.iter().zip(layers) {
        let kind = name.split([':', ' ']).next().unwrap_or_default();
        check_paths(kind, layer, &below);
        check_no_leftovers(layer, wanted);
        for (path, entry) in &layer.entries {
            // Existing directories are unchanged.
            if let Some(before) = below.get(path.as_str()).filter(|_| entry.is_directory()) {
                let same =
                    (before.mode, before.uid, before.gid) == (entry.mode, entry.uid, entry.gid);
                assert!(
                    before.is_directory() && same,
                    "{path}: {before:?} became {entry:?}"
                );
            }
        }
    }
}

fn check_paths(kind: &str, layer: &Layer, below: &BTreeMap<&str, &Entry>) {
    assert!(layer.removed.is_empty(), "{kind}: {:?}", layer.removed);
    // Overlay file systems mark new directories as opaque, which hides nothing.
    for path in &layer.opaque {
        assert!(
            !below.contains_key(path.as_str()),
            "{kind} hides the base's /{path}"
        );
    }
    for (path, entry) in &layer.entries {
        let path = path.as_str();
        // Touched but unchanged: a mount point, or a rewritten file, which
        // the classic store exports.
        let before = below.get(path);
        if before.is_some_and(|b| **b == *entry || (entry.is_directory() && b.is_directory())) {
            continue;
        }
        let root_owned = (entry.uid, entry.gid) == (0, 0);
        let user_owned = (entry.uid, entry.gid) == (1000, 1000);
        let good = match kind {
            "account" => match path {
                "etc" | "home" | "etc/passwd" | "etc/group" => root_owned,
                "etc/shadow" | "etc/gshadow" => entry.uid == 0 && entry.mode & 0o077 <= 0o040,
                "home/ragex" => user_owned && entry.mode == 0o750,
                _ => false,
            },
            "apt-get" => is_of_apt(path),
            "torch" | "ml" | "app" => {
                let inside = path.starts_with("opt/venv/") || ["opt", "opt/venv"].contains(&path);
                inside && root_owned
            }
            "mkdir" => ["app", "data"].contains(&path) && user_owned && entry.mode == 0o755,
            "copy" => match path {
                "app" | "app/ragex" => user_owned && entry.mode == 0o755,
                _ => path.starts_with("app/ragex/") && user_owned && entry.kind == Kind::File,
            },
            _ => false,
        };
        assert!(good, "{kind} has /{path}: {entry:?}");
    }
}

/// Whether a path belongs to ripgrep's package, or to dpkg for it.
fn is_of_apt(path: &str) -> bool {
    let directories = [
        "etc",
        "usr",
        "usr/bin",
        "usr/share",
        "var",
        "var/lib",
        "var/cache",
        "var/log",
    ];
    directories.contains(&path)
        || path == "usr/bin/rg"
        || path.starts_with("usr/share/")
        || path == "var/lib/dpkg"
        || path.starts_with("var/lib/dpkg/")
        || ["etc/ld.so.cache", "var/cache/ldconfig", "var/log/apt"].contains(&path)
}

/// No leftovers of builds, nothing for another architecture, no secret.
fn check_no_leftovers(layer: &Layer, wanted: &Wanted) {
    let tools = [
        "pip", "pip3", "uv", "uvx", "git", "gcc", "cc", "g++", "make", "ld", ".lock", ".netrc",
    ];
    let machine = if wanted.platform == "linux/arm64" {
        183
    } else {
        62
    };
    for (path, entry) in &layer.entries {
        let name = path.rsplit('/').next().unwrap_or_default();
        assert!(entry.is_directory() || !tools.contains(&name), "{path}");
        assert!(
            !path.contains("/site-packages/pip/") && !path.contains(".cache/"),
            "{path}"
        );
        // `/tmp`, which the classic store exports where a step has touched it.
        let sticky = entry.is_directory() && entry.mode & 0o1000 != 0;
        assert!(sticky || !entry.is_world_writable(), "{path}: {entry:?}");
        assert!(entry.mode & 0o6000 == 0, "{path}: {entry:?}");
        assert!(entry.secrets.is_empty(), "{path} has {:?}", entry.secrets);
        assert!(
            entry.machine.is_none_or(|it| it == machine),
            "{path}: {:?}",
            entry.machine
        );
    }
}

fn check_packages(image: &Image, wanted: &Wanted) {
    let packages = image.packages();
    let has = |name: &str| packages.iter().any(|p| p == name);
    for name in wanted.torch {
        assert!(has(name), "no {name} in {packages:#?}");
    }
    assert!(
        has("numpy-1.26.4") && has("transformers-4.36.2"),
        "{packages:#?}"
    );
    assert_eq!(has("mcp-2.3.0"), wanted.application, "{packages:#?}");
    let names: BTreeSet<&str> = packages
        .iter()
        .filter_map(|p| p.split('-').next())
        .collect();
    assert_eq!(names.len(), packages.len(), "twice: {packages:#?}");
}

/// A configuration without the parts that depend on the dates of files.
fn undated(config: &Value) -> Value {
    let mut config = config.clone();
    let fields = config
        .as_object_mut()
        .expect("a configuration is an object");
    fields.remove("created");
    fields.remove("rootfs");
    for entry in fields
        .get_mut("history")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        entry.as_object_mut().map(|entry| entry.remove("created"));
    }
    config
}
