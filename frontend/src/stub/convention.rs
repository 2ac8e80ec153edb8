//! What the names of files say about a project where its stub says nothing.
//!
//! Each piece is derived where no table of the stub gives it, and only then:
//!
//! - **Variants**, where the stub names none: `requirements/<variant>.txt`
//!   and `requirements/<variant>-<arch>.txt`. The latter give the platforms;
//!   with the former too (or alone), those are linux/amd64 and linux/arm64, with
//!   CUDA linux/amd64. The same goes for a named variant without `platforms`.
//! - **Accelerator**: a variant called `cuda…` has CUDA.
//! - **Layers**, where the stub names none, from the bottom: `torch` (the
//!   variant's own file), `ml` (`base-ml.txt`, or `ml.txt`), `app` (`app.txt`).
//! - **Files**, where the stub copies none: `src/` and `app/`, under the same
//!   name below the working directory, so that what runs in a checkout
//!   (`python -m app.main`, `python src/main.py`) runs in the image. With `src/`,
//!   `PYTHONPATH` names it, for packages in a src layout.
//!
//! Files for development or inclusion define no variant: those
//! whose names say so, and those that another file in the directory includes.
//! Variants may include each other, so `cpu` and `cuda…` are always variants.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Platform;

use super::values::{architecture, is_architecture};
use super::{Accelerator, Name};
use crate::source::{Diagnostic, nearest, rules};

/// The directory whose files define variants and layers.
pub const DIRECTORY: &str = "requirements";

/// What there is in the build context, as far as conventions look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The names of the files in `requirements/`; none where it does not exist.
    pub requirements: BTreeSet<String>,
    /// Those of them that others of them include.
    pub included: BTreeSet<String>,
    /// Whether there is a directory `src`.
    pub src: bool,
    /// Whether there is a directory `app`.
    pub app: bool,
}

/// Names of files that belong to development, or that other files include.
const NO_VARIANTS: [&str; 21] = [
    "all",
    "base",
    "build",
    "ci",
    "common",
    "constraints",
    "dev",
    "develop",
    "development",
    "doc",
    "docs",
    "lint",
    "local",
    "override",
    "overrides",
    "shared",
    "test",
    "testing",
    "tests",
    "types",
    "typing",
];

/// Names of files that are layers, or look like one.
const LAYERS: [&str; 5] = ["app", "base-ml", "ml", "torch", "requirements"];

/// The variants that file names make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// By name: whether there is a file for all architectures, and for which
    /// ones there is one of their own.
    pub(super) variants: BTreeMap<Name, Files>,
    /// Files that look as if they should make a variant, and what to do.
    pub(super) unrecognized: Vec<(String, String)>,
}

/// The files of one variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    /// `<variant>.txt`
    pub(super) common: bool,
    /// `<variant>-<arch>.txt`
    pub(super) architectures: BTreeSet<String>,
}

/// Sorts the files of the directory; `named` are those that the stub's layers
/// name: they define no variant.
pub(super) fn find(listing: &Listing, named: &BTreeSet<String>) -> Found {
    let mut found = Found::default();
    for file in &listing.requirements {
        if named.contains(&format!("{DIRECTORY}/{file}")) {
            continue;
        }
        match classify(file) {
            Kind::Variant(name, _)
                if listing.included.contains(file)
                    && name.as_str() != "cpu"
                    && accelerator(&name).is_none() => {}
            Kind::Variant(name, None) => found.variants.entry(name).or_default().common = true,
            Kind::Variant(name, Some(architecture)) => {
                let files = found.variants.entry(name).or_default();
                files.architectures.insert(architecture);
            }
            Kind::Unrecognized(help) => found.unrecognized.push((file.clone(), help)),
            Kind::Other => {}
        }
    }
    found
}

enum Kind {
    Variant(Name, Option<String>),
    /// A layer, a lock file, for development, or no requirement file.
    Other,
    /// Not recognized, and what to do.
    Unrecognized(String),
}

fn classify(file: &str) -> Kind {
    let Some(stem) = file.strip_suffix(".txt") else {
        return Kind::Other;
    };
    let lock = stem
        .split(['-', '_', '.'])
        .any(|w| w == "lock" || w == "locked");
    let known = |stem: &str| NO_VARIANTS.contains(&stem) || LAYERS.contains(&stem);
    if lock || known(stem) {
        return Kind::Other;
    }
    let rename = "rename it, or name it in a layer of the stub";
    match stem.rsplit_once('-') {
        Some((variant, word)) => match (Name::new(variant), architecture(word)) {
            (Some(_), _) if known(variant) => Kind::Other,
            (Some(name), Some(arch)) if arch == word => Kind::Variant(name, Some(arch)),
            (Some(_), Some(arch)) => {
                Kind::Unrecognized(format!("rename it to `{variant}-{arch}.txt`"))
            }
            (Some(_), None) => Kind::Unrecognized(match nearest(word, ["amd64", "arm64"]) {
                Some(arch) => format!("did you mean `{variant}-{arch}.txt`?"),
                None => format!("unknown architecture `{word}`: {rename}"),
            }),
            (None, _) => Kind::Unrecognized(format!("invalid variant name `{variant}`: {rename}")),
        },
        None => match Name::new(stem) {
            Some(_) if is_architecture(stem) => Kind::Unrecognized(format!(
                "`{stem}` is an architecture: rename it to `cpu-{stem}.txt`"
            )),
            Some(name) => Kind::Variant(name, None),
            None => Kind::Unrecognized(format!("invalid variant name `{stem}`: {rename}")),
        },
    }
}

impl Found {
    /// The paths of the files that look as if they should make a variant.
    pub(super) fn unrecognized_paths(&self) -> impl Iterator<Item = String> {
        let files = self.unrecognized.iter();
        files.map(|(file, _)| format!("{DIRECTORY}/{file}"))
    }

    /// Warnings about files that look like a variant's but define none; `read`
    /// are the paths that layers read nevertheless.
    pub(super) fn warnings(&self, read: &BTreeSet<String>) -> impl Iterator<Item = Diagnostic> {
        self.unrecognized.iter().filter_map(|(file, help)| {
            let path = format!("{DIRECTORY}/{file}");
            (!read.contains(&path)).then(|| {
                let message = format!("`{path}` is not built");
                Diagnostic::warning(&rules::MISNAMED_REQUIREMENT_FILE, message).help(help)
            })
        })
    }

    /// What is said of files that would make variants, if the stub did not
    /// declare others: nobody reads them, unless another file includes them.
    pub(super) fn undeclared<'a>(
        &'a self,
        listing: &'a Listing,
        declared: &'a BTreeSet<&str>,
    ) -> impl Iterator<Item = Diagnostic> + 'a {
        let others = self.variants.iter();
        let others = others.filter(|(name, _)| !declared.contains(name.as_str()));
        let files = others.flat_map(|(name, files)| {
            let common = files.common.then(|| format!("{name}.txt"));
            let architectures = files.architectures.iter();
            let of_architectures = architectures.map(move |arch| format!("{name}-{arch}.txt"));
            let all = common.into_iter().chain(of_architectures);
            all.map(move |file| (name.as_str(), file))
        });
        let unread = files.filter(|(_, file)| !listing.included.contains(file));
        unread.map(|(name, file)| {
            let message =
                format!("`{DIRECTORY}/{file}` is not built: there is no variant `{name}`");
            let near = nearest(name, declared.iter().copied());
            let help = match near.zip(file.strip_prefix(name)) {
                Some((near, rest)) => format!("rename it to `{near}{rest}`, or "),
                None => String::new(),
            };
            Diagnostic::warning(&rules::MISNAMED_REQUIREMENT_FILE, message).help(format!(
                "{help}declare the variant (`[variant.{name}]`), or name the file in a layer"
            ))
        })
    }
}

/// The accelerator that a variant's name stands for.
pub(super) fn accelerator(name: &Name) -> Option<Accelerator> {
    name.as_str()
        .starts_with("cuda")
        .then_some(Accelerator::Cuda)
}

/// The platforms of a variant that names none.
pub(super) fn platforms(cuda: bool, files: Option<&Files>) -> Vec<Platform> {
    let usual = if cuda {
        vec![Platform::linux_amd64()]
    } else {
        vec![Platform::linux_amd64(), Platform::linux_arm64()]
    };
    let Some(files) = files.filter(|files| !files.architectures.is_empty()) else {
        return usual;
    };
    let mut platforms = if files.common { usual } else { Vec::new() };
    for architecture in &files.architectures {
        let platform = Platform::new("linux", architecture);
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    platforms
}

/// The layers of a variant, from the bottom: name, paths, whether it is the
/// application's.
pub(super) fn layers(
    listing: &Listing,
    name: &Name,
    files: Option<&Files>,
) -> Vec<(&'static str, Vec<String>, bool)> {
    let path = |file: &str| format!("{DIRECTORY}/{file}");
    let mut layers = Vec::new();
    if files.is_some() {
        let own = format!("{name}-{{arch}}.txt");
        layers.push((
            "torch",
            vec![path(&own), path(&format!("{name}.txt"))],
            false,
        ));
    }
    let common = common_layers(listing);
    layers.extend(common.map(|(name, file, app)| (name, vec![path(file)], app)));
    layers
}

/// The layers that all variants share: name, file, whether it is the
/// application's.
fn common_layers(listing: &Listing) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    let layers: [(_, &[&'static str], _); 2] = [
        ("ml", &["base-ml.txt", "ml.txt"], false),
        ("app", &["app.txt"], true),
    ];
    let exists = |file: &&&str| listing.requirements.contains(**file);
    layers
        .into_iter()
        .filter_map(move |(name, files, app)| Some((name, *files.iter().find(exists)?, app)))
}

/// Whether there are files of layers that all variants share.
pub(super) fn has_common_layers(listing: &Listing) -> bool {
    common_layers(listing).next().is_some()
}

/// Why there is no variant, and what to do. `.dockerignore` is no reason, since
/// requirement files are read whatever it says.
pub(super) fn no_variant(listing: &Listing, found: &Found) -> Diagnostic {
    let help = "put the packages into `requirements/cpu.txt` (a file for each variant), \
                or declare a variant in the stub: `[variant.cpu]`";
    if listing.requirements.is_empty() {
        return Diagnostic::error("nothing to build: no file in `requirements/`").help(format!(
            "{help}; a `requirements.txt` beside the stub is moved to `requirements/app.txt`, \
             or named in the stub: `[[python.layer]]` with `name = \"app\"` and \
             `requirements = \"requirements.txt\"`"
        ));
    }
    let files = listing.requirements.iter().map(String::as_str).take(8);
    let files: Vec<&str> = files.collect();
    let error = Diagnostic::error(format!(
        "nothing to build: no file in `requirements/` names a variant ({})",
        files.join(", ")
    ));
    error.help(match found.unrecognized.first() {
        Some((file, rename)) => format!("`{file}`: {rename}; or {help}"),
        None => help.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(files: &[&str]) -> Listing {
        Listing {
            requirements: files.iter().map(|f| (*f).to_owned()).collect(),
            ..Listing::default()
        }
    }

    fn derived(files: &[&str]) -> Vec<String> {
        let listing = listing(files);
        let found = find(&listing, &BTreeSet::new());
        let variants = found.variants.iter().map(|(name, files)| {
            let platforms = platforms(accelerator(name).is_some(), Some(files));
            let platforms: Vec<_> = platforms.iter().map(ToString::to_string).collect();
            format!("{name}: {}", platforms.join(" "))
        });
        let unrecognized = found
            .unrecognized
            .iter()
            .map(|(file, help)| format!("{file}? {help}"));
        variants.chain(unrecognized).collect()
    }

    #[test]
    fn variants_and_platforms() {
        let files = [
            "cpu-amd64.txt",
            "cpu-arm64.txt",
            "cuda.txt",
            "base-ml.txt",
            "app.txt",
        ];
        assert_eq!(
            derived(&files),
            ["cpu: linux/amd64 linux/arm64", "cuda: linux/amd64"]
        );
        assert_eq!(derived(&["cpu.txt"]), ["cpu: linux/amd64 linux/arm64"]);
        assert_eq!(derived(&["cpu-arm64.txt"]), ["cpu: linux/arm64"]);
        assert_eq!(
            derived(&["cuda118.txt", "cuda118-arm64.txt"]),
            ["cuda118: linux/amd64 linux/arm64"]
        );
    }

    #[test]
    fn ignores_files_of_other_uses() {
        let others = [
            "dev.txt",
            "dev-amd64.txt",
            "cpu.in",
            "base.txt",
            "common.txt",
            "constraints.txt",
            "cpu.lock",
            "cpu-lock.txt",
            "cpu.lock.txt",
            "requirements.lock",
            "requirements.txt",
            "README.md",
            "torch.txt",
            "ml.txt",
        ];
        assert_eq!(derived(&others), [""; 0]);
    }

    #[test]
    fn reports_unrecognized_files() {
        insta::assert_snapshot!(
            derived(&[
                "GPU.txt",
                "amd64.txt",
                "cpu-amd46.txt",
                "cpu-x86_64.txt",
                "my-thing.txt",
                ".txt"
            ])
            .join("\n"),
        );
    }
}
