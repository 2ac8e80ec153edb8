//! The engine of a case: images, capabilities, and the results of lamina's own
//! steps. The only place in the tests that knows the format of those results.

use std::fmt::Write as _;
use std::process::Command;

use buildkit_llb::Digest;
use buildkit_proto::pb;
use serde_json::{Value, json};
use tonic::Status;

use super::recipe::{Image, Recipe, Resolution, System};
use crate::bridge::{Graph, ScriptedBridge, Tree, failed_step};

const PYPI: &str = "https://pypi.org/simple";

/// A daemon with the answers of a case.
pub(super) fn script(recipe: &Recipe) -> ScriptedBridge {
    let mut script = ScriptedBridge::new();
    let usual = Image {
        name: "python:3.11-slim".to_owned(),
        platforms: vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()],
        config: None,
        system: None,
    };
    for image in std::iter::once(&usual).chain(&recipe.image) {
        for platform in &image.platforms {
            script = script.image(&image.name, platform, config(image, platform));
        }
    }
    for cap in &recipe.disabled {
        script = script.disable_llb(cap, "the image store does not support it");
    }
    let recipe = recipe.clone();
    script.run(move |graph| run(&recipe, graph))
}

/// The configuration of an image, as in a registry.
fn config(image: &Image, platform: &str) -> String {
    let mut parts = platform.split('/');
    let config = image.config.as_ref().map_or_else(
        || {
            json!({
                "Env": [
                    "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "LANG=C.UTF-8",
                    "PYTHON_VERSION=3.11.14",
                ],
                "Cmd": ["python3"],
            })
        },
        |text| serde_json::from_str(text).expect("the image's config is JSON"),
    );
    let mut whole = json!({
        "created": "2026-01-01T00:00:00Z",
        "os": parts.next(),
        "architecture": parts.next(),
        "config": config,
        "rootfs": { "type": "layers", "diff_ids": ["sha256:base"] },
        "history": [{ "created_by": "the base image" }],
    });
    if let Some(variant) = parts.next() {
        whole["variant"] = json!(variant);
    }
    whole.to_string()
}

/// The result of a step, which is identified by its script.
fn run(recipe: &Recipe, graph: &Graph) -> Result<Tree, Status> {
    let Some(pb::op::Op::Exec(exec)) = &graph.target().op else {
        return Ok(Tree::new());
    };
    let mut args = exec.meta.iter().flat_map(|meta| &meta.args);
    let script = args
        .find_map(|arg| arg.strip_prefix("/lamina/in/"))
        .unwrap_or_default();
    if let Some(message) = recipe.fail.get(script) {
        return Err(failed_step(message, &graph.target.digest));
    }
    let is_native = |platform: &pb::Platform| {
        format!("{}/{}", platform.os, platform.architecture) == recipe.builder
    };
    let platform = graph.target().platform.as_ref();
    if recipe.no_emulation && !platform.is_none_or(is_native) {
        let message = "process \"/lamina\" did not complete successfully: exit code: 255";
        return Err(failed_step(message, &graph.target.digest));
    }
    let system = system(recipe, graph);
    Ok(match script {
        "facts.sh" => {
            let pythons = system.python.iter().map(|path| format!("python={path}"));
            let python = std::iter::once(format!("libc={}", system.libc)).chain(pythons);
            let versions = system.python.iter().filter_map(|path| {
                let (_, minor) = path.rsplit_once("/python")?;
                Some(format!("{path}={minor}.14"))
            });
            let on_builder = system.builder_python.as_ref().unwrap_or(&system.python);
            let on_builder = on_builder.iter().map(|path| format!("python={path}"));
            Tree::new()
                .file("distribution", "id=debian\nrelease=bookworm\n")
                .file("directories", "")
                .file("python", lines(python))
                .file("python-versions", lines(versions))
                .file("builder-python", lines(on_builder))
                .file("passwd", lines(system.passwd.iter().cloned()))
                .file("group", lines(system.group.iter().cloned()))
        }
        "resolve.py" => Tree::new().file("resolution.json", resolution(recipe, graph)?.to_string()),
        "fetch.py" => Tree::new().file("answer.json", fetched(graph).to_string()),
        "build.py" => Tree::new().file("answer.json", built(recipe, graph)?.to_string()),
        "libraries.py" => Tree::new().file("libraries.json", missing_libraries(recipe).to_string()),
        "clash.py" => Tree::new().file("clashes.json", clashes(recipe).to_string()),
        _ => Tree::new(),
    })
}

/// The file system of the image that a step looks into.
fn system<'a>(recipe: &'a Recipe, graph: &Graph) -> &'a System {
    let is_used = |image: &&Image| {
        graph.ops.values().any(|op| match &op.op {
            Some(pb::op::Op::Source(source)) => source.identifier.contains(&image.name),
            _ => false,
        })
    };
    let images = recipe.image.iter().filter(|image| image.system.is_some());
    let image = images.clone().find(is_used);
    let system = image.and_then(|image| image.system.as_ref());
    system.unwrap_or(&recipe.system)
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

fn resolution(recipe: &Recipe, graph: &Graph) -> Result<Value, Status> {
    let request = request(graph, "resolve.json");
    let failed = |failure: Value, denied: Value| {
        if request["explain"].is_null() {
            let message = "process \"python3\" did not complete successfully: exit code: 3";
            return Err(failed_step(message, &graph.target.digest));
        }
        Ok(json!({ "failure": failure, "denied": denied }))
    };
    match &recipe.resolution {
        Some(Resolution::Conflict(words)) => failed(uv_failure(words), json!([])),
        Some(Resolution::Denied(indexes)) => {
            let denied = indexes
                .iter()
                .map(|(index, answer)| denied_index(index, answer));
            failed(Value::Null, denied.collect())
        }
        Some(Resolution::Slices(slices)) => Ok(resolved(recipe, slices)),
        None => Ok(resolved(recipe, &everything_found(&request))),
    }
}

/// The answer that is cut into these slices.
fn resolved(recipe: &Recipe, slices: &[Vec<String>]) -> Value {
    let packages: Vec<Value> = slices.iter().flatten().map(|text| pin(text)).collect();
    let prefixes: Vec<Value> = (1..=slices.len())
        .map(|count| {
            let needed = slices[..count].iter().flatten();
            needed.map(|text| pin(text)["pin"].clone()).collect()
        })
        .collect();
    let pins = packages
        .iter()
        .filter_map(|package| package["pin"].as_str());
    let lock = lock(recipe, pins);
    json!({ "packages": packages, "prefixes": prefixes, "lock": lock, "denied": [], "ambiguous": ambiguous(recipe) })
}

fn ambiguous(recipe: &Recipe) -> Value {
    let indexes = recipe.ambiguous.iter().map(|(index, answer)| {
        let (kind, names) = answer.split_once(' ').expect("KIND NAME…");
        let names: Vec<&str> = names.split(' ').collect();
        json!({ "index": index, "private": kind == "private", "names": names })
    });
    indexes.collect()
}

/// A lock in which each package has a wheel for every platform.
fn lock<'a>(recipe: &Recipe, pins: impl Iterator<Item = &'a str>) -> String {
    let mut lock = "lock-version = \"1.0\"\n".to_owned();
    for pin in pins {
        let name = &pin[..pin.find(['[', ' ', '=']).unwrap_or(pin.len())];
        let package = match (pin.split_once("=="), pin.split_once(" @ ")) {
            (_, Some((_, reference))) => {
                let hash = hash(recipe, name, reference);
                let place = if reference.starts_with("http") {
                    "url"
                } else {
                    "path"
                };
                format!("archive = {{ {place} = {reference:?}, hashes = {hash} }}\n")
            }
            (Some((_, version)), None) => {
                let file = format!("{}-{version}-py3-none-any.whl", name.replace('-', "_"));
                let url = format!("https://files.pythonhosted.org/packages/{file}");
                let hash = hash(recipe, name, &file);
                if recipe.sources.iter().any(|source| source == name) {
                    let url =
                        format!("https://files.pythonhosted.org/packages/{name}-{version}.tar.gz");
                    let _ = writeln!(
                        lock,
                        "[[packages]]\nname = {name:?}\nversion = {version:?}\n\
                         sdist = {{ url = {url:?}, size = 1, hashes = {hash} }}"
                    );
                    continue;
                }
                format!(
                    "version = {version:?}\nwheels = [{{ url = {url:?}, size = 1, hashes = {hash} }}]\n"
                )
            }
            (None, None) => continue,
        };
        let _ = write!(lock, "[[packages]]\nname = {name:?}\n{package}");
    }
    lock
}

/// The hash of a package's file: that of the case, or one of its name.
fn hash(recipe: &Recipe, name: &str, file: &str) -> String {
    let digest = match recipe.hashes.get(name) {
        Some(digest) => digest.clone(),
        None => sha256(file),
    };
    format!("{{ sha256 = {digest:?} }}")
}

fn sha256(text: &str) -> String {
    Digest::of(text.as_bytes()).hex().to_owned()
}

/// What the step says of a file that it fetched.
fn fetched(graph: &Graph) -> Value {
    let request = request(graph, "fetch.json");
    let url = request["url"].as_str().expect("a URL");
    let name = url.rsplit('/').next().unwrap_or_default();
    let known = request["sha256"].as_str().map(str::to_owned);
    json!({
        "name": name, "size": 1,
        "sha256": known.unwrap_or_else(|| sha256(url)),
        "sha384": "0".repeat(96), "sha512": "0".repeat(128),
    })
}

/// A wheel of what was to be built: in the version that the label says.
fn built(recipe: &Recipe, graph: &Graph) -> Result<Value, Status> {
    let request = request(graph, "build.json");
    let label = request["label"].as_str().expect("a label");
    if request["cross"] == true && recipe.compiling.iter().any(|it| it == label) {
        return Ok(json!({ "other_platform": "it compiles" }));
    }
    if let Some(reason) = recipe.failing.get(label) {
        if request["explain"].is_null() {
            let message = "process \"python3\" did not complete successfully: exit code: 5";
            return Err(failed_step(message, &graph.target.digest));
        }
        return Ok(json!({ "failure": reason }));
    }
    let end = label.find(['=', ' ', '[']).unwrap_or(label.len());
    let last = |place: &str| {
        let name = place.rsplit('/').next().unwrap_or_default();
        name.split(['-', '#']).next().unwrap_or_default().to_owned()
    };
    let name = match (&label[..end], label.contains('/')) {
        (name, true) if name.contains('/') => last(name),
        (".", _) => "project".to_owned(),
        (name, _) => name.replace('-', "_"),
    };
    let version = label.split_once("==").map_or("1.0", |(_, version)| version);
    let compiles = recipe.compiling.iter().any(|it| it == label);
    let machine = request["machine"].as_str().expect("a machine");
    let tag = if compiles {
        format!("cp311-cp311-linux_{machine}")
    } else {
        "py3-none-any".to_owned()
    };
    let wheel = format!("{name}-{version}-{tag}.whl");
    Ok(json!({
        "name": name, "version": version, "wheel": wheel, "size": 1, "pure": !compiles,
        "sha256": sha256(&wheel),
    }))
}

/// What the resolve step's own script reads from uv's words.
fn uv_failure(words: &str) -> Value {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend/src/steps/python");
    let code = "import json, sys, uv_errors; print(json.dumps(uv_errors.parse(sys.argv[1])))";
    let output = Command::new("python3")
        .args(["-B", "-c", code, words])
        .env("PYTHONPATH", scripts)
        .output()
        .expect("there is a python3");
    serde_json::from_slice(&output.stdout).expect("uv_errors.py answers")
}

/// An index by its URL, and `STATUS CREDENTIALS NAME…`.
fn denied_index(index: &str, answer: &str) -> Value {
    let words: Vec<&str> = answer.split(' ').collect();
    let [status, credentials, names @ ..] = &words[..] else {
        panic!("expected STATUS CREDENTIALS NAME…, found {answer}");
    };
    let status: u16 = status.parse().expect("a status");
    let host = index.split('/').nth(2);
    json!({
        "index": index, "status": status, "host": host, "credentials": credentials, "names": names,
    })
}

fn pin(text: &str) -> Value {
    let (pin, index) = match text.split_once(" from ") {
        Some((pin, index)) => (pin, Some(index)),
        None => (text, (!text.contains(" @ ")).then_some(PYPI)),
    };
    json!({ "pin": pin, "index": index })
}

/// The input of a step.
fn request(graph: &Graph, name: &str) -> Value {
    let files = graph.ops.values().filter_map(|op| match &op.op {
        Some(pb::op::Op::File(file)) => Some(&file.actions),
        _ => None,
    });
    let request = files.flatten().find_map(|action| match &action.action {
        Some(pb::file_action::Action::Mkfile(file))
            if file.path.strip_prefix('/') == Some(name) =>
        {
            serde_json::from_slice(&file.data).ok()
        }
        _ => None,
    });
    request.expect("the step has its input")
}

/// Pins for the requirements, in the lowest layer that names them: exact
/// versions as they are, 1.0 otherwise; local versions (`+cpu`) come from the
/// last extra index.
fn everything_found(request: &Value) -> Vec<Vec<String>> {
    let strings = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let arguments = strings(&request["arguments"]);
    let further = arguments
        .windows(2)
        .filter(|pair| pair[0] == "--index")
        .map(|pair| pair[1].as_str())
        .next_back();
    let mut seen: Vec<String> = Vec::new();
    let layers = request["layers"].as_array().into_iter().flatten();
    layers
        .map(|layer| {
            let mut slice = Vec::new();
            for text in strings(&layer["requirements"]) {
                let end = text.find(['=', '<', '>', '!', '~', ' ', '@', '[', ';']);
                let name = text[..end.unwrap_or(text.len())].to_owned();
                if seen.contains(&name) {
                    continue;
                }
                seen.push(name.clone());
                let found = if text.contains(" @ ") {
                    text
                } else {
                    let version = text.split_once("==").map_or("1.0", |(_, version)| version);
                    let index = further.filter(|_| version.contains('+')).unwrap_or(PYPI);
                    format!("{name}=={version} from {index}")
                };
                slice.push(found);
            }
            slice.sort();
            slice
        })
        .collect()
}

fn missing_libraries(recipe: &Recipe) -> Value {
    let missing = recipe.missing_libraries.iter();
    missing
        .map(|(package, file, library)| {
            json!({ "package": package, "file": file, "library": library })
        })
        .collect()
}

fn clashes(recipe: &Recipe) -> Value {
    recipe
        .clash
        .iter()
        .map(|clash| {
            json!({ "packages": clash.packages, "files": clash.files, "count": clash.count })
        })
        .collect()
}
