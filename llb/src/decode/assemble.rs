//! Operations that were read, put together to a graph.

use std::collections::HashMap;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;
use prost::bytes::Bytes;

use super::{DecodeError, Undecoded, Wanted, malformed};
use crate::definition::{Definition, ExactLocations, Read, Slot, Terminal, walk};
use crate::digest::Digest;
use crate::files::Files;
use crate::location::Location;
use crate::operation_metadata::Metadata;
use crate::unique::Unique;
use crate::vertex::{Edge, Output, Vertex};

/// Operations, by their numbers, that are not yet put together.
pub(super) struct Ops {
    pub(super) bytes: Vec<Bytes>,
    pub(super) digests: Vec<Digest>,
    /// The inputs of all, one after another, and where those of each end. Errors
    /// in them only matter if the operation is needed.
    pub(super) inputs: Vec<Wanted>,
    pub(super) ends: Vec<usize>,
    pub(super) metadata: Vec<Option<Undecoded>>,
    pub(super) locations: Vec<Option<Bytes>>,
    pub(super) files: Files,
    /// The operations that have been put together without metadata, and those
    /// without locations.
    pub(super) undescribed: Vec<usize>,
    pub(super) unlocated: Vec<usize>,
    /// The locations that have more than this crate knows.
    pub(super) exact: Vec<(usize, ExactLocations)>,
}

/// Locations as definitions carry them.
pub(crate) fn encoded_locations(locations: &[Location], files: &Files) -> Vec<u8> {
    let list = locations
        .iter()
        .map(|location| location.to_pb(files.number(&location.file)));
    let locations = list.collect();
    pb::Locations { locations }.encode_to_vec()
}

fn read_locations(list: Bytes, files: &Files) -> Result<Vec<Location>, DecodeError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let list = pb::Locations::decode(list).map_err(malformed)?;
    let read = |location: pb::Location| {
        let index = location.source_index;
        let file = files.get(index).ok_or(DecodeError::MissingSource(index))?;
        Ok(Location::from_pb(file, location))
    };
    list.locations.into_iter().map(read).collect()
}

impl Ops {
    /// Puts the operations that this one needs together, inputs first, whatever
    /// their order was. There are no cycles, since an operation's digest covers
    /// the digests of its inputs.
    pub(super) fn assemble(
        &mut self,
        wanted: usize,
    ) -> Result<Vec<Option<Arc<Vertex>>>, DecodeError> {
        let mut done: Vec<Option<Arc<Vertex>>> = vec![None; self.bytes.len()];
        let mut pending = vec![wanted];
        while let Some(&number) = pending.last() {
            // An operation that several others need may be pending more than once.
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
            let edges: Vec<Edge> = inputs.filter_map(|wanted| edge(&done, *wanted)).collect();
            let digest = self.digests[number].clone();
            let bytes = std::mem::take(&mut self.bytes[number]).to_vec();
            let metadata = self.metadata_of(number)?;
            done[number] = Some(Vertex::of_digest(digest, bytes, edges, metadata));
        }
        Ok(done)
    }

    /// The metadata of an operation, with its locations.
    pub(super) fn metadata_of(&mut self, number: usize) -> Result<Metadata, DecodeError> {
        let read = self.metadata[number].take().map(Undecoded::decode);
        let locations = self.locations[number].take();
        let bytes = locations.clone().unwrap_or_default();
        let locations = locations.map(|list| read_locations(list, &self.files));
        if read.is_none() {
            self.undescribed.push(number);
        }
        if locations.is_none() {
            self.unlocated.push(number);
        }
        let mut metadata = read.transpose().map_err(malformed)?.unwrap_or_default();
        metadata.locations = locations.transpose()?.unwrap_or_default();
        if encoded_locations(&metadata.locations, &self.files) != bytes {
            let known = metadata.locations.clone();
            self.exact.push((number, ExactLocations { known, bytes }));
        }
        Ok(metadata)
    }

    fn inputs_of(&self, number: usize) -> &[Wanted] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.inputs[start..self.ends[number]]
    }

    /// The definition with the vertices in the order in which they were listed, if
    /// inputs come first in it.
    pub(super) fn finish(
        mut self,
        output: Output,
        done: &[Option<Arc<Vertex>>],
        terminal: Terminal,
        mut rest: Read,
    ) -> Definition {
        let listed = (0..done.len()).filter(|number| done[*number].is_some());
        let in_order = listed.clone().all(|number| {
            let mut inputs = self.inputs_of(number).iter().flatten();
            inputs.all(|(input, _)| *input < number)
        });
        let walked = if in_order {
            let vertices = done.iter().flatten();
            vertices
                .map(|vertex| (vertex.clone(), vertex.digest().prefix()))
                .collect()
        } else {
            walk(&output, |vertex| vertex.digest().prefix())
        };
        let count = walked.len();
        if !in_order || count < done.len() {
            let places = walked.iter().enumerate();
            let places: HashMap<_, _> = places
                .map(|(place, (vertex, _))| (Arc::as_ptr(vertex), place))
                .collect();
            let slots = done.iter().enumerate().map(|(number, vertex)| {
                let place = vertex.as_ref().and_then(|v| places.get(&Arc::as_ptr(v)));
                match place {
                    Some(place) => Slot::Vertex(*place),
                    None => Slot::Other(self.bytes[number].to_vec()),
                }
            });
            rest.slots = Some(slots.collect());
            self.keep_others(&mut rest);
        }
        let place = |number: &usize| match &rest.slots {
            _ if *number == done.len() => count,
            None => *number,
            Some(slots) => match slots[*number] {
                Slot::Vertex(place) => place,
                Slot::Other(_) => count,
            },
        };
        let undescribed = self.undescribed.iter().map(place).collect();
        let unlocated = self.unlocated.iter().map(place).collect();
        let exact = self.exact.iter();
        let exact = exact.map(|(number, exact)| (place(number), exact.clone()));
        let exact = exact.collect();
        rest.undescribed = undescribed;
        rest.unlocated = unlocated;
        rest.exact = exact;
        // Equal operations have been united: nothing is merged here.
        let unique = Unique::of(walked);
        let mut definition = Definition::assembled(output, unique, Some(terminal), self.files);
        definition.read = Some(Box::new(rest));
        definition
    }
}

impl Ops {
    /// Keeps what was listed for operations that are not needed.
    fn keep_others(&mut self, rest: &mut Read) {
        for (number, digest) in self.digests.iter().enumerate() {
            let metadata = self.metadata[number].take();
            if let Some(bytes) = metadata.and_then(Undecoded::into_bytes) {
                rest.metadata.insert(digest.to_string(), bytes);
            }
            let list = self.locations[number].take();
            if let Some(list) = list
                && pb::Locations::decode(list.clone()).is_ok()
            {
                rest.locations.insert(digest.to_string(), list.to_vec());
            }
        }
    }
}

pub(super) fn edge(done: &[Option<Arc<Vertex>>], (number, index): (usize, u32)) -> Option<Edge> {
    let vertex = done[number].clone()?;
    Some(Edge { vertex, index })
}
