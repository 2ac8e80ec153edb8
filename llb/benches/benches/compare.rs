//! This crate beside the `buildkit-llb` 0.2 of crates.io, which dates from 2020.
//!
//! The same graphs, as far as that crate can do them: it knows no merge, so a
//! command that mounts the trees joins them. It encodes by recursion, so that
//! 100,000 vertices would overflow the stack. From nothing to the bytes of a
//! definition, dropping included.
//!
//! Run with `cargo bench --features compare --bench compare`.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// A graph of about so many vertices, as bytes.
type Encode = fn(usize) -> Vec<u8>;

const SHAPES: [(&str, Encode, Encode); 3] = [
    ("chain", new::chain, old::chain),
    ("wide", new::wide, old::wide),
    ("diamond", new::diamond, old::diamond),
];

mod new {
    use buildkit_llb::{ContainerPath, Definition, Exec, File, Mount, Output, at};

    fn file(on: &Output, data: String) -> Output {
        File::on(on).mkfile(at("/a"), 0o644, data).output()
    }

    fn join(root: &Output, trees: &[Output]) -> Output {
        let command = Exec::on(root).args(["/join"]);
        let mounted = trees.iter().enumerate().fold(command, |exec, (n, tree)| {
            let path = ContainerPath::new(&format!("/in/{n}")).expect("an absolute path");
            exec.mount(path, Mount::read_only(tree))
        });
        mounted.finish().root()
    }

    pub(crate) fn chain(vertices: usize) -> Vec<u8> {
        let last = (0..vertices).fold(Output::SCRATCH, |below, n| file(&below, n.to_string()));
        Definition::new(&last).to_bytes()
    }

    pub(crate) fn wide(vertices: usize) -> Vec<u8> {
        let leaf = |n: usize| file(&Output::SCRATCH, n.to_string());
        let leaves: Vec<Output> = (2..vertices).map(leaf).collect();
        Definition::new(&join(&leaf(0), &leaves)).to_bytes()
    }

    pub(crate) fn diamond(vertices: usize) -> Vec<u8> {
        let first = file(&Output::SCRATCH, "first".to_owned());
        let last = (0..vertices.saturating_sub(1) / 3).fold(first, |below, n| {
            join(
                &below,
                &["left", "right"].map(|side| file(&below, format!("{side} {n}"))),
            )
        });
        Definition::new(&last).to_bytes()
    }
}

mod old {
    use std::path::PathBuf;

    use buildkit_llb_2020::prelude::*;

    type Output = OperationOutput<'static>;

    fn file(on: Option<&Output>, data: String) -> Output {
        let path = match on {
            Some(tree) => LayerPath::Other(tree.clone(), "/a"),
            None => LayerPath::Scratch("/a"),
        };
        FileSystem::mkfile(OutputIdx(0), path)
            .data(data.into_bytes())
            .into_operation()
            .ref_counted()
            .output(0)
    }

    fn join(root: &Output, trees: &[Output]) -> Output {
        let command = Command::run("/join").mount(Mount::Layer(
            OutputIdx(0),
            root.clone(),
            PathBuf::from("/"),
        ));
        let mounted = trees
            .iter()
            .enumerate()
            .fold(command, |command, (n, tree)| {
                let path = PathBuf::from(format!("/in/{n}"));
                command.mount(Mount::ReadOnlyLayer(tree.clone(), path))
            });
        mounted.ref_counted().output(0)
    }

    fn encode(output: Output) -> Vec<u8> {
        let mut bytes = Vec::new();
        Terminal::with(output)
            .write_definition(&mut bytes)
            .expect("memory takes everything");
        bytes
    }

    pub(crate) fn chain(vertices: usize) -> Vec<u8> {
        let last = (1..vertices).fold(file(None, 0.to_string()), |below, n| {
            file(Some(&below), n.to_string())
        });
        encode(last)
    }

    pub(crate) fn wide(vertices: usize) -> Vec<u8> {
        let leaf = |n: usize| file(None, n.to_string());
        let leaves: Vec<Output> = (2..vertices).map(leaf).collect();
        encode(join(&leaf(0), &leaves))
    }

    pub(crate) fn diamond(vertices: usize) -> Vec<u8> {
        let first = file(None, "first".to_owned());
        let last = (0..vertices.saturating_sub(1) / 3).fold(first, |below, n| {
            let sides = ["left", "right"].map(|side| file(Some(&below), format!("{side} {n}")));
            join(&below, &sides)
        });
        encode(last)
    }
}

fn compare(criterion: &mut Criterion) {
    for (name, new, old) in SHAPES {
        let mut group = criterion.benchmark_group(format!("compare-{name}"));
        for size in [10, 1_000] {
            group.throughput(Throughput::Elements(size as u64));
            for (which, encode) in [("new", new), ("2020", old)] {
                group.bench_function(BenchmarkId::new(which, size), |bencher| {
                    bencher.iter(|| encode(black_box(size)));
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, compare);
criterion_main!(benches);
