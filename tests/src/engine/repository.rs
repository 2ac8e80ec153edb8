//! Git repositories, written for one test.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Command, Server};

/// A repository that a [`Server`] serves. The same content in the same order
/// gives the same commits.
#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
    url: String,
}

impl Repository {
    /// An empty one, with the branch `main`.
    pub fn new(server: &Server, name: &str) -> Self {
        let repository = Self {
            folder: server.root().join(format!("{name}.git")),
            url: format!("{}/{name}.git", server.url()),
        };
        fs::create_dir_all(&repository.folder).expect("target can be written");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Where it is served.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a file, or writes it anew.
    pub fn with(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Adds a file, or writes it anew.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.folder.join(path);
        fs::create_dir_all(file.parent().expect("it has a name")).expect("target can be written");
        fs::write(&file, text).expect("target can be written");
    }

    /// Commits all files: the commit.
    pub fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A change"]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Gives the last commit a tag.
    pub fn tag(&self, name: &str) {
        self.git(&["tag", name]);
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(Path::new("git"))
            .args(arguments)
            .directory(&self.folder)
            // Not as this machine's users have set it up.
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
