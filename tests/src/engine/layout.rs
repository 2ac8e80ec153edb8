//! Image directories (OCI layouts), written for one test.

use std::fs;
use std::path::Path;

use buildkit_llb::Digest;
use serde_json::{Value, json};
use tar::{Builder, Header};

/// A file of a layer: path, mode, owner, group, content.
pub type LayerFile<'a> = (&'a str, u32, u64, u64, &'a str);

/// Archives files.
pub fn archive(files: &[LayerFile<'_>]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for (path, mode, uid, gid, content) in files {
        let mut header = Header::new_ustar();
        header.set_mode(*mode);
        header.set_uid(*uid);
        header.set_gid(*gid);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        let added = archive.append_data(&mut header, path, content.as_bytes());
        added.expect("the path is short");
    }
    archive.into_inner().expect("memory can be written")
}

/// Writes an image directory with an image of one layer for this machine,
/// tagged `latest`.
pub fn write_layout(directory: &Path, files: &[LayerFile<'_>]) {
    let blobs = directory.join("blobs/sha256");
    fs::create_dir_all(&blobs).expect("target can be written");
    let blob = |kind: &str, bytes: &[u8]| -> Value {
        let digest = Digest::of(bytes);
        fs::write(blobs.join(digest.hex()), bytes).expect("target can be written");
        json!({
            "mediaType": format!("application/vnd.oci.image.{kind}"),
            "digest": digest.as_str(),
            "size": bytes.len(),
        })
    };
    let layer = blob("layer.v1.tar", &archive(files));
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    };
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [layer["digest"]] },
    });
    let config = blob("config.v1+json", config.to_string().as_bytes());
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
        "layers": [layer],
    });
    let mut manifest = blob("manifest.v1+json", manifest.to_string().as_bytes());
    manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": "latest" });
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    let write = |name: &str, value: Value| {
        fs::write(directory.join(name), value.to_string()).expect("target can be written");
    };
    write("index.json", index);
    write("oci-layout", json!({ "imageLayoutVersion": "1.0.0" }));
}
