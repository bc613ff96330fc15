//! Points of a study whose neighbours have been simulated: what changes nothing, the memory, the rate of exchange, or one layer.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tilesim::Simulator;
use tilesim_benches::{Point, simulator};

fn points(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sweep point");
    group.sample_size(20);
    let first = Point::default();
    let known = || {
        let simulator = simulator();
        first.cycles(&simulator);
        simulator
    };
    group.bench_function("cold", |bencher| {
        bencher.iter(|| black_box(&first).cycles(&simulator()));
    });
    let warm = known();
    group.bench_function("nothing new", |bencher| {
        bencher.iter(|| black_box(&first).cycles(&warm));
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
                |simulator: Simulator| black_box(&point).cycles(&simulator),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(sweep, points);
criterion_main!(sweep);
