//! A policy: pins every image of a definition to a digest and keeps everything
//! else, byte for byte.
//!
//! Reads a definition from stdin and writes the pinned one to stdout; arguments
//! are `reference=digest`:
//!
//! ```sh
//! cargo run -p buildkit-llb --example multi_stage |
//!     cargo run -p buildkit-llb --example pin_images -- \
//!         golang:1.25=sha256:… gcr.io/distroless/static:nonroot=sha256:…
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read as _, Write as _, stdin, stdout};

use buildkit_llb::{Definition, Digest, Reference};

fn main() -> Result<(), Box<dyn Error>> {
    let mut pins = BTreeMap::new();
    for argument in std::env::args().skip(1) {
        let (reference, digest) = argument
            .split_once('=')
            .ok_or("expected reference=digest")?;
        pins.insert(reference.parse()?, digest.parse()?);
    }
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes)?;
    let pinned = pin(&Definition::from_bytes(&bytes)?, &pins)?;
    stdout().write_all(&pinned.to_bytes())?;
    Ok(())
}

/// The definition with every image pinned.
///
/// # Errors
///
/// If there is no digest for an image that has none.
pub fn pin(
    definition: &Definition,
    pins: &BTreeMap<Reference, Digest>,
) -> Result<Definition, String> {
    definition.map_sources(|source| {
        let Some(reference) = source.image_reference().filter(|r| r.digest().is_none()) else {
            return Ok(None); // not an image, or pinned
        };
        let digest = pins.get(&reference);
        let digest = digest.ok_or_else(|| format!("no digest for image `{reference}`"))?;
        let pinned = reference.with_digest(digest.clone());
        Ok(Some(source.clone().with_image_reference(&pinned)))
    })
}
