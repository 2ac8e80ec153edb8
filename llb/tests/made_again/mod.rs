//! Definitions taken apart to operations, and made again by builders.

use std::collections::HashMap;

use buildkit_llb::error::VertexError;
use buildkit_llb::{
    Build, Definition, Diff, Digest, Exec, File, Merge, Output, Passthrough, Source, Vertex, pb,
};

/// The definition that builders make of the operations of this one. It has nothing
/// else of it: neither order nor tables of metadata and source files.
///
/// # Errors
///
/// If there is no builder for an operation.
pub(crate) fn made_again(read: &Definition) -> Result<Definition, VertexError> {
    let mut made: HashMap<Digest, Vec<Output>> = HashMap::new();
    let find = |made: &HashMap<Digest, Vec<Output>>, output: &Output| {
        let mut outputs = made[output.digest().unwrap()].iter();
        let output = outputs.find(|other| other.index() == output.index());
        output.unwrap().clone()
    };
    let mut handles: HashMap<Digest, Output> = HashMap::new();
    let inputs = read.vertices().flat_map(Vertex::inputs);
    for output in inputs.chain([read.output().clone()]) {
        let digest = output.digest().cloned();
        handles.extend(digest.map(|digest| (digest, output)));
    }
    for vertex in read.vertices() {
        // The builder decides on the order of visits, not the reader.
        let inputs: Vec<Output> = vertex.inputs().map(|input| find(&made, &input)).collect();
        let moved = handles[vertex.digest()].with_inputs(inputs).unwrap();
        made.insert(vertex.digest().clone(), outputs(moved.vertex().unwrap())?);
    }
    let output = read.output();
    let output = output.digest().map(|_| find(&made, output));
    Ok(Definition::new(&output.unwrap_or_default()))
}

/// The outputs of an operation, made again by the builder of its kind.
fn outputs(vertex: &Vertex) -> Result<Vec<Output>, VertexError> {
    use pb::op::Op;
    let one = |output| vec![output];
    match vertex.op().op {
        Some(Op::Source(_)) => Source::try_from(vertex).map(|it| one(it.output())),
        Some(Op::File(_)) => File::try_from(vertex).map(|it| one(it.output())),
        Some(Op::Merge(_)) => Merge::try_from(vertex).map(|it| one(it.output())),
        Some(Op::Diff(_)) => Diff::try_from(vertex).map(|it| one(it.output())),
        Some(Op::Build(_)) => Build::try_from(vertex).map(|it| one(it.output())),
        Some(Op::Exec(_)) => Exec::try_from(vertex).map(|exec| {
            let executed = exec.finish();
            let own = |output: &&Output| output.digest() == Some(vertex.digest());
            let outputs = executed.outputs().map(|(_, output)| output);
            outputs.filter(own).cloned().collect()
        }),
        None => Passthrough::try_from(vertex).map(|op| op.finish().unwrap()),
    }
}

/// Removes the capabilities of file operations that Go does not declare: see the
/// deliberate differences in COVERAGE.md.
pub(crate) fn without_more_caps(message: &mut pb::Definition) {
    for metadata in message.metadata.values_mut() {
        metadata
            .caps
            .retain(|cap, _| !cap.starts_with("file.") || cap == "file.base");
    }
}
