//! The system: account, packages of the distribution, directories.

use serde::Serialize;

use super::{Branch, Component, Kind, Plan, Planning, Stage};
use crate::source::Spanned;
use crate::stub::{Template, User};

/// What is put on the base image first.
#[derive(Clone, Debug, Serialize)]
pub struct Base {
    /// Packages of the distribution, in the order given.
    pub apt: Vec<Spanned<String>>,
    /// The account that the image runs as.
    pub user: User,
    /// Directories that are created for the account, the working directory
    /// first.
    pub directories: Vec<Spanned<Template>>,
}

pub(super) fn components(planning: &Planning<'_>) -> Vec<Component> {
    let base = &planning.variant.base;
    let directories = std::iter::once(&base.workdir).chain(&base.dirs);
    vec![Component {
        id: "base".to_owned(),
        stage: Stage::Base,
        app: false,
        included: true,
        after: Vec::new(),
        origins: base.apt.iter().map(|it| it.location.clone()).collect(),
        kind: Kind::Base(Base {
            apt: base.apt.clone(),
            user: base.user.clone(),
            directories: directories.cloned().collect(),
        }),
    }]
}

impl Base {
    /// The names of the packages.
    pub fn packages(&self) -> Vec<&str> {
        self.apt.iter().map(|it| it.value.as_str()).collect()
    }

    pub(super) fn branch(&self, plan: &Plan, component: &Component) -> Branch {
        let user = &self.user;
        let mut lines = vec![format!("account {} ({})", user.name, user.uid)];
        if !self.apt.is_empty() {
            let packages = self.packages().join(" ");
            lines.push(format!(
                "apt-get install {packages} (runs as {})",
                plan.platform
            ));
        }
        let directories = self.directories.iter().map(|it| it.value.to_string());
        lines.push(format!(
            "mkdir {}",
            directories.collect::<Vec<_>>().join(" ")
        ));
        Branch {
            title: component.id.clone(),
            summary: plan.base_image.clone(),
            lines,
        }
    }
}
