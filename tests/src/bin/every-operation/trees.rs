//! Merges and differences.

use buildkit_llb::{Diff, File, Merge, Mkfile, Mount, Output, Owner, at};

use crate::Piece;
use crate::execs::exec;
use crate::given::Given;

pub(crate) fn pieces(given: &Given) -> Vec<Piece> {
    let lower = File::on(&Output::SCRATCH)
        .mkdir(at("/tree"), 0o755)
        .mkfile(at("/tree/changed"), 0o644, "before\n")
        .mkfile(at("/tree/removed"), 0o644, "before\n")
        .mkfile(at("/tree/same"), 0o644, "before\n")
        .output();
    let upper = exec(given)
        .shell("cd /work/tree && echo after >changed && rm removed && echo after >added && chmod 600 added")
        .mount(at("/work"), Mount::writable(&lower))
        .name("a command that changes a tree")
        .finish()
        .output(at("/work"));
    let change = Diff::between(&lower, &upper).output();
    // Whatever it is laid over loses what was removed.
    let other = File::on(&Output::SCRATCH)
        .mkdir(at("/tree"), 0o755)
        .action(Mkfile::new(at("/tree/removed"), 0o644, "of another tree\n"))
        .action(Mkfile::new(at("/tree/kept"), 0o640, "of another tree\n").owner(Owner::ids(1, 2)))
        .output();
    vec![
        Piece::new("merge", Merge::of([&other, &lower])),
        Piece::new("diff", change.clone()),
        Piece::new("merge-diff", Merge::of([&other, &change])),
    ]
}
