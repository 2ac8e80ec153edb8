//! A graph in a file of another graph's result.

use buildkit_llb::{Build, Definition, File, Output, at};

use crate::Piece;

pub(crate) fn pieces() -> Vec<Piece> {
    let inner = File::on(&Output::SCRATCH)
        .mkfile(at("/nested.txt"), 0o604, "made by a nested graph\n")
        .output();
    let bytes = Definition::new(&inner).to_bytes();
    let tree = |path| {
        File::on(&Output::SCRATCH)
            .mkfile(path, 0o644, bytes.clone())
            .output()
    };
    let usual = tree(at("/buildkit.llb.definition"));
    let named = tree(at("/graph"));
    vec![
        Piece::new("build", Build::of(&usual).output()),
        Piece::new(
            "build-named",
            Build::of(&named).filename(at("/graph")).output(),
        ),
    ]
}
