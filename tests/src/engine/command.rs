//! Commands with a time limit, whose progress is printed while they run.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Prints a line with the time since the first one. Bypasses the test harness,
/// which withholds output until a test fails.
pub(super) fn say(text: &str) {
    let time = START.elapsed().as_secs_f32();
    let line = format!("[e2e {time:6.1}] {text}\n");
    // Standard error may be closed.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// A command to run.
#[derive(Debug)]
pub struct Command {
    inner: std::process::Command,
    limit: Duration,
    label: String,
}

/// The result of a command.
#[derive(Debug)]
pub struct Ended<T = Vec<u8>> {
    /// The exit status.
    pub status: ExitStatus,
    /// The value read from standard output.
    pub stdout: T,
    /// The lines of standard error.
    pub stderr: Vec<String>,
}

impl Ended {
    /// Standard output as text, if the command succeeded.
    #[track_caller]
    pub fn text(&self) -> String {
        assert!(self.status.success(), "{}", self.stderr.join("\n"));
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl Command {
    /// Runs a program, with a time limit of two minutes.
    pub fn new(program: &Path) -> Self {
        Self {
            inner: std::process::Command::new(program),
            limit: Duration::from_mins(2),
            label: program
                .file_name()
                .unwrap_or_default()
                .display()
                .to_string(),
        }
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.inner.args(arguments);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Sets the working directory.
    pub fn directory(mut self, path: &Path) -> Self {
        self.inner.current_dir(path);
        self
    }

    /// Changes the time limit.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets the name of the command in printed lines.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The whole command line, for messages.
    pub fn line(&self) -> String {
        let words = std::iter::once(self.inner.get_program()).chain(self.inner.get_args());
        words
            .collect::<Vec<_>>()
            .join(OsStr::new(" "))
            .to_string_lossy()
            .into_owned()
    }

    /// Runs the command and collects its output.
    #[track_caller]
    pub fn run(self) -> Ended {
        self.run_reading(
            |mut stdout| {
                let mut bytes = Vec::new();
                stdout.read_to_end(&mut bytes).map(|_| bytes)
            },
            |_| {},
        )
    }

    /// Runs the command. `read` consumes standard output; `watch` sees each line
    /// of standard error when it is written.
    #[track_caller]
    pub fn run_reading<T: Send>(
        mut self,
        read: impl FnOnce(Box<dyn Read + Send>) -> std::io::Result<T> + Send,
        watch: impl FnMut(&str),
    ) -> Ended<T> {
        let line = self.line();
        let spawned = self
            .inner
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{line}: {error}"));
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let (lines, inbox) = channel();
        thread::scope(|scope| {
            let reader = scope.spawn(move || read(Box::new(stdout)));
            scope.spawn(move || send_lines(BufReader::new(stderr), &lines));
            let stderr = self.follow(&mut child, &inbox, watch);
            let status = child
                .wait()
                .unwrap_or_else(|error| panic!("{line}: {error}"));
            let stdout = reader
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match (stderr, stdout) {
                (Err(stderr), _) => panic!(
                    "{line}\nended by the test after {:?}; it said\n{}",
                    self.limit,
                    stderr.join("\n")
                ),
                (Ok(stderr), Err(error)) => {
                    panic!("{line}: {status}: {error}\n{}", stderr.join("\n"))
                }
                (Ok(stderr), Ok(stdout)) => Ended {
                    status,
                    stdout,
                    stderr,
                },
            }
        })
    }

    /// Collects the lines of standard error; fails at the time limit.
    fn follow(
        &self,
        child: &mut Child,
        inbox: &std::sync::mpsc::Receiver<String>,
        mut watch: impl FnMut(&str),
    ) -> Result<Vec<String>, Vec<String>> {
        let started = Instant::now();
        let mut said = Instant::now();
        let mut lines = Vec::new();
        loop {
            match inbox.recv_timeout(Duration::from_secs(1)) {
                Ok(line) => {
                    watch(&line);
                    lines.push(line);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(lines),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if said.elapsed() > Duration::from_secs(30) {
                said = Instant::now();
                say(&format!(
                    "{} runs for {} s",
                    self.label,
                    started.elapsed().as_secs()
                ));
            }
            if started.elapsed() > self.limit {
                // It may have just ended.
                let _ = child.kill();
                return Err(lines);
            }
        }
    }
}

fn send_lines(mut from: impl BufRead, to: &Sender<String>) {
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        if to.send(text).is_err() {
            return;
        }
    }
}

/// A list of arguments from strings of any kind.
pub(super) fn words(words: &[&dyn AsRef<OsStr>]) -> Vec<OsString> {
    words.iter().map(|word| word.as_ref().to_owned()).collect()
}
