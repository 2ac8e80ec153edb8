//! Definitions read back: from files, from a gateway's inputs, from results.
//!
//! Operations keep their bytes, so that those and the fields of newer daemons
//! that this crate does not know survive with their digests. Nothing is trusted:
//! whatever the bytes, the answer is a definition or an error.

use std::collections::HashMap;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;
use prost::bytes::Bytes;
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
    /// What is said of operations that are not there is not looked at.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let wire = Wire::decode(Bytes::copy_from_slice(bytes))?;
        let metadata = wire.metadata.into_iter();
        let said = metadata.map(|entry| (entry.digest, Said::Bytes(entry.metadata)));
        read(wire.def, said, wire.source)
    }

    /// A definition as requests and answers carry it. Operations that the wanted
    /// output does not need are left out.
    pub fn from_pb(definition: pb::Definition) -> Result<Self, DecodeError> {
        let def = definition.def.into_iter().map(Bytes::from).collect();
        let metadata = definition.metadata.into_iter();
        let said = metadata.map(|(digest, said)| (digest.into(), Said::Message(Box::new(said))));
        read(def, said, definition.source)
    }
}

/// A definition of which only the outermost layer is read. The rest stays where
/// it is, since that of a large graph would take several times the memory.
#[derive(Clone, PartialEq, prost::Message)]
struct Wire {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    def: Vec<Bytes>,
    #[prost(message, repeated, tag = "2")]
    metadata: Vec<Entry>,
    #[prost(message, optional, tag = "3")]
    source: Option<pb::Source>,
}

/// An entry of the map of metadata, which on the wire is a message in a list.
#[derive(Clone, PartialEq, prost::Message)]
struct Entry {
    #[prost(bytes = "bytes", tag = "1")]
    digest: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    metadata: Bytes,
}

/// What is said about one operation.
enum Said {
    Bytes(Bytes),
    Message(Box<pb::OpMetadata>),
}

impl Said {
    fn read(self) -> Result<Metadata, prost::DecodeError> {
        Ok(Metadata::from_pb(match self {
            Self::Bytes(bytes) => pb::OpMetadata::decode(bytes)?,
            Self::Message(message) => *message,
        }))
    }
}

/// An output by the number of its operation.
type Wanted = Result<(usize, u32), DecodeError>;

/// Operations, by their numbers, that are not yet put together.
struct Ops {
    bytes: Vec<Bytes>,
    digests: Vec<Digest>,
    /// The inputs of all, one after another, and where those of each end. What
    /// is wrong with them only matters where the operation is needed.
    inputs: Vec<Wanted>,
    ends: Vec<usize>,
    said: Vec<Option<Said>>,
    locations: HashMap<usize, Vec<Location>>,
}

fn read(
    mut def: Vec<Bytes>,
    all_said: impl Iterator<Item = (Bytes, Said)>,
    source: Option<pb::Source>,
) -> Result<Definition, DecodeError> {
    let Some(terminal) = def.pop() else {
        return Ok(Definition::new(&Output::SCRATCH));
    };
    let terminal = pb::Op::decode(terminal)?;
    let Some(wanted) = terminal.inputs.first() else {
        return Err(DecodeError::NoTerminal);
    };
    let digests: Vec<Digest> = def.iter().map(|bytes| Digest::of(bytes)).collect();
    // From here on, operations go by their numbers.
    let numbers: Numbers<'_> = (0..)
        .zip(&digests)
        .map(|(number, digest)| (digest.as_bytes(), number))
        .collect();
    let mut inputs = Vec::with_capacity(def.len());
    let mut ends = Vec::with_capacity(def.len());
    for bytes in &def {
        let op = pb::Op::decode(&**bytes)?;
        inputs.extend(op.inputs.iter().map(|input| find(input, &numbers)));
        ends.push(inputs.len());
    }
    let wanted = find(wanted, &numbers)?;
    let mut said: Vec<Option<Said>> = def.iter().map(|_| None).collect();
    for (digest, message) in all_said {
        if let Some(number) = numbers.get(&*digest) {
            said[*number] = Some(message);
        }
    }
    let locations = locations(source.unwrap_or_default(), &numbers)?;
    drop(numbers);
    let ops = Ops {
        bytes: def,
        digests,
        inputs,
        ends,
        said,
        locations,
    };
    Ok(Definition::new(&ops.assemble(wanted)?))
}

/// The numbers of operations by the texts of their digests.
type Numbers<'a> = HashMap<&'a [u8], usize>;

fn find(input: &pb::Input, numbers: &Numbers<'_>) -> Wanted {
    let number = numbers.get(input.digest.as_bytes());
    let number = number.ok_or_else(|| DecodeError::MissingInput(input.digest.clone()))?;
    let index = u32::try_from(input.index)
        .map_err(|_| DecodeError::InvalidIndex(input.digest.clone(), input.index))?;
    Ok((*number, index))
}

fn locations(
    source: pb::Source,
    numbers: &Numbers<'_>,
) -> Result<HashMap<usize, Vec<Location>>, DecodeError> {
    let files: Vec<SourceFile> = source.infos.into_iter().map(SourceFile::from_pb).collect();
    let place = |location: pb::Location| {
        let file = usize::try_from(location.source_index)
            .ok()
            .and_then(|index| files.get(index))
            .ok_or(DecodeError::MissingSource(location.source_index))?;
        Ok(file.at(location.ranges.iter().map(Range::from_pb)))
    };
    let known = source.locations.into_iter().filter_map(|(digest, list)| {
        let number = numbers.get(digest.as_bytes())?;
        Some((*number, list))
    });
    known
        .map(|(number, list)| {
            let places = list.locations.into_iter().map(place);
            Ok((number, places.collect::<Result<_, DecodeError>>()?))
        })
        .collect()
}

impl Ops {
    /// Puts operations together, inputs first, whatever their order was. There
    /// are no cycles, since an operation's digest covers the digests of its
    /// inputs.
    fn assemble(mut self, wanted: (usize, u32)) -> Result<Output, DecodeError> {
        let mut done: Vec<Option<Arc<Vertex>>> = vec![None; self.bytes.len()];
        let mut pending = vec![wanted.0];
        while let Some(&number) = pending.last() {
            // One that several others work on may be waited for more than once.
            if done[number].is_some() {
                pending.pop();
                continue;
            }
            let before = pending.len();
            for input in self.inputs_of(number) {
                let (input, _) = *input.as_ref().map_err(DecodeError::clone)?;
                if done[input].is_none() {
                    pending.push(input);
                }
            }
            if pending.len() > before {
                continue;
            }
            pending.pop();
            let inputs = self.inputs_of(number).iter().flatten();
            let edges = inputs.filter_map(|wanted| edge(&done, *wanted)).collect();
            let digest = self.digests[number].clone();
            let bytes = std::mem::take(&mut self.bytes[number]).to_vec();
            let said = self.said[number].take().map(Said::read).transpose()?;
            let metadata = Metadata {
                locations: self.locations.remove(&number).unwrap_or_default(),
                ..said.unwrap_or_default()
            };
            done[number] = Some(Vertex::of_digest(digest, bytes, edges, metadata));
        }
        let edge = edge(&done, wanted);
        Ok(edge.map_or(Output::SCRATCH, |edge| Output::new(edge.vertex, edge.index)))
    }

    fn inputs_of(&self, number: usize) -> &[Wanted] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.inputs[start..self.ends[number]]
    }
}

fn edge(done: &[Option<Arc<Vertex>>], (number, index): (usize, u32)) -> Option<Edge> {
    let vertex = done[number].clone()?;
    Some(Edge { vertex, index })
}
