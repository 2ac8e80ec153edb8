//! Case directories: a build context, a request and an engine's answers; from
//! them, everything that a user or a daemon sees.
//!
//! A case is a directory below `tests/cases` with a `case.toml` ([`Recipe`]).
//! Its files are the build context, except for `case.toml` and snapshots. It
//! is built by the real orchestrator, over the real gRPC client, against a
//! [`ScriptedBridge`](crate::bridge::ScriptedBridge) whose steps write canned
//! results ([`engine`]).

mod difference;
mod docker;
mod engine;
mod graph;
mod ran;
mod recipe;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use buildkit_llb::Definition;
use lamina::cli;
use lamina::client::Options;
use lamina::gateway::Bridge as _;

use crate::bridge::local_source;
pub use difference::difference;

pub use ran::Ran;
pub use recipe::{Clash, Kind, Recipe};

/// The client's session in every case.
pub const SESSION: &str = "session";

/// A case, as in its directory or changed by a test.
#[derive(Clone, Debug)]
pub struct Case {
    /// The directory's name.
    pub name: String,
    /// Its directory, with the snapshots.
    pub directory: PathBuf,
    /// The content of `case.toml`.
    pub recipe: Recipe,
    /// The build context, by path.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Case {
    /// The directory of all cases.
    pub fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
    }

    /// The names of all cases: every directory is one.
    pub fn names() -> Vec<String> {
        let entries = fs::read_dir(Self::root()).expect("tests/cases is a directory");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("tests/cases can be read"))
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Reads a case. The error says why a directory is not a case.
    pub fn load(name: &str) -> Result<Self, String> {
        let directory = Self::root().join(name);
        let path = directory.join("case.toml");
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let recipe: Recipe = toml::from_str(&text).map_err(|e| format!("case.toml: {e}"))?;
        let mut files = BTreeMap::new();
        let context = directory.join(&recipe.context);
        if recipe.only.is_empty() {
            collect(&context, "", &mut files)?;
        }
        for path in &recipe.only {
            collect(&context, path, &mut files)?;
        }
        files.retain(|path, _| path != "case.toml" && !is_snapshot(path));
        for write in &recipe.write {
            files.insert(write.path.clone(), write.content());
        }
        Ok(Self {
            name: name.to_owned(),
            directory,
            recipe,
            files,
        })
    }

    /// Changes the text of a file of the context.
    #[must_use]
    pub fn edit(mut self, path: &str, change: impl FnOnce(&str) -> String) -> Self {
        let bytes = self.files.get(path);
        let bytes = bytes.unwrap_or_else(|| panic!("{}: no file {path}", self.name));
        let old = String::from_utf8_lossy(bytes).into_owned();
        let new = change(&old);
        assert_ne!(old, new, "{}: nothing changed in {path}", self.name);
        self.files.insert(path.to_owned(), new.into_bytes());
        self
    }

    /// Sets a frontend option.
    #[must_use]
    pub fn option(mut self, key: &str, value: &str) -> Self {
        self.recipe.options.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Builds it like the program that a daemon starts.
    ///
    /// # Panics
    ///
    /// Within an asynchronous function: it has a runtime of its own.
    pub fn run(&self) -> Ran {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime of one thread")
            .block_on(self.answered())
    }

    async fn answered(&self) -> Ran {
        let mut script = engine::script(&self.recipe);
        for (name, input) in &self.recipe.input {
            let local = format!("of-input-{name}");
            script = script.input(name, local_source(&local, SESSION));
            let inside = format!("{}/", input.directory);
            for (path, content) in &self.files {
                if let Some(path) = path.strip_prefix(&inside) {
                    script = script.file(&local, path, content.clone());
                }
            }
        }
        for (path, content) in self
            .files
            .iter()
            .filter(|(path, _)| !self.is_of_input(path))
        {
            script = script.file("context", path, content.clone()).file(
                "dockerfile",
                path,
                content.clone(),
            );
        }
        let (bridge, record) = script.connect().await;
        let outcome = match Options::parse(self.environment()) {
            Ok(options) => {
                let bridge = bridge.clone().with_cache_imports(&options.cache_imports);
                lamina::build::build(&bridge, &options).await
            }
            Err(errors) => Err(errors.into()),
        };
        let finished = bridge.finish(outcome).await;
        finished.expect("the bridge accepts every result");
        Ran::new(&record)
    }

    /// Runs `lamina plan` on a copy of the context.
    pub fn plan(&self, format: &str) -> cli::Answer {
        let folder =
            std::env::temp_dir().join(format!("lamina-case-{}-{}", self.name, std::process::id()));
        for (path, content) in self
            .files
            .iter()
            .filter(|(path, _)| !self.is_of_input(path))
        {
            let path = folder.join(path);
            let parent = path.parent().expect("it is below the folder");
            fs::create_dir_all(parent).expect("the folder can be made");
            fs::write(path, content).expect("the copy can be written");
        }
        let mut arguments = vec![
            "lamina".to_owned(),
            "plan".to_owned(),
            folder.to_string_lossy().into_owned(),
            format!("--format={format}"),
        ];
        for (key, value) in &self.recipe.options {
            match (key.as_str(), key.strip_prefix("build-arg:")) {
                ("target", _) => arguments.push(format!("--target={value}")),
                ("platform", _) => arguments.push(format!("--platform={value}")),
                (_, Some(name)) => arguments.push(format!("--build-arg={name}={value}")),
                _ => {}
            }
        }
        let answer = cli::run(arguments);
        fs::remove_dir_all(&folder).expect("the copy can be removed");
        answer
    }

    fn is_of_input(&self, path: &str) -> bool {
        let mut inputs = self.recipe.input.values();
        inputs.any(|input| Path::new(path).starts_with(&input.directory))
    }

    /// What the daemon gives to a frontend.
    fn environment(&self) -> Vec<(String, String)> {
        let (os, architecture) = self
            .recipe
            .builder
            .split_once('/')
            .expect("os/architecture");
        let workers = serde_json::json!([{
            "id": "worker",
            "platforms": [{ "os": os, "architecture": architecture }],
        }]);
        let mut variables = vec![
            ("BUILDKIT_SESSION_ID".to_owned(), SESSION.to_owned()),
            ("BUILDKIT_WORKERS".to_owned(), workers.to_string()),
        ];
        let metadata = self.recipe.input.iter().filter_map(|(name, input)| {
            let config = STANDARD.encode(input.config.as_ref()?);
            let value = serde_json::json!({ "containerimage.config": config });
            Some((format!("input-metadata:{name}"), value.to_string()))
        });
        let options = self.recipe.options.clone().into_iter().chain(metadata);
        for (number, (key, value)) in options.enumerate() {
            let name = format!("BUILDKIT_FRONTEND_OPT_{number}");
            variables.push((name, format!("{key}={value}")));
        }
        variables
    }
}

/// The text of a definition, with the inputs of lamina's steps in full.
pub fn dump(definition: &Definition) -> String {
    graph::dump(definition)
}

fn is_snapshot(path: &str) -> bool {
    let extension = Path::new(path).extension();
    extension.is_some_and(|e| e == "snap" || e == "new")
}

/// Reads a file, or all files below a directory, under their paths.
fn collect(
    context: &Path,
    path: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), String> {
    let whole = context.join(path);
    let failed = |error: std::io::Error| format!("{}: {error}", whole.display());
    if !whole.is_dir() {
        files.insert(path.to_owned(), fs::read(&whole).map_err(failed)?);
        return Ok(());
    }
    for entry in fs::read_dir(&whole).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        if name == "__pycache__" {
            continue;
        }
        let below = if path.is_empty() {
            name.into_owned()
        } else {
            format!("{path}/{name}")
        };
        collect(context, &below, files)?;
    }
    Ok(())
}
