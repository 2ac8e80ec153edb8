//! Graphs that the client hands over: bake's `target:` contexts, and whatever
//! other frontends pass on.

use std::collections::BTreeMap;

use buildkit_llb::{Definition, Output};
use buildkit_proto::pb;

use crate::source::{Diagnostic, Diagnostics};

/// The inputs of a build, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs(BTreeMap<String, Output>);

impl Inputs {
    /// Reads the definitions of a client. Their operations keep their bytes.
    pub fn read(definitions: BTreeMap<String, pb::Definition>) -> Result<Self, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let mut inputs = BTreeMap::new();
        for (name, definition) in definitions {
            let output = Definition::from_pb(definition).map(|it| it.output().clone());
            let output = output.map_err(|error| {
                Diagnostic::error(format!("invalid input `{name}`: {error}"))
                    .help("lamina expects the graph of a build: update the client")
            });
            if let Some(output) = diagnostics.keep(output) {
                inputs.insert(name, output);
            }
        }
        diagnostics.into_result(Self(inputs))
    }

    /// The tree that an input is.
    pub fn get(&self, name: &str) -> Option<&Output> {
        self.0.get(name)
    }

    /// The names of the inputs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
