//! Conversions between the bridge's types and the messages of the protocol.

use std::borrow::Cow;

use buildkit_llb::Platform;
use buildkit_proto::fsutil::types::Stat;
use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::moby::buildkit::v1::frontend as wire;
use buildkit_proto::pb;
use serde_json::{Value, json};

use super::bridge::{
    CapState, DirEntry, FileContent, Outcome, Pong, Ref, ResolveRequest, SourceMeta, Warning,
};
use super::error::BridgeError;
use crate::source::{escaped, limit_source_map, source_info, source_range};

/// The bit for directories in Go's `fs.FileMode`,
const MODE_DIR: u32 = 1 << 31;
/// and those for symbolic links, devices, named pipes, sockets, character
/// devices and irregular files.
const MODE_SPECIAL: u32 = 1 << 27 | 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19;

/// The value of `refs.platforms`: the platforms of a result, in order. Results
/// for several platforms must have it, and results for one may.
pub fn refs_platforms<'a>(platforms: impl IntoIterator<Item = &'a Platform>) -> Vec<u8> {
    let entries: Vec<Value> = platforms
        .into_iter()
        .map(|platform| json!({ "ID": platform.to_string(), "Platform": platform_json(platform) }))
        .collect();
    json!({ "Platforms": entries }).to_string().into_bytes()
}

/// A platform as the JSON of OCI's image specification.
pub fn platform_json(platform: &Platform) -> Value {
    let mut json = json!({
        "architecture": platform.architecture(),
        "os": platform.os(),
    });
    if let Some(variant) = platform.variant() {
        json["variant"] = variant.into();
    }
    if let Some(version) = platform.os_version() {
        json["os.version"] = version.into();
    }
    if !platform.os_features().is_empty() {
        json["os.features"] = platform.os_features().into();
    }
    json
}

pub(super) fn pong(answer: wire::PongResponse) -> Pong {
    let caps = |caps: Vec<ApiCap>| {
        caps.into_iter()
            .map(|cap| {
                let state = if cap.enabled {
                    CapState::Enabled
                } else if cap.disabled_reason_msg.is_empty() {
                    CapState::Disabled(cap.disabled_reason)
                } else {
                    CapState::Disabled(cap.disabled_reason_msg)
                };
                (cap.id, state)
            })
            .collect()
    };
    Pong {
        gateway_caps: caps(answer.frontend_api_caps),
        llb_caps: caps(answer.llb_caps),
    }
}

/// Limits the source map of a definition, removes its empty entries and escapes
/// names. None of these is part of an operation, so digests stay.
///
/// An entry without locations comes from Go, which writes one for every
/// operation. prost would send it as a key without a value, on which the daemon
/// in Docker Engine 26 (BuildKit v0.13) crashes when a solve fails.
///
/// Every name that progress shows for an operation passes through here.
pub(super) fn prepare(definition: &mut pb::Definition) {
    if let Some(source) = &mut definition.source {
        limit_source_map(source);
        source
            .locations
            .retain(|_, list| !list.locations.is_empty());
    }
    for metadata in definition.metadata.values_mut() {
        let group = metadata.progress_group.iter_mut();
        let group = group.map(|group| &mut group.name);
        for name in metadata.description.values_mut().chain(group) {
            if let Cow::Owned(safe) = escaped(name) {
                *name = safe;
            }
        }
    }
}

pub(super) fn resolve_request(request: ResolveRequest) -> wire::ResolveSourceMetaRequest {
    wire::ResolveSourceMetaRequest {
        platform: Some(request.platform.to_pb()),
        source: Some(request.source),
        log_name: escaped(&request.name).into_owned(),
        resolve_mode: request.mode,
        ..Default::default()
    }
}

pub(super) fn source_meta(
    answer: wire::ResolveSourceMetaResponse,
) -> Result<SourceMeta, BridgeError> {
    let source = answer.source.ok_or_else(|| {
        BridgeError::new("BuildKit sent no source in its answer to a resolve request")
    })?;
    let (digest, config) = match answer.image {
        Some(image) => (image.digest, image.config),
        None => Default::default(),
    };
    Ok(SourceMeta {
        source,
        digest: (!digest.is_empty()).then_some(digest),
        config: (!config.is_empty()).then_some(config),
    })
}

/// The one reference of a solved graph; an empty id is scratch.
pub(super) fn solved(answer: wire::SolveResponse) -> Result<Option<Ref>, BridgeError> {
    use wire::result::Result as Kind;
    let id = match answer.result.and_then(|result| result.result) {
        Some(Kind::Ref(reference)) => reference.id,
        Some(Kind::RefDeprecated(id)) => id,
        // A graph has one result; only frontends return several.
        Some(Kind::Refs(_) | Kind::RefsDeprecated(_)) => {
            return Err(BridgeError::new(
                "BuildKit sent several results for one graph",
            ));
        }
        None => answer.r#ref,
    };
    Ok((!id.is_empty()).then_some(Ref(id)))
}

pub(super) fn entries(answer: wire::ReadDirResponse) -> Vec<DirEntry> {
    let mut entries: Vec<DirEntry> = answer
        .entries
        .into_iter()
        .map(|stat| DirEntry {
            is_dir: stat.mode & MODE_DIR != 0,
            name: stat.path,
        })
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// The kind of what is not a regular file.
pub(super) fn not_a_file(stat: &Stat) -> Option<FileContent> {
    if stat.mode & MODE_DIR != 0 {
        Some(FileContent::Directory)
    } else if stat.mode & MODE_SPECIAL != 0 {
        Some(FileContent::Special)
    } else {
        None
    }
}

pub(super) fn warning(warning: Warning) -> wire::WarnRequest {
    let bytes = |line: &str| escaped(line).into_owned().into_bytes();
    wire::WarnRequest {
        digest: warning.vertex,
        level: 1,
        short: bytes(&warning.short),
        detail: warning.detail.iter().map(|line| bytes(line)).collect(),
        url: warning.url,
        info: warning.location.as_ref().map(source_info),
        ranges: warning.location.iter().map(source_range).collect(),
    }
}

pub(super) fn outcome(outcome: Result<Outcome, BridgeError>) -> wire::ReturnRequest {
    use wire::result::Result as Kind;
    let reference = |reference: Option<Ref>| wire::Ref {
        id: reference.map(|r| r.0).unwrap_or_default(),
        def: None,
    };
    let (metadata, kind) = match outcome {
        Err(error) => {
            return wire::ReturnRequest {
                result: None,
                error: Some(error.into_status()),
            };
        }
        Ok(Outcome::Metadata(metadata)) => (metadata, Kind::Ref(reference(None))),
        Ok(Outcome::Single {
            reference: single,
            metadata,
        }) => (metadata, Kind::Ref(reference(single))),
        Ok(Outcome::Multi {
            references,
            metadata,
        }) => {
            let refs = references
                .into_iter()
                .map(|(id, each)| (id, reference(each)))
                .collect();
            (metadata, Kind::Refs(wire::RefMap { refs }))
        }
    };
    wire::ReturnRequest {
        result: Some(wire::Result {
            metadata: metadata.into_iter().collect(),
            result: Some(kind),
            ..Default::default()
        }),
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_listed_in_order() {
        let arm: Platform = "linux/arm/v7".parse().unwrap();
        let value = refs_platforms([&Platform::linux_arm64(), &arm]);
        assert_eq!(
            String::from_utf8(value).unwrap(),
            r#"{"Platforms":[{"ID":"linux/arm64","Platform":{"architecture":"arm64","os":"linux"}},{"ID":"linux/arm/v7","Platform":{"architecture":"arm","os":"linux","variant":"v7"}}]}"#
        );
    }

    /// A resolve request names them as graphs do.
    #[test]
    fn platforms_keep_their_features() {
        let platform = Platform::new("windows", "amd64").with_os_feature("win32k");
        let request = resolve_request(ResolveRequest {
            source: pb::SourceOp::default(),
            platform: platform.clone(),
            mode: "default".to_owned(),
            name: String::new(),
        });
        let sent = request.platform.expect("it is sent");
        assert_eq!(sent.os_features, ["win32k"]);
        assert_eq!(platform_json(&platform)["os.features"], json!(["win32k"]));
    }

    #[test]
    fn modes_show_what_is_not_a_regular_file() {
        let of = |mode| {
            not_a_file(&Stat {
                mode,
                ..Stat::default()
            })
        };
        assert_eq!(of(0o644), None);
        // Set-id and sticky bits are of no file type.
        assert_eq!(of(1 << 23 | 1 << 22 | 1 << 20 | 0o755), None);
        assert_eq!(of(1 << 31 | 0o755), Some(FileContent::Directory));
        assert_eq!(of(1 << 26 | 1 << 21 | 0o666), Some(FileContent::Special));
        assert_eq!(of(1 << 25 | 0o600), Some(FileContent::Special));
    }

    /// prost would write the key alone.
    #[test]
    fn operations_without_locations_have_no_entry() {
        use buildkit_proto::pb::{Location, Locations, Range, Source};
        let one = Location {
            ranges: vec![Range::default()],
            ..Location::default()
        };
        let full = Locations {
            locations: vec![one],
        };
        let entries = [("empty", Locations::default()), ("full", full)];
        let mut definition = pb::Definition {
            source: Some(Source {
                locations: entries.map(|(key, it)| (key.to_owned(), it)).into(),
                ..Source::default()
            }),
            ..pb::Definition::default()
        };
        prepare(&mut definition);
        let locations = definition.source.expect("it is kept").locations;
        assert_eq!(locations.into_keys().collect::<Vec<_>>(), ["full"]);
    }

    #[test]
    fn a_disabled_capability_has_a_reason() {
        let pong = pong(wire::PongResponse {
            llb_caps: vec![ApiCap {
                id: "mergeop".into(),
                disabled_reason_msg: "classic store".into(),
                ..ApiCap::default()
            }],
            ..Default::default()
        });
        assert!(!pong.has_llb("mergeop"));
        assert!(!pong.has_llb("diffop"));
        assert_eq!(
            pong.llb_caps["mergeop"],
            CapState::Disabled("classic store".into())
        );
    }
}
