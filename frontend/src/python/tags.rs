//! Which wheels an image can use, and which of them it prefers: compatibility
//! tags (PEP 425, 600 and 656), in the order of `packaging.tags.sys_tags`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{PythonVersion, WheelName};

/// The C library of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libc {
    /// glibc, by its version.
    Glibc {
        /// The major version: 2.
        major: u32,
        /// The minor version.
        minor: u32,
    },
    /// musl, by its version.
    Musl {
        /// The major version: 1.
        major: u32,
        /// The minor version.
        minor: u32,
    },
}

/// `glibc-2.36`, `musl-1.2`, as `facts.sh` writes it.
impl FromStr for Libc {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, version) = text.split_once('-').ok_or(())?;
        let (major, minor) = version.split_once('.').ok_or(())?;
        let number = |text: &str| text.parse().map_err(|_| ());
        let (major, minor) = (number(major)?, number(minor)?);
        // Every minor version is a tag of its own.
        if minor > 200 {
            return Err(());
        }
        match kind {
            "glibc" => Ok(Self::Glibc { major, minor }),
            "musl" => Ok(Self::Musl { major, minor }),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Libc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glibc { major, minor } => write!(f, "glibc {major}.{minor}"),
            Self::Musl { major, minor } => write!(f, "musl {major}.{minor}"),
        }
    }
}

/// The tags that `CPython` on Linux accepts, each with its rank.
#[derive(Clone, Debug)]
pub struct Tags {
    /// By Python, ABI and platform tag; 0 is the best.
    ranks: BTreeMap<(String, String, String), usize>,
}

impl Tags {
    /// Those of an interpreter. `machine` is what `uname -m` prints.
    pub fn new(python: PythonVersion, machine: &str, libc: Libc) -> Self {
        let platforms = platforms(machine, libc);
        let PythonVersion { major, minor } = python;
        let interpreter = format!("cp{major}{minor}");
        let mut tags = Self {
            ranks: BTreeMap::new(),
        };
        tags.add_all(&interpreter, &interpreter, &platforms);
        tags.add_all(&interpreter, "abi3", &platforms);
        tags.add_all(&interpreter, "none", &platforms);
        // The stable ABI begins with 3.2.
        for older in (2..minor).rev() {
            tags.add_all(&format!("cp{major}{older}"), "abi3", &platforms);
        }
        let versions: Vec<String> = [format!("py{major}{minor}"), format!("py{major}")]
            .into_iter()
            .chain((0..minor).rev().map(|older| format!("py{major}{older}")))
            .collect();
        for version in &versions {
            tags.add_all(version, "none", &platforms);
        }
        tags.add(&interpreter, "none", "any");
        for version in &versions {
            tags.add(version, "none", "any");
        }
        tags
    }

    fn add_all(&mut self, python: &str, abi: &str, platforms: &[String]) {
        for platform in platforms {
            self.add(python, abi, platform);
        }
    }

    fn add(&mut self, python: &str, abi: &str, platform: &str) {
        let rank = self.ranks.len();
        let tag = (python.to_owned(), abi.to_owned(), platform.to_owned());
        self.ranks.entry(tag).or_insert(rank);
    }

    /// The rank of a wheel, 0 is the best; `None` if it cannot be used.
    pub fn rank(&self, wheel: &WheelName) -> Option<usize> {
        let mut best = None;
        for python in &wheel.python {
            for abi in &wheel.abi {
                for platform in &wheel.platform {
                    let tag = (python.clone(), abi.clone(), platform.clone());
                    let rank = self.ranks.get(&tag).copied();
                    best = [best, rank].into_iter().flatten().min();
                }
            }
        }
        best
    }
}

/// The platform tags, the best first.
fn platforms(machine: &str, libc: Libc) -> Vec<String> {
    let mut platforms = match libc {
        Libc::Glibc { major, minor } => manylinux(machine, major, minor),
        Libc::Musl { major, minor } => (0..=minor)
            .rev()
            .map(|minor| format!("musllinux_{major}_{minor}_{machine}"))
            .collect(),
    };
    platforms.push(format!("linux_{machine}"));
    platforms
}

fn manylinux(machine: &str, major: u32, minor: u32) -> Vec<String> {
    // The older names begin with those of PEP 571, on x86 alone.
    let oldest = if matches!(machine, "x86_64" | "i686") {
        5
    } else {
        17
    };
    let mut platforms = Vec::new();
    for minor in (oldest..=minor).rev() {
        platforms.push(format!("manylinux_{major}_{minor}_{machine}"));
        let alias = match (major, minor) {
            (2, 17) => "manylinux2014",
            (2, 12) => "manylinux2010",
            (2, 5) => "manylinux1",
            _ => continue,
        };
        platforms.push(format!("{alias}_{machine}"));
    }
    platforms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(minor: u8, machine: &str, libc: &str) -> Tags {
        let python = PythonVersion { major: 3, minor };
        Tags::new(python, machine, libc.parse().unwrap())
    }

    /// The tags in their order.
    fn ordered(tags: &Tags) -> Vec<String> {
        let mut all: Vec<_> = tags.ranks.iter().collect();
        all.sort_by_key(|(_, rank)| **rank);
        let tag = |(python, abi, platform): &(String, String, String)| {
            format!("{python}-{abi}-{platform}")
        };
        all.into_iter().map(|(parts, _)| tag(parts)).collect()
    }

    fn best(tags: &Tags, files: &[&str]) -> Option<usize> {
        let ranks = files.iter().enumerate();
        let ranks = ranks.filter_map(|(at, file)| Some((tags.rank(&file.parse().unwrap())?, at)));
        ranks.min().map(|(_, at)| at)
    }

    /// The expected order is that of `packaging` 26.
    #[test]
    fn tags_are_in_the_order_of_packaging() {
        let musl = ordered(&tags(10, "aarch64", "musl-1.1"));
        let [new, old, plain] = ["musllinux_1_1", "musllinux_1_0", "linux"];
        let mut expected = Vec::new();
        let mut platforms = |head: &str| {
            for platform in [new, old, plain] {
                expected.push(format!("{head}-{platform}_aarch64"));
            }
        };
        for head in ["cp310-cp310", "cp310-abi3", "cp310-none"] {
            platforms(head);
        }
        for minor in (2..10).rev() {
            platforms(&format!("cp3{minor}-abi3"));
        }
        let versions = [
            "310", "3", "39", "38", "37", "36", "35", "34", "33", "32", "31", "30",
        ];
        for version in versions {
            platforms(&format!("py{version}-none"));
        }
        expected.push("cp310-none-any".to_owned());
        expected.extend(versions.map(|version| format!("py{version}-none-any")));
        assert_eq!(musl, expected);
    }

    #[test]
    fn older_names_of_manylinux_are_behind_the_numbers() {
        let platforms = platforms("x86_64", "glibc-2.18".parse().unwrap());
        assert_eq!(
            platforms.join(" ").replace("_x86_64", ""),
            "manylinux_2_18 manylinux_2_17 manylinux2014 manylinux_2_16 manylinux_2_15 \
             manylinux_2_14 manylinux_2_13 manylinux_2_12 manylinux2010 manylinux_2_11 \
             manylinux_2_10 manylinux_2_9 manylinux_2_8 manylinux_2_7 manylinux_2_6 \
             manylinux_2_5 manylinux1 linux"
        );
        let arm = super::platforms("aarch64", "glibc-2.18".parse().unwrap());
        assert_eq!(arm.len(), 4);
    }

    #[test]
    fn the_nearest_wheel_wins() {
        let tags = tags(11, "x86_64", "glibc-2.36");
        let any = "a-1-py3-none-any.whl";
        let abi3 = "a-1-cp37-abi3-manylinux_2_28_x86_64.whl";
        let own = "a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
        let newer = "a-1-cp311-cp311-manylinux_2_40_x86_64.whl";
        let other = "a-1-cp312-cp312-manylinux2014_x86_64.whl";
        assert_eq!(best(&tags, &[any, abi3, own, newer, other]), Some(2));
        assert_eq!(best(&tags, &[any, abi3, newer]), Some(1));
        assert_eq!(best(&tags, &[other, newer]), None);
        assert_eq!(best(&tags, &[other, "a-1-py2.py3-none-any.whl"]), Some(1));
    }

    #[test]
    fn reads_what_facts_say_of_the_c_library() {
        let libc = "glibc-2.36".parse::<Libc>().unwrap();
        assert_eq!(
            libc,
            Libc::Glibc {
                major: 2,
                minor: 36
            }
        );
        assert_eq!(libc.to_string(), "glibc 2.36");
        for text in [
            "",
            "glibc",
            "glibc-2",
            "bionic-2.1",
            "musl-x.1",
            "glibc-2.4000000000",
        ] {
            assert!(text.parse::<Libc>().is_err(), "{text}");
        }
    }
}
