//! Definitions written: as messages for requests, and as bytes.
//!
//! Both are the same definition. The bytes are written directly, since a message
//! of a large graph takes several times the memory of the graph itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use buildkit_proto::pb;
use prost::Message as _;
use prost::encoding::{
    WireType, bool as boolean, btree_map, encode_key, encode_varint, message, string,
};

use crate::canonical::{embed, embedded_len};
use crate::definition::Definition;
use crate::digest::Digest;
use crate::location::{Location, SourceFile};
use crate::metadata::Metadata;
use crate::vertex::Vertex;

impl Definition {
    /// The definition as requests carry it.
    pub fn to_pb(&self) -> pb::Definition {
        let Some(terminal) = self.terminal() else {
            return pb::Definition::default();
        };
        let def = self
            .vertices()
            .map(|vertex| vertex.bytes().to_vec())
            .chain([terminal.bytes.clone()])
            .collect();
        // Every operation has an entry, even an empty one: daemons and clients
        // that read a definition back refuse operations without.
        let metadata = self
            .vertices()
            .zip(self.all_metadata())
            .map(|(vertex, metadata)| (vertex.digest(), metadata.to_pb()))
            .chain([(&terminal.digest, terminal.metadata.to_pb())])
            .map(|(digest, metadata)| (digest.to_string(), metadata))
            .collect();
        pb::Definition {
            def,
            metadata,
            source: Some(self.source_map()),
        }
    }

    /// The definition's bytes, as `buildctl build` and `buildctl debug dump-llb`
    /// read them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Some(terminal) = self.terminal() else {
            return Vec::new();
        };
        // Metadata are written in the order of the graph, which is that of memory,
        // and put in the order of digests as what they became.
        let mut said = Entries::default();
        for (vertex, metadata) in self.vertices().zip(self.all_metadata()) {
            said.push(vertex.digest(), metadata);
        }
        said.push(&terminal.digest, &terminal.metadata);
        let source = self.source_map().encode_to_vec();

        let bytes = || self.vertices().map(Vertex::bytes).chain([&*terminal.bytes]);
        let defs: usize = bytes().map(|bytes| embedded_len(1, bytes.len())).sum();
        let mut all = Vec::with_capacity(defs + said.bytes.len() + embedded_len(3, source.len()));
        for bytes in bytes() {
            embed(1, bytes, &mut all);
        }
        for number in self.order_of_digests() {
            all.extend_from_slice(said.get(number));
        }
        embed(3, &source, &mut all);
        all
    }

    fn source_map(&self) -> pb::Source {
        let mut files = Files::default();
        let mut locations = BTreeMap::new();
        for (vertex, metadata) in self.vertices().zip(self.all_metadata()) {
            if metadata.locations.is_empty() {
                continue;
            }
            // The same place may be said of equal operations more than once.
            let mut seen = HashSet::new();
            let mut list = Vec::new();
            for Location { file, ranges } in &metadata.locations {
                let index = files.index_of(file);
                if seen.insert((index, ranges)) {
                    list.push(pb::Location {
                        source_index: index,
                        ranges: ranges.iter().map(|range| range.to_pb()).collect(),
                    });
                }
            }
            locations.insert(
                vertex.digest().to_string(),
                pb::Locations { locations: list },
            );
        }
        pb::Source {
            locations,
            infos: files.infos,
        }
    }
}

/// The entries of the map of metadata.
#[derive(Default)]
struct Entries {
    bytes: Vec<u8>,
    /// Where each entry ends.
    ends: Vec<usize>,
    entry: Vec<u8>,
    said: Vec<u8>,
}

impl Entries {
    fn push(&mut self, digest: &Digest, metadata: &Metadata) {
        self.entry.clear();
        embed(1, digest.as_bytes(), &mut self.entry);
        self.said.clear();
        append_metadata(metadata, &mut self.said);
        if !self.said.is_empty() {
            embed(2, &self.said, &mut self.entry);
        }
        embed(2, &self.entry, &mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }
}

/// Metadata as `pb::OpMetadata` writes itself, without making one.
fn append_metadata(metadata: &Metadata, bytes: &mut Vec<u8>) {
    if metadata.ignore_cache {
        boolean::encode(1, &true, bytes);
    }
    if !metadata.description.is_empty() {
        btree_map::encode(
            string::encode,
            string::encoded_len,
            string::encode,
            string::encoded_len,
            2,
            &metadata.description,
            bytes,
        );
    }
    if let Some(value) = metadata.export_cache {
        message::encode(4, &pb::ExportCache { value }, bytes);
    }
    for cap in metadata.caps() {
        let name = cap.as_str();
        // An entry is the name and `true`; an empty name is left out.
        let name_len = if name.is_empty() {
            0
        } else {
            embedded_len(1, name.len())
        };
        encode_key(5, WireType::LengthDelimited, bytes);
        encode_varint(name_len as u64 + 2, bytes);
        if !name.is_empty() {
            embed(1, name.as_bytes(), bytes);
        }
        boolean::encode(2, &true, bytes);
    }
    if let Some(group) = &metadata.progress_group {
        message::encode(6, &group.to_pb(), bytes);
    }
}

/// Source files, each once, whether they are one value or equal ones.
#[derive(Default)]
struct Files {
    infos: Vec<pb::SourceInfo>,
    by_address: HashMap<*const pb::SourceInfo, i32>,
    by_content: HashMap<(String, Digest), i32>,
}

impl Files {
    fn index_of(&mut self, file: &SourceFile) -> i32 {
        if let Some(index) = self.by_address.get(&file.address()) {
            return *index;
        }
        let info = file.info();
        let content = (info.filename.clone(), Digest::of(&info.encode_to_vec()));
        let index = *self.by_content.entry(content).or_insert_with(|| {
            self.infos.push(info.clone());
            i32::try_from(self.infos.len() - 1).unwrap_or(i32::MAX)
        });
        self.by_address.insert(file.address(), index);
        index
    }
}
