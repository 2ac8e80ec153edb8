//! Definitions as text, for people and for snapshots.
//!
//! The text depends on the graph alone. Operations refer to each other by numbers,
//! not by digests, so that a changed operation changes one paragraph.

mod operations;

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write as _};

use buildkit_proto::pb;

use crate::definition::Definition;
use crate::digest::Digest;
use crate::location::{Location, Range};
use crate::op::PassthroughOp;
use crate::operation_metadata::Metadata;
use crate::vertex::Vertex;

use self::operations::{write_exec, write_file};

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
