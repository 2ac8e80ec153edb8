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

/// The operation's head (inputs, platform, constraints), then the operation itself.
pub(crate) fn encode(head: &pb::Op, op: &pb::op::Op) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    append(head, &mut bytes);
    match op {
        pb::op::Op::Source(source) => embed(3, &source_op(source), &mut bytes),
        pb::op::Op::Build(build) => embed(5, &build_op(build), &mut bytes),
        pb::op::Op::Exec(exec) => message::encode(2, exec, &mut bytes),
        pb::op::Op::File(file) => message::encode(4, file, &mut bytes),
        pb::op::Op::Merge(merge) => message::encode(6, merge, &mut bytes),
        pb::op::Op::Diff(diff) => message::encode(7, diff, &mut bytes),
    }
    bytes
}

/// A message without maps and without a oneof before other fields.
pub(crate) fn append(message: &impl Message, bytes: &mut Vec<u8>) {
    message.encode_raw(bytes);
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
        let bytes = encode(&pb::Op::default(), &op);
        assert!(bytes.ends_with(b"\x0a\x0clocal.unique\x12\x00"));
        let back = pb::Op::decode(&*bytes).unwrap();
        assert_eq!(back.op, Some(pb::op::Op::Source(source)));
    }
}
