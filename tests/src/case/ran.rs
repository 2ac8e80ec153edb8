//! The results of a build, in the forms that tests need.

use std::collections::BTreeMap;

use buildkit_llb::Definition;
use buildkit_proto::moby::buildkit::v1::frontend as wire;
use prost::Message as _;
use serde_json::Value;
use wire::result::Result as Returned;

use super::docker;
use crate::bridge::{Graph, Record};

/// A finished build.
#[derive(Debug)]
pub struct Ran {
    /// All solved graphs, in order.
    pub graphs: Vec<Graph>,
    /// The error as clients print it.
    pub error: Option<String>,
    /// The warnings as clients print them.
    pub warnings: String,
    /// The graph of each image, by platform; empty for a single one.
    pub images: BTreeMap<String, Graph>,
    /// The metadata of the result.
    pub metadata: BTreeMap<String, Vec<u8>>,
}

impl Ran {
    pub(super) fn new(record: &Record) -> Self {
        let graphs = record.graphs();
        let returned = record.returned().expect("every build is finished");
        let result = returned.result.unwrap_or_default();
        let image = |reference: &wire::Ref| {
            let number = reference.id.strip_prefix("ref-")?;
            graphs.get(number.parse::<usize>().ok()?).cloned()
        };
        let images = match &result.result {
            Some(Returned::Ref(reference)) => {
                let only = image(reference).map(|graph| (String::new(), graph));
                only.into_iter().collect()
            }
            Some(Returned::Refs(map)) => {
                let all = map.refs.iter();
                all.filter_map(|(platform, r)| Some((platform.clone(), image(r)?)))
                    .collect()
            }
            _ => BTreeMap::new(),
        };
        let warnings: Vec<String> = record.warnings().iter().map(docker::warning).collect();
        Self {
            error: returned.error.as_ref().map(docker::error),
            warnings: warnings.join("\n"),
            images,
            metadata: result.metadata.into_iter().collect(),
            graphs,
        }
    }

    /// The definitions of the images by platform (empty for a single image),
    /// as text.
    pub fn image_dumps(&self) -> Vec<(&str, String)> {
        let images = self.images.iter();
        images
            .map(|(platform, graph)| (platform.as_str(), dump(graph)))
            .collect()
    }

    /// The definition whose last step has this text in its name, as text.
    pub fn dump_of(&self, name: &str) -> String {
        let named = |graph: &&Graph| {
            let target = graph.name(&graph.target.digest);
            target.is_some_and(|target| target.contains(name))
        };
        let graph = self.graphs.iter().find(named);
        dump(graph.unwrap_or_else(|| panic!("nothing solved is named {name}")))
    }

    /// The metadata of the result, with JSON values parsed. Without the base's
    /// configuration, which the engine answered unchanged.
    pub fn configs(&self) -> String {
        let value = |bytes: &Vec<u8>| -> Value {
            let text = || String::from_utf8_lossy(bytes).into_owned().into();
            serde_json::from_slice(bytes).unwrap_or_else(|_| text())
        };
        let all: BTreeMap<&str, Value> = self
            .metadata
            .iter()
            .filter(|(name, _)| !name.starts_with("containerimage.base.config"))
            .map(|(name, bytes)| (name.as_str(), value(bytes)))
            .collect();
        serde_json::to_string_pretty(&all).expect("it was JSON") + "\n"
    }

    /// The digest of the only step with this text in its name, in any graph.
    pub fn step(&self, name: &str) -> String {
        let mut found: Vec<&String> = self
            .graphs
            .iter()
            .flat_map(|graph| graph.order.iter().map(move |digest| (graph, digest)))
            .filter(|(graph, digest)| graph.name(digest).is_some_and(|n| n.contains(name)))
            .map(|(_, digest)| digest)
            .collect();
        found.sort();
        found.dedup();
        match found[..] {
            [digest] => digest.clone(),
            _ => panic!("{} steps have `{name}` in their names", found.len()),
        }
    }

    /// The bytes of all solved definitions, sorted: builds of several platforms
    /// run concurrently.
    pub fn definitions(&self) -> Vec<Vec<u8>> {
        let bytes = |graph: &Graph| graph.definition.encode_to_vec();
        let mut all: Vec<_> = self.graphs.iter().map(bytes).collect();
        all.sort();
        all
    }

    /// The digests of the images.
    pub fn image_digests(&self) -> BTreeMap<String, String> {
        let digest = |graph: &Graph| graph.target.digest.clone();
        let images = self.images.iter();
        images
            .map(|(platform, graph)| (platform.clone(), digest(graph)))
            .collect()
    }
}

fn dump(graph: &Graph) -> String {
    let definition = Definition::from_pb(graph.definition.clone());
    super::dump(&definition.expect("the daemon has loaded it"))
}
