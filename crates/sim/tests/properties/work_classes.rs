//! Classes of equal work against the work of every tile.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tilesim_codelets::{Count, VertexCost, convolution, reduction, vector};
use tilesim_geometry::Placement;
use tilesim_machine::Machine;
use tilesim_program::{
    Action, Vertex, Work,
    vertex::{
        reduce_add::ReduceAddVertex,
        vector::{ReduceForm, ReduceVertex, VectorVertex},
    },
};
use tilesim_sim::Cause;

use crate::run::{cases, run};

/// The vertex of every tile that has work, tile by tile; `None` where only the number of tiles can be told.
fn by_tile(work: &Work) -> Option<Vec<Vertex>> {
    let vertices = match work {
        Work::Convolution(work) => (0..work.grid.tiles())
            .filter(|tile| work.grid.parts_of(*tile).iter().all(|part| part.length > 0))
            .filter_map(|tile| work.work(tile))
            .map(Vertex::Convolution)
            .collect(),
        Work::Vector(work) => tiles_with_elements(&work.over)
            .map(|tile| Vertex::Vector(work.vertex(work.over.extent(tile))))
            .collect(),
        Work::Rearrangement(work) => work
            .elements_by_tile()
            .into_iter()
            .filter_map(|elements| work.vertex(elements))
            .collect(),
        Work::Uniform(work) => (0..work.tiles).map(|_| Vertex::Vector(work.vertex)).collect(),
        Work::ReduceAdd(work) => work
            .stage
            .shares_by_tile()
            .into_iter()
            .filter(|share| share.outputs > 0)
            .map(|share| {
                let received = share.outputs * (share.depth - 1) * work.partials_type.bytes();
                Vertex::ReduceAdd(ReduceAddVertex {
                    partials_type: work.partials_type,
                    output_type: work.output_type,
                    outputs: share.outputs,
                    depth: share.depth,
                    single_input: share.outputs.is_multiple_of(work.accumulated_elements)
                        && received < work.contiguous_bytes,
                    interleaved: false,
                })
            })
            .collect(),
        Work::Partials(work) => {
            let depths = work.transfer.depth_by_tile();
            tiles_with_elements(&work.transfer.to)
                .map(|tile| {
                    let outputs = work.transfer.to.elements(tile);
                    Vertex::Vector(VectorVertex::Reduce(ReduceVertex {
                        op: work.op,
                        form: ReduceForm::Strided { stride: outputs },
                        partials_type: work.partials_type,
                        out_type: work.output_type,
                        update: false,
                        outputs,
                        partials: depths[tile as usize],
                    }))
                })
                .collect()
        }
        Work::Pooling(_) | Work::LocalReduction(_) => return None,
    };
    Some(vertices)
}

fn tiles_with_elements(placement: &Placement) -> impl Iterator<Item = u64> + '_ {
    (0..placement.grid.tiles()).filter(|tile| placement.elements(*tile) > 0)
}

/// Tiles of each distinct vertex.
fn counted(vertices: impl Iterator<Item = (Vertex, u64)>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (vertex, tiles) in vertices {
        *counts.entry(format!("{vertex:?}")).or_default() += tiles;
    }
    counts
}

fn cost(machine: &Machine, vertex: &Vertex) -> VertexCost {
    match vertex {
        Vertex::Convolution(vertex) => {
            convolution::cost(machine, vertex, Count::Machine).expect("a legal kernel")
        }
        Vertex::ReduceAdd(vertex) => reduction::reduce_add_cost(machine, vertex),
        Vertex::Vector(vertex) => vector::cost(machine, vertex, Count::Machine).expect("a kernel"),
    }
}

/// Cycles of a kernel and its launch; what does nothing is not launched.
fn launched(machine: &Machine, vertex: &Vertex) -> u64 {
    let launch = match vertex {
        Vertex::Convolution(_) => machine.convolution_launch_cycles,
        Vertex::ReduceAdd(_) | Vertex::Vector(_) => machine.vector_launch_cycles,
    };
    match cost(machine, vertex).cycles.total() {
        0 => 0,
        cycles => cycles + u64::from(launch),
    }
}

proptest! {
    #![proptest_config(cases(64))]

    /// The classes hold every tile that has work, with the vertex that it has; the step takes as long as the slowest of them, and
    /// all other tile-cycles are spent waiting, or are those of tiles that the host has.
    #[test]
    fn classes_add_up_to_the_tiles(run in run()) {
        for (step, profile) in run.program.steps.iter().zip(&run.profile.steps) {
            prop_assert_eq!(&step.name, &profile.name);
            let Action::Compute(work) = &step.action else { continue };
            let classes = work.classes();
            let tiles: u64 = classes.iter().map(|class| class.tiles).sum();
            prop_assert_eq!(profile.active_tiles, tiles);
            if let Work::Pooling(work) = work.as_ref() {
                prop_assert_eq!(tiles, tiles_with_elements(&work.over).count() as u64);
            }
            let Some(vertices) = by_tile(work) else { continue };
            prop_assert_eq!(
                counted(classes.into_iter().map(|class| (class.vertex, class.tiles))),
                counted(vertices.iter().map(|vertex| (vertex.clone(), 1))),
                "{}",
                &step.name
            );
            let cycles: Vec<u64> = vertices.iter().map(|vertex| launched(&run.machine, vertex)).collect();
            let slowest = cycles.iter().copied().max().unwrap_or(0);
            prop_assert_eq!(profile.cycles, slowest * profile.repeats);
            let waiting = (slowest * u64::from(run.machine.tiles) - cycles.iter().sum::<u64>()) * profile.repeats;
            // Kernels wait for nobody.
            prop_assert_eq!(profile.causes[Cause::Sync], 0);
            // Tiles that are the host's have no work either.
            let reserved = slowest * u64::from(run.program.io_tiles) * profile.repeats;
            prop_assert_eq!(profile.causes[Cause::TileImbalance], waiting - reserved, "{}", &step.name);
            prop_assert_eq!(profile.causes[Cause::Host], reserved, "{}", &step.name);
        }
    }
}
