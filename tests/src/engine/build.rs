//! One run of `docker buildx build`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::command::{say, words};
use super::setup::{BASES, Engine, setup};
use super::{Images, Progress, image};

/// Numbers the temporary images of this process.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The destination of a build's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// None: the result is discarded.
    Cache,
    /// The test: [`Finished::images`].
    Archive,
    /// The engine's images.
    Image(String),
    /// A registry.
    Push(String),
}

/// A build, as on a user's command line.
#[derive(Debug)]
pub struct Build<'e> {
    engine: &'e Engine,
    arguments: Vec<OsString>,
    project: OsString,
    label: String,
    output: Output,
    limit: Duration,
}

/// A finished build.
#[derive(Debug)]
pub struct Finished {
    /// Its steps.
    pub progress: Progress,
    /// The images, with [`Output::Archive`].
    pub images: Images,
    /// Its duration.
    pub time: Duration,
    succeeded: bool,
    text: Vec<String>,
}

impl<'e> Build<'e> {
    /// A build with lamina: with base images, network and CA certificates.
    pub(super) fn new(engine: &'e Engine, project: &Path) -> Self {
        let mut build = Self::bare(engine, project);
        let stub = fs::read_to_string(project.join("Dockerfile")).unwrap_or_default();
        let bases = setup().bases().into_iter();
        // The default base and those that the stub names; others would cause warnings.
        for (name, place) in bases.filter(|(name, _)| *name == BASES[0] || stub.contains(name)) {
            build = build.context(&name, &place);
        }
        match &setup().ca {
            Some(file) => build.secret("ca-certificates", file),
            None => build,
        }
    }

    /// A build without lamina's arguments.
    pub(super) fn bare(engine: &'e Engine, project: &Path) -> Self {
        let name = project.file_name().unwrap_or_default().to_string_lossy();
        Self {
            engine,
            arguments: words(&[
                &"buildx",
                &"build",
                &"--progress=rawjson",
                &"--network=host",
            ]),
            project: project.as_os_str().to_owned(),
            label: format!("{name} ({})", engine.store),
            output: Output::Cache,
            limit: Duration::from_mins(10),
        }
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(OsString::from));
        self
    }

    /// `--target`.
    pub fn target(mut self, target: &str) -> Self {
        self.label = format!("{target}, {}", self.label);
        self.args(&["--target", target])
    }

    /// `--platform`.
    pub fn platform(self, platforms: &str) -> Self {
        self.args(&["--platform", platforms])
    }

    /// `--build-arg`.
    pub fn arg(self, name: &str, value: &str) -> Self {
        self.args(&["--build-arg", &format!("{name}={value}")])
    }

    /// `--build-context`.
    pub fn context(self, name: &str, place: &str) -> Self {
        self.args(&["--build-context", &format!("{name}={place}")])
    }

    /// `--secret` from a file.
    pub fn secret(self, id: &str, file: &Path) -> Self {
        self.args(&["--secret", &format!("id={id},src={}", file.display())])
    }

    /// `--file`, in the project.
    pub fn file(self, name: &str) -> Self {
        let path = Path::new(&self.project).join(name);
        let path = path.to_string_lossy().into_owned();
        self.args(&["--file", &path])
    }

    /// Sets the destination of the result.
    pub fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// Runs it, whether it succeeds or not.
    #[track_caller]
    pub fn run(mut self) -> Finished {
        let temporary = format!("lamina-e2e-{}-{}", std::process::id(), next());
        let loads = self.output == Output::Archive && !self.engine.is_containerd();
        if loads {
            self.output = Output::Image(temporary.clone());
        }
        self.add_output();
        let mut finished = self.start();
        if loads && finished.succeeded {
            finished.images = save(self.engine, &temporary);
            // Its layers stay in the build cache; the name is not needed.
            self.engine.docker(&["image", "rm", &temporary]).run();
        }
        finished
    }

    /// Runs it; the test fails if the build fails.
    #[track_caller]
    pub fn succeed(self) -> Finished {
        let finished = self.run();
        assert!(
            finished.succeeded,
            "{}\n{}",
            finished.text(),
            finished.progress.log
        );
        finished
    }

    /// Runs it; the test fails if the build succeeds. Returns what the client
    /// prints.
    #[track_caller]
    pub fn fail(self) -> String {
        let finished = self.run();
        assert!(!finished.succeeded, "the build succeeded");
        finished.text()
    }

    fn add_output(&mut self) {
        let output = match &self.output {
            Output::Cache => "type=cacheonly".to_owned(),
            // Compression takes longer than the build.
            Output::Archive => "type=oci,dest=-,compression=uncompressed".to_owned(),
            Output::Image(name) if self.engine.is_containerd() => {
                format!("type=image,name={name},compression=uncompressed,unpack=true")
            }
            Output::Image(name) => format!("type=image,name={name}"),
            Output::Push(name) => format!("type=image,name={name},push=true"),
        };
        self.arguments.extend(words(&[&"--output", &output]));
        let project = std::mem::take(&mut self.project);
        self.arguments.push(project);
    }

    #[track_caller]
    fn start(&mut self) -> Finished {
        let started = Instant::now();
        let mut progress = Progress::default();
        let mut text = Vec::new();
        let wants_archive = self.output == Output::Archive;
        let command = self
            .engine
            .docker(&[])
            .args(std::mem::take(&mut self.arguments))
            // Annotations with dates are not needed.
            .env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1")
            .limit(self.limit)
            .label(self.label.clone());
        let read = move |mut stdout: Box<dyn io::Read + Send>| {
            if wants_archive {
                archive(stdout)
            } else {
                io::copy(&mut stdout, &mut io::sink()).map(|_| Images::new())
            }
        };
        let watch = |line: &str| match progress.line(line) {
            Some(ended) => {
                let shown = ended.iter().filter(|name| is_shown(name));
                shown.for_each(|name| say(&format!("{}: {name}", self.label)));
            }
            None => text.push(line.to_owned()),
        };
        let ended = command.run_reading(read, watch);
        let time = started.elapsed();
        say(&format!(
            "{}: {} in {} s",
            self.label,
            ended.status,
            time.as_secs()
        ));
        Finished {
            progress,
            images: ended.stdout,
            time,
            succeeded: ended.status.success(),
            text,
        }
    }
}

/// Whether the end of a step is printed.
fn is_shown(name: &str) -> bool {
    name == "exporting to image" || name.starts_with('[') && !name.starts_with("[internal]")
}

/// Reads an archive; a failed build writes nothing.
fn archive(mut from: Box<dyn io::Read + Send>) -> io::Result<Images> {
    let mut head = [0; 512];
    let read = io::Read::read(&mut from, &mut head)?;
    if read == 0 {
        return Ok(Images::new());
    }
    image::read(io::Read::chain(&head[..read], from))
}

fn save(engine: &Engine, name: &str) -> Images {
    let label = format!("docker save ({})", engine.store);
    let save = engine
        .docker(&["save", name])
        .label(label)
        .limit(Duration::from_mins(5));
    let ended = save.run_reading(archive, |_| {});
    assert!(ended.status.success(), "{}", ended.stderr.join("\n"));
    ended.stdout
}

fn next() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

impl Finished {
    /// Whether the command succeeded.
    pub fn succeeded(&self) -> bool {
        self.succeeded
    }

    /// What the client prints other than progress: errors with their excerpts.
    pub fn text(&self) -> String {
        self.text.join("\n")
    }

    /// The image of a platform.
    #[track_caller]
    pub fn image(&self, platform: &str) -> &super::Image {
        let found = self.images.get(platform);
        found.unwrap_or_else(|| panic!("no {platform}, only {:?}", self.images.keys()))
    }
}
