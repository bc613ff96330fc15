//! Points of a study whose neighbours have been simulated: what changes nothing, the memory, the rate of exchange, or one layer.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tilesim_benches::{Point, SharedRuns};

fn points(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sweep point");
    group.sample_size(20);
    let first = Point::default();
    let known = || {
        let runs = SharedRuns::default();
        runs.cycles(&first);
        runs
    };
    group.bench_function("cold", |bencher| {
        bencher.iter(|| SharedRuns::default().cycles(black_box(&first)));
    });
    let warm = known();
    group.bench_function("nothing new", |bencher| {
        bencher.iter(|| warm.cycles(black_box(&first)));
    });
    for (name, point) in [
        (
            "other tile memory",
            Point {
                tile_memory_bytes: 768 * 1024,
                ..first
            },
        ),
        (
            "other rate of exchange",
            Point {
                exchange_bytes_per_cycle: 5,
                ..first
            },
        ),
        (
            "other classes",
            Point {
                classes: 100,
                ..first
            },
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                known,
                |runs| runs.cycles(black_box(&point)),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(sweep, points);
criterion_main!(sweep);
