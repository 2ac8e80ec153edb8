//! The bytes of an operation, as Go's deterministic encoder writes them.
//!
//! Daemons encode and digest each operation again, and where the digests differ
//! they silently forget where it came from. Plain prost differs from Go in two
//! ways: it writes a oneof in its place by number, Go last; and it leaves out
//! empty values of maps, which Go writes.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message;
use prost::encoding::{
    WireType, encode_key, encode_varint, encoded_len_varint, int64, key_len, message, string,
};

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
        for (digest, index) in &self.inputs {
            encode_key(1, WireType::LengthDelimited, bytes);
            encode_varint(input_len((digest, *index)) as u64, bytes);
            embed(1, digest.as_bytes(), bytes);
            if *index != 0 {
                int64::encode(2, index, bytes);
            }
        }
        if let Some(platform) = self.platform {
            message::encode(10, platform, bytes);
        }
        if let Some(constraints) = self.constraints {
            message::encode(11, constraints, bytes);
        }
    }
}

/// The length of a `pb::Input`.
fn input_len((digest, index): (&str, i64)) -> usize {
    let index = match index {
        0 => 0,
        index => int64::encoded_len(2, &index),
    };
    embedded_len(1, digest.len()) + index
}

/// The operation's head (inputs, platform, constraints), then the operation itself.
///
/// The bytes have no room to spare: operations keep them as they are.
pub(crate) fn encode(head: &Head<'_>, op: &pb::op::Op) -> Vec<u8> {
    let own = |tag, op: Vec<u8>| {
        let mut bytes = Vec::with_capacity(head.len() + embedded_len(tag, op.len()));
        head.append(&mut bytes);
        embed(tag, &op, &mut bytes);
        bytes
    };
    match op {
        pb::op::Op::Source(source) => own(3, source_op(source)),
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

/// The last operation of a definition, which is nothing but an input.
pub(crate) fn terminal(digest: &str, index: u32) -> Vec<u8> {
    let head = Head {
        inputs: vec![(digest, index.into())],
        platform: None,
        constraints: None,
    };
    let mut bytes = Vec::with_capacity(head.len());
    head.append(&mut bytes);
    bytes
}

fn source_op(source: &pb::SourceOp) -> Vec<u8> {
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
        let mut entry = Vec::new();
        string::encode(1, name, &mut entry);
        message::encode(2, input, &mut entry);
        embed(2, &entry, &mut bytes);
    }
    if let Some(definition) = &build.def {
        message::encode(3, definition, &mut bytes);
    }
    text_map(4, &build.attrs, &mut bytes);
    bytes
}

fn text_map(tag: u32, map: &BTreeMap<String, String>, bytes: &mut Vec<u8>) {
    for (key, value) in map {
        let mut entry = Vec::new();
        string::encode(1, key, &mut entry);
        string::encode(2, value, &mut entry);
        embed(tag, &entry, bytes);
    }
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
    fn empty_values_of_maps_are_written() {
        let source = pb::SourceOp {
            identifier: "local://x".to_owned(),
            attrs: BTreeMap::from([("local.unique".to_owned(), String::new())]),
        };
        let op = pb::op::Op::Source(source.clone());
        let head = Head {
            inputs: Vec::new(),
            platform: None,
            constraints: None,
        };
        let bytes = encode(&head, &op);
        assert!(bytes.ends_with(b"\x0a\x0clocal.unique\x12\x00"));
        let back = pb::Op::decode(&*bytes).unwrap();
        assert_eq!(back.op, Some(pb::op::Op::Source(source)));
    }
}
