//! What must hold of pooling, inverse standard deviations, losses and gradients of non-linearities.

use proptest::prelude::*;
use tilesim_codelets::vector::{IllegalVectorKernel, cost};
use tilesim_codelets::{Count, VertexCost};
use tilesim_machine::ElementType;
use tilesim_program::vertex::vector::{
    CrossEntropyVertex, InverseStandardDeviationVertex, NonLinearity, NonLinearityGradientVertex,
    NonLinearityVertex, PoolingKind, PoolingVertex, VectorVertex,
};
use tilesim_test_support::machines::table_mk2;

fn element_types() -> impl Strategy<Value = ElementType> {
    prop_oneof![Just(ElementType::F16), Just(ElementType::F32)]
}

fn non_linearities() -> impl Strategy<Value = NonLinearity> {
    prop_oneof![
        Just(NonLinearity::Swish),
        Just(NonLinearity::Gelu),
        Just(NonLinearity::Relu),
        Just(NonLinearity::Sigmoid),
        Just(NonLinearity::Tanh),
    ]
}

/// The kernels that take a number of elements.
fn element_kernels() -> impl Strategy<Value = fn(ElementType, NonLinearity, u64) -> VectorVertex> {
    let gradient: fn(ElementType, NonLinearity, u64) -> VectorVertex =
        |element_type, non_linearity, elements| {
            VectorVertex::NonLinearityGradient(NonLinearityGradientVertex {
                non_linearity,
                element_type,
                elements,
            })
        };
    let cross_entropy: fn(ElementType, NonLinearity, u64) -> VectorVertex = |element_type, _, elements| {
        VectorVertex::CrossEntropy(CrossEntropyVertex {
            element_type,
            elements,
        })
    };
    let deviation: fn(ElementType, NonLinearity, u64) -> VectorVertex = |element_type, _, elements| {
        VectorVertex::InverseStandardDeviation(InverseStandardDeviationVertex {
            mean_type: element_type,
            power_type: ElementType::F32,
            out_type: element_type,
            stable: false,
            elements,
        })
    };
    let swish: fn(ElementType, NonLinearity, u64) -> VectorVertex = |element_type, _, elements| {
        VectorVertex::NonLinearity(NonLinearityVertex {
            non_linearity: NonLinearity::Swish,
            element_type,
            in_place: false,
            elements,
        })
    };
    prop_oneof![Just(gradient), Just(cross_entropy), Just(deviation), Just(swish)]
}

prop_compose! {
    fn poolings()(
        kind in prop_oneof![
            Just(PoolingKind::Sum), Just(PoolingKind::Maximum), Just(PoolingKind::MaximumGradient)
        ],
        element_type in element_types(), initial_elements in 0..100u64, channel_vectors in 0..10u64,
        channel_groups in 0..6u64, rows_per_worker in 0..10u64, items_per_row in 0..20u64,
        elements_per_item in 0..50u64,
    ) -> PoolingVertex {
        PoolingVertex {
            kind, element_type, initial_elements, channel_vectors, channel_groups, rows_per_worker, items_per_row,
            elements_per_item,
        }
    }
}

fn machine_cost(vertex: &VectorVertex) -> Result<VertexCost, IllegalVectorKernel> {
    cost(&table_mk2(), vertex, Count::Machine)
}

fn pooling_cycles(vertex: PoolingVertex, count: Count) -> u64 {
    cost(&table_mk2(), &VectorVertex::Pooling(vertex), count)
        .expect("a kernel")
        .cycles
        .total()
}

proptest! {
    #[test]
    fn elements_are_loaded_no_faster_than_two_data_paths_a_cycle(
        kernel in element_kernels(), element_type in element_types(), non_linearity in non_linearities(),
        elements in 0..20_000u64,
    ) {
        let cost = machine_cost(&kernel(element_type, non_linearity, elements)).expect("a kernel");
        prop_assert!(cost.cycles.total() * 16 >= cost.sram_read_bytes, "{cost:?}");
        prop_assert!(cost.cycles.overhead > 0);
    }

    #[test]
    fn more_whole_vectors_take_no_less(
        kernel in element_kernels(), element_type in element_types(), non_linearity in non_linearities(),
        vectors in 0..5000u64, more in 0..500u64,
    ) {
        let cycles = |vectors: u64| {
            machine_cost(&kernel(element_type, non_linearity, 4 * vectors)).expect("a kernel").cycles.total()
        };
        prop_assert!(cycles(vectors) <= cycles(vectors + more));
    }

    #[test]
    fn elements_beyond_counters_have_no_cost(
        kernel in element_kernels(), element_type in element_types(), non_linearity in non_linearities(),
        elements in u64::MAX / 2 + 1..=u64::MAX,
    ) {
        let vertex = kernel(element_type, non_linearity, elements);
        let overflow = IllegalVectorKernel::Overflow { vertex: Box::new(vertex) };
        prop_assert_eq!(machine_cost(&vertex), Err(overflow));
    }

    #[test]
    fn windows_are_loaded_no_faster_than_two_data_paths_a_cycle(vertex in poolings()) {
        let cost = machine_cost(&VectorVertex::Pooling(vertex)).expect("a kernel");
        prop_assert!(cost.cycles.total() * 16 >= cost.sram_read_bytes, "{cost:?}");
    }

    #[test]
    fn larger_windows_take_no_less(vertex in poolings(), more in 0..20u64) {
        let larger = PoolingVertex { elements_per_item: vertex.elements_per_item + more, ..vertex };
        prop_assert!(pooling_cycles(vertex, Count::Machine) <= pooling_cycles(larger, Count::Machine));
    }

    /// One first value for every group of channels and worker.
    #[test]
    fn the_vendor_charges_little_more_for_pooling(vertex in poolings()) {
        let (vendor, machine) = (pooling_cycles(vertex, Count::Vendor), pooling_cycles(vertex, Count::Machine));
        prop_assert!(machine <= vendor && vendor <= machine + 6 * vertex.channel_groups);
    }

    #[test]
    fn huge_windows_do_not_overflow(vertex in poolings(), huge in any::<u64>(), factor in 0..5usize) {
        let mut vertex = vertex;
        *[
            &mut vertex.initial_elements,
            &mut vertex.channel_vectors,
            &mut vertex.channel_groups,
            &mut vertex.items_per_row,
            &mut vertex.elements_per_item,
        ][factor] = huge;
        if let Ok(cost) = machine_cost(&VectorVertex::Pooling(vertex)) {
            prop_assert!(cost.cycles.total() > 0);
        }
    }
}
