//! The file of each package that is installed.

use futures_util::future::try_join_all;

use super::report;
use super::wheels::Wheels;
use crate::facts::{Chosen, HashCheck, NoFile, SourceDistribution, choose as choose_file};
use crate::gateway::{Bridge, BridgeError};
use crate::lower::{Fetch, PythonSteps, WheelTree};
use crate::python::{HashAlgorithm, Lock, LockedFile, Package, Pin, Wheel, WheelSource, rewrite};
use crate::source::{Diagnostic, Diagnostics};

/// A package whose file is known as far as the resolution says it.
struct Choice {
    pin: Pin,
    file: File,
}

enum File {
    /// It is installed as it is.
    Wheel(Wheel),
    /// A wheel whose hash no index says.
    Unhashed(LockedFile),
    /// A wheel of it has to be built.
    Source(SourceDistribution),
}

/// The packages of slices, and trees with the wheels that no URL has.
pub(super) async fn choose<B: Bridge>(
    mut wheels: Wheels<'_, B>,
    slices: Vec<Vec<Pin>>,
    lock: &Lock,
) -> Result<(Vec<Vec<Package>>, Vec<WheelTree>), BridgeError> {
    let slices = choices(&wheels, slices, lock)?;
    let sources = slices.iter().flatten().filter_map(|it| match &it.file {
        File::Source(source) if wheels.of_source(source).is_none() => Some(source.clone()),
        _ => None,
    });
    let sources: Vec<SourceDistribution> = sources.collect();
    if !sources.is_empty() {
        wheels.build_sources(&sources).await?;
    }
    let mut trees: Vec<WheelTree> = wheels
        .built()
        .iter()
        .map(crate::lower::Built::tree)
        .collect();
    let wheels = &wheels;
    let packages = slices.into_iter().map(|slice| {
        let packages = slice.into_iter().map(|choice| package(wheels, choice));
        try_join_all(packages)
    });
    let packages = try_join_all(packages).await?;
    let mut slices = Vec::new();
    for slice in packages {
        let (slice, fetched): (Vec<_>, Vec<_>) = slice.into_iter().unzip();
        trees.extend(fetched.into_iter().flatten());
        slices.push(slice);
    }
    Ok((slices, trees))
}

/// How many packages without a file are reported.
const SHOWN: usize = 20;

fn choices<B: Bridge>(
    wheels: &Wheels<'_, B>,
    slices: Vec<Vec<Pin>>,
    lock: &Lock,
) -> Result<Vec<Vec<Choice>>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut without_file = Vec::new();
    let mut chosen = Vec::new();
    for slice in slices {
        // What a requirement names by itself was compared before it was built.
        let (built, mut others): (Vec<Pin>, Vec<Pin>) =
            slice.into_iter().partition(|pin| wheels.is_built(pin));
        diagnostics.keep(wheels.hashes.add_to(&mut others));
        let mut slice: Vec<Pin> = built.into_iter().chain(others).collect();
        slice.sort_by(|one, other| one.name.cmp(&other.name));
        let mut choices = Vec::new();
        for pin in slice {
            match file(wheels, &pin, lock) {
                Ok(file) => choices.push(Choice { pin, file }),
                Err(none) => without_file.push((pin, none)),
            }
        }
        chosen.push(choices);
    }
    for (pin, none) in without_file.iter().take(SHOWN) {
        diagnostics.push(report::no_file(wheels.python, pin, none));
    }
    if let Some(more) = without_file
        .len()
        .checked_sub(SHOWN)
        .filter(|more| *more > 0)
    {
        let message = format!("{more} more packages have no such file");
        diagnostics.push(Diagnostic::error(message));
    }
    diagnostics.into_result(chosen)
}

fn file<B: Bridge>(wheels: &Wheels<'_, B>, pin: &Pin, lock: &Lock) -> Result<File, NoFile> {
    if let Some(reference) = pin.reference() {
        return referenced(wheels, pin, reference, lock);
    }
    Ok(match choose_file(pin, lock, &wheels.python.tags)? {
        Chosen::Source(source) => File::Source(source),
        Chosen::Wheel(file) => wheel(wheels.python, pin, file)?,
    })
}

/// The file of a requirement that names one.
fn referenced<B: Bridge>(
    wheels: &Wheels<'_, B>,
    pin: &Pin,
    reference: &str,
    lock: &Lock,
) -> Result<File, NoFile> {
    let directory = LockedFile::at(reference).mounted_in();
    let mut built = wheels.built().iter();
    if let Some(built) = built.find(|built| Some(built.directory()) == directory) {
        return Ok(File::Wheel(Wheel {
            name: built.wheel.file.clone(),
            sha256: built.wheel.sha256.clone(),
            size: Some(built.wheel.size),
            source: WheelSource::Mounted(built.directory()),
        }));
    }
    let package = pin.name.as_ref().and_then(|name| lock.package(name));
    let known = package.and_then(|package| package.archive.clone());
    let file = known.unwrap_or_else(|| LockedFile::at(reference));
    wheel(wheels.python, pin, file)
}

fn wheel(python: &PythonSteps<'_>, pin: &Pin, file: LockedFile) -> Result<File, NoFile> {
    let mut hashes = file.hashes.iter();
    let sha256 = hashes.find(|hash| hash.algorithm() == HashAlgorithm::Sha256);
    Ok(match (HashCheck::of(&file, &pin.hashes), sha256) {
        (HashCheck::Different, _) => return Err(NoFile::Hashes(vec![file])),
        (HashCheck::Same, Some(sha256)) => File::Wheel(Wheel {
            name: file.name.clone(),
            sha256: sha256.clone(),
            size: file.size,
            source: match file.mounted_in() {
                Some(path) => WheelSource::Mounted(path),
                None => WheelSource::Url(rewrite(&file.place, &python.resolution.mirrors)),
            },
        }),
        (HashCheck::Same | HashCheck::Unknown, _) => File::Unhashed(file),
    })
}

async fn package<B: Bridge>(
    wheels: &Wheels<'_, B>,
    choice: Choice,
) -> Result<(Package, Option<WheelTree>), BridgeError> {
    let Choice { pin, file } = choice;
    let (wheel, tree) = match file {
        File::Wheel(wheel) => (wheel, None),
        File::Source(source) => {
            let built = wheels.of_source(&source);
            let built = built.ok_or_else(|| BridgeError::new("a wheel was not built"))?;
            let wheel = Wheel {
                name: built.wheel.file.clone(),
                sha256: built.wheel.sha256.clone(),
                size: Some(built.wheel.size),
                source: WheelSource::Mounted(built.directory()),
            };
            (wheel, None)
        }
        File::Unhashed(file) => {
            let url = rewrite(&file.place, &wheels.python.resolution.mirrors);
            let label = pin.label();
            // Those of the index, where lines give none.
            let hashes = match &pin.hashes[..] {
                [] => &file.hashes,
                hashes => hashes,
            };
            let fetch = Fetch {
                source: wheels.place(&file, &url),
                sha256: None,
                size: file.size,
                label: &label,
            };
            let (output, fetched) = wheels.fetch(&fetch, hashes).await?;
            let tree = WheelTree::fetched(&label, output);
            let mut hashes = fetched.hashes.into_iter();
            let sha256 = hashes.find(|hash| hash.algorithm() == HashAlgorithm::Sha256);
            let sha256 = sha256.ok_or_else(|| BridgeError::new("a file has no hash"))?;
            let wheel = Wheel {
                name: fetched.name,
                sha256,
                size: Some(fetched.size),
                source: WheelSource::Mounted(tree.directory.clone()),
            };
            (wheel, Some(tree))
        }
    };
    Ok((Package { pin, wheel }, tree))
}
