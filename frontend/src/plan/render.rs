//! The plan for people: the tree that `lamina plan` prints.

use std::fmt::Write as _;

use super::{Branch, Plan, Resolution};
use crate::python::Options;
use crate::source::escaped;

impl Plan {
    /// The plan as a tree: what is built on what, and where it runs.
    pub fn tree(&self) -> String {
        let mut branches: Vec<Branch> = self.included().map(|it| it.branch(self)).collect();
        if self.installs_packages() {
            let resolution = self.resolution.iter();
            let before = resolution.flat_map(|it| {
                let build = self.build_branch(it);
                std::iter::once(self.resolve_branch(it)).chain(build)
            });
            branches.splice(1..1, before);
        }
        let mut out = format!("{} from {}\n", self.label(), escaped(&self.base_image));
        let last = branches.len() - 1;
        for (index, branch) in branches.iter().enumerate() {
            let (corner, bar) = if index == last {
                ("└─", "  ")
            } else {
                ("├─", "│ ")
            };
            let _ = writeln!(
                out,
                "{corner} {}: {}",
                escaped(&branch.title),
                escaped(&branch.summary)
            );
            for line in &branch.lines {
                let _ = writeln!(out, "{bar}    {}", escaped(line));
            }
        }
        out
    }

    /// The plan as JSON, whole: keys sorted, no positions.
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a plan is made of strings, numbers and lists")
    }

    /// The builds that are known before packages are resolved.
    fn build_branch(&self, resolution: &Resolution) -> Option<Branch> {
        let requirements: Vec<String> = self
            .built_requirements()
            .map(|it| format!("wheel of {it}"))
            .collect();
        if requirements.is_empty() {
            return None;
        }
        let build = &resolution.build;
        let image = build.image.as_ref();
        let apt: Vec<&str> = build.apt.iter().map(|it| it.value.as_str()).collect();
        let apt = (!apt.is_empty()).then(|| format!("apt-get install {}", apt.join(" ")));
        let env = build.env.iter();
        let compiled = format!(
            "what is compiled runs as {}: emulated, if the builder has another architecture",
            self.platform
        );
        Some(Branch {
            title: "build".to_owned(),
            summary: format!(
                "{}, in {}",
                counted(requirements.len(), "wheel"),
                image.map_or(&self.base_image, |image| &image.value)
            ),
            lines: apt
                .into_iter()
                .chain(env.map(|(name, value)| format!("{name}={}", value.value)))
                .chain(requirements)
                .chain([compiled])
                .collect(),
        })
    }

    fn resolve_branch(&self, resolution: &Resolution) -> Branch {
        let layers = self.python_layers();
        let requirements = layers.map(|layer| layer.requirements.len());
        let python = resolution.python;
        let summary = format!(
            "{} of {}, once, for Python {} on {}",
            counted(requirements.sum(), "requirement"),
            counted(self.python_layers().count(), "layer"),
            python.map_or("of the base image".to_owned(), |it| it.to_string()),
            self.platform
        );
        let options = &resolution.options;
        let index = options.index_url.iter();
        let extra = options.extra_index_urls.iter();
        let explicit = options.explicit.iter();
        let explicit =
            explicit.map(|it| format!("index {} of {}", it.index.url, it.packages.join(", ")));
        let links = options.find_links.iter();
        let constraints = resolution.constraints.iter();
        Branch {
            title: "resolve".to_owned(),
            summary,
            lines: index
                .map(|it| format!("index {}", it.url))
                .chain(extra.map(|it| format!("extra index {}", it.url)))
                .chain(explicit)
                .chain(links.map(|it| format!("find links {}", it.value)))
                .chain(constraints.map(|it| format!("constraint {it}")))
                .chain(option_lines(options))
                .collect(),
        }
    }
}

/// The options of requirement files that name no URL, as they are typed.
fn option_lines(options: &Options) -> impl Iterator<Item = String> {
    let flags = [
        ("--no-index", &options.no_index),
        ("--pre", &options.pre),
        ("--require-hashes", &options.require_hashes),
    ];
    let flags = flags.into_iter().filter(|(_, given)| given.is_some());
    let wheels = options.formats.only_binary();
    let sources = options.formats.no_binary();
    let hosts = options.trusted_hosts.iter();
    flags
        .map(|(name, _)| name.to_owned())
        .chain(wheels.map(|it| format!("--only-binary {it}")))
        .chain(sources.map(|it| format!("--no-binary {it}")))
        .chain(hosts.map(|it| format!("--trusted-host {}", it.value)))
}

/// `1 layer`, `2 layers`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
