//! Builds: a definition that an earlier operation wrote to a file, solved in place.

use buildkit_proto::pb;

use crate::attr;
use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::inputs::{EMPTY, Inputs};
use crate::path::AnyPath;
use crate::settings::{Settings, platform_method, settings_methods};
use crate::vertex::{Output, Vertex};

/// Solves the definition that lies in a file of another tree.
#[derive(Clone, Debug)]
pub struct Build {
    tree: Output,
    filename: Option<AnyPath>,
    settings: Settings,
}

settings_methods!(Build);
platform_method!(Build);

impl Build {
    /// The definition in this tree, at `/buildkit.llb.definition` unless another
    /// file is named.
    pub fn of(tree: impl Into<Output>) -> Self {
        Self {
            tree: tree.into(),
            filename: None,
            settings: Settings::default(),
        }
    }

    /// The file that holds the definition.
    pub fn filename(mut self, path: impl Into<AnyPath>) -> Self {
        self.filename = Some(path.into());
        self
    }

    /// The result of that definition. Of the empty tree, which holds none, a build
    /// is an operation that fails.
    pub fn output(self) -> Output {
        let mut inputs = Inputs::default();
        let input = inputs.index_of(&self.tree);
        // Daemons say that there is no definition; at the empty tree's number they
        // would crash.
        let definition = (input != EMPTY).then(|| {
            let name = attr::BUILD_DEFINITION_INPUT.to_owned();
            (name, pb::BuildInput { input })
        });
        let filename = self
            .filename
            .map(|path| (attr::BUILD_FILENAME.to_owned(), path.into()));
        let op = pb::op::Op::Build(pb::BuildOp {
            // The builder that solves LLB has the number of the empty tree.
            builder: EMPTY,
            inputs: definition.into_iter().collect(),
            def: None,
            attrs: filename.into_iter().collect(),
        });
        let settings = self.settings.with_caps([Cap::BUILD_OP]);
        let platform = settings.platform().cloned();
        Output::new(
            Vertex::encode(
                Body::Op(&op),
                inputs.into_edges(),
                platform.as_ref(),
                settings,
            ),
            0,
        )
    }
}
