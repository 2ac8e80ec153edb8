//! The graphs that are measured: a chain, a wide merge, a ladder of diamonds.
//!
//! Each is asked for by its number of vertices and has that many, give or take
//! what the shape leaves over. All operations differ, so that none are united.

use buildkit_llb::{File, Merge, Output, at};

/// A graph of about so many vertices.
pub type Shape = fn(usize) -> Output;

/// All shapes by their names.
pub const SHAPES: [(&str, Shape); 3] = [("chain", chain), ("wide", wide), ("diamond", diamond)];

/// The sizes that the project's targets name.
pub const SIZES: [usize; 3] = [10, 1_000, 100_000];

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
