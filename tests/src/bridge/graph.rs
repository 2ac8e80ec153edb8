//! Graphs as the daemon loads them.

use std::collections::BTreeMap;
use std::fmt::Write;

use buildkit_proto::pb;
use prost::Message;
use sha2::{Digest, Sha256};

/// A definition, decoded and checked: every edge leads to an operation.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The operations by digest, without the terminal one.
    pub ops: BTreeMap<String, pb::Op>,
    /// The digests in the order of the definition.
    pub order: Vec<String>,
    /// The result of the graph: a digest and an output.
    pub target: pb::Input,
    /// The definition as received.
    pub definition: pb::Definition,
}

impl Graph {
    /// Loads a definition; `None` for an empty one (scratch).
    pub fn load(definition: &pb::Definition) -> Result<Option<Self>, String> {
        let Some((terminal, rest)) = definition.def.split_last() else {
            return Ok(None);
        };
        let mut ops = BTreeMap::new();
        let mut order = Vec::new();
        for bytes in rest {
            let op = pb::Op::decode(bytes.as_slice()).map_err(|e| e.to_string())?;
            let digest = digest(bytes);
            if op.op.is_none() {
                return Err(format!("{digest} is no operation"));
            }
            for input in &op.inputs {
                if !ops.contains_key(&input.digest) {
                    return Err(format!("{digest} comes before its input {}", input.digest));
                }
            }
            order.push(digest.clone());
            ops.insert(digest, op);
        }
        let terminal = pb::Op::decode(terminal.as_slice()).map_err(|e| e.to_string())?;
        let target = match (&terminal.op, terminal.inputs.as_slice()) {
            (None, [target]) if ops.contains_key(&target.digest) => target.clone(),
            _ => return Err("the last operation is no terminal one".to_owned()),
        };
        Ok(Some(Self {
            ops,
            order,
            target,
            definition: definition.clone(),
        }))
    }

    /// The operation that produces the result.
    pub fn target(&self) -> &pb::Op {
        &self.ops[&self.target.digest]
    }

    /// The source, if the graph is just one source.
    pub fn source(&self) -> Option<&pb::SourceOp> {
        match &self.target().op {
            Some(pb::op::Op::Source(source)) => Some(source),
            _ => None,
        }
    }

    /// All executions, in the order of the definition.
    pub fn execs(&self) -> impl Iterator<Item = &pb::ExecOp> {
        self.ordered().filter_map(|op| match &op.op {
            Some(pb::op::Op::Exec(exec)) => Some(exec),
            _ => None,
        })
    }

    /// All sources, in the order of the definition.
    pub fn sources(&self) -> impl Iterator<Item = &pb::SourceOp> {
        self.ordered().filter_map(|op| match &op.op {
            Some(pb::op::Op::Source(source)) => Some(source),
            _ => None,
        })
    }

    /// The name that progress shows for an operation.
    pub fn name(&self, digest: &str) -> Option<&str> {
        let metadata = self.definition.metadata.get(digest)?;
        metadata
            .description
            .get("llb.customname")
            .map(String::as_str)
    }

    /// The capabilities that the definition requires.
    pub fn caps(&self) -> impl Iterator<Item = &str> {
        let metadata = self.definition.metadata.values();
        metadata.flat_map(|op| op.caps.iter().filter(|(_, on)| **on).map(|(n, _)| &**n))
    }

    fn ordered(&self) -> impl Iterator<Item = &pb::Op> {
        self.order.iter().filter_map(|digest| self.ops.get(digest))
    }
}

/// A graph of one operation.
pub fn single_op(op: pb::op::Op, caps: &[&str]) -> pb::Definition {
    let op = pb::Op {
        op: Some(op),
        ..pb::Op::default()
    };
    let bytes = op.encode_to_vec();
    let digest = digest(&bytes);
    let terminal = pb::Op {
        inputs: vec![pb::Input {
            digest: digest.clone(),
            index: 0,
        }],
        ..pb::Op::default()
    };
    let metadata = pb::OpMetadata {
        caps: caps.iter().map(|cap| ((*cap).to_owned(), true)).collect(),
        ..pb::OpMetadata::default()
    };
    pb::Definition {
        metadata: BTreeMap::from([(digest, metadata)]),
        def: vec![bytes, terminal.encode_to_vec()],
        source: None,
    }
}

/// A graph that is a local directory of the client.
pub fn local_source(name: &str, session: &str) -> pb::Definition {
    let source = pb::SourceOp {
        identifier: format!("local://{name}"),
        attrs: BTreeMap::from([("local.session".to_owned(), session.to_owned())]),
    };
    single_op(
        pb::op::Op::Source(source),
        &["source.local", "source.local.sessionid"],
    )
}

/// The digest: `sha256:` and the hash.
pub(super) fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
