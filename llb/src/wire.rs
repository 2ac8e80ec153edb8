//! Encoded messages split into their fields, for what must survive although no
//! type here knows it.

use std::ops::RangeInclusive;

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// A field of an encoded message: its number, all its bytes, and for a
/// length-delimited one its content.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) bytes: &'a [u8],
    pub(crate) content: Option<&'a [u8]>,
}

/// The fields of a message, in the order in which they were written. Ends after
/// the first error.
pub(crate) fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

/// The fields of a message with other numbers than these, as they were written.
pub(crate) fn unknown(message: &[u8], known: &RangeInclusive<u32>) -> Result<Vec<u8>, DecodeError> {
    let mut unknown = Vec::new();
    for field in fields(message) {
        let field = field?;
        if !known.contains(&field.number) {
            unknown.extend_from_slice(field.bytes);
        }
    }
    Ok(unknown)
}

pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = split(&mut self.rest);
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

fn split<'a>(rest: &mut &'a [u8]) -> Result<Field<'a>, DecodeError> {
    let start = *rest;
    let (number, wire_type) = decode_key(rest)?;
    let content = if wire_type == WireType::LengthDelimited {
        let mut content = *rest;
        let length = usize::try_from(decode_varint(&mut content)?).unwrap_or(usize::MAX);
        content.get(..length)
    } else {
        None
    };
    skip_field(wire_type, number, rest, DecodeContext::default())?;
    Ok(Field {
        number,
        bytes: &start[..start.len() - rest.len()],
        content,
    })
}
