//! Errors and warnings as `docker build` prints them: BuildKit's
//! `errdefs.Source.Print`, then the message.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use buildkit_proto::google;
use buildkit_proto::moby::buildkit::v1::frontend as wire;
use serde_json::Value;

/// The error with its details.
pub(super) fn error(status: &google::rpc::Status) -> String {
    let mut text = String::new();
    // The daemon reverses their order on the way to the client.
    for detail in status.details.iter().rev() {
        let name = detail.type_url.rsplit('/').next().unwrap_or_default();
        let value: Value = serde_json::from_slice(&detail.value).unwrap_or_default();
        if name == "errdefs.Source+json" {
            let data = value["info"]["data"].as_str().unwrap_or_default();
            let data = STANDARD.decode(data).expect("Go writes bytes in Base64");
            let lines = |end: &str| value["ranges"][0][end]["line"].as_u64().unwrap_or_default();
            let name = value["info"]["filename"].as_str().unwrap_or_default();
            excerpt(&mut text, name, &data, (lines("start"), lines("end")));
        } else {
            // Digests change with lamina's scripts.
            let value = value.to_string();
            let value = value.split("sha256:").next().unwrap_or_default();
            let _ = writeln!(text, "({name} {value})");
        }
    }
    let _ = writeln!(
        text,
        "ERROR: failed to build: failed to solve: {}",
        status.message
    );
    if status.code != 2 {
        let _ = writeln!(text, "(code {})", status.code);
    }
    text
}

/// A warning as `docker build` shows it.
pub(super) fn warning(warning: &wire::WarnRequest) -> String {
    let mut text = format!("WARNING: {}\n", String::from_utf8_lossy(&warning.short));
    for line in &warning.detail {
        let _ = writeln!(text, "{}", String::from_utf8_lossy(line));
    }
    if let (Some(info), Some(range)) = (&warning.info, warning.ranges.first()) {
        let line = |position: Option<buildkit_proto::pb::Position>| {
            u64::try_from(position.unwrap_or_default().line).unwrap_or_default()
        };
        let range = (line(range.start), line(range.end));
        excerpt(&mut text, &info.filename, &info.data, range);
    }
    text
}

fn excerpt(text: &mut String, name: &str, data: &[u8], (first, last): (u64, u64)) {
    let data = String::from_utf8_lossy(data);
    let lines: Vec<&str> = data.split('\n').collect();
    let number = |line: u64| usize::try_from(line).unwrap_or(usize::MAX);
    let (mut start, mut end) = (number(first), number(last).min(lines.len()));
    if start < 1 || start > lines.len() {
        return;
    }
    let marked = start..=end;
    let pad = if start == end { 4 } else { 2 };
    let mut padded = 0;
    while padded < pad {
        if start > 1 {
            start -= 1;
            padded += 1;
        }
        if end != lines.len() {
            end += 1;
            padded += 1;
        }
        padded += 1;
    }
    let rule = "-".repeat(20);
    let _ = writeln!(text, "{name}:{}\n{rule}", marked.start());
    for line in start..=end {
        let mark = if marked.contains(&line) { ">>>" } else { "   " };
        // A long line of the input does not need a long line in the snapshot.
        let shown: String = lines[line - 1].chars().take(200).collect();
        let _ = writeln!(text, " {line:3} | {mark} {shown}");
    }
    let _ = writeln!(text, "{rule}");
}
