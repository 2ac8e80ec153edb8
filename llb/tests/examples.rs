//! The examples give the graphs that they describe.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::{Definition, Digest, Platform, Reference, pb};

#[path = "../examples/multi_stage.rs"]
mod multi_stage;
#[path = "../examples/pin_images.rs"]
mod pin_images;
#[path = "../examples/two_platforms.rs"]
mod two_platforms;

fn reads_back(definition: &Definition) {
    let bytes = definition.to_bytes();
    assert_eq!(Definition::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    assert_eq!(definition.lint(), []);
}

#[test]
fn multi_stage_build() {
    let definition = Definition::new(&multi_stage::image().unwrap());
    reads_back(&definition);
    let dump = definition.dump();
    for line in [
        "  env LICENSE_KEY = secret \"license\"\n",
        "  mount /go/pkg/mod = cache \"go-mod\" SHARED\n",
        "  mount /run/buildkit/ssh_agent.0 = ssh \"default\" mode=0600\n",
        "  mount /root/.netrc = secret \"netrc\" mode=0400 optional\n",
        "  mount /out = 5 selector=/out -> 1\n",
    ] {
        assert!(dump.contains(line), "{line}\n{dump}");
    }
}

#[test]
fn two_platforms_share_what_does_not_depend_on_them() {
    let [amd64, arm64] = ["amd64", "arm64"].map(|architecture| {
        let image = two_platforms::image(&Platform::new("linux", architecture));
        Definition::new(&image.unwrap())
    });
    let digests = |definition: &Definition| -> BTreeSet<Digest> {
        definition.vertices().map(|v| v.digest().clone()).collect()
    };
    for definition in [&amd64, &arm64] {
        reads_back(definition);
        let message = definition.to_pb();
        let source = message.source.unwrap();
        assert_eq!(source.infos.len(), 1);
        assert_eq!(source.locations.len(), definition.vertices().len());
    }
    let common = digests(&amd64).intersection(&digests(&arm64)).count();
    // The HTTP source, the git source, and the files made of them.
    assert_eq!((common, digests(&amd64).len()), (3, 7));
}

#[test]
fn pinned_images() {
    let definition = Definition::new(&multi_stage::image().unwrap());
    let digest = Digest::of(b"a manifest");
    let pins: BTreeMap<Reference, Digest> = ["golang:1.25", "gcr.io/distroless/static:nonroot"]
        .map(|reference| (reference.parse().unwrap(), digest.clone()))
        .into();
    let pinned = pin_images::pin(&definition, &pins).unwrap();
    let identifiers = |definition: &Definition| -> Vec<String> {
        let ops = definition.vertices().map(buildkit_llb::Vertex::op);
        ops.filter_map(|op| match op.op {
            Some(pb::op::Op::Source(source)) => Some(source.identifier),
            _ => None,
        })
        .collect()
    };
    let expected = identifiers(&definition).into_iter().map(|identifier| {
        if identifier.starts_with("docker-image://") {
            format!("{identifier}@{digest}")
        } else {
            identifier
        }
    });
    assert_eq!(identifiers(&pinned), expected.collect::<Vec<_>>());
    // Apart from digests, the graphs are the same.
    let plain = pinned.dump().replace(&format!("@{digest}"), "");
    assert_eq!(plain, definition.dump());
    assert_eq!(
        pin_images::pin(&definition, &BTreeMap::new()).unwrap_err(),
        "no digest for image `gcr.io/distroless/static:nonroot`"
    );
}
