//! The graphs that are measured: a chain, a wide merge, a ladder of diamonds, and
//! single operations that are large.
//!
//! Each shape is made by its number of vertices and has about that many. All
//! operations differ, so that none are united.

use buildkit_llb::{ContainerPath, CopyFrom, Exec, File, Merge, Mount, Output, at};

/// A graph of about so many vertices.
pub type Shape = fn(usize) -> Output;

/// All shapes by their names.
pub const SHAPES: [(&str, Shape); 3] = [("chain", chain), ("wide", wide), ("diamond", diamond)];

/// The sizes that the project's targets name.
pub const SIZES: [usize; 3] = [10, 1_000, 100_000];

/// Single operations by their names, made by the number of their parts.
pub const OPERATIONS: [(&str, Shape); 4] = [
    ("copies-of-itself", copies_of_itself),
    ("copies-of-another", copies_of_another),
    ("variables", variables),
    ("mounts", mounts),
];

/// The numbers of parts that are measured: time per part must not grow.
pub const PARTS: [usize; 3] = [40, 400, 4_000];

fn file(on: &Output, data: String) -> Output {
    File::on(on).mkfile(at("/a"), 0o644, data).output()
}

/// Each operation works on the one before.
pub fn chain(vertices: usize) -> Output {
    (0..vertices).fold(Output::SCRATCH, |below, n| file(&below, n.to_string()))
}

/// One merge of operations that work on nothing.
pub fn wide(vertices: usize) -> Output {
    let leaves = vertices.saturating_sub(1);
    Merge::of((0..leaves).map(|n| file(&Output::SCRATCH, n.to_string()))).output()
}

/// Two operations on one, a merge of both, two operations on that, and so on:
/// as many paths as two to the power of a third of the vertices.
pub fn diamond(vertices: usize) -> Output {
    let first = file(&Output::SCRATCH, "first".to_owned());
    (0..vertices.saturating_sub(1) / 3).fold(first, |below, n| {
        Merge::of(["left", "right"].map(|side| file(&below, format!("{side} {n}")))).output()
    })
}

/// A chain of copies, each from the state of the chain before it.
pub fn copies_of_itself(copies: usize) -> Output {
    let first = File::on(Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
    let chain = (0..copies).fold(first, |chain, _| {
        let copy = CopyFrom::chain(&chain, at("/a"), at("/b"));
        chain.action(copy)
    });
    chain.output()
}

/// A chain of copies from another chain.
pub fn copies_of_another(copies: usize) -> Output {
    let other = File::on(Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
    let chain = File::on(Output::SCRATCH);
    let copy = |chain: File, _| chain.action(CopyFrom::chain(&other, at("/a"), at("/b")));
    (0..copies).fold(chain, copy).output()
}

/// An exec with variables, each of which is set twice.
pub fn variables(count: usize) -> Output {
    let exec = Exec::on(Output::SCRATCH).args(["true"]);
    let names = (0..count).chain(0..count);
    let exec = names.fold(exec, |exec, n| exec.env(format!("V{n}"), "value"));
    exec.finish().root()
}

/// An exec with mounts of different trees.
pub fn mounts(count: usize) -> Output {
    let exec = Exec::on(Output::SCRATCH).args(["true"]);
    let exec = (0..count).fold(exec, |exec, n| {
        let path = ContainerPath::new(&format!("/m/{n}")).unwrap_or_else(|_| at("/m"));
        let tree = file(&Output::SCRATCH, n.to_string());
        exec.mount(path, Mount::read_only(tree))
    });
    exec.finish().root()
}
