//! What must hold of kernels that broadcast, cast, choose, add, write and move data.

use proptest::prelude::*;
use tilesim_codelets::vector::{IllegalVectorKernel, cost};
use tilesim_codelets::{Count, VertexCost};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{
    BinaryOp, BroadcastScalarVertex, BroadcastVectorInnerVertex, BroadcastVectorOuterVertex, CastVertex,
    CopyVertex, DynamicSliceVertex, FillVertex, MultiSliceVertex, ScalarOp, ScaledAddKind, ScaledAddVertex,
    SelectVertex, TransposeVertex, VectorVertex,
};
use tilesim_test_support::machines::table_mk2;

const OPS: [BinaryOp; 4] = [
    BinaryOp::Add,
    BinaryOp::Subtract,
    BinaryOp::Multiply,
    BinaryOp::Divide,
];

const TYPES: [ElementType; 4] = [
    ElementType::U8,
    ElementType::I32,
    ElementType::F16,
    ElementType::F32,
];

const COUNTS: [Count; 2] = [Count::Vendor, Count::Machine];

/// The chip of the tables, with what copies take for each run.
fn machine() -> Machine {
    Machine {
        copy_piece_centicycles: 200,
        ..table_mk2()
    }
}

fn element_types() -> impl Strategy<Value = ElementType> {
    prop::sample::select(TYPES.to_vec())
}

fn ops() -> impl Strategy<Value = BinaryOp> {
    prop::sample::select(OPS.to_vec())
}

/// Every kernel of these families for the given sizes.
fn vertices(
    op: BinaryOp,
    (one, other): (ElementType, ElementType),
    flag: bool,
    [first, second, third]: [u64; 3],
) -> Vec<VectorVertex> {
    vec![
        VectorVertex::BroadcastScalar(BroadcastScalarVertex {
            op: ScalarOp::Binary(op),
            element_type: one,
            in_place: flag,
            elements: first,
            regions: 1,
        }),
        VectorVertex::BroadcastVectorInner(BroadcastVectorInnerVertex {
            op,
            element_type: one,
            in_place: flag,
            slice_length: first,
            broadcast_factor: second,
            slices: third,
        }),
        VectorVertex::BroadcastVectorOuter(BroadcastVectorOuterVertex {
            op,
            element_type: one,
            in_place: flag,
            by_row: flag,
            allow_misaligned: !flag,
            rows: first,
            columns: second,
        }),
        VectorVertex::Cast(CastVertex {
            from: one,
            to: other,
            elements: first,
        }),
        VectorVertex::Copy(CopyVertex {
            bytes: first,
            piece_bytes: second,
        }),
        VectorVertex::DynamicSlice(DynamicSliceVertex {
            element_type: one,
            region_elements: first,
            sub_elements: second,
        }),
        VectorVertex::Fill(FillVertex {
            element_type: one,
            elements: first,
        }),
        VectorVertex::MultiSlice(MultiSliceVertex {
            element_type: one,
            row_elements: first,
            offsets: second,
        }),
        VectorVertex::ScaledAdd(ScaledAddVertex {
            kind: if flag {
                ScaledAddKind::ScaleBoth
            } else {
                ScaledAddKind::Add
            },
            a_type: one,
            b_type: other,
            scale_type: ElementType::F32,
            memory_constrained: flag,
            elements: first,
        }),
        VectorVertex::Select(SelectVertex {
            element_type: one,
            elements: first,
        }),
        VectorVertex::Transpose(TransposeVertex {
            element_type: one,
            matrices: first,
            rows: second,
            columns: third,
        }),
    ]
}

fn total(vertex: VectorVertex) -> u64 {
    cost(&machine(), &vertex, Count::Machine)
        .expect("a kernel")
        .cycles
        .total()
}

fn copy(bytes: u64, piece_bytes: u64) -> VertexCost {
    cost(
        &machine(),
        &VectorVertex::Copy(CopyVertex { bytes, piece_bytes }),
        Count::Machine,
    )
    .expect("a copy")
}

proptest! {
    /// Costs of sizes that no tile can hold are none, or at least not a panic.
    #[test]
    fn no_size_panics(
        op in ops(), types in (element_types(), element_types()), flag in any::<bool>(),
        sizes in prop::array::uniform3(prop_oneof![0..10u64, any::<u64>(), Just(u64::MAX)]),
    ) {
        for vertex in vertices(op, types, flag, sizes) {
            for count in COUNTS {
                if let Ok(cost) = cost(&machine(), &vertex, count) {
                    let cycles = cost.cycles;
                    let parts = u128::from(cycles.useful) + u128::from(cycles.overhead)
                        + u128::from(cycles.worker_imbalance);
                    prop_assert_eq!(u128::from(cycles.total()), parts);
                }
            }
        }
    }

    /// Small sizes fit counters, so that a kernel without a cost is one that does not exist; it takes no larger size either.
    #[test]
    fn what_lacks_a_kernel_lacks_it_at_every_size(
        op in ops(), types in (element_types(), element_types()), flag in any::<bool>(),
        sizes in prop::array::uniform3(1..60u64),
    ) {
        let no_kernel = |vertex: &VectorVertex| match cost(&machine(), vertex, Count::Machine) {
            Ok(_) | Err(IllegalVectorKernel::Overflow { .. }) => false,
            Err(IllegalVectorKernel::NoKernel { .. }) => true,
        };
        let small = vertices(op, types, flag, sizes).into_iter();
        for (small, huge) in small.zip(vertices(op, types, flag, [u64::MAX; 3])) {
            prop_assert_eq!(no_kernel(&small), cost(&machine(), &small, Count::Machine).is_err(), "{:?}", small);
            prop_assert_eq!(no_kernel(&small), no_kernel(&huge), "{:?}", huge);
        }
    }

    /// No kernel loads or stores more than the data paths carry.
    #[test]
    fn data_take_their_time(
        op in ops(), types in (element_types(), element_types()), flag in any::<bool>(),
        sizes in prop::array::uniform3(1..60u64),
    ) {
        for vertex in vertices(op, types, flag, sizes) {
            if let Ok(cost) = cost(&machine(), &vertex, Count::Machine) {
                let cycles = cost.cycles.total();
                prop_assert!(cost.sram_read_bytes <= 16 * cycles, "{:?}", vertex);
                prop_assert!(cost.sram_write_bytes <= 8 * cycles, "{:?}", vertex);
            }
        }
    }

    /// The first size counts what a kernel repeats, where its formula goes up with it.
    #[test]
    fn more_elements_cost_no_less(
        op in ops(), in_place in any::<bool>(), element_type in prop_oneof![Just(ElementType::F16), Just(ElementType::F32)],
        elements in 0..5000u64, others in 1..40u64,
    ) {
        let scalar = |elements| VectorVertex::BroadcastScalar(BroadcastScalarVertex {
            op: ScalarOp::Binary(op), element_type, in_place, elements, regions: 1,
        });
        let inner = |broadcast_factor| VectorVertex::BroadcastVectorInner(BroadcastVectorInnerVertex {
            op, element_type, in_place, slice_length: 8 * others, broadcast_factor, slices: 3,
        });
        let fill = |elements| VectorVertex::Fill(FillVertex { element_type, elements });
        let select = |elements| VectorVertex::Select(SelectVertex { element_type, elements });
        let slice = |region_elements| VectorVertex::DynamicSlice(DynamicSliceVertex {
            element_type, region_elements, sub_elements: others,
        });
        let gather = |offsets| VectorVertex::MultiSlice(MultiSliceVertex {
            element_type, row_elements: others, offsets,
        });
        let transpose = |matrices| VectorVertex::Transpose(TransposeVertex {
            element_type, matrices, rows: others, columns: 8,
        });
        prop_assert!(total(scalar(elements)) <= total(scalar(elements + 1)));
        prop_assert!(total(inner(elements)) <= total(inner(elements + 1)));
        prop_assert!(total(fill(elements)) <= total(fill(elements + 1)));
        prop_assert!(total(select(elements)) <= total(select(elements + 1)));
        prop_assert!(total(slice(elements)) <= total(slice(elements + 1)));
        prop_assert!(total(gather(elements)) <= total(gather(elements + 1)));
        prop_assert!(total(transpose(elements)) <= total(transpose(elements + 1)));
        prop_assert!(copy(elements * others, others).cycles.total() <= copy((elements + 1) * others, others).cycles.total());
    }

    /// Where every worker has as much, none waits.
    #[test]
    fn even_shares_leave_nobody_waiting(
        op in ops(), types in (element_types(), element_types()), flag in any::<bool>(), share in 1..100u64,
    ) {
        let size = 6 * share;
        for vertex in vertices(op, types, flag, [size; 3]) {
            let dealt_whole = !matches!(vertex, VectorVertex::Copy(_) | VectorVertex::ScaledAdd(_));
            if let Some(cost) = cost(&machine(), &vertex, Count::Machine).ok().filter(|_| dealt_whole) {
                prop_assert_eq!(cost.cycles.worker_imbalance, 0, "{:?}", vertex);
            }
        }
    }

    /// The same bytes in longer runs.
    #[test]
    fn longer_runs_copy_no_slower(blocks in 1..500u64) {
        let bytes = 64 * blocks;
        let cycles = [1, 2, 4, 8, 16, 32, 64, bytes].map(|piece| copy(bytes, piece).cycles.total());
        prop_assert!(cycles.is_sorted_by(|shorter, longer| shorter >= longer), "{:?}", cycles);
    }

    /// The vendor counts the prologue of a multiplication twice and parts of slices never.
    #[test]
    fn counts_differ_where_the_vendor_is_known_to(
        element_type in prop_oneof![Just(ElementType::F16), Just(ElementType::F32)], length in 1..400u64, rows in 1..400u64,
    ) {
        let cycles = |vertex, count| cost(&machine(), &vertex, count).expect("a kernel").cycles.total();
        let multiply = VectorVertex::BroadcastVectorInner(BroadcastVectorInnerVertex {
            op: BinaryOp::Multiply, element_type, in_place: false, slice_length: length, broadcast_factor: rows, slices: 1,
        });
        let prologue = if element_type == ElementType::F16 { 24 } else { 17 };
        prop_assert_eq!(cycles(multiply, Count::Vendor), cycles(multiply, Count::Machine) + 6 * prologue);
        let slice = VectorVertex::DynamicSlice(DynamicSliceVertex {
            element_type, region_elements: length, sub_elements: rows,
        });
        prop_assert!(cycles(slice, Count::Vendor) <= cycles(slice, Count::Machine));
    }
}

/// Derived machines may have other workers and data paths.
#[test]
fn other_machines_cost_without_panic() {
    for (workers, data_path_bytes, memcpy_bytes_per_cycle) in [(1, 1, 1), (3, 2, 3), (64, 64, 32)] {
        let machine = Machine {
            workers,
            data_path_bytes,
            memcpy_bytes_per_cycle,
            ..machine()
        };
        for op in OPS {
            for types in TYPES.iter().flat_map(|&one| TYPES.map(|other| (one, other))) {
                for vertex in vertices(op, types, true, [17, 13, 2]) {
                    if let Ok(cost) = cost(&machine, &vertex, Count::Machine) {
                        assert!(cost.cycles.total() > 0, "{vertex:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn long_runs_copy_at_the_rate_of_the_machine() {
    let cycles = copy(480_000, 480_000).cycles;
    assert_eq!(cycles.useful, 480_000 / 8);
    assert!(cycles.total() < 480_000 / 8 + 200);
}

#[test]
fn short_runs_copy_at_their_own_width() {
    // Cycles per kilobyte, set-up of each run included.
    let rate = |piece| copy(6_000_000, piece).cycles.total() / 6000;
    assert_eq!([rate(2), rate(4), rate(8)], [2500, 750, 375]);
}

#[test]
fn copying_nothing_costs_nothing() {
    assert_eq!(copy(0, 8), VertexCost::default());
    assert_eq!(copy(0, 0), VertexCost::default());
    assert_eq!(copy(64, 0), copy(64, 1));
}

/// Images arrive as bytes.
#[test]
fn bytes_are_cast_to_either_floating_point_format() {
    for to in [ElementType::F16, ElementType::F32] {
        let vertex = |elements| {
            VectorVertex::Cast(CastVertex {
                from: ElementType::U8,
                to,
                elements,
            })
        };
        assert!(total(vertex(24_000)) > total(vertex(240)));
    }
}
