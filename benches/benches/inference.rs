//! From a network to its profile, stage by stage.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tilesim::{Simulation, Simulator};
use tilesim_codelets::Count;
use tilesim_geometry::Transfer;
use tilesim_graph::{Convolution, Graph, OpKind, fold_batch_norm};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_models::{ModelSpec, build};
use tilesim_planner::{PlanCache, PlanOptions, PlanRequest, TransformScope};
use tilesim_program::{Action, Movement, Program};
use tilesim_sim::{GeometrySource, simulate};

/// The networks that every stage is timed for.
const NETWORKS: [&str; 4] = [
    "efficientnet-b0-g1",
    "efficientnet-b0-g16",
    "efficientnet-b4-g1",
    "efficientnet-b4-g16",
];
/// Images at a time.
const BATCH: u64 = 1;

fn spec(name: &str) -> ModelSpec {
    ModelSpec::load(name).expect("a bundled network")
}

fn graph(name: &str) -> Graph {
    run(name).graph().expect("a graph")
}

fn run(name: &str) -> Simulation {
    Simulation::of(name).expect("a bundled network").batch(BATCH)
}

fn machine() -> Machine {
    run(NETWORKS[0]).machine_variant().machine().clone()
}

fn program(name: &str) -> Program {
    run(name).lower(&Simulator::forgetful()).expect("a program")
}

fn graph_building(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build graph");
    for name in NETWORKS {
        let spec = spec(name);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| fold_batch_norm(&build(black_box(&spec), BATCH).expect("a graph")));
        });
    }
    group.finish();
}

/// Every convolution of a network once, from an empty cache.
fn planning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(20);
    for name in NETWORKS {
        let requests: Vec<PlanRequest> = convolutions(&graph(name))
            .map(|convolution| PlanRequest {
                convolution,
                options: PlanOptions {
                    transforms: TransformScope::Lowered,
                    serial_splits: false,
                    ..PlanOptions::default()
                },
            })
            .collect();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| PlanCache::new(machine(), Count::Machine).plan_all(black_box(&requests)));
        });
    }
    group.finish();
}

fn convolutions(graph: &Graph) -> impl Iterator<Item = Convolution> {
    graph.ops.iter().filter_map(|op| match &op.kind {
        OpKind::Convolution(convolution) => Some(convolution.clone()),
        _ => None,
    })
}

/// Planning included.
fn lowering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lower");
    group.sample_size(20);
    let (machine, options) = (machine(), LowerOptions::default());
    for name in NETWORKS {
        let graph = graph(name);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                lower(black_box(&graph), &machine, &options, PlanSource::Own)
                    .expect("a program")
                    .program
            });
        });
    }
    group.finish();
}

fn simulation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(30);
    let machine = machine();
    for name in NETWORKS {
        let program = program(name);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| simulate(black_box(&program), &machine, GeometrySource::Own).expect("a profile"));
        });
    }
    group.finish();
}

/// Bytes per tile of all transfers of a network.
fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transfer by tile");
    group.sample_size(30);
    for name in NETWORKS {
        let transfers = transfers_of(&program(name));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                for transfer in &transfers {
                    black_box(transfer.by_tile(2));
                }
            });
        });
    }
    group.finish();
}

fn transfers_of(program: &Program) -> Vec<Transfer> {
    let movements = program.steps.iter().filter_map(|step| match &step.action {
        Action::Exchange(movements) => Some(movements),
        _ => None,
    });
    movements
        .flatten()
        .filter_map(|movement| match movement {
            Movement::Transfer(transfer) => Some(transfer.clone()),
            _ => None,
        })
        .collect()
}

criterion_group!(stages, graph_building, planning, lowering, simulation, transfers);
criterion_main!(stages);
