//! What must hold of every reduction over dimensions.

use proptest::prelude::*;
use tilesim_codelets::vector::{IllegalVectorKernel, cost};
use tilesim_codelets::{Count, VertexCost};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{ReduceForm, ReduceOp, ReduceVertex, VectorVertex};
use tilesim_test_support::machines::table_mk2;

fn element_types() -> impl Strategy<Value = ElementType> {
    prop_oneof![Just(ElementType::F16), Just(ElementType::F32)]
}

fn ops() -> impl Strategy<Value = ReduceOp> {
    prop_oneof![
        Just(ReduceOp::Add),
        Just(ReduceOp::SquareAdd),
        Just(ReduceOp::Maximum)
    ]
}

fn forms(outputs: u64) -> impl Strategy<Value = ReduceForm> {
    prop_oneof![
        Just(ReduceForm::Strided { stride: outputs }),
        (1..300u64).prop_map(|stride| ReduceForm::Strided { stride }),
        Just(ReduceForm::Contiguous),
        Just(ReduceForm::General),
    ]
}

fn counts() -> impl Strategy<Value = Count> {
    prop_oneof![Just(Count::Vendor), Just(Count::Machine)]
}

prop_compose! {
    fn vertices()(outputs in 0..300u64)(
        outputs in Just(outputs), form in forms(outputs), op in ops(), partials_type in element_types(),
        out_type in element_types(), update in any::<bool>(), partials in 0..3000u64,
    ) -> ReduceVertex {
        ReduceVertex { op, form, partials_type, out_type, update, outputs, partials }
    }
}

fn reduce_cost(
    machine: &Machine,
    vertex: &ReduceVertex,
    count: Count,
) -> Result<VertexCost, IllegalVectorKernel> {
    cost(machine, &VectorVertex::Reduce(*vertex), count)
}

fn cycles(vertex: &ReduceVertex, count: Count) -> u64 {
    reduce_cost(&table_mk2(), vertex, count)
        .expect("a kernel for every floating-point type")
        .cycles
        .total()
}

proptest! {
    #[test]
    fn every_partial_is_read_and_every_result_written(vertex in vertices(), count in counts()) {
        let machine = table_mk2();
        let cost = reduce_cost(&machine, &vertex, count).expect("a kernel");
        prop_assert!(
            cost.sram_read_bytes >= vertex.outputs * vertex.partials * vertex.partials_type.bytes()
        );
        prop_assert!(cost.sram_write_bytes >= vertex.outputs * vertex.out_type.bytes());
        // No more than two data paths are loaded per cycle.
        if count == Count::Machine {
            prop_assert!(cost.cycles.total() * 16 >= cost.sram_read_bytes, "{cost:?}");
        }
    }

    /// Contiguous kernels take left-over elements one by one, so that a whole vector is cheaper: compare whole vectors.
    #[test]
    fn more_partials_take_no_less(vertex in vertices(), more in 0..500u64) {
        let whole = |partials: u64| match vertex.form {
            // A whole vector for every worker and any number of parts of the partials.
            ReduceForm::Contiguous => partials * 8 * 60,
            _ => partials,
        };
        let less = ReduceVertex { partials: whole(vertex.partials), ..vertex };
        let more = ReduceVertex { partials: whole(vertex.partials + more), ..vertex };
        prop_assert!(cycles(&less, Count::Machine) <= cycles(&more, Count::Machine));
    }

    #[test]
    fn six_workers_finish_no_later_than_one_would_alone(vertex in vertices(), count in counts()) {
        let mut alone = table_mk2();
        alone.workers = 1;
        let alone = reduce_cost(&alone, &vertex, count).expect("a kernel").cycles.total();
        // A worker issues in one cycle of six.
        prop_assert!(cycles(&vertex, count) <= alone * 6);
    }

    #[test]
    fn sizes_beyond_counters_have_no_cost(vertex in vertices(), outputs in any::<u64>(), partials in any::<u64>()) {
        let vertex = ReduceVertex { outputs, partials, ..vertex };
        let cost = reduce_cost(&table_mk2(), &vertex, Count::Machine);
        if outputs.checked_mul(partials).is_none() {
            let vertex = Box::new(VectorVertex::Reduce(vertex));
            prop_assert_eq!(cost, Err(IllegalVectorKernel::Overflow { vertex }));
        } else if let Ok(cost) = cost {
            prop_assert!(cost.cycles.total() > 0);
        }
    }
}

#[test]
fn integers_have_no_kernel() {
    for element_type in [ElementType::U8, ElementType::I32] {
        let vertex = ReduceVertex {
            op: ReduceOp::Add,
            form: ReduceForm::Contiguous,
            partials_type: element_type,
            out_type: ElementType::F32,
            update: false,
            outputs: 4,
            partials: 4,
        };
        let refused = reduce_cost(&table_mk2(), &vertex, Count::Machine).expect_err("no kernel");
        assert!(
            matches!(refused, IllegalVectorKernel::NoKernel { .. }),
            "{refused}"
        );
    }
}

/// Global average pooling of 16 channels: too few vectors for the workers, so that they share the positions.
#[test]
fn few_outputs_of_many_partials_use_all_workers() {
    let vertex = ReduceVertex {
        op: ReduceOp::Add,
        form: ReduceForm::Strided { stride: 16 },
        partials_type: ElementType::F16,
        out_type: ElementType::F16,
        update: false,
        outputs: 16,
        partials: 2400,
    };
    // Four vectors of 2400 partials each, a cycle for each, are what all workers together have to do.
    let ideal = 4 * 2400;
    let cycles = cycles(&vertex, Count::Machine);
    assert!(
        cycles < ideal + ideal / 10,
        "{cycles} cycles where {ideal} would do"
    );
    // Dealing whole outputs would leave two workers idle.
    assert!(cycles < 6 * 2400);
}

/// The library squares halves on their way to the accumulators.
#[test]
fn squares_of_strided_halves_take_what_their_sums_do() {
    let sum = ReduceVertex {
        op: ReduceOp::Add,
        form: ReduceForm::Strided { stride: 32 },
        partials_type: ElementType::F16,
        out_type: ElementType::F32,
        update: false,
        outputs: 32,
        partials: 1000,
    };
    let squares = ReduceVertex {
        op: ReduceOp::SquareAdd,
        ..sum
    };
    let (sum, squares) = (cycles(&sum, Count::Vendor), cycles(&squares, Count::Vendor));
    assert_eq!(squares, sum);
}
