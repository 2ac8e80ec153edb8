//! Targets: `[variant][-arch][-stage]`, each with one reading.

use std::collections::BTreeSet;

use buildkit_llb::Platform;
use serde::{Serialize, Serializer};

use crate::source::{Diagnostic, nearest};
use crate::stub::{ARCHITECTURES, Name, Project, Variant};

/// What a target and the requested platforms select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The variant's name.
    pub variant: Name,
    /// What is built: at least one platform, each of them the variant's.
    pub platforms: Vec<Platform>,
    /// Where to stop.
    pub stage: Stage,
}

/// How far an image is built. In JSON, the word at the end of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The system layer alone.
    Base,
    /// Up to a Python layer.
    Layer(Name),
    /// Everything but the application and its layers.
    Ml,
    /// Everything.
    Whole,
}

impl Stage {
    /// The word at the end of a target; none for the whole image.
    pub fn suffix(&self) -> Option<&str> {
        match self {
            Stage::Base => Some("base"),
            Stage::Layer(name) => Some(name.as_str()),
            Stage::Ml => Some("ml"),
            Stage::Whole => None,
        }
    }
}

impl Serialize for Stage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.suffix().serialize(serializer)
    }
}

/// Reads a target (empty: the default variant, whole) and finds its platforms.
///
/// `platforms` are those of `--platform`, none where it is absent; `builder`
/// is the builder's own, the last resort.
pub fn select(
    project: &Project,
    target: &str,
    platforms: &[Platform],
    builder: &Platform,
) -> Result<Selection, Diagnostic> {
    let words = Words::read(project, target)?;
    let variant = words.variant;
    let platforms = match &words.architecture {
        Some(architecture) => {
            let own = with_architecture(target, variant, architecture)?;
            if let Some(other) = platforms.iter().find(|p| **p != own) {
                return Err(contradiction(target, &own, other));
            }
            vec![own]
        }
        None if !platforms.is_empty() => {
            for platform in platforms {
                if !variant.platforms.contains(platform) {
                    return Err(not_built_for(variant, platform));
                }
            }
            platforms.to_vec()
        }
        None if variant.platforms.len() == 1 => variant.platforms.clone(),
        None if variant.platforms.contains(builder) => vec![builder.clone()],
        None => {
            let first = &variant.platforms[0];
            let target = format!("{}-{}", variant.name, first.architecture());
            let is_clear = with_architecture(&target, variant, first.architecture()).is_ok();
            let how = if is_clear {
                format!("--platform or --target {target}")
            } else {
                format!("--platform {first}")
            };
            return Err(not_built_for(variant, builder).help(format!(
                "the builder is {builder}; say which one with {how}"
            )));
        }
    };
    Ok(Selection {
        variant: variant.name.clone(),
        platforms,
        stage: words.stage,
    })
}

struct Words<'a> {
    variant: &'a Variant,
    architecture: Option<String>,
    stage: Stage,
}

impl<'a> Words<'a> {
    fn read(project: &'a Project, target: &str) -> Result<Self, Diagnostic> {
        let mut words = target.split('-').filter(|w| !w.is_empty()).peekable();
        let named = words.next_if(|word| project.variant(word).is_some());
        let variant = match named {
            Some(name) => project.variant(name),
            None => project
                .default
                .as_ref()
                .and_then(|d| project.variant(d.as_str())),
        };
        let Some(variant) = variant else {
            return Err(if target.is_empty() {
                no_default(project)
            } else {
                unknown(project, target)
            });
        };
        let architecture = words.next_if(|word| ARCHITECTURES.contains(word));
        let stage = match words.next() {
            None => Stage::Whole,
            Some("base") => Stage::Base,
            Some("ml") => Stage::Ml,
            Some(word) => {
                let layer = variant
                    .python
                    .layers
                    .iter()
                    .find(|l| l.name.as_str() == word);
                Stage::Layer(layer.ok_or_else(|| unknown(project, target))?.name.clone())
            }
        };
        if words.next().is_some()
            || target.starts_with('-')
            || target.ends_with('-')
            || target.contains("--")
        {
            return Err(unknown(project, target));
        }
        Ok(Self {
            variant,
            architecture: architecture.map(str::to_owned),
            stage,
        })
    }
}

fn with_architecture(
    target: &str,
    variant: &Variant,
    architecture: &str,
) -> Result<Platform, Diagnostic> {
    let matching = variant.platforms.iter();
    let matching = matching.filter(|p| p.architecture() == architecture);
    let matching: Vec<&Platform> = matching.collect();
    match *matching {
        [platform] => Ok(platform.clone()),
        [] => Err(not_built_for(
            variant,
            &Platform::new("linux", architecture),
        )),
        [first, ..] => Err(Diagnostic::error(format!(
            "target `{target}` could be any of {}",
            listed(&matching)
        ))
        .help(format!(
            "name the variant alone, and the platform: `--target {} --platform {first}`",
            variant.name
        ))),
    }
}

fn not_built_for(variant: &Variant, platform: &Platform) -> Diagnostic {
    let problem = Diagnostic::error(format!(
        "variant `{}` is not built for {platform}: it has {}",
        variant.name,
        platform_list(variant)
    ))
    .help(match near(variant, platform) {
        Some(near) => format!("did you mean {near}?"),
        None => how_to_build_for(variant, platform),
    });
    match &variant.location {
        Some(location) => problem.at(location.clone()).label("declared here"),
        None => problem,
    }
}

/// What gives the variant another platform.
fn how_to_build_for(variant: &Variant, platform: &Platform) -> String {
    if platform.os() != "linux" {
        return format!(
            "only Linux images are built: leave --platform out, or pass one of {}",
            platform_list(variant)
        );
    }
    let name = &variant.name;
    let all = variant.platforms.iter().chain([platform]);
    let all: Vec<String> = all.map(|platform| format!("\"{platform}\"")).collect();
    let table = format!("`platforms = [{}]` in `[variant.{name}]`", all.join(", "));
    if variant.location.is_some() {
        return format!("write {table}, or build another one");
    }
    // A layer of a file by the variant's name: that is where it comes from.
    let layers = &variant.python.layers;
    let by_file = layers
        .iter()
        .any(|layer| layer.location.is_none() && layer.name.as_str() == "torch");
    let architecture = platform.architecture();
    if by_file && *platform == Platform::new("linux", architecture) {
        format!("add `requirements/{name}-{architecture}.txt`, or build another one")
    } else {
        format!("name the variant in the stub, with {table}, or build another one")
    }
}

/// The variant's platform of which this one is a misspelling.
fn near(variant: &Variant, platform: &Platform) -> Option<Platform> {
    let own = variant.platforms.iter().map(Platform::architecture);
    // `arm64` is not a misspelling of `amd64`, although the two are similar.
    if ARCHITECTURES.contains(&platform.architecture()) {
        return None;
    }
    let name = nearest(platform.architecture(), own)?;
    Some(Platform::new("linux", name))
}

fn contradiction(target: &str, own: &Platform, other: &Platform) -> Diagnostic {
    Diagnostic::error(format!(
        "target `{target}` is for {own}, but --platform (or DOCKER_DEFAULT_PLATFORM) says {other}"
    ))
    .help("leave one of them out: a target with an architecture sets the platform by itself")
}

fn no_default(project: &Project) -> Diagnostic {
    let names: Vec<&str> = project.variants.iter().map(|v| v.name.as_str()).collect();
    Diagnostic::error(format!(
        "which variant? There are {}, and none is the default",
        names.join(", ")
    ))
    .at(project.stub.at(0..0))
    .help(format!(
        "pass --target {}, or set `default = \"{}\"` in the stub",
        names.first().unwrap_or(&""),
        names.first().unwrap_or(&"")
    ))
}

fn unknown(project: &Project, target: &str) -> Diagnostic {
    let problem = Diagnostic::error(format!("there is no target `{target}`"));
    let all = targets(project);
    // The same words in another order, before one that is spelled like it.
    let words = |target: &str| -> BTreeSet<String> {
        let words = target.split('-').map(|word| Platform::new("linux", word));
        words.map(|it| it.architecture().to_owned()).collect()
    };
    let wanted = words(target);
    let reordered = all.iter().find(|it| words(it) == wanted);
    let nearest = reordered
        .map(String::as_str)
        .or_else(|| nearest(target, all.iter().map(String::as_str)));
    let lines: Vec<String> = project.variants.iter().map(variant_targets).collect();
    let list = lines.join("; ");
    problem.help(match nearest {
        Some(name) => format!("did you mean `{name}`? There are: {list}"),
        None => format!("there are: {list}"),
    })
}

/// All targets, for the search of the nearest.
fn targets(project: &Project) -> Vec<String> {
    let mut all = Vec::new();
    for variant in &project.variants {
        let mut heads = vec![variant.name.to_string()];
        for platform in &variant.platforms {
            heads.push(format!("{}-{}", variant.name, platform.architecture()));
            if project.default.as_ref() == Some(&variant.name) {
                heads.push(platform.architecture().to_owned());
            }
        }
        for head in heads {
            all.extend(
                stages(variant)
                    .iter()
                    .map(|stage| format!("{head}-{stage}")),
            );
            all.push(head);
        }
    }
    all
}

/// The words by which a target names the stages of a variant.
pub fn stages(variant: &Variant) -> Vec<&str> {
    let mut stages = vec!["base"];
    stages.extend(variant.python.layers.iter().map(|l| l.name.as_str()));
    if !stages.contains(&"ml") {
        stages.push("ml");
    }
    stages
}

/// `cpu[-amd64|-arm64][-base|-torch|-ml|-app]`
fn variant_targets(variant: &Variant) -> String {
    let architectures: Vec<String> = variant
        .platforms
        .iter()
        .map(|p| format!("-{}", p.architecture()))
        .collect();
    let stages: Vec<String> = stages(variant).iter().map(|s| format!("-{s}")).collect();
    format!(
        "{}[{}][{}]",
        variant.name,
        architectures.join("|"),
        stages.join("|")
    )
}

fn platform_list(variant: &Variant) -> String {
    listed(&variant.platforms.iter().collect::<Vec<_>>())
}

fn listed(platforms: &[&Platform]) -> String {
    let list: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    list.join(", ")
}
