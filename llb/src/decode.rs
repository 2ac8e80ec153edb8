//! Definitions read back: from files, from a gateway's inputs, from results.
//!
//! Operations keep their bytes, so that those and the fields of newer daemons
//! that this crate does not know survive with their digests. Nothing is trusted:
//! whatever the bytes, the answer is a definition or an error.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;
use thiserror::Error;

use crate::definition::Definition;
use crate::digest::Digest;
use crate::location::{Location, Range, SourceFile};
use crate::metadata::Metadata;
use crate::vertex::{Edge, Output, Vertex};

/// Why something is no definition.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes are no protocol buffers of the right kind.
    #[error("malformed definition: {0}")]
    Malformed(#[from] prost::DecodeError),
    /// The last operation does not say which output is wanted.
    #[error("the definition's last operation names no output")]
    NoTerminal,
    /// An operation works on one that is not there.
    #[error("an operation works on {0}, which the definition does not hold")]
    MissingInput(String),
    /// An operation works on an output that cannot be.
    #[error("an operation works on output {1} of {0}")]
    InvalidIndex(String, i64),
    /// A location names a file that is not there.
    #[error("a location is in source file {0}, which the definition does not hold")]
    MissingSource(i32),
}

impl Definition {
    /// A definition from its bytes, as [`Self::to_bytes`] and `buildctl` write them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_pb(pb::Definition::decode(bytes)?)
    }

    /// A definition as requests and answers carry it. Operations that the wanted
    /// output does not need are left out.
    pub fn from_pb(definition: pb::Definition) -> Result<Self, DecodeError> {
        let mut def = definition.def;
        let Some(terminal) = def.pop() else {
            return Ok(Self::new(&Output::SCRATCH));
        };
        let terminal = pb::Op::decode(&*terminal)?;
        let Some(wanted) = terminal.inputs.into_iter().next() else {
            return Err(DecodeError::NoTerminal);
        };
        let mut ops = HashMap::with_capacity(def.len());
        for bytes in def {
            let inputs = pb::Op::decode(&*bytes)?.inputs;
            let digest = Digest::of(&bytes).to_string();
            ops.insert(digest, Raw { bytes, inputs });
        }
        let mut said = Said::read(definition.metadata, definition.source.unwrap_or_default())?;
        Ok(Self::new(&assemble(&wanted, ops, &mut said)?))
    }
}

/// An operation that is not yet put together with its inputs.
struct Raw {
    bytes: Vec<u8>,
    inputs: Vec<pb::Input>,
}

/// What is said about operations, by their digests.
struct Said {
    metadata: BTreeMap<String, pb::OpMetadata>,
    locations: HashMap<String, Vec<Location>>,
}

impl Said {
    fn read(
        metadata: BTreeMap<String, pb::OpMetadata>,
        source: pb::Source,
    ) -> Result<Self, DecodeError> {
        let files: Vec<SourceFile> = source.infos.into_iter().map(SourceFile::from_pb).collect();
        let place = |location: pb::Location| {
            let file = usize::try_from(location.source_index)
                .ok()
                .and_then(|index| files.get(index))
                .ok_or(DecodeError::MissingSource(location.source_index))?;
            Ok(file.at(location.ranges.iter().map(Range::from_pb)))
        };
        let locations = source
            .locations
            .into_iter()
            .map(|(digest, list)| {
                let places: Result<_, DecodeError> =
                    list.locations.into_iter().map(place).collect();
                Ok((digest, places?))
            })
            .collect::<Result<_, DecodeError>>()?;
        Ok(Self {
            metadata,
            locations,
        })
    }

    fn of(&mut self, digest: &str) -> Metadata {
        let mut metadata = self
            .metadata
            .remove(digest)
            .map(Metadata::from_pb)
            .unwrap_or_default();
        metadata.locations = self.locations.remove(digest).unwrap_or_default();
        metadata
    }
}

/// Puts operations together, inputs first, whatever their order was. There are
/// no cycles, since an operation's digest covers the digests of its inputs.
fn assemble(
    wanted: &pb::Input,
    mut raw: HashMap<String, Raw>,
    said: &mut Said,
) -> Result<Output, DecodeError> {
    let mut done: HashMap<String, Arc<Vertex>> = HashMap::with_capacity(raw.len());
    let mut pending = vec![wanted.digest.clone()];
    while let Some(digest) = pending.last() {
        if done.contains_key(digest) {
            pending.pop();
            continue;
        }
        let missing = || DecodeError::MissingInput(digest.clone());
        let op = raw.get(digest).ok_or_else(missing)?;
        let mut open: Vec<String> = op
            .inputs
            .iter()
            .map(|input| &input.digest)
            .filter(|digest| !done.contains_key(*digest))
            .cloned()
            .collect();
        if !open.is_empty() {
            pending.append(&mut open);
            continue;
        }
        let digest = pending.pop().unwrap_or_default();
        let Some(op) = raw.remove(&digest) else {
            return Err(DecodeError::MissingInput(digest));
        };
        let inputs = op
            .inputs
            .iter()
            .map(|input| edge(input, &done))
            .collect::<Result<Vec<_>, _>>()?;
        let vertex = Vertex::from_bytes(op.bytes, inputs, said.of(&digest));
        done.insert(digest, vertex);
    }
    let edge = edge(wanted, &done)?;
    Ok(Output::new(edge.vertex, edge.index))
}

fn edge(input: &pb::Input, done: &HashMap<String, Arc<Vertex>>) -> Result<Edge, DecodeError> {
    let vertex = done
        .get(&input.digest)
        .cloned()
        .ok_or_else(|| DecodeError::MissingInput(input.digest.clone()))?;
    let index = u32::try_from(input.index)
        .map_err(|_| DecodeError::InvalidIndex(input.digest.clone(), input.index))?;
    Ok(Edge { vertex, index })
}
