//! The bytes of operations and definitions as Go's deterministic encoder writes
//! them.
//!
//! Daemons encode and digest each operation again, and where the digests differ
//! they lose its source locations and warnings without an error. Plain prost
//! differs from Go in two ways: it writes a oneof in its place by number, Go
//! last; and it leaves out empty values of maps, which Go writes.
//!
//! ```
//! use buildkit_llb::{Definition, File, Output, at, canonical};
//! let output = File::on(Output::SCRATCH).mkfile(at("/a"), 0o644, "1").output();
//! let definition = Definition::new(&output);
//! let vertex = output.vertex().unwrap();
//! assert_eq!(canonical::op(&vertex.op()), vertex.bytes());
//! assert_eq!(canonical::definition(&definition.to_pb()), definition.to_bytes());
//! ```

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message;
use prost::encoding::{
    WireType, bytes as byte_field, encode_key, encode_varint, encoded_len_varint, int64, key_len,
    message, string,
};

/// The canonical bytes of an operation: those that BuildKit digests.
///
/// Fields that `pb` does not know are not part of a `pb::Op`. To change an
/// operation that was read and keep them, use
/// [`Output::with_inputs`](crate::Output::with_inputs) or
/// [`Definition::map_sources`](crate::Definition::map_sources).
pub fn op(op: &pb::Op) -> Vec<u8> {
    let inputs = op.inputs.iter();
    let head = Head {
        inputs: inputs.map(|input| (&*input.digest, input.index)).collect(),
        platform: op.platform.as_ref(),
        constraints: op.constraints.as_ref(),
    };
    match &op.op {
        Some(own) => encode(&head, Body::Op(own)),
        None => head.to_vec(),
    }
}

/// The canonical bytes of a definition.
pub fn definition(definition: &pb::Definition) -> Vec<u8> {
    let mut bytes = Vec::new();
    for operation in &definition.def {
        embed(1, operation, &mut bytes);
    }
    for (digest, metadata) in &definition.metadata {
        map_entry(2, digest.as_bytes(), &op_metadata(metadata), &mut bytes);
    }
    if let Some(source) = &definition.source {
        embed(3, &source_map(source), &mut bytes);
    }
    bytes
}

/// The canonical bytes of an operation's metadata.
fn op_metadata(metadata: &pb::OpMetadata) -> Vec<u8> {
    let mut bytes = Vec::new();
    if metadata.ignore_cache {
        prost::encoding::bool::encode(1, &true, &mut bytes);
    }
    text_map(2, &metadata.description, &mut bytes);
    if let Some(export) = &metadata.export_cache {
        message::encode(4, export, &mut bytes);
    }
    for (name, on) in &metadata.caps {
        cap_entry(name, *on, &mut bytes);
    }
    if let Some(group) = &metadata.progress_group {
        message::encode(6, group, &mut bytes);
    }
    bytes
}

/// The canonical bytes of a source map.
fn source_map(source: &pb::Source) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (digest, locations) in &source.locations {
        let locations = locations.encode_to_vec();
        map_entry(1, digest.as_bytes(), &locations, &mut bytes);
    }
    for info in &source.infos {
        embed(2, &source_info(info), &mut bytes);
    }
    bytes
}

/// The canonical bytes of a source file, whose definition has maps of its own.
pub(crate) fn source_info(info: &pb::SourceInfo) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(info.data.len() + info.filename.len() + 32);
    if !info.filename.is_empty() {
        string::encode(1, &info.filename, &mut bytes);
    }
    if !info.data.is_empty() {
        byte_field::encode(2, &info.data, &mut bytes);
    }
    if let Some(nested) = &info.definition {
        embed(3, &definition(nested), &mut bytes);
    }
    if !info.language.is_empty() {
        string::encode(4, &info.language, &mut bytes);
    }
    bytes
}

/// What an operation does, as opposed to its inputs, platform and constraints.
#[derive(Clone, Copy)]
pub(crate) enum Body<'a> {
    Op(&'a pb::op::Op),
    /// An operation of BuildKit v0.31, which `pb` does not know.
    Passthrough {
        id: &'a str,
        outputs: &'a [i64],
    },
}

/// The number of the source operation's field.
pub(crate) const SOURCE: u32 = 3;

/// The number of the passthrough operation's field.
pub(crate) const PASSTHROUGH: u32 = 8;

/// What stands before the operation itself.
pub(crate) struct Head<'a> {
    /// The inputs' digests and output numbers.
    pub(crate) inputs: Vec<(&'a str, i64)>,
    pub(crate) platform: Option<&'a pb::Platform>,
    pub(crate) constraints: Option<&'a pb::WorkerConstraints>,
}

impl Head<'_> {
    fn len(&self) -> usize {
        let inputs = self.inputs.iter();
        let inputs: usize = inputs.map(|input| embedded_len(1, input_len(*input))).sum();
        let platform = self.platform.map(|p| message::encoded_len(10, p));
        let constraints = self.constraints.map(|c| message::encoded_len(11, c));
        inputs + platform.unwrap_or(0) + constraints.unwrap_or(0)
    }

    fn append(&self, bytes: &mut Vec<u8>) {
        append_inputs(self.inputs.iter().copied(), bytes);
        if let Some(platform) = self.platform {
            message::encode(10, platform, bytes);
        }
        if let Some(constraints) = self.constraints {
            message::encode(11, constraints, bytes);
        }
    }

    fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len());
        self.append(&mut bytes);
        bytes
    }
}

/// The inputs of an operation, as its first fields.
pub(crate) fn append_inputs<'a>(inputs: impl Iterator<Item = (&'a str, i64)>, bytes: &mut Vec<u8>) {
    for (digest, index) in inputs {
        encode_key(1, WireType::LengthDelimited, bytes);
        encode_varint(input_len((digest, index)) as u64, bytes);
        if !digest.is_empty() {
            embed(1, digest.as_bytes(), bytes);
        }
        if index != 0 {
            int64::encode(2, &index, bytes);
        }
    }
}

/// The length of a `pb::Input`.
fn input_len((digest, index): (&str, i64)) -> usize {
    let digest = match digest.len() {
        0 => 0,
        length => embedded_len(1, length),
    };
    let index = match index {
        0 => 0,
        index => int64::encoded_len(2, &index),
    };
    digest + index
}

/// The operation's head (inputs, platform, constraints), then the operation itself.
///
/// The bytes have no spare capacity, since operations keep them as they are.
pub(crate) fn encode(head: &Head<'_>, body: Body<'_>) -> Vec<u8> {
    let own = |tag, op: Vec<u8>| {
        let mut bytes = Vec::with_capacity(head.len() + embedded_len(tag, op.len()));
        head.append(&mut bytes);
        embed(tag, &op, &mut bytes);
        bytes
    };
    let op = match body {
        Body::Op(op) => op,
        Body::Passthrough { id, outputs } => return own(PASSTHROUGH, passthrough(id, outputs)),
    };
    match op {
        pb::op::Op::Source(source) => own(SOURCE, source_op(source)),
        pb::op::Op::Build(build) => own(5, build_op(build)),
        pb::op::Op::Exec(exec) => direct(head, 2, exec),
        pb::op::Op::File(file) => direct(head, 4, file),
        pb::op::Op::Merge(merge) => direct(head, 6, merge),
        pb::op::Op::Diff(diff) => direct(head, 7, diff),
    }
}

/// An operation that prost writes as Go does.
fn direct(head: &Head<'_>, tag: u32, op: &impl Message) -> Vec<u8> {
    let length = op.encoded_len();
    let mut bytes = Vec::with_capacity(head.len() + embedded_len(tag, length));
    head.append(&mut bytes);
    encode_key(tag, WireType::LengthDelimited, &mut bytes);
    encode_varint(length as u64, &mut bytes);
    op.encode_raw(&mut bytes);
    bytes
}

/// The last operation of a definition, which has one input and nothing else.
pub(crate) fn terminal(digest: &str, index: u32) -> Vec<u8> {
    let head = Head {
        inputs: vec![(digest, index.into())],
        platform: None,
        constraints: None,
    };
    head.to_vec()
}

pub(crate) fn source_op(source: &pb::SourceOp) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !source.identifier.is_empty() {
        string::encode(1, &source.identifier, &mut bytes);
    }
    text_map(2, &source.attrs, &mut bytes);
    bytes
}

fn build_op(build: &pb::BuildOp) -> Vec<u8> {
    let mut bytes = Vec::new();
    if build.builder != 0 {
        int64::encode(1, &build.builder, &mut bytes);
    }
    for (name, input) in &build.inputs {
        map_entry(2, name.as_bytes(), &input.encode_to_vec(), &mut bytes);
    }
    if let Some(nested) = &build.def {
        embed(3, &definition(nested), &mut bytes);
    }
    text_map(4, &build.attrs, &mut bytes);
    bytes
}

fn passthrough(id: &str, outputs: &[i64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !id.is_empty() {
        embed(1, id.as_bytes(), &mut bytes);
    }
    int64::encode_packed(2, outputs, &mut bytes);
    bytes
}

pub(crate) fn text_map(tag: u32, map: &BTreeMap<String, String>, bytes: &mut Vec<u8>) {
    for (key, value) in map {
        map_entry(tag, key.as_bytes(), value.as_bytes(), bytes);
    }
}

/// An entry of a map from texts to texts or messages: Go writes both, even if
/// they are empty.
pub(crate) fn map_entry(tag: u32, key: &[u8], value: &[u8], bytes: &mut Vec<u8>) {
    let length = embedded_len(1, key.len()) + embedded_len(2, value.len());
    bytes.reserve(embedded_len(tag, length));
    encode_key(tag, WireType::LengthDelimited, bytes);
    encode_varint(length as u64, bytes);
    embed(1, key, bytes);
    embed(2, value, bytes);
}

/// An entry of the map of capabilities.
pub(crate) fn cap_entry(name: &str, on: bool, bytes: &mut Vec<u8>) {
    encode_key(5, WireType::LengthDelimited, bytes);
    encode_varint(embedded_len(1, name.len()) as u64 + 2, bytes);
    embed(1, name.as_bytes(), bytes);
    prost::encoding::bool::encode(2, &on, bytes);
}

/// Bytes as a field of another message.
pub(crate) fn embed(tag: u32, message: &[u8], bytes: &mut Vec<u8>) {
    bytes.reserve(embedded_len(tag, message.len()));
    encode_key(tag, WireType::LengthDelimited, bytes);
    encode_varint(message.len() as u64, bytes);
    bytes.extend_from_slice(message);
}

/// The length of so many bytes as a field of another message.
pub(crate) fn embedded_len(tag: u32, length: usize) -> usize {
    key_len(tag) + encoded_len_varint(length as u64) + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_empty_values_of_maps() {
        let source = pb::SourceOp {
            identifier: "local://x".to_owned(),
            attrs: BTreeMap::from([("local.unique".to_owned(), String::new())]),
        };
        let message = pb::Op {
            op: Some(pb::op::Op::Source(source)),
            ..pb::Op::default()
        };
        let bytes = op(&message);
        assert!(bytes.ends_with(b"\x0a\x0clocal.unique\x12\x00"));
        assert_eq!(pb::Op::decode(&*bytes).unwrap(), message);
    }

    #[test]
    fn definitions_with_empty_entries_survive() {
        let source = pb::Source {
            locations: BTreeMap::from([("sha256:x".to_owned(), pb::Locations::default())]),
            infos: vec![pb::SourceInfo::default()],
        };
        let message = pb::Definition {
            def: vec![vec![1, 2], Vec::new()],
            metadata: BTreeMap::from([(
                "d".to_owned(),
                pb::OpMetadata {
                    caps: BTreeMap::from([(String::new(), false)]),
                    description: BTreeMap::from([("k".to_owned(), String::new())]),
                    ..pb::OpMetadata::default()
                },
            )]),
            source: Some(source),
        };
        let bytes = definition(&message);
        assert_eq!(pb::Definition::decode(&*bytes).unwrap(), message);
        assert!(bytes.windows(6).any(|w| w == b"\x2a\x04\x0a\x00\x10\x00"));
    }
}
