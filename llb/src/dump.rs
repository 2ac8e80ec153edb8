//! Definitions as text, for people and for snapshots.
//!
//! The text depends on the graph alone. Operations refer to each other by numbers,
//! not by digests, so that a changed operation changes one paragraph.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write as _};

use buildkit_proto::pb;

use crate::definition::Definition;
use crate::digest::Digest;
use crate::location::{Location, Range};
use crate::op::PassthroughOp;
use crate::operation_metadata::Metadata;
use crate::vertex::Vertex;

impl Definition {
    /// The graph as text: a paragraph for each operation, and the wanted output.
    ///
    /// The values of variables and attributes are part of it, and may hold
    /// credentials.
    ///
    /// ```
    /// use buildkit_llb::{Definition, File, Output, at};
    /// let output = File::on(&Output::SCRATCH)
    ///     .mkfile(at("/a"), 0o644, "1\n")
    ///     .name("one file")
    ///     .output();
    /// let text = "0: file \"one file\"\n  scratch: mkfile /a mode=0644 data=\"1\\n\"\n= 0\n";
    /// assert_eq!(Definition::new(&output).dump(), text);
    /// ```
    pub fn dump(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_dump(&mut text);
        text
    }

    /// The graph for Graphviz: a node for each operation, an edge for each input.
    pub fn dot(&self) -> String {
        let mut text = String::new();
        let _ = self.write_dot(&mut text);
        text
    }

    fn write_dump(&self, text: &mut String) -> fmt::Result {
        let numbers = self.numbers();
        for (number, (vertex, metadata)) in self.vertices().zip(self.all_metadata()).enumerate() {
            let op = vertex.op();
            write!(text, "{number}: {}", title(vertex, &op))?;
            if let Some(platform) = &op.platform {
                write!(text, " [{}]", platform_text(platform))?;
            }
            if let Some(name) = metadata.name() {
                write!(text, " {name:?}")?;
            }
            text.push('\n');
            for filter in op.constraints.iter().flat_map(|c| &c.filter) {
                writeln!(text, "  worker {filter}")?;
            }
            let inputs = Inputs::of(vertex, &numbers);
            match &op.op {
                Some(pb::op::Op::Source(source)) => {
                    for (name, value) in &source.attrs {
                        writeln!(text, "  {name} = {value:?}")?;
                    }
                }
                Some(pb::op::Op::Exec(exec)) => write_exec(text, exec, &inputs)?,
                Some(pb::op::Op::File(file)) => write_file(text, file, &inputs)?,
                Some(pb::op::Op::Merge(merge)) => {
                    for input in &merge.inputs {
                        writeln!(text, "  {}", inputs.at(input.input))?;
                    }
                }
                Some(pb::op::Op::Diff(diff)) => {
                    let lower = diff.lower.unwrap_or_default().input;
                    let upper = diff.upper.unwrap_or_default().input;
                    writeln!(text, "  lower {}", inputs.at(lower))?;
                    writeln!(text, "  upper {}", inputs.at(upper))?;
                }
                Some(pb::op::Op::Build(build)) => {
                    for (name, input) in &build.inputs {
                        writeln!(text, "  {name} = {}", inputs.at(input.input))?;
                    }
                    for (name, value) in &build.attrs {
                        writeln!(text, "  {name} = {value:?}")?;
                    }
                }
                None => {
                    for input in &inputs.0 {
                        writeln!(text, "  {input}")?;
                    }
                    match PassthroughOp::decode_op(vertex.bytes()) {
                        Some(op) => writeln!(text, "  outputs {:?}", op.outputs)?,
                        None => writeln!(text, "  {}", vertex.digest())?,
                    }
                }
            }
            write_metadata(text, metadata)?;
        }
        writeln!(text, "= {}", self.wanted(&numbers))
    }

    fn write_dot(&self, text: &mut String) -> fmt::Result {
        let numbers = self.numbers();
        text.push_str("digraph {\n");
        for (number, (vertex, metadata)) in self.vertices().zip(self.all_metadata()).enumerate() {
            let op = vertex.op();
            let label = metadata
                .name()
                .map_or_else(|| title(vertex, &op), str::to_owned);
            writeln!(text, "  {number} [label={}];", dot_text(&label))?;
            for input in vertex.inputs() {
                if let Some(from) = input.digest().and_then(|digest| numbers.get(digest)) {
                    let index = input.index();
                    writeln!(text, "  {from} -> {number} [label=\"{index}\"];")?;
                }
            }
        }
        text.push_str("  wanted [shape=plaintext];\n");
        if let Some(from) = self.output().digest().and_then(|d| numbers.get(d)) {
            let index = self.output().index();
            writeln!(text, "  {from} -> wanted [label=\"{index}\"];")?;
        }
        text.push_str("}\n");
        Ok(())
    }

    fn numbers(&self) -> HashMap<&Digest, usize> {
        self.vertices()
            .enumerate()
            .map(|(number, vertex)| (vertex.digest(), number))
            .collect()
    }

    fn wanted(&self, numbers: &HashMap<&Digest, usize>) -> String {
        let number = self.output().digest().and_then(|d| numbers.get(d));
        number.map_or("scratch".to_owned(), |n| {
            edge_text(*n, self.output().index())
        })
    }
}

/// The inputs of an operation, as texts.
struct Inputs(Vec<String>);

impl Inputs {
    fn of(vertex: &Vertex, numbers: &HashMap<&Digest, usize>) -> Self {
        let text = |output: crate::Output| {
            let number = output.digest().and_then(|digest| numbers.get(digest));
            number.map_or("?".to_owned(), |n| edge_text(*n, output.index()))
        };
        Self(vertex.inputs().map(text).collect())
    }

    fn at(&self, index: i64) -> &str {
        match usize::try_from(index) {
            Ok(index) => self.0.get(index).map_or("?", String::as_str),
            Err(_) => "scratch",
        }
    }
}

fn edge_text(number: usize, index: u32) -> String {
    match index {
        0 => number.to_string(),
        index => format!("{number}.{index}"),
    }
}

fn title(vertex: &Vertex, op: &pb::Op) -> String {
    match &op.op {
        Some(pb::op::Op::Source(source)) => source.identifier.clone(),
        Some(pb::op::Op::Exec(_)) => "exec".to_owned(),
        Some(pb::op::Op::File(_)) => "file".to_owned(),
        Some(pb::op::Op::Merge(_)) => "merge".to_owned(),
        Some(pb::op::Op::Diff(_)) => "diff".to_owned(),
        Some(pb::op::Op::Build(_)) => "build".to_owned(),
        None => match PassthroughOp::decode_op(vertex.bytes()) {
            Some(op) => format!("passthrough {:?}", op.id),
            None => "unknown".to_owned(),
        },
    }
}

fn platform_text(platform: &pb::Platform) -> String {
    let parts = [&platform.os, &platform.architecture, &platform.variant];
    let mut text = parts.map(String::as_str).join("/");
    while text.ends_with('/') {
        text.pop();
    }
    for more in std::iter::once(&platform.os_version).chain(&platform.os_features) {
        if !more.is_empty() {
            text.push(' ');
            text.push_str(more);
        }
    }
    text
}

fn write_exec(text: &mut String, exec: &pb::ExecOp, inputs: &Inputs) -> fmt::Result {
    let empty = pb::Meta::default();
    let meta = exec.meta.as_ref().unwrap_or(&empty);
    text.push_str("  run");
    for arg in &meta.args {
        write!(text, " {arg:?}")?;
    }
    text.push('\n');
    for variable in &meta.env {
        writeln!(text, "  env {variable:?}")?;
    }
    for secret in &exec.secretenv {
        let optional = if secret.optional { " optional" } else { "" };
        writeln!(
            text,
            "  env {} = secret {:?}{optional}",
            secret.name, secret.id
        )?;
    }
    for (what, value) in [
        ("cwd", &meta.cwd),
        ("user", &meta.user),
        ("hostname", &meta.hostname),
        ("cgroup-parent", &meta.cgroup_parent),
    ] {
        if !value.is_empty() && (what, value.as_str()) != ("cwd", "/") {
            writeln!(text, "  {what} {value}")?;
        }
    }
    if exec.network != 0 {
        writeln!(text, "  network {}", exec.network().as_str_name())?;
    }
    if exec.security != 0 {
        writeln!(text, "  security {}", exec.security().as_str_name())?;
    }
    for host in &meta.extra_hosts {
        writeln!(text, "  host {} = {}", host.host, host.ip)?;
    }
    if meta.proxy_env.is_some() {
        // Its values often hold credentials, and are not part of the cache key.
        text.push_str("  proxy\n");
    }
    for limit in &meta.ulimit {
        writeln!(
            text,
            "  ulimit {} = {}:{}",
            limit.name, limit.soft, limit.hard
        )?;
    }
    if !meta.valid_exit_codes.is_empty() {
        writeln!(text, "  exit codes {:?}", meta.valid_exit_codes)?;
    }
    for device in &exec.cdi_devices {
        writeln!(text, "  device {}", device.name)?;
    }
    for mount in &exec.mounts {
        write_mount(text, mount, inputs)?;
    }
    Ok(())
}

fn write_mount(text: &mut String, mount: &pb::Mount, inputs: &Inputs) -> fmt::Result {
    write!(text, "  mount {} =", mount.dest)?;
    let tree = inputs.at(mount.input);
    match mount.mount_type() {
        pb::MountType::Bind => {
            write!(text, " {tree}")?;
        }
        pb::MountType::Cache => {
            let cache = mount.cache_opt.clone().unwrap_or_default();
            write!(
                text,
                " cache {:?} {}",
                cache.id,
                cache.sharing().as_str_name()
            )?;
            if mount.input >= 0 {
                write!(text, " seed={tree}")?;
            }
        }
        pb::MountType::Tmpfs => {
            text.push_str(" tmpfs");
            if let Some(pb::TmpfsOpt { size: 1.. }) = mount.tmpfs_opt {
                write!(text, " size={}", mount.tmpfs_opt.unwrap_or_default().size)?;
            }
        }
        pb::MountType::Secret => {
            let secret = mount.secret_opt.clone().unwrap_or_default();
            write!(text, " secret {:?} mode={:04o}", secret.id, secret.mode)?;
            write_ids(text, secret.uid, secret.gid, secret.optional)?;
        }
        pb::MountType::Ssh => {
            let agent = mount.ssh_opt.clone().unwrap_or_default();
            write!(text, " ssh {:?} mode={:04o}", agent.id, agent.mode)?;
            write_ids(text, agent.uid, agent.gid, agent.optional)?;
        }
    }
    if !mount.selector.is_empty() {
        write!(text, " selector={}", mount.selector)?;
    }
    if mount.readonly {
        text.push_str(" read-only");
    } else if mount.mount_type() == pb::MountType::Bind && mount.output < 0 {
        text.push_str(" discarded");
    }
    if mount.content_cache != 0 {
        write!(
            text,
            " content-cache={}",
            mount.content_cache().as_str_name()
        )?;
    }
    if mount.mount_type() == pb::MountType::Bind && mount.output >= 0 {
        write!(text, " -> {}", mount.output)?;
    }
    text.push('\n');
    Ok(())
}

fn write_ids(text: &mut String, uid: u32, gid: u32, optional: bool) -> fmt::Result {
    if (uid, gid) != (0, 0) {
        write!(text, " owner={uid}:{gid}")?;
    }
    if optional {
        text.push_str(" optional");
    }
    Ok(())
}

fn write_file(text: &mut String, file: &pb::FileOp, inputs: &Inputs) -> fmt::Result {
    // A number from the count of inputs on is an earlier action's result.
    let tree = |index: i64| match usize::try_from(index) {
        Ok(index) if index >= inputs.0.len() => format!("#{}", index - inputs.0.len()),
        _ => inputs.at(index).to_owned(),
    };
    for action in &file.actions {
        use pb::file_action::Action;
        write!(text, "  {}: ", tree(action.input))?;
        let (owner, timestamp) = match &action.action {
            Some(Action::Mkdir(mkdir)) => {
                write!(text, "mkdir {} mode={:04o}", mkdir.path, mkdir.mode)?;
                write_switches(text, &[("parents", mkdir.make_parents)]);
                (&mkdir.owner, mkdir.timestamp)
            }
            Some(Action::Mkfile(mkfile)) => {
                write!(text, "mkfile {} mode={:04o}", mkfile.path, mkfile.mode)?;
                write!(text, " data={}", data_text(&mkfile.data))?;
                (&mkfile.owner, mkfile.timestamp)
            }
            Some(Action::Symlink(link)) => {
                write!(text, "symlink {} -> {}", link.newpath, link.oldpath)?;
                (&link.owner, link.timestamp)
            }
            Some(Action::Rm(rm)) => {
                write!(text, "rm {}", rm.path)?;
                let switches = [
                    ("wildcard", rm.allow_wildcard),
                    ("allow-not-found", rm.allow_not_found),
                ];
                write_switches(text, &switches);
                (&None, -1)
            }
            Some(Action::Copy(copy)) => {
                let from = tree(action.secondary_input);
                write!(text, "copy {from} {} to {}", copy.src, copy.dest)?;
                write_copy(text, copy)?;
                (&copy.owner, copy.timestamp)
            }
            None => {
                text.push_str("unknown");
                (&None, -1)
            }
        };
        if let Some(owner) = owner {
            let account = |account: &Option<pb::UserOpt>| {
                use pb::user_opt::User;
                match account.as_ref().and_then(|account| account.user.as_ref()) {
                    None => String::new(),
                    Some(User::ById(id)) => id.to_string(),
                    Some(User::ByName(name)) => format!("{}@{}", name.name, tree(name.input)),
                }
            };
            write!(
                text,
                " owner={}:{}",
                account(&owner.user),
                account(&owner.group)
            )?;
        }
        if timestamp != -1 {
            write!(text, " created={timestamp}")?;
        }
        text.push('\n');
    }
    Ok(())
}

fn write_copy(text: &mut String, copy: &pb::FileActionCopy) -> fmt::Result {
    if !copy.mode_str.is_empty() {
        write!(text, " mode={}", copy.mode_str)?;
    } else if copy.mode >= 0 {
        write!(text, " mode={:04o}", copy.mode)?;
    }
    let switches = [
        ("follow-links", copy.follow_symlink),
        ("contents-only", copy.dir_copy_contents),
        ("unpack", copy.attempt_unpack_docker_compatibility),
        ("create-parents", copy.create_dest_path),
        ("wildcard", copy.allow_wildcard),
        ("allow-empty", copy.allow_empty_wildcard),
        ("replace", copy.always_replace_existing_dest_paths),
    ];
    write_switches(text, &switches);
    for (what, patterns) in [
        ("include", &copy.include_patterns),
        ("exclude", &copy.exclude_patterns),
        ("required", &copy.required_paths),
    ] {
        if !patterns.is_empty() {
            write!(text, " {what}={patterns:?}")?;
        }
    }
    Ok(())
}

fn write_switches(text: &mut String, switches: &[(&str, bool)]) {
    for (name, _) in switches.iter().filter(|(_, on)| *on) {
        text.push(' ');
        text.push_str(name);
    }
}

/// Short texts as they are, everything else by size and digest.
fn data_text(data: &[u8]) -> String {
    const SHORT: usize = 200;
    match std::str::from_utf8(data) {
        Ok(text) if text.len() <= SHORT => format!("{text:?}"),
        _ => format!("({} bytes, {})", data.len(), Digest::of(data)),
    }
}

fn write_metadata(text: &mut String, metadata: &Metadata) -> fmt::Result {
    if metadata.ignores_cache() {
        text.push_str("  ignore-cache\n");
    }
    if let Some(export) = metadata.export_cache() {
        writeln!(text, "  export-cache {export}")?;
    }
    if let Some(group) = metadata.progress_group() {
        writeln!(text, "  group {:?}", group.name)?;
    }
    if let Some(resources) = metadata.resources() {
        writeln!(text, "  resources {resources}")?;
    }
    // Equal operations may come from the same place more than once.
    let mut seen = HashSet::new();
    for location in metadata.locations() {
        let line = location_text(location);
        if !seen.contains(&line) {
            writeln!(text, "  at {line}")?;
            seen.insert(line);
        }
    }
    Ok(())
}

fn location_text(location: &Location) -> String {
    let range = |range: &Range| {
        let (start, end) = (range.start.line, range.end.line);
        if end > start {
            format!("{start}-{end}")
        } else {
            start.to_string()
        }
    };
    let ranges: Vec<String> = location.ranges.iter().map(range).collect();
    let file = location.file.filename();
    if ranges.is_empty() {
        file.to_owned()
    } else {
        format!("{file}:{}", ranges.join(","))
    }
}

fn dot_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
