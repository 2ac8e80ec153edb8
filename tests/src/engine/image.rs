//! Images as archives of the OCI exporter or `docker save`.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;
use tar::Archive;

use super::layer::{Entry, Layer};

/// Layers that have been read, by digest: images share them.
static KNOWN: LazyLock<Mutex<BTreeMap<String, Arc<Layer>>>> = LazyLock::new(Mutex::default);

/// An image of one platform.
#[derive(Clone, Debug)]
pub struct Image {
    /// The configuration.
    pub config: Value,
    /// The manifest.
    pub manifest: Value,
    /// The layers, bottom first.
    pub layers: Vec<Arc<Layer>>,
    /// The digests of the layers' archives.
    pub digests: Vec<String>,
}

/// All images of an archive, by platform.
pub type Images = BTreeMap<String, Image>;

/// Reads the images of an archive, in one pass.
pub(super) fn read(from: impl Read) -> io::Result<Images> {
    let mut archive = Archive::new(from);
    let mut documents: BTreeMap<String, Value> = BTreeMap::new();
    let mut layers: BTreeMap<String, Arc<Layer>> = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().trim_matches('/').to_owned();
        if !entry.header().entry_type().is_file() {
            continue;
        }
        if let Some(known) = known(&path) {
            layers.insert(path, known);
            continue;
        }
        let mut head = [0; 1];
        entry.read_exact(&mut head)?;
        let mut whole = head.chain(entry);
        if matches!(head[0], b'{' | b'[') {
            documents.insert(path, serde_json::from_reader(&mut whole)?);
        } else if path.starts_with("blobs/") {
            let layer = Arc::new(Layer::read(&mut whole)?);
            KNOWN
                .lock()
                .expect("no other thread panicked")
                .insert(path.clone(), layer.clone());
            layers.insert(path, layer);
        }
    }
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    let index = documents.get("index.json").cloned().unwrap_or_default();
    let mut images = Images::new();
    collect(&index, &documents, &layers, &mut images)?;
    Ok(images)
}

fn known(path: &str) -> Option<Arc<Layer>> {
    KNOWN
        .lock()
        .expect("no other thread panicked")
        .get(path)
        .cloned()
}

/// Finds the images of an index: each entry is a manifest or another index.
fn collect(
    index: &Value,
    documents: &BTreeMap<String, Value>,
    layers: &BTreeMap<String, Arc<Layer>>,
    images: &mut Images,
) -> io::Result<()> {
    for descriptor in array(&index["manifests"]) {
        // `docker save` may omit the manifests of other platforms.
        let Some(manifest) = documents.get(&blob(descriptor)) else {
            continue;
        };
        if manifest.get("manifests").is_some() {
            collect(manifest, documents, layers, images)?;
            continue;
        }
        let missing = |what: &str| io::Error::other(format!("the archive has no {what}"));
        let config = documents
            .get(&blob(&manifest["config"]))
            .ok_or_else(|| missing("config"))?;
        let text = |key: &str| config[key].as_str().unwrap_or("unknown");
        let platform = format!("{}/{}", text("os"), text("architecture"));
        if platform == "unknown/unknown" {
            continue; // an attestation
        }
        let (mut own, mut digests) = (Vec::new(), Vec::new());
        for layer in array(&manifest["layers"]) {
            let found = layers.get(&blob(layer)).ok_or_else(|| missing("layer"))?;
            own.push(found.clone());
            digests.push(layer["digest"].as_str().unwrap_or_default().to_owned());
        }
        let image = Image {
            config: config.clone(),
            manifest: manifest.clone(),
            layers: own,
            digests,
        };
        images.insert(platform, image);
    }
    Ok(())
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn blob(descriptor: &Value) -> String {
    let digest = descriptor["digest"].as_str().unwrap_or_default();
    format!("blobs/{}", digest.replace(':', "/"))
}

impl Image {
    /// The value of a key in the configuration's `config`.
    pub fn runtime(&self, key: &str) -> &Value {
        &self.config["config"][key]
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let all = array(self.runtime("Env")).iter().filter_map(Value::as_str);
        all.filter_map(|pair| pair.split_once('='))
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v)
    }

    /// The files, as a container sees them.
    pub fn files(&self) -> BTreeMap<&str, &Entry> {
        let mut files: BTreeMap<&str, &Entry> = BTreeMap::new();
        for layer in &self.layers {
            let below = |directory: &str, path: &str| {
                path.strip_prefix(directory)
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            for gone in &layer.removed {
                files.retain(|path, _| *path != gone && !below(gone, path));
            }
            for directory in &layer.opaque {
                files.retain(|path, _| !below(directory, path));
            }
            for (path, entry) in &layer.entries {
                files.insert(path, entry);
            }
        }
        files
    }

    /// The layers above those of a base image.
    #[track_caller]
    pub fn above(&self, base: &Image) -> &[Arc<Layer>] {
        let count = base.layers.len();
        let ids = |image: &Image| image.config["rootfs"]["diff_ids"].clone();
        let own = ids(self);
        assert_eq!(array(&own)[..count], *array(&ids(base)), "not on this base");
        &self.layers[count..]
    }

    /// The history entries above those of a base image.
    pub fn history_above(&self, base: &Image) -> Vec<String> {
        let below = array(&base.config["history"]).len();
        let entries = array(&self.config["history"]).iter().skip(below);
        entries
            .map(|e| e["created_by"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The distributions in the virtual environment, by the names of their directories:
    /// `torch-2.1.2+cpu`.
    pub fn packages(&self) -> Vec<String> {
        let files = self.files();
        let directories = files
            .keys()
            .filter_map(|path| path.strip_suffix(".dist-info/METADATA"));
        let names = directories.filter_map(|path| path.strip_prefix("opt/venv/lib/"));
        let mut names: Vec<String> = names
            .filter_map(|path| path.rsplit('/').next())
            .map(str::to_owned)
            .collect();
        names.sort_by_key(|name| name.to_lowercase());
        names
    }
}
