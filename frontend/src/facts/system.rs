//! The target's system, as `facts.sh` found it in the base image.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use super::answer::{AnswerFile, InvalidAnswer};
use crate::python::{Libc, PythonVersion};

/// What the base image holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// The distribution.
    pub distribution: Distribution,
    /// The C library, where it is known.
    pub libc: Option<Libc>,
    /// Paths of Python interpreters, best first.
    pub pythons: Vec<String>,
    /// Those of them that the builder can run: its base image, of its own
    /// platform, has an executable at the same path.
    pub builder_pythons: Vec<String>,
    /// The whole versions of interpreters, by their paths, as far as they are
    /// told without running them.
    pub python_versions: BTreeMap<String, Version>,
    /// Its users.
    pub users: Vec<Account>,
    /// Names and ids of its groups.
    pub groups: Vec<(String, u32)>,
    /// Its `/opt`, as a merged tree has to have it; none where no tree can
    /// have it: it is a link, say.
    pub opt: Option<DirectoryAttributes>,
    /// The names at its root.
    pub root: BTreeSet<String>,
}

/// Mode and owner of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryAttributes {
    /// The permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl DirectoryAttributes {
    /// Those of directories that are created without specifying any.
    pub const DEFAULT: Self = Self {
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
    /// The files that the step writes.
    pub const FILES: [&str; 7] = [
        "distribution",
        "directories",
        "python",
        "python-versions",
        "builder-python",
        "passwd",
        "group",
    ];

    /// Reads the files of the step, by their names.
    ///
    /// Lines that are not in the format are left out: the base image's files
    /// may have others, such as those of NIS in `/etc/passwd`.
    pub fn read(files: &BTreeMap<&'static str, Vec<u8>>) -> Result<Self, InvalidAnswer> {
        let [
            distribution,
            directories,
            python,
            versions,
            builder_python,
            passwd,
            group,
        ] = Self::FILES.map(|file| {
            let script = "facts.sh";
            AnswerFile { file, script }.read_text(files.get(file))
        });
        let (distribution, directories, python) = (distribution?, directories?, python?);
        Ok(Self {
            distribution: Distribution {
                id: value(&distribution, "id"),
                release: value(&distribution, "release"),
            },
            libc: value(&python, "libc").parse().ok(),
            pythons: values(&python, "python").collect(),
            builder_pythons: values(&builder_python?, "python").collect(),
            python_versions: versions?.lines().filter_map(python_version).collect(),
            users: passwd?.lines().filter_map(account).collect(),
            groups: group?.lines().filter_map(named_id).collect(),
            opt: match value(&directories, "opt").as_str() {
                "" => Some(DirectoryAttributes::DEFAULT),
                text => attributes(text),
            },
            root: values(&directories, "root").collect(),
        })
    }

    /// The interpreter of a version.
    pub fn python(&self, version: PythonVersion) -> Option<&str> {
        let name = format!("/python{version}");
        self.pythons
            .iter()
            .find(|path| path.ends_with(&name))
            .map(String::as_str)
    }

    /// The whole version of the interpreter of a version, `3.11.14` for 3.11,
    /// where it is known: `python_full_version` in markers (PEP 508).
    pub fn python_full_version(&self, version: PythonVersion) -> Option<&Version> {
        let found = self.python_versions.get(self.python(version)?)?;
        let minor = [version.major.into(), version.minor.into()];
        (found.release().get(..2) == Some(&minor)).then_some(found)
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

/// The values of `name=value` lines.
fn values<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let value = move |line: &'a str| line.strip_prefix(name)?.strip_prefix('=');
    text.lines().filter_map(value).map(str::to_owned)
}

/// The first value of a name; empty without one.
fn value(text: &str, name: &str) -> String {
    values(text, name).next().unwrap_or_default()
}

/// `/usr/bin/python3.11=3.11.2`; `3.11.2+` is what was built on top of 3.11.2.
fn python_version(line: &str) -> Option<(String, Version)> {
    let (path, version) = line.split_once('=')?;
    let version = version.trim_end_matches('+').parse().ok()?;
    Some((path.to_owned(), version))
}

/// `755 0 0`; none for what is not a directory, and for the bits that
/// directories cannot be made with: daemons apply the usual umask.
fn attributes(text: &str) -> Option<DirectoryAttributes> {
    let mut words = text.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let mut id = || words.next()?.parse().ok();
    let (uid, gid) = (id()?, id()?);
    let exact = mode <= 0o777 && mode & 0o022 == 0;
    exact.then_some(DirectoryAttributes { mode, uid, gid })
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

    const PYTHON: PythonVersion = PythonVersion {
        major: 3,
        minor: 11,
    };

    fn read(texts: &[(&'static str, &str)]) -> Result<System, InvalidAnswer> {
        let mut files: BTreeMap<&'static str, Vec<u8>> =
            System::FILES.map(|name| (name, Vec::new())).into();
        files.extend(
            texts
                .iter()
                .map(|(name, text)| (*name, text.as_bytes().to_vec())),
        );
        System::read(&files)
    }

    #[test]
    fn reads_the_files_of_the_step() {
        let system = read(&[
            ("distribution", "id=debian\nrelease=bookworm\n"),
            ("directories", "opt=751 0 50\nroot=data\nroot=etc\n"),
            (
                "python",
                "libc=glibc-2.36\npython=/usr/local/bin/python3.11\npython=/usr/bin/python3.11\n",
            ),
            ("builder-python", "python=/usr/bin/python3.11\n"),
            (
                "passwd",
                "root:0:0:/root\n+::::\n_apt:42:65534:/nonexistent\n",
            ),
            ("group", "root:0\nwheel:10\n"),
        ]);
        let system = system.expect("the files are valid");
        assert_eq!(system.distribution.id, "debian");
        assert_eq!(system.distribution.release, "bookworm");
        assert_eq!(system.python(PYTHON), Some("/usr/local/bin/python3.11"));
        assert_eq!(system.builder_pythons, ["/usr/bin/python3.11"]);
        let older = PythonVersion { major: 3, minor: 1 };
        assert_eq!(system.python(older), None);
        assert_eq!(system.users.len(), 2);
        let opt = DirectoryAttributes {
            mode: 0o751,
            uid: 0,
            gid: 50,
        };
        assert_eq!(system.opt, Some(opt));
        assert_eq!(system.groups[1], ("wheel".to_owned(), 10));
        assert!(system.root.iter().eq(["data", "etc"]));
    }

    #[test]
    fn whole_versions_are_of_the_interpreter_that_is_used() {
        let version = |python: &str, versions: &str| {
            let system = read(&[("python", python), ("python-versions", versions)]);
            let system = system.expect("the files are valid");
            system.python_full_version(PYTHON).map(ToString::to_string)
        };
        let both = "python=/usr/local/bin/python3.11\npython=/usr/bin/python3.11\n";
        let local = "/usr/local/bin/python3.11=3.11.14\n/usr/bin/python3.11=3.11.2\n";
        assert_eq!(version(both, local).as_deref(), Some("3.11.14"));
        assert_eq!(version(both, "/usr/bin/python3.11=3.11.2\n"), None);
        let built = "/usr/local/bin/python3.11=3.11.0rc2+\n";
        assert_eq!(version(both, built).as_deref(), Some("3.11.0rc2"));
        for odd in ["odd version", "3.10.1", "3", ""] {
            assert_eq!(
                version(both, &format!("/usr/local/bin/python3.11={odd}\n")),
                None
            );
        }
    }

    #[test]
    fn only_plain_directories_can_be_merged() {
        let opt = |text: &str| read(&[("directories", text)]).expect("it is valid").opt;
        assert_eq!(opt(""), Some(DirectoryAttributes::DEFAULT));
        assert_eq!(opt("opt=755 0 0\n"), Some(DirectoryAttributes::DEFAULT));
        for text in [
            "opt=link\n",
            "opt=2755 0 0\n",
            "opt=775 0 0\n",
            "opt=755 0\n",
        ] {
            assert_eq!(opt(text), None, "{text}");
        }
    }

    #[test]
    fn missing_and_huge_files_are_errors() {
        let error = System::read(&BTreeMap::new()).unwrap_err().to_string();
        assert_eq!(
            error,
            "invalid answer `distribution` of the step `facts.sh`: expected a file, found none"
        );
        let huge = "x".repeat(9 << 20);
        let error = read(&[("passwd", &huge)]).unwrap_err().to_string();
        assert!(error.contains("expected at most 8388608 bytes"), "{error}");
    }
}
