//! The scripts that run in build steps, and the typed requests that they read.
//!
//! A [`Step`] is a program and the files that it is given: which mounts, caches
//! and networks it runs with is decided in `lower`. Answers of steps are read
//! in `facts`. The scripts run with whatever Python or shell the base image
//! has: Python 3.8 and later, and POSIX shells; `tests/steps.rs` runs their
//! own tests.

mod request;

pub use request::{
    BuildRequest, BuiltRequest, ExplicitRequest, FetchRequest, InstallRequest, LayerRequest,
    LibrariesRequest, PlaceRequest, PlacedCopy, ResolveRequest, WheelRequest,
};

use std::borrow::Cow;

use serde::Serialize;

/// Where a step finds its files.
pub const DIRECTORY: &str = "/lamina/in";

/// The part that Python steps share.
const COMMON: StepFile = StepFile::script(
    "lamina_step.py",
    include_bytes!("steps/python/lamina_step.py"),
);

/// What runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interpreter {
    Shell,
    Python,
}

/// A file of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFile {
    /// Its name below [`DIRECTORY`].
    pub name: &'static str,
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
}

impl StepFile {
    const fn script(name: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            name,
            bytes: Cow::Borrowed(bytes),
        }
    }

    /// A request as indented JSON, its keys in the order of the struct.
    fn request(name: &'static str, request: &impl Serialize) -> Self {
        let mut bytes = serde_json::to_vec_pretty(request)
            .expect("requests are structs of strings, numbers and lists");
        bytes.push(b'\n');
        Self {
            name,
            bytes: Cow::Owned(bytes),
        }
    }
}

/// A script with everything that it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    interpreter: Interpreter,
    files: Vec<StepFile>,
    /// The script and what it reads, as files of [`DIRECTORY`].
    run: Vec<&'static str>,
    /// Further arguments, as they are.
    arguments: Vec<String>,
}

impl Step {
    /// All files of the step, in an order that is part of its cache key.
    pub fn files(&self) -> &[StepFile] {
        &self.files
    }

    /// The command line. `python` is the interpreter of the root file system
    /// that the step runs in; shell scripts do not use it.
    pub fn command(&self, python: &str) -> Vec<String> {
        let interpreter = match self.interpreter {
            Interpreter::Shell => "/bin/sh",
            Interpreter::Python => python,
        };
        let files = self.run.iter().map(|name| format!("{DIRECTORY}/{name}"));
        std::iter::once(interpreter.to_owned())
            .chain(files)
            .chain(self.arguments.iter().cloned())
            .collect()
    }

    fn shell(name: &'static str, script: &'static [u8]) -> Self {
        Self {
            interpreter: Interpreter::Shell,
            files: vec![StepFile::script(name, script)],
            run: vec![name],
            arguments: Vec::new(),
        }
    }

    fn python(files: Vec<StepFile>, run: Vec<&'static str>) -> Self {
        Self {
            interpreter: Interpreter::Python,
            files,
            run,
            arguments: Vec::new(),
        }
    }

    fn arguments<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }
}

/// Looks into the base image at `/base`; its answer in `/out` is read by
/// [`System::read`](crate::facts::System::read).
pub fn inspect() -> Step {
    Step::shell("facts.sh", include_bytes!("steps/shell/facts.sh"))
}

/// Adds an account to copies in `/out` of the account files in `/base`.
pub fn accounts(name: &str, uid: u32, home: &str) -> Step {
    let step = Step::shell("accounts.sh", include_bytes!("steps/shell/accounts.sh"));
    step.arguments([name, &uid.to_string(), home])
}

/// Installs packages of the distribution in its own root.
pub fn apt<'a>(packages: impl IntoIterator<Item = &'a str>) -> Step {
    let mut step = Step::shell("apt.sh", include_bytes!("steps/shell/apt.sh"));
    step.files.extend([
        StepFile::script("apt.conf", include_bytes!("steps/shell/apt.conf")),
        StepFile::script(
            "apt-no-clean.conf",
            include_bytes!("steps/shell/apt-no-clean.conf"),
        ),
    ]);
    step.arguments(packages)
}

/// Fails where copies to `destinations` by file operations would change
/// directories of the image: what is copied is below `/lamina/files`, by
/// number, and the image is at `/lamina/image`.
pub fn files_only<'a>(destinations: impl IntoIterator<Item = &'a str>) -> Step {
    let step = Step::shell("files_only.sh", include_bytes!("steps/shell/files_only.sh"));
    step.arguments(destinations)
}

/// Takes the program `uv` out of the wheel `/in/uv.whl`, to `/out/uv`.
pub fn unpack_uv() -> Step {
    let script = include_bytes!("steps/python/unpack_uv.py");
    Step::python(
        vec![StepFile::script("unpack_uv.py", script)],
        vec!["unpack_uv.py"],
    )
}

/// Declares scripts that steps share.
macro_rules! scripts {
    ($($constant:ident = $name:literal;)*) => {
        $(const $constant: StepFile =
            StepFile::script($name, include_bytes!(concat!("steps/python/", $name)));)*
    };
}

scripts! {
    ARCHIVES = "archives.py";
    EXPLICIT = "explicit.py";
    CLASH = "clash.py";
    ELF = "elf.py";
    FETCH = "fetch.py";
    GUARD = "guard.py";
    HTTP_CLIENT = "http_client.py";
    INDEXES = "indexes.py";
    LOCKS = "locks.py";
    MODES = "modes.py";
    REQUIREMENTS = "requirements.py";
    UV_ERRORS = "uv_errors.py";
    WHEELS = "wheels.py";
    WHEEL_CACHE = "wheel_cache.py";
}

/// Resolves all layers together; its answer `/out/resolution.json` is read by
/// [`Resolution::read`](crate::facts::Resolution::read).
pub fn resolve(request: &ResolveRequest) -> Step {
    let script = include_bytes!("steps/python/resolve.py");
    Step::python(
        vec![
            COMMON,
            StepFile::script("resolve.py", script),
            StepFile::request("resolve.json", request),
            EXPLICIT,
            GUARD,
            HTTP_CLIENT,
            INDEXES,
            LOCKS,
            REQUIREMENTS,
            UV_ERRORS,
            WHEELS,
        ],
        vec!["resolve.py", "resolve.json"],
    )
}

/// Fetches one file to `/out/file`; its answer `/out/answer.json` is read by
/// [`FetchedFile::read`](crate::facts::FetchedFile::read).
pub fn fetch(request: &FetchRequest) -> Step {
    Step::python(
        vec![
            COMMON,
            FETCH,
            StepFile::request("fetch.json", request),
            HTTP_CLIENT,
            WHEEL_CACHE,
        ],
        vec!["fetch.py", "fetch.json"],
    )
}

/// Builds a wheel to `/out/wheel`, and its metadata alone to `/out/metadata`;
/// its answer `/out/answer.json` is read by
/// [`BuildAnswer::read`](crate::facts::BuildAnswer::read).
pub fn build(request: &BuildRequest) -> Step {
    let script = include_bytes!("steps/python/build.py");
    Step::python(
        vec![
            COMMON,
            StepFile::script("build.py", script),
            StepFile::request("build.json", request),
            ARCHIVES,
            GUARD,
            UV_ERRORS,
            WHEELS,
        ],
        vec!["build.py", "build.json"],
    )
}

/// Installs one slice of the resolution into `/opt/venv`.
pub fn install(request: &InstallRequest) -> Step {
    let script = include_bytes!("steps/python/install.py");
    Step::python(
        vec![
            COMMON,
            StepFile::script("install.py", script),
            StepFile::request("install.json", request),
            FETCH,
            HTTP_CLIENT,
            MODES,
            WHEEL_CACHE,
        ],
        vec!["install.py", "install.json"],
    )
}

/// Compares what the packages of all layers, below `/layers`, wrote; its
/// answer `/out/clashes.json` is read by [`clashes`](crate::facts::clashes).
pub fn clash_check() -> Step {
    Step::python(vec![CLASH], vec!["clash.py"])
}

/// Looks for libraries that packages in `/layers` need and that the image at
/// `/lamina/image` does not have; its answer `/out/libraries.json` is read by
/// [`missing_libraries`](crate::facts::missing_libraries).
pub fn libraries(request: &LibrariesRequest) -> Step {
    let script = include_bytes!("steps/python/libraries.py");
    Step::python(
        vec![
            COMMON,
            StepFile::script("libraries.py", script),
            StepFile::request("libraries.json", request),
            CLASH,
            ELF,
        ],
        vec!["libraries.py", "libraries.json"],
    )
}

/// Places the files of `/lamina/files` in the image at `/lamina/image`.
pub fn place(request: &PlaceRequest) -> Step {
    let script = include_bytes!("steps/python/place.py");
    Step::python(
        vec![
            StepFile::script("place.py", script),
            StepFile::request("place.json", request),
        ],
        vec!["place.py", "place.json"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_the_interpreter_the_files_and_the_arguments() {
        assert_eq!(
            accounts("app", 1000, "/home/app")
                .command("python3")
                .join(" "),
            "/bin/sh /lamina/in/accounts.sh app 1000 /home/app"
        );
        let request = PlaceRequest {
            copies: vec![],
            uid: 7,
        };
        assert_eq!(
            place(&request).command("/usr/bin/python3.9").join(" "),
            "/usr/bin/python3.9 /lamina/in/place.py /lamina/in/place.json"
        );
    }

    #[test]
    fn every_file_that_is_run_is_there() {
        for step in [inspect(), apt(["git"]), unpack_uv(), clash_check()] {
            for name in &step.run {
                assert!(step.files().iter().any(|file| file.name == *name), "{name}");
            }
        }
    }
}
