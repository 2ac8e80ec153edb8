//! Time to build and encode a graph, and to read it back, by shape and size; and
//! time to build single operations, by the number of their parts.
//!
//! Everything counts from nothing to the bytes of a definition (or back),
//! dropping included. Throughput is in vertices. `cargo run --release
//! --bin report` makes a table of what was measured.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use buildkit_llb::Definition;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use llb_benches::{OPERATIONS, PARTS, SHAPES, SIZES};

fn graphs(criterion: &mut Criterion) {
    for (name, shape) in SHAPES {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for size in SIZES {
            let definition = Definition::new(&shape(size));
            let bytes = definition.to_bytes();
            group.throughput(Throughput::Elements(definition.vertices().len() as u64));
            drop(definition);
            group.bench_function(BenchmarkId::new("encode", size), |bencher| {
                bencher.iter(|| Definition::new(&shape(black_box(size))).to_bytes());
            });
            group.bench_function(BenchmarkId::new("decode", size), |bencher| {
                bencher.iter(|| Definition::from_bytes(black_box(&bytes)).map(drop));
            });
        }
        group.finish();
    }
}

/// Single operations: throughput is in parts, and must not fall with their number.
fn operations(criterion: &mut Criterion) {
    for (name, make) in OPERATIONS {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for parts in PARTS {
            group.throughput(Throughput::Elements(parts as u64));
            group.bench_function(BenchmarkId::new("build", parts), |bencher| {
                bencher.iter(|| make(black_box(parts)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, graphs, operations);
criterion_main!(benches);
