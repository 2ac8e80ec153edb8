//! Definitions as text for snapshots: scripts by name, so that a change of a
//! script does not change snapshots; the inputs of scripts in full.

use std::fmt::Write as _;
use std::path::Path;

use buildkit_llb::Definition;
use buildkit_proto::pb;
use pb::file_action::Action;

/// The text of a definition.
pub(super) fn dump(definition: &Definition) -> String {
    let mut files = made_files(definition).into_iter();
    let mut text = String::new();
    for line in definition.dump().lines() {
        let Some((start, _)) = line
            .split_once(" data=")
            .filter(|_| line.contains(": mkfile "))
        else {
            let _ = writeln!(text, "{line}");
            continue;
        };
        let file = files.next().expect("the dump has every file once");
        let _ = writeln!(text, "{start}{}", shown(&file));
    }
    text
}

/// All files that `mkfile` creates, in the order of the dump.
fn made_files(definition: &Definition) -> Vec<pb::FileActionMkFile> {
    let mut made = Vec::new();
    for vertex in definition.vertices() {
        if let Some(pb::op::Op::File(file)) = vertex.op().op {
            made.extend(
                file.actions
                    .into_iter()
                    .filter_map(|action| match action.action {
                        Some(Action::Mkfile(file)) => Some(file),
                        _ => None,
                    }),
            );
        }
    }
    made
}

fn shown(file: &pb::FileActionMkFile) -> String {
    let text = String::from_utf8_lossy(&file.data);
    if Path::new(&file.path).extension() != Some("json".as_ref()) {
        return " (script)".to_owned();
    }
    let mut shown = String::new();
    for line in text.lines() {
        let _ = write!(shown, "\n      {line}");
    }
    shown
}
