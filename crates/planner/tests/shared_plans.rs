//! Shared plans are those that the planner finds, whoever asked before.

use proptest::prelude::*;
use smallvec::SmallVec;
use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_planner::{PlanOptions, PlanRequest, SharedPlans, TransformScope, plan, plan_jointly};
use tilesim_terms::Cancellation;
use tilesim_test_support::machines::mk2;

/// From what holds next to nothing to more than any chip has.
const SIZES: [u64; 6] = [24 << 10, 64 << 10, 160 << 10, 416 << 10, 624 << 10, 4 << 20];

fn convolutions() -> impl Strategy<Value = Convolution> {
    let channels = prop_oneof![Just((1, 48)), Just((4, 16)), Just((1, 320)), Just((96, 1))];
    (channels, 1_u64..9, 1_u64..29, 0_u64..3).prop_map(|((groups, channels), batch, field, half)| {
        Convolution {
            batch,
            conv_groups: groups,
            in_channels_per_group: channels,
            out_channels_per_group: channels,
            input: SmallVec::from_elem(field, 2),
            kernel: SmallVec::from_elem(2 * half + 1, 2),
            stride: SmallVec::from_elem(1, 2),
            input_dilation: SmallVec::from_elem(1, 2),
            kernel_dilation: SmallVec::from_elem(1, 2),
            padding_lower: SmallVec::from_elem(half.cast_signed(), 2),
            padding_upper: SmallVec::from_elem(half.cast_signed(), 2),
            flip_kernel: SmallVec::from_elem(false, 2),
        }
    })
}

fn machine(tile_memory_bytes: u64, exchange_bytes_per_cycle: u32, sync_cycles: u32) -> Machine {
    Machine {
        tiles: 96,
        tile_memory_bytes,
        exchange_bytes_per_cycle,
        sync_cycles,
        ..mk2()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn they_are_what_the_planner_finds(
        convolutions in prop::collection::vec(convolutions(), 1..4),
        asked in prop::collection::vec((0..SIZES.len(), 1_u32..3, 1_u32..3), 1..12),
        known in 0..SIZES.len(),
        capacity in 1_usize..8,
    ) {
        let shared = SharedPlans::new(capacity, SIZES[known..].to_vec());
        let options = PlanOptions { transforms: TransformScope::Lowered, ..PlanOptions::default() };
        let requests: Vec<PlanRequest> = convolutions
            .into_iter()
            .map(|convolution| PlanRequest { convolution, options: options.clone() })
            .collect();
        for (size, exchange, sync) in asked {
            let machine = machine(SIZES[size], 4 * exchange, 100 * sync);
            for (request, plan_of) in requests.iter().zip(shared.plan_all(&machine, &requests, &Cancellation::never())) {
                let expected = plan(&machine, &request.convolution, &request.options, Count::Machine);
                prop_assert!(plan_of.tile_memory.contains(&machine.tile_memory_bytes));
                prop_assert_eq!(plan_of.planned, expected);
            }
            prop_assert!(shared.len() <= capacity.max(1));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn joint_plans_are_what_the_planner_finds(
        layers in prop::collection::vec((1_u64..40, 1_u64..500, 1_u64..500), 1..4),
        asked in prop::collection::vec((0..SIZES.len(), 1_u32..3, 1_u32..3), 1..12),
        known in 0..SIZES.len(),
        capacity in 1_usize..8,
    ) {
        let shared = SharedPlans::new(capacity, SIZES[known..].to_vec());
        let options = PlanOptions {
            transforms: TransformScope::Lowered,
            available_memory_proportion: 0.05,
            ..PlanOptions::default()
        };
        for (size, exchange, sync) in asked {
            let machine = machine(SIZES[size], 4 * exchange, 100 * sync);
            for (batch, inputs, outputs) in &layers {
                let forward = Convolution::new(*batch, *inputs, *outputs, &[1], &[1]);
                let found = shared.plan_jointly(&machine, &forward, &options, &Cancellation::never());
                let expected = plan_jointly(&machine, &forward, &options, Count::Machine).expect("valid");
                prop_assert!(found.tile_memory.contains(&machine.tile_memory_bytes));
                prop_assert_eq!(found.planned, expected);
            }
        }
    }
}

#[test]
fn one_search_serves_most_sizes() {
    let shared = SharedPlans::new(8, SIZES.to_vec());
    let request = PlanRequest {
        convolution: Convolution {
            batch: 1,
            conv_groups: 1,
            in_channels_per_group: 16,
            out_channels_per_group: 96,
            input: SmallVec::from_elem(14, 2),
            kernel: SmallVec::from_elem(1, 2),
            stride: SmallVec::from_elem(1, 2),
            input_dilation: SmallVec::from_elem(1, 2),
            kernel_dilation: SmallVec::from_elem(1, 2),
            padding_lower: SmallVec::from_elem(0, 2),
            padding_upper: SmallVec::from_elem(0, 2),
            flip_kernel: SmallVec::from_elem(false, 2),
        },
        options: PlanOptions::default(),
    };
    let of = |size| {
        shared.plan_all(
            &machine(size, 4, 100),
            std::slice::from_ref(&request),
            &Cancellation::never(),
        )
    };
    let largest = of(SIZES[5]).remove(0);
    assert!(largest.tile_memory.contains(&SIZES[3]), "{largest:?}");
}
