//! A part of an image, of any kind.

use serde::Serialize;

use super::{Plan, Stage};
use crate::source::Location;

/// A part of an image with a tree of its own.
#[derive(Clone, Debug, Serialize)]
pub struct Component {
    /// Its name, unique in the plan: the one that progress shows and that
    /// `--no-cache-filter` accepts.
    pub id: String,
    /// The stage that it belongs to.
    pub stage: Stage,
    /// Whether it belongs to the application, and so not to the stage `ml`.
    pub app: bool,
    /// Whether the image of the plan's stage has it.
    pub included: bool,
    /// The components whose result it needs, by id.
    pub after: Vec<String>,
    /// What it is.
    #[serde(flatten)]
    pub kind: Kind,
    /// Where the user asks for it.
    #[serde(skip)]
    pub origins: Vec<Location>,
}

impl Component {
    /// The words by which `--no-cache-filter` names it: its own, and that of
    /// the larger stage that it is a part of.
    pub fn names(&self) -> Vec<&str> {
        let stage = match (&self.stage, self.app) {
            (Stage::Base, _) => None,
            (_, true) => Some("app"),
            (_, false) => Some("ml"),
        };
        let own = self.id.as_str();
        let stage = stage.filter(|stage| *stage != own);
        std::iter::once(own).chain(stage).collect()
    }

    /// How `lamina plan` shows it.
    pub(super) fn branch(&self, plan: &Plan) -> Branch {
        self.kind.branch(plan, self)
    }
}

/// A part of the tree that `lamina plan` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What it is: `layer torch`.
    pub title: String,
    /// What is done, in a few words.
    pub summary: String,
    /// Its details, one a line.
    pub lines: Vec<String>,
}

macro_rules! kinds {
    ($($module:ident: $Kind:ident,)*) => {
        /// What a component is.
        #[derive(Clone, Debug, Serialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Kind {
            $(
                #[doc = concat!("See [`plan::", stringify!($module), "`](super::", stringify!($module), ").")]
                $Kind(super::$module::$Kind),
            )*
        }

        impl Kind {
            fn branch(&self, plan: &Plan, component: &Component) -> Branch {
                match self {
                    $(Self::$Kind(it) => it.branch(plan, component),)*
                }
            }
        }
    };
}

crate::kinds::for_each_kind!(kinds);

/// Marks the components that the image of a stage has.
pub(super) fn include(components: &mut [Component], stage: &Stage) {
    let last = match stage {
        Stage::Layer(_) => components.iter().position(|it| it.stage == *stage),
        Stage::Base | Stage::Ml | Stage::Whole => None,
    };
    for (index, component) in components.iter_mut().enumerate() {
        component.included = match (stage, &component.stage) {
            (Stage::Whole, _) | (_, Stage::Base) => true,
            (Stage::Base, _) => false,
            (Stage::Ml, _) => !component.app,
            (Stage::Layer(_), Stage::Layer(_)) => last.is_some_and(|last| index <= last),
            (Stage::Layer(_), Stage::Ml | Stage::Whole) => false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::python::Python;
    use crate::stub::Name;

    fn component(id: &str, stage: Stage, app: bool) -> Component {
        Component {
            id: id.to_owned(),
            stage,
            app,
            included: false,
            after: Vec::new(),
            kind: Kind::Python(Python {
                index: 0,
                requirements: Vec::new(),
            }),
            origins: Vec::new(),
        }
    }

    fn layer(id: &str, app: bool) -> Component {
        component(id, layer_stage(id), app)
    }

    fn layer_stage(name: &str) -> Stage {
        Stage::Layer(Name::new(name).unwrap())
    }

    /// With a component of a kind that belongs to `ml` and is no layer.
    fn components() -> [Component; 6] {
        [
            component("base", Stage::Base, false),
            layer("torch", false),
            layer("ml", false),
            component("model", Stage::Ml, false),
            layer("web", true),
            component("application", Stage::Whole, true),
        ]
    }

    fn included(stage: &Stage) -> Vec<String> {
        let mut all = components();
        include(&mut all, stage);
        let included = all.into_iter().filter(|it| it.included);
        included.map(|it| it.id).collect()
    }

    #[test]
    fn stages_end_where_their_component_is() {
        assert_eq!(included(&Stage::Base), ["base"]);
        assert_eq!(included(&layer_stage("torch")), ["base", "torch"]);
        assert_eq!(
            included(&layer_stage("web")),
            ["base", "torch", "ml", "web"]
        );
        assert_eq!(included(&Stage::Ml), ["base", "torch", "ml", "model"]);
        assert_eq!(included(&Stage::Whole).len(), 6);
    }

    #[test]
    fn components_are_named_by_their_id_and_stage() {
        let names = components().map(|it| it.names().join(" "));
        assert_eq!(
            names,
            [
                "base",
                "torch ml",
                "ml",
                "model ml",
                "web app",
                "application app"
            ]
        );
    }
}
