//! Definitions read back: from files, from a gateway's inputs, from results.
//!
//! Operations keep their bytes, so that fields and operations of newer daemons,
//! which this crate does not know, survive with their digests. Everything else
//! that a definition holds survives too, used or not. Nothing is trusted:
//! whatever the bytes are, the result is a definition or an error.

mod assemble;

use std::collections::HashMap;

use buildkit_proto::pb;
use prost::Message as _;
use prost::bytes::Bytes;
use thiserror::Error;

use crate::definition::{Definition, Read, Terminal};
use crate::digest::Digest;
use crate::files::Files;
use crate::location::SourceFile;
use crate::operation_metadata::Metadata;
use crate::vertex::Output;
use crate::wire;

pub(crate) use self::assemble::encoded_locations;
use self::assemble::{Ops, edge};

/// Why something is not a definition.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are not protocol buffers of the right kind.
    #[error("malformed definition: {0}")]
    Malformed(String),
    /// The terminal operation does not name the output that is wanted.
    #[error("invalid definition: the last operation has no input")]
    NoTerminal,
    /// An input of an operation is missing.
    #[error("invalid definition: operation {0} is used as an input and missing")]
    MissingInput(String),
    /// An operation uses an output index that is out of range.
    #[error("invalid definition: invalid output index {1} of operation {0}")]
    InvalidIndex(String, i64),
    /// A location refers to a source file that is missing.
    #[error("invalid definition: a location refers to source file {0}, which is missing")]
    MissingSource(i32),
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err` passes it by value"
)]
fn malformed(error: prost::DecodeError) -> DecodeError {
    DecodeError::Malformed(error.to_string())
}

impl Definition {
    /// A definition from its bytes, as [`Self::to_bytes`] and `buildctl` write them.
    ///
    /// Operations that the output does not need are kept, and so is their metadata
    /// unless it is malformed.
    #[doc(alias = "ReadFrom")]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let wire = Wire::decode(Bytes::copy_from_slice(bytes)).map_err(malformed)?;
        let unknown = wire::unknown(bytes, &(1..=3)).map_err(malformed)?;
        let source = match &*wire.source {
            [] => None,
            [source] => Some(source.clone()),
            // Parts of a message that comes several times are one message.
            parts => Some(parts.concat().into()),
        };
        let source = source.map(ReadSource::decode).transpose();
        let metadata = wire.metadata.into_iter();
        let metadata = metadata.map(|entry| (entry.digest, Undecoded::Bytes(entry.value)));
        read(wire.def, metadata, source.map_err(malformed)?, unknown)
    }

    /// A definition as requests and answers carry it.
    #[doc(alias = "FromPB")]
    #[doc(alias = "NewDefinitionOp")]
    pub fn from_pb(definition: pb::Definition) -> Result<Self, DecodeError> {
        let def = definition.def.into_iter().map(Bytes::from).collect();
        let metadata = definition.metadata.into_iter();
        let metadata = metadata
            .map(|(digest, message)| (digest.into(), Undecoded::Message(Box::new(message))));
        let source = definition.source.map(ReadSource::from);
        read(def, metadata, source, Vec::new())
    }
}

impl TryFrom<pb::Definition> for Definition {
    type Error = DecodeError;

    fn try_from(definition: pb::Definition) -> Result<Self, Self::Error> {
        Self::from_pb(definition)
    }
}

impl From<&Definition> for pb::Definition {
    fn from(definition: &Definition) -> Self {
        definition.to_pb()
    }
}

/// A definition of which only the outermost layer is decoded. The rest stays where
/// it is, since that of a large graph would take several times the memory.
#[derive(Clone, PartialEq, prost::Message)]
struct Wire {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    def: Vec<Bytes>,
    #[prost(message, repeated, tag = "2")]
    metadata: Vec<Entry>,
    #[prost(bytes = "bytes", repeated, tag = "3")]
    source: Vec<Bytes>,
}

/// A source map, in which most operations of most graphs have no locations.
#[derive(Clone, PartialEq, prost::Message)]
struct WireSource {
    #[prost(message, repeated, tag = "1")]
    locations: Vec<Entry>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    infos: Vec<Bytes>,
}

/// A source map whose files are decoded.
#[derive(Default)]
struct ReadSource {
    locations: Vec<Entry>,
    files: Vec<SourceFile>,
    unknown: Vec<u8>,
}

impl ReadSource {
    fn decode(bytes: Bytes) -> Result<Self, prost::DecodeError> {
        let unknown = wire::unknown(&bytes, &(1..=2))?;
        // Entries share the bytes.
        let wire = WireSource::decode(bytes)?;
        let files = wire.infos.iter().map(|info| SourceFile::decode(info));
        Ok(Self {
            files: files.collect::<Result<_, _>>()?,
            locations: wire.locations,
            unknown,
        })
    }
}

impl From<pb::Source> for ReadSource {
    fn from(source: pb::Source) -> Self {
        let locations = source.locations.into_iter();
        let entry = |(digest, list): (String, pb::Locations)| Entry {
            digest: digest.into(),
            value: list.encode_to_vec().into(),
        };
        Self {
            locations: locations.map(entry).collect(),
            files: source.infos.into_iter().map(SourceFile::from_pb).collect(),
            unknown: Vec::new(),
        }
    }
}

/// An entry of a map from digests to messages, which is encoded as a list of
/// messages.
#[derive(Clone, PartialEq, prost::Message)]
struct Entry {
    #[prost(bytes = "bytes", tag = "1")]
    digest: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// The metadata of one operation.
enum Undecoded {
    Bytes(Bytes),
    Message(Box<pb::OpMetadata>),
}

impl Undecoded {
    fn decode(self) -> Result<Metadata, prost::DecodeError> {
        Ok(match self {
            Self::Bytes(bytes) => Metadata::decode(&bytes)?,
            Self::Message(message) => Metadata::from_pb(*message),
        })
    }

    /// The canonical bytes of metadata that is not malformed.
    fn into_bytes(self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.decode().ok()?.append(&mut bytes);
        Some(bytes)
    }
}

/// An output by the number of its operation.
type Wanted = Result<(usize, u32), DecodeError>;

/// The numbers of operations by the texts of their digests.
type Numbers<'a> = HashMap<&'a [u8], usize>;

fn read(
    mut def: Vec<Bytes>,
    all_metadata: impl Iterator<Item = (Bytes, Undecoded)>,
    source: Option<ReadSource>,
    unknown: Vec<u8>,
) -> Result<Definition, DecodeError> {
    let mut rest = Read {
        no_source: source.is_none(),
        unknown,
        ..Read::default()
    };
    let source = source.unwrap_or_default();
    rest.source_unknown = source.unknown;
    let files = Files::read(source.files);
    let terminal = def.pop();
    let digests: Vec<Digest> = def.iter().map(|bytes| Digest::of(bytes)).collect();
    let terminal_digest = terminal.as_ref().map(|bytes| Digest::of(bytes));
    // From here on, operations go by their numbers; the terminal one has the last.
    let mut numbers: Numbers<'_> = HashMap::with_capacity(def.len() + 1);
    for (number, digest) in digests.iter().chain(&terminal_digest).enumerate() {
        numbers.entry(digest.as_bytes()).or_insert(number);
    }

    let mut metadata: Vec<Option<Undecoded>> = Vec::new();
    metadata.resize_with(def.len() + 1, || None);
    for (digest, message) in all_metadata {
        if let Some(number) = numbers.get(&*digest) {
            metadata[*number] = Some(message);
        } else {
            let digest = String::from_utf8(digest.into()).ok();
            rest.metadata.extend(digest.zip(message.into_bytes()));
        }
    }
    let mut locations: Vec<Option<Bytes>> = vec![None; def.len() + 1];
    for entry in source.locations {
        if let Some(number) = numbers.get(&*entry.digest) {
            locations[*number] = Some(entry.value);
        } else {
            let digest = String::from_utf8(entry.digest.into()).ok();
            let valid = pb::Locations::decode(entry.value.clone()).is_ok();
            let list = valid.then(|| entry.value.to_vec());
            rest.locations.extend(digest.zip(list));
        }
    }

    let mut inputs = Vec::with_capacity(def.len());
    let mut ends = Vec::with_capacity(def.len());
    for bytes in &def {
        let op = pb::Op::decode(&**bytes).map_err(malformed)?;
        inputs.extend(
            op.inputs
                .iter()
                .map(|input| find(input, &numbers, def.len())),
        );
        ends.push(inputs.len());
    }
    let (Some(terminal), Some(terminal_digest)) = (terminal, terminal_digest.as_ref()) else {
        let mut empty = Definition::new(&Output::SCRATCH);
        empty.files = files;
        empty.read = Some(Box::new(rest));
        return Ok(empty);
    };
    let op = pb::Op::decode(&*terminal).map_err(malformed)?;
    let wanted = op.inputs.first().ok_or(DecodeError::NoTerminal)?;
    let wanted = find(wanted, &numbers, def.len())?;
    drop(numbers);
    let mut ops = Ops {
        bytes: def,
        digests,
        inputs,
        ends,
        metadata,
        locations,
        files,
        undescribed: Vec::new(),
        unlocated: Vec::new(),
        exact: Vec::new(),
    };
    let vertices = ops.assemble(wanted.0)?;
    let edge = edge(&vertices, wanted);
    let output = edge.map_or(Output::SCRATCH, |edge| Output::new(edge.vertex, edge.index));
    let terminal = Terminal {
        metadata: ops.metadata_of(ops.bytes.len())?,
        digest: terminal_digest.clone(),
        bytes: terminal.into(),
    };
    Ok(ops.finish(output, &vertices, terminal, rest))
}

fn find(input: &pb::Input, numbers: &Numbers<'_>, count: usize) -> Wanted {
    let number = numbers.get(input.digest.as_bytes());
    let number = number.filter(|number| **number < count);
    let number = number.ok_or_else(|| DecodeError::MissingInput(input.digest.clone()))?;
    let index = u32::try_from(input.index)
        .map_err(|_| DecodeError::InvalidIndex(input.digest.clone(), input.index))?;
    Ok((*number, index))
}
