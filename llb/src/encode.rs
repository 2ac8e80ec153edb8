//! Definitions encoded: as messages for requests, and as bytes.
//!
//! Both are the same definition. The bytes are written directly, since a message
//! of a large graph takes several times the memory of the graph itself.

use buildkit_proto::pb;
use prost::Message as _;

use crate::canonical::{embed, embedded_len, map_entry, source_info};
use crate::definition::{Definition, Slot};
use crate::location::{Location, SourceFile};
use crate::operation_metadata::Metadata;
use crate::vertex::Vertex;

impl Definition {
    /// The definition as requests carry it.
    ///
    /// `pb` is the protocol of BuildKit v0.29: what newer versions added to the
    /// metadata ([`Resources`](crate::Resources)) has no field there and is left
    /// out. [`Self::to_bytes`] has everything.
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
        // and then put in the order of digests.
        let mut metadata = Encoded::default();
        let mut locations = Encoded::default();
        for entry in self.entries() {
            metadata.push(2, &entry, self.is_described(entry.number), |bytes| {
                entry.metadata.append(bytes);
            });
            locations.push(1, &entry, self.is_located(entry.number), |bytes| {
                if !entry.metadata.locations.is_empty() {
                    let list = self.locations_to_pb(&entry.metadata.locations);
                    bytes.extend(list.encode_to_vec());
                }
            });
        }
        let others = self.read.iter().flat_map(|read| &read.metadata);
        let others = others.map(|(digest, bytes)| (digest, bytes.clone()));
        let metadata = self.in_order(2, &metadata, others);
        let mut source = Vec::new();
        if self.has_source() {
            let others = self.read.iter().flat_map(|read| &read.locations);
            let others = others.map(|(digest, list)| (digest, list.encode_to_vec()));
            source = self.in_order(1, &locations, others);
            for file in self.files.iter() {
                embed(2, &source_info(file.info()), &mut source);
            }
        }

        let operations = self.operations();
        let defs: usize = operations.map(|bytes| embedded_len(1, bytes.len())).sum();
        let rest = metadata.len() + embedded_len(3, source.len());
        let mut all = Vec::with_capacity(defs + rest);
        for bytes in self.operations() {
            embed(1, bytes, &mut all);
        }
        all.extend_from_slice(&metadata);
        if self.has_source() {
            embed(3, &source, &mut all);
        }
        if let Some(read) = &self.read {
            all.extend_from_slice(&read.unknown);
        }
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
        let others = self.read.iter().flat_map(|read| read.locations.clone());
        pb::Source {
            locations: own.chain(others).collect(),
            infos: self.files.iter().map(SourceFile::to_pb).collect(),
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

    /// The entries of a map in the order of their keys, with those of operations
    /// that are not vertices.
    fn in_order<'a>(
        &self,
        tag: u32,
        encoded: &Encoded,
        others: impl Iterator<Item = (&'a String, Vec<u8>)>,
    ) -> Vec<u8> {
        let mut others = others.peekable();
        let vertices = self.shared_vertices();
        let digest = |number: usize| match vertices.get(number) {
            Some(vertex) => vertex.digest().as_str(),
            None => self.digest().map_or("", |digest| digest.as_str()),
        };
        let mut bytes = Vec::with_capacity(encoded.bytes.len());
        for number in self.order_of_digests() {
            while let Some((key, value)) = others.next_if(|(key, _)| key.as_str() < digest(number))
            {
                map_entry(tag, key.as_bytes(), &value, &mut bytes);
            }
            bytes.extend_from_slice(encoded.get(number));
        }
        for (key, value) in others {
            map_entry(tag, key.as_bytes(), &value, &mut bytes);
        }
        bytes
    }
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
