//! Builds: a definition in a file of another tree, which is solved in place.

use buildkit_proto::pb;

use crate::attr;
use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::from_vertex::{BUILD, VertexError, builder};
use crate::op::inputs::{EMPTY, Inputs};
use crate::paths::AnyPath;
use crate::settings::{Settings, platform_method, settings_methods};
use crate::vertex::{Output, Vertex};

/// Solves the definition that is in a file of another tree.
#[doc(alias = "llbbuild")]
#[derive(Clone, Debug)]
pub struct Build {
    tree: Output,
    filename: Option<AnyPath>,
    settings: Settings,
}

settings_methods!(Build);
platform_method!(Build);

impl Build {
    /// The definition in this tree, in `/buildkit.llb.definition` unless another
    /// file is set.
    pub fn of(tree: impl Into<Output>) -> Self {
        Self {
            tree: tree.into(),
            filename: None,
            settings: Settings::default(),
        }
    }

    /// The file that contains the definition.
    #[doc(alias = "WithFilename")]
    pub fn filename(mut self, path: impl Into<AnyPath>) -> Self {
        self.filename = Some(path.into());
        self
    }

    /// The result of the definition. A build of the empty tree, which contains
    /// none, is an operation that fails.
    pub fn output(self) -> Output {
        let mut inputs = Inputs::default();
        let input = inputs.index_of(&self.tree);
        // Without an input, daemons say that there is no definition. With the empty
        // tree's number they would crash.
        let definition = (input != EMPTY).then(|| {
            let name = attr::BUILD_DEFINITION_INPUT.to_owned();
            (name, pb::BuildInput { input })
        });
        let filename = self
            .filename
            .map(|path| (attr::BUILD_FILENAME.to_owned(), path.into()));
        let op = pb::op::Op::Build(pb::BuildOp {
            // `LLBBuilder`, which is the number of the empty tree.
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

/// The build that an operation is, to change it and make another.
impl TryFrom<&Vertex> for Build {
    type Error = VertexError;

    fn try_from(vertex: &Vertex) -> Result<Self, Self::Error> {
        let make = |build: Self| Some(build.output());
        builder(
            vertex,
            BUILD,
            |parts| {
                let Some(pb::op::Op::Build(build)) = &parts.op else {
                    return None;
                };
                let input = build.inputs.get(attr::BUILD_DEFINITION_INPUT);
                let filename = build.attrs.get(attr::BUILD_FILENAME);
                Some(Self {
                    tree: parts.tree(input.map_or(EMPTY, |input| input.input))?,
                    filename: filename.map(AnyPath::read),
                    settings: parts.settings,
                })
            },
            make,
        )
    }
}
