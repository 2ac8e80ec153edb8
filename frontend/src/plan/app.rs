//! The application's files.

use serde::Serialize;

use super::{Branch, Component, Kind, Plan, Planning, Stage};
use crate::stub::Copy;

/// Files of the build context that are placed in the image.
#[derive(Clone, Debug, Serialize)]
pub struct App {
    /// The copies, in the order of the stub: at least one.
    pub copies: Vec<Copy>,
}

pub(super) fn components(planning: &Planning<'_>) -> Vec<Component> {
    let copies = &planning.variant.app.copy;
    if copies.is_empty() {
        return Vec::new();
    }
    vec![Component {
        id: "application".to_owned(),
        stage: Stage::Whole,
        app: true,
        included: true,
        after: vec!["base".to_owned()],
        origins: copies.iter().map(|it| it.from.location.clone()).collect(),
        kind: Kind::App(App {
            copies: copies.clone(),
        }),
    }]
}

impl App {
    pub(super) fn branch(&self, _plan: &Plan, component: &Component) -> Branch {
        let copies = self.copies.iter();
        Branch {
            title: component.id.clone(),
            summary: "files, owned by the account".to_owned(),
            lines: copies
                .map(|it| format!("{} → {}", it.from.value, it.to.value))
                .collect(),
        }
    }
}
