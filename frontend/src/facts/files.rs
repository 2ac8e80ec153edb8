//! Which file of a package is installed.

use super::SourceDistribution;
use crate::python::{Hash, Lock, LockedFile, Pin, Tags, WheelName};

/// The file of a pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// A wheel. Without a SHA-256 the index says none.
    Wheel(LockedFile),
    /// A source distribution: its wheel has to be built.
    Source(SourceDistribution),
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoFile {
    /// The lock has no package of the name, or none of its files can be used.
    Missing,
    /// None of its files has one of the hashes that the pin gives. These are
    /// the files that could have been used.
    Hashes(Vec<LockedFile>),
}

/// The file of a pin of an index: the wheel that the image prefers, else the
/// source distribution. Of a pin with hashes, one that may have one of them.
pub fn choose(pin: &Pin, lock: &Lock, tags: &Tags) -> Result<Chosen, NoFile> {
    let package = pin.name.as_ref().and_then(|name| lock.package(name));
    let package = package.ok_or(NoFile::Missing)?;
    let usable = package.wheels.iter().filter_map(|file| {
        let wheel: WheelName = file.name.parse().ok()?;
        let rank = tags.rank(&wheel)?;
        // Of equal tags, the highest build.
        Some(((rank, std::cmp::Reverse(wheel.build)), file))
    });
    let mut usable: Vec<_> = usable.collect();
    usable.sort_by(|(one, _), (other, _)| one.cmp(other));
    let wheels = usable.into_iter().map(|(_, file)| file);
    let all: Vec<&LockedFile> = wheels.chain(&package.sdist).collect();
    if all.is_empty() {
        return Err(NoFile::Missing);
    }
    let may_be = |file: &&&LockedFile| HashCheck::of(file, &pin.hashes) != HashCheck::Different;
    let Some(file) = all.iter().find(may_be) else {
        return Err(NoFile::Hashes(all.into_iter().cloned().collect()));
    };
    let source = package.sdist.as_ref().filter(|sdist| *sdist == *file);
    let version = package.version.as_ref();
    Ok(match source.zip(version) {
        Some((sdist, version)) => Chosen::Source(SourceDistribution {
            name: package.name.clone(),
            version: version.clone(),
            url: sdist.place.clone(),
            sha256: sha256(sdist).cloned(),
            size: sdist.size,
        }),
        None => Chosen::Wheel((*file).clone()),
    })
}

/// What the lock says of a file's hashes and those that lines give for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashCheck {
    /// Lines give none, or its SHA-256.
    Same,
    /// It shows once the file is fetched: the lock lacks an algorithm of the
    /// lines, or another one than SHA-256 agrees. Only SHA-256 is verified
    /// when a file is installed.
    Unknown,
    /// It has none of the hashes.
    Different,
}

impl HashCheck {
    /// Compares a file with the hashes of which it has to have one.
    pub fn of(file: &LockedFile, hashes: &[Hash]) -> Self {
        let sha256 = sha256(file);
        if hashes.is_empty() || hashes.iter().any(|hash| sha256 == Some(hash)) {
            return Self::Same;
        }
        let lacks = |hash: &Hash| {
            let mut own = file.hashes.iter();
            own.all(|own| own.algorithm() != hash.algorithm())
        };
        let may_agree = |hash: &Hash| file.hashes.contains(hash) || lacks(hash);
        if hashes.iter().any(may_agree) {
            Self::Unknown
        } else {
            Self::Different
        }
    }
}

fn sha256(file: &LockedFile) -> Option<&Hash> {
    let mut hashes = file.hashes.iter();
    hashes.find(|hash| Some(hash.digest()) == file.sha256())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::PythonVersion;

    fn file(name: &str, digest: Option<char>) -> String {
        let hashes = digest.map(|digest| format!("sha256 = \"{}\"", digest.to_string().repeat(64)));
        let hashes = hashes.unwrap_or_default();
        format!("{{ url = \"https://h/{name}\", hashes = {{ {hashes} }} }}")
    }

    fn lock(wheels: &[String], sdist: Option<String>) -> Lock {
        let sdist = sdist.map(|sdist| format!("sdist = {sdist}\n"));
        let text = format!(
            "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{}]\n{}",
            wheels.join(", "),
            sdist.unwrap_or_default()
        );
        Lock::read(&text).unwrap()
    }

    fn chosen(lock: &Lock, hashes: &[char]) -> String {
        let mut pin: Pin = "a==1".parse().unwrap();
        let hash = |digest: &char| format!("sha256:{}", digest.to_string().repeat(64));
        pin.hashes = hashes
            .iter()
            .map(|digest| hash(digest).parse().unwrap())
            .collect();
        let python = PythonVersion {
            major: 3,
            minor: 11,
        };
        let tags = Tags::new(python, "x86_64", "glibc-2.36".parse().unwrap());
        match choose(&pin, lock, &tags) {
            Ok(Chosen::Wheel(file)) => file.name,
            Ok(Chosen::Source(source)) => format!("build {}", source.url),
            Err(NoFile::Missing) => "missing".to_owned(),
            Err(NoFile::Hashes(files)) => {
                let names: Vec<String> = files.into_iter().map(|file| file.name).collect();
                format!("not {}", names.join(", "))
            }
        }
    }

    #[test]
    fn the_preferred_wheel_is_installed() {
        let wheels = [
            file("a-1-py3-none-any.whl", Some('1')),
            file("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", Some('2')),
            file("a-1-cp311-cp311-manylinux_2_28_aarch64.whl", Some('3')),
            file("a-1-2-cp311-cp311-manylinux_2_28_x86_64.whl", Some('4')),
        ];
        let lock = lock(&wheels, Some(file("a-1.tar.gz", Some('5'))));
        assert_eq!(
            chosen(&lock, &[]),
            "a-1-2-cp311-cp311-manylinux_2_28_x86_64.whl"
        );
        assert_eq!(
            chosen(&lock, &['1', '2']),
            "a-1-cp311-cp311-manylinux_2_28_x86_64.whl"
        );
        assert_eq!(chosen(&lock, &['1', '3']), "a-1-py3-none-any.whl");
        assert_eq!(chosen(&lock, &['5']), "build https://h/a-1.tar.gz");
        // The file for the other architecture is not one of the image's.
        assert_eq!(
            chosen(&lock, &['3']),
            "not a-1-2-cp311-cp311-manylinux_2_28_x86_64.whl, \
             a-1-cp311-cp311-manylinux_2_28_x86_64.whl, a-1-py3-none-any.whl, a-1.tar.gz"
        );
    }

    #[test]
    fn an_algorithm_that_the_lock_lacks_does_not_make_another_hash_right() {
        let hash = |algorithm: &str, digest: &str, digits| {
            let text = format!("{algorithm}:{}", digest.repeat(digits));
            text.parse::<Hash>().unwrap()
        };
        let file = |hashes: &[Hash]| LockedFile {
            hashes: hashes.to_vec(),
            ..LockedFile::at("https://h/a.whl")
        };
        let (right, wrong) = (hash("sha256", "1", 64), hash("sha256", "2", 64));
        let (long, other) = (hash("sha512", "1", 128), hash("sha512", "2", 128));
        for (own, given, expected) in [
            (vec![&right], vec![], HashCheck::Same),
            (vec![], vec![], HashCheck::Same),
            (vec![&right], vec![&wrong, &right], HashCheck::Same),
            (vec![&right], vec![&wrong], HashCheck::Different),
            (vec![&right], vec![&wrong, &long], HashCheck::Unknown),
            (vec![&right, &long], vec![&wrong, &long], HashCheck::Unknown),
            (vec![&right, &long], vec![&other], HashCheck::Different),
            (vec![&long], vec![&right], HashCheck::Unknown),
            (vec![], vec![&right], HashCheck::Unknown),
        ] {
            let clone = |hashes: &[&Hash]| hashes.iter().copied().cloned().collect::<Vec<_>>();
            let found = HashCheck::of(&file(&clone(&own)), &clone(&given));
            assert_eq!(found, expected, "{own:?} {given:?}");
        }
    }

    #[test]
    fn files_whose_hashes_are_unknown_may_have_them() {
        let lock = lock(&[file("a-1-py3-none-any.whl", None)], None);
        assert_eq!(chosen(&lock, &['1']), "a-1-py3-none-any.whl");
    }

    #[test]
    fn packages_without_a_file() {
        assert_eq!(chosen(&Lock::default(), &[]), "missing");
        let other = lock(&[file("a-1-cp312-cp312-win_amd64.whl", None)], None);
        assert_eq!(chosen(&other, &[]), "missing");
    }
}
