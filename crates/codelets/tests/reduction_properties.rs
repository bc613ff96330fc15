//! What must hold of every reduction of partial sums.

use proptest::prelude::*;
use tilesim_codelets::reduction::{
    ConvolutionReduce, convolution_reduce_cycles, reduce_add_cost, reduce_add_cycles, reduce_add_vertex,
    stage_depths,
};
use tilesim_machine::ElementType;
use tilesim_test_support::machines::table_mk2;

fn element_types() -> impl Strategy<Value = ElementType> {
    prop_oneof![Just(ElementType::F16), Just(ElementType::F32)]
}

proptest! {
    #[test]
    fn stages_cover_the_depth(depth in 1..100_000u64, multi_stage in any::<bool>()) {
        let depths = stage_depths(depth, multi_stage);
        prop_assert!(depths.len() <= 3);
        prop_assert!(depths.iter().product::<u64>() >= depth);
        let left = depths.iter().fold(depth, |left, stage| left.div_ceil(*stage));
        prop_assert_eq!(left, 1);
    }

    #[test]
    fn the_breakdown_adds_up(
        partials in element_types(), output in element_types(), outputs in 1..5000u64, depth in 2..200u64,
        fast in any::<bool>(),
    ) {
        let machine = table_mk2();
        let vertex = reduce_add_vertex(&machine, partials, output, outputs, depth, fast);
        let cost = reduce_add_cost(&machine, &vertex);
        prop_assert_eq!(cost.cycles.total(), reduce_add_cycles(&machine, &vertex));
        prop_assert_eq!(cost.sram_read_bytes, outputs * depth * partials.bytes());
        prop_assert_eq!(cost.sram_write_bytes, outputs * output.bytes());
        // No more than two data paths are loaded per cycle.
        prop_assert!(cost.cycles.total() * 16 >= outputs * (depth - 1) * partials.bytes());
    }

    #[test]
    fn stages_cost_more_than_nothing(outputs in 1..5000u64, depth in 2..2000u64, partials in element_types()) {
        let machine = table_mk2();
        let reduce = ConvolutionReduce {
            partials_type: partials,
            output_type: ElementType::F16,
            outputs_per_tile: outputs,
            depth,
            multi_stage: true,
            fast: false,
            accumulated_in_loop: false,
        };
        prop_assert!(convolution_reduce_cycles(&machine, &reduce) > 0);
    }
}
