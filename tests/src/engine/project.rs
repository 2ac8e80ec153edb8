//! Small projects, written for one test.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::setup;

/// A project in its own directory.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// A project with this stub; its first line names the frontend.
    pub fn new(name: &str, body: &str) -> Self {
        let root = setup().work.join("projects").join(name);
        // From the previous run, if there was one.
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("target can be written");
        Self { root }.with(
            "Dockerfile",
            &format!("# syntax={}\n{body}", super::setup::FRONTEND),
        )
    }

    /// Adds a file.
    pub fn with(self, path: &str, text: &str) -> Self {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().expect("it has a name")).expect("target can be written");
        fs::write(&file, text).expect("target can be written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
        self
    }

    /// Adds a symbolic link.
    pub fn with_link(self, path: &str, target: &str) -> Self {
        symlink(target, self.root.join(path)).expect("target can be written");
        self
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        &self.root
    }
}
