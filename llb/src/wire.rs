//! Encoded messages split into their fields, for what must survive although no
//! type here knows it.

use prost::DecodeError;
use prost::bytes::Buf as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// A field of an encoded message: its number, all its bytes, and for a
/// length-delimited one its content.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) bytes: &'a [u8],
    pub(crate) content: Option<&'a [u8]>,
}

/// The fields of a message, in the order in which they were written.
pub(crate) fn fields(message: &[u8]) -> Result<Vec<Field<'_>>, DecodeError> {
    let mut rest = message;
    let mut fields = Vec::new();
    while rest.has_remaining() {
        let start = rest;
        let (number, wire_type) = decode_key(&mut rest)?;
        let content = if wire_type == WireType::LengthDelimited {
            let mut content = rest;
            let length = usize::try_from(decode_varint(&mut content)?).unwrap_or(usize::MAX);
            content.get(..length)
        } else {
            None
        };
        skip_field(wire_type, number, &mut rest, DecodeContext::default())?;
        fields.push(Field {
            number,
            bytes: &start[..start.len() - rest.len()],
            content,
        });
    }
    Ok(fields)
}
