//! Git repositories, written for one test.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Command, Server};

/// A repository that a [`Server`] serves. The same content in the same order
/// gives the same commits.
#[derive(Debug)]
pub struct Repository {
    directory: PathBuf,
    url: String,
}

impl Repository {
    /// An empty repository with the branch `main`.
    pub fn new(server: &Server, name: &str) -> Self {
        let repository = Self {
            directory: server.root().join(format!("{name}.git")),
            url: format!("{}/{name}.git", server.url()),
        };
        fs::create_dir_all(&repository.directory).expect("target can be written");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds or replaces a file.
    pub fn with(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Adds or replaces a file.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.directory.join(path);
        fs::create_dir_all(file.parent().expect("it has a name")).expect("target can be written");
        fs::write(&file, text).expect("target can be written");
    }

    /// Commits all files, and returns the commit.
    pub fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Tags the last commit.
    pub fn tag(&self, name: &str) {
        self.git(&["tag", name]);
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(Path::new("git"))
            .args(arguments)
            .directory(&self.directory)
            // Independent of the machine's git configuration.
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command = command
                .env(&format!("GIT_{who}_NAME"), "lamina")
                .env(&format!("GIT_{who}_EMAIL"), "lamina@example.com")
                .env(&format!("GIT_{who}_DATE"), "2024-01-02T03:04:05Z");
        }
        command.run().text()
    }
}
