//! The target's system, as `facts.sh` found it in the base image.

use std::collections::BTreeSet;

use crate::python::PythonVersion;

/// What the base image holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// The distribution.
    pub distribution: Distribution,
    /// The C library, `glibc-2.36`; empty where it was not recognised.
    pub libc: String,
    /// Paths of Python interpreters, best first.
    pub pythons: Vec<String>,
    /// Its users.
    pub users: Vec<Account>,
    /// Names and ids of its groups.
    pub groups: Vec<(String, u32)>,
    /// Its `/opt`, as a tree that is merged has to have it; none where no tree
    /// can: it is a link, say.
    pub opt: Option<Folder>,
    /// The names at its root.
    pub root: BTreeSet<String>,
}

/// Mode and owner of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Folder {
    /// What a directory is that nobody asked to be otherwise.
    pub const USUAL: Self = Self {
        mode: 0o755,
        uid: 0,
        gid: 0,
    };
}

/// A distribution, as `/etc/os-release` names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// `debian`, `ubuntu`, …
    pub id: String,
    /// The release's code name or version: `bookworm`.
    pub release: String,
    /// Whether it has `apt-get`.
    pub apt: bool,
}

/// A user of the base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The login name.
    pub name: String,
    /// The user id.
    pub uid: u32,
    /// The main group's id.
    pub gid: u32,
    /// The home directory.
    pub home: String,
}

impl System {
    /// Reads the files of the step.
    pub fn read(
        distribution: &str,
        folders: &str,
        python: &str,
        passwd: &str,
        group: &str,
    ) -> Self {
        let field = |text: &str, name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            distribution: Distribution {
                id: field(distribution, "id"),
                release: field(distribution, "release"),
                apt: field(distribution, "apt") == "yes",
            },
            libc: field(python, "libc"),
            pythons: python
                .lines()
                .filter_map(|line| line.strip_prefix("python="))
                .map(str::to_owned)
                .collect(),
            users: passwd.lines().filter_map(account).collect(),
            groups: group.lines().filter_map(named_id).collect(),
            opt: match field(folders, "opt").as_str() {
                "" => Some(Folder::USUAL),
                text => folder(text),
            },
            root: folders
                .lines()
                .filter_map(|line| line.strip_prefix("root="))
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The interpreter of a version.
    pub fn python(&self, version: PythonVersion) -> Option<&str> {
        let name = format!("/python{version}");
        self.pythons
            .iter()
            .find(|path| path.ends_with(&name))
            .map(String::as_str)
    }

    /// The interpreters as a text for messages: `/usr/bin/python3.10`.
    pub fn python_list(&self) -> String {
        if self.pythons.is_empty() {
            "none".to_owned()
        } else {
            self.pythons.join(", ")
        }
    }
}

/// `755 0 0`; none for what is no directory, and for the bits that directories
/// cannot be made with: daemons take the usual umask off the mode.
fn folder(text: &str) -> Option<Folder> {
    let mut words = text.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let mut id = || words.next()?.parse().ok();
    let (uid, gid) = (id()?, id()?);
    let exact = mode <= 0o777 && mode & 0o022 == 0;
    exact.then_some(Folder { mode, uid, gid })
}

fn account(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    Some(Account {
        name: fields.next()?.to_owned(),
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
        home: fields.next().unwrap_or("/").to_owned(),
    })
}

fn named_id(line: &str) -> Option<(String, u32)> {
    let (name, id) = line.split_once(':')?;
    Some((name.to_owned(), id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_s_files_are_read() {
        let system = System::read(
            "id=debian\nrelease=bookworm\napt=yes\n",
            "opt=751 0 50\nroot=data\nroot=etc\n",
            "libc=glibc-2.36\npython=/usr/local/bin/python3.11\npython=/usr/bin/python3.11\n",
            "root:0:0:/root\nodd line\n_apt:42:65534:/nonexistent\n",
            "root:0\nwheel:10\n",
        );
        assert_eq!(system.distribution.release, "bookworm");
        assert!(system.distribution.apt);
        assert_eq!(system.libc, "glibc-2.36");
        let version = PythonVersion {
            major: 3,
            minor: 11,
        };
        assert_eq!(system.python(version), Some("/usr/local/bin/python3.11"));
        let older = PythonVersion { major: 3, minor: 1 };
        assert_eq!(system.python(older), None);
        assert_eq!(system.users.len(), 2);
        let opt = Folder {
            mode: 0o751,
            uid: 0,
            gid: 50,
        };
        assert_eq!(system.opt, Some(opt));
        assert_eq!(system.groups[1], ("wheel".to_owned(), 10));
        assert!(system.root.iter().eq(["data", "etc"]));
    }

    #[test]
    fn only_plain_directories_can_be_merged() {
        let opt = |text: &str| System::read("", text, "", "", "").opt;
        assert_eq!(opt(""), Some(Folder::USUAL));
        assert_eq!(opt("opt=755 0 0\n"), Some(Folder::USUAL));
        for text in [
            "opt=link\n",
            "opt=2755 0 0\n",
            "opt=775 0 0\n",
            "opt=755 0\n",
        ] {
            assert_eq!(opt(text), None, "{text}");
        }
    }
}
