//! Python layers: groups of requirements that become one image layer each.

use serde::Serialize;

use super::{Branch, Component, Kind, Plan, Planning, Stage};
use crate::python::Requirement;

/// A Python layer.
#[derive(Clone, Debug, Serialize)]
pub struct Python {
    /// Its position among the Python layers, and so of its slice in the
    /// resolution.
    pub index: usize,
    /// What its own requirement files and packages ask for.
    #[serde(serialize_with = "with_hashes")]
    pub requirements: Vec<Requirement>,
}

pub(super) fn components(planning: &Planning<'_>) -> Vec<Component> {
    let layers = planning.variant.python.layers.iter();
    layers
        .zip(planning.requirements)
        .enumerate()
        .map(|(index, (layer, requirements))| Component {
            id: layer.name.to_string(),
            stage: Stage::Layer(layer.name.clone()),
            app: layer.app,
            included: true,
            after: vec!["base".to_owned()],
            origins: requirements.iter().map(|it| it.location.clone()).collect(),
            kind: Kind::Python(Python {
                index,
                requirements: requirements.clone(),
            }),
        })
        .collect()
}

impl Python {
    pub(super) fn branch(&self, plan: &Plan, component: &Component) -> Branch {
        let installer = plan.resolution.as_ref().map(|it| it.installer.program());
        Branch {
            title: format!("layer {}", component.id),
            summary: format!(
                "{} install, without dependencies",
                installer.unwrap_or_default()
            ),
            lines: self.requirements.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Requirements with their hashes, which their text leaves out.
pub(super) fn with_hashes<S: serde::Serializer>(
    requirements: &[Requirement],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithHashes<'a> {
        requirement: &'a Requirement,
        hashes: &'a [crate::python::Hash],
    }
    serializer.collect_seq(requirements.iter().map(|requirement| WithHashes {
        requirement,
        hashes: &requirement.hashes,
    }))
}
