//! Definitions encoded: as messages for requests, and as bytes.
//!
//! Both are the same definition. The bytes are written directly, since a message
//! of a large graph takes several times the memory of the graph itself.

use std::collections::HashMap;

use buildkit_proto::pb;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::canonical::{embed, embedded_len, map_entry};
use crate::decode::encoded_locations;
use crate::definition::{Definition, Slot};
use crate::digest::Digest;
use crate::location::{Location, SourceFile};
use crate::operation_metadata::Metadata;
use crate::vertex::Vertex;

impl Definition {
    /// The definition as requests carry it.
    ///
    /// `pb` is the protocol of BuildKit v0.29: what newer versions added to the
    /// metadata ([`Resources`](crate::metadata::Resources)) has no field there and is left
    /// out. [`Self::to_bytes`] has everything.
    ///
    /// As in Go, operations without locations have an empty entry in the source
    /// map. prost encodes it as a key without a value, on which BuildKit v0.13
    /// crashes when a solve fails: remove such entries before you send the
    /// message with a client that prost encodes for, such as tonic's.
    #[doc(alias = "ToPB")]
    pub fn to_pb(&self) -> pb::Definition {
        let def = self.operations().map(<[u8]>::to_vec).collect();
        let own = self
            .entries()
            .filter(|entry| self.is_described(entry.number));
        let own = own.map(|entry| (entry.digest.to_owned(), entry.metadata.to_pb()));
        let others = self.read.iter().flat_map(|read| &read.metadata);
        let others = others.filter_map(|(digest, bytes)| {
            // It was metadata when it was read.
            let metadata = pb::OpMetadata::decode(&**bytes).ok()?;
            Some((digest.clone(), metadata))
        });
        pb::Definition {
            def,
            metadata: own.chain(others).collect(),
            source: self.has_source().then(|| self.source_to_pb()),
        }
    }

    /// The definition's bytes, as `buildctl build` and `buildctl debug dump-llb`
    /// read them.
    #[doc(alias = "WriteTo")]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Metadata is encoded in the order of the graph, which is that of memory,
        // and then put in the order of digests. Most operations have no locations.
        let mut metadata = Encoded::default();
        let mut locations = HashMap::new();
        let mut unlocated = 0;
        for entry in self.entries() {
            metadata.push(2, &entry, self.is_described(entry.number), |bytes| {
                entry.metadata.append(bytes);
            });
            if !self.is_located(entry.number) {
                continue;
            }
            if entry.metadata.locations.is_empty() && !self.is_exact(entry.number) {
                unlocated += entry_len(1, entry.digest, 0);
            } else {
                locations.insert(entry.number, self.encoded_locations(&entry));
            }
        }
        let read = self.read.as_ref();
        let others = read.into_iter().flat_map(|read| &read.locations);
        let other_locations: Vec<(&str, &[u8])> = others
            .map(|(digest, list)| (digest.as_str(), list.as_slice()))
            .collect();
        let others = read.into_iter().flat_map(|read| &read.metadata);
        let other_metadata: Vec<(&str, &[u8])> = others
            .map(|(digest, bytes)| (digest.as_str(), bytes.as_slice()))
            .collect();
        let infos: Vec<Vec<u8>> = self.files.iter().map(SourceFile::encode).collect();
        let more = read.map_or(&[][..], |read| &read.source_unknown);

        let located = locations
            .iter()
            .map(|(number, list)| entry_len(1, self.digest_of(*number), list.len()))
            .chain(
                other_locations
                    .iter()
                    .map(|(d, list)| entry_len(1, d, list.len())),
            )
            .chain(infos.iter().map(|info| embedded_len(2, info.len())));
        let source = unlocated + located.sum::<usize>() + more.len();
        let described = other_metadata
            .iter()
            .map(|(d, bytes)| entry_len(2, d, bytes.len()));
        let described = metadata.bytes.len() + described.sum::<usize>();
        let operations = self.operations();
        let operations: usize = operations.map(|bytes| embedded_len(1, bytes.len())).sum();
        let unknown = read.map_or(&[][..], |read| &read.unknown);
        let length = operations + described + embedded_len(3, source) + unknown.len();

        let mut all = Vec::with_capacity(length);
        for bytes in self.operations() {
            embed(1, bytes, &mut all);
        }
        self.in_order(other_metadata.into_iter(), |entry| match entry {
            Place::Own(number) => all.extend_from_slice(metadata.get(number)),
            Place::Other(digest, bytes) => map_entry(2, digest.as_bytes(), bytes, &mut all),
        });
        if self.has_source() {
            encode_key(3, WireType::LengthDelimited, &mut all);
            encode_varint(source as u64, &mut all);
            self.in_order(other_locations.into_iter(), |entry| match entry {
                Place::Own(number) if self.is_located(number) => {
                    let list = locations.get(&number).map_or(&[][..], |list| list);
                    map_entry(1, self.digest_of(number).as_bytes(), list, &mut all);
                }
                Place::Own(_) => {}
                Place::Other(digest, list) => map_entry(1, digest.as_bytes(), list, &mut all),
            });
            for info in &infos {
                embed(2, info, &mut all);
            }
            all.extend_from_slice(more);
        }
        all.extend_from_slice(unknown);
        all
    }

    /// All operations in the order in which they are listed.
    fn operations(&self) -> impl Iterator<Item = &[u8]> {
        let vertices = self.shared_vertices();
        let slots = self.read.as_ref().and_then(|read| read.slots.as_ref());
        let all = if slots.is_none() { vertices } else { &[] };
        let listed = slots.into_iter().flatten().map(|slot| match slot {
            Slot::Vertex(number) => vertices[*number].bytes(),
            Slot::Other(bytes) => bytes,
        });
        all.iter()
            .map(|vertex| vertex.bytes())
            .chain(listed)
            .chain(self.terminal().map(|terminal| &*terminal.bytes))
    }

    /// The vertices, then the terminal operation.
    fn entries(&self) -> impl Iterator<Item = Described<'_>> {
        let vertices = self.vertices().map(Vertex::digest).zip(self.all_metadata());
        let terminal = self.terminal().map(|last| (&last.digest, &last.metadata));
        let all = vertices.chain(terminal).enumerate();
        all.map(|(number, (digest, metadata))| Described {
            number,
            digest: digest.as_str(),
            metadata,
        })
    }

    /// Whether an operation has an entry in the metadata. Every one has, even an
    /// empty one, unless the definition was read without: daemons and clients that
    /// read a definition back refuse operations without an entry.
    fn is_described(&self, number: usize) -> bool {
        let read = self.read.as_ref();
        read.is_none_or(|read| !read.undescribed.contains(&number))
    }

    /// Whether an operation has an entry in the source map. As in Go, every one
    /// but the terminal one has, even an empty one.
    fn is_located(&self, number: usize) -> bool {
        match &self.read {
            Some(read) => !read.unlocated.contains(&number),
            None => number < self.vertices().len(),
        }
    }

    fn has_source(&self) -> bool {
        match &self.read {
            Some(read) => !read.no_source,
            None => !self.is_empty(),
        }
    }

    fn source_to_pb(&self) -> pb::Source {
        let own = self.entries().filter(|entry| self.is_located(entry.number));
        let own = own.map(|entry| {
            let list = self.locations_to_pb(&entry.metadata.locations);
            (entry.digest.to_owned(), list)
        });
        let others = self.read.iter().flat_map(|read| &read.locations);
        let others = others.filter_map(|(digest, bytes)| {
            // They were locations when they were read.
            let list = pb::Locations::decode(&**bytes).ok()?;
            Some((digest.clone(), list))
        });
        pb::Source {
            locations: own.chain(others).collect(),
            infos: self.files.iter().map(SourceFile::to_pb).collect(),
        }
    }

    fn is_exact(&self, number: usize) -> bool {
        let read = self.read.as_ref();
        read.is_some_and(|read| read.exact.contains_key(&number))
    }

    /// The locations of an operation: as they were read, unless they are others now.
    fn encoded_locations(&self, entry: &Described<'_>) -> Vec<u8> {
        let read = self.read.as_ref();
        let exact = read.and_then(|read| read.exact.get(&entry.number));
        match exact {
            Some(exact) if exact.known == entry.metadata.locations => exact.bytes.to_vec(),
            _ => encoded_locations(&entry.metadata.locations, &self.files),
        }
    }

    fn locations_to_pb(&self, locations: &[Location]) -> pb::Locations {
        let list = locations
            .iter()
            .map(|location| location.to_pb(self.files.number(&location.file)));
        pb::Locations {
            locations: list.collect(),
        }
    }

    /// The digest of a vertex by its index, or of the terminal operation.
    fn digest_of(&self, number: usize) -> &str {
        match self.shared_vertices().get(number) {
            Some(vertex) => vertex.digest().as_str(),
            None => self.digest().map_or("", Digest::as_str),
        }
    }

    /// Goes through the entries of a map in the order of their keys: those of
    /// operations, by their indexes, and others.
    fn in_order<'a>(
        &self,
        others: impl Iterator<Item = (&'a str, &'a [u8])>,
        mut write: impl FnMut(Place<'a>),
    ) {
        let mut others = others.peekable();
        for number in self.order_of_digests() {
            if others.peek().is_some() {
                let digest = self.digest_of(number);
                while let Some((key, value)) = others.next_if(|(key, _)| *key < digest) {
                    write(Place::Other(key, value));
                }
            }
            write(Place::Own(number));
        }
        for (key, value) in others {
            write(Place::Other(key, value));
        }
    }
}

/// The length of an entry of a map.
fn entry_len(tag: u32, digest: &str, value: usize) -> usize {
    embedded_len(tag, embedded_len(1, digest.len()) + embedded_len(2, value))
}

/// An entry of a map: of an operation, by its index, or of something else.
enum Place<'a> {
    Own(usize),
    Other(&'a str, &'a [u8]),
}

/// An operation with its metadata.
struct Described<'a> {
    number: usize,
    digest: &'a str,
    metadata: &'a Metadata,
}

/// Encoded entries of a map, in the order of the graph.
#[derive(Default)]
struct Encoded {
    bytes: Vec<u8>,
    /// Where each entry ends.
    ends: Vec<usize>,
    value: Vec<u8>,
}

impl Encoded {
    /// Adds an entry, or an empty place for one that is not there.
    fn push(
        &mut self,
        tag: u32,
        entry: &Described<'_>,
        present: bool,
        value: impl FnOnce(&mut Vec<u8>),
    ) {
        if present {
            self.value.clear();
            value(&mut self.value);
            map_entry(tag, entry.digest.as_bytes(), &self.value, &mut self.bytes);
        }
        self.ends.push(self.bytes.len());
    }

    fn get(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }
}
