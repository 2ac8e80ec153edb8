//! What a build returns: one image per platform, and what exporters are to
//! write beside its file system.

use std::collections::BTreeMap;

use crate::client::Options;
use crate::facts::BaseImage;
use crate::gateway::{Outcome, Ref, refs_platforms};
use crate::plan::Selection;

/// An image's configuration: of results, and of inputs.
pub(super) const CONFIG: &str = "containerimage.config";
/// From it, exporters that rewrite dates know which layers and history are
/// the base's, and leave them alone.
const BASE_CONFIG: &str = "containerimage.base.config";

/// One finished image.
pub(super) struct Built {
    /// Its file system.
    pub(super) reference: Option<Ref>,
    /// Its configuration.
    pub(super) config: Vec<u8>,
    /// What it is built on.
    pub(super) base: BaseImage,
}

/// One result, or a map of them where there are several platforms or the
/// client wants a map.
pub(super) fn outcome(options: &Options, selection: &Selection, mut images: Vec<Built>) -> Outcome {
    let several = options.multi_platform.unwrap_or(images.len() > 1);
    // Options reject several platforms without a map.
    if !several && let Some(image) = images.pop() {
        return single(image);
    }
    let mut metadata = BTreeMap::new();
    let mut references = BTreeMap::new();
    for (platform, image) in selection.platforms.iter().zip(images) {
        let place = format!("annotation-manifest[{platform}]");
        annotate(&mut metadata, &place, &image.base);
        metadata.insert(format!("{BASE_CONFIG}/{platform}"), bytes(&image.base));
        metadata.insert(format!("{CONFIG}/{platform}"), image.config);
        references.insert(platform.to_string(), image.reference);
    }
    metadata.insert(
        "refs.platforms".to_owned(),
        refs_platforms(&selection.platforms),
    );
    Outcome::Multi {
        references,
        metadata,
    }
}

fn single(image: Built) -> Outcome {
    let mut metadata = BTreeMap::new();
    annotate(&mut metadata, "annotation", &image.base);
    metadata.insert(BASE_CONFIG.to_owned(), bytes(&image.base));
    metadata.insert(CONFIG.to_owned(), image.config);
    Outcome::Single {
        reference: image.reference,
        metadata,
    }
}

/// OCI's annotations of a manifest that say what it is built on: tools that
/// look for images with an outdated base read them.
fn annotate(metadata: &mut BTreeMap<String, Vec<u8>>, place: &str, base: &BaseImage) {
    for (key, value) in [("name", &base.name), ("digest", &base.digest)] {
        if let Some(value) = value {
            let key = format!("{place}.org.opencontainers.image.base.{key}");
            metadata.insert(key, value.clone().into_bytes());
        }
    }
}

fn bytes(base: &BaseImage) -> Vec<u8> {
    base.config.to_string().into_bytes()
}
