//! What more of a machine does to the best plan's estimate.

use proptest::prelude::*;
use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_planner::{PlanOptions, Purpose, TransformScope, plan};
use tilesim_terms::ConvolutionPass;
use tilesim_test_support::machines::mk2;

fn mk2_of(tiles: u32) -> Machine {
    Machine { tiles, ..mk2() }
}

fn convolution() -> impl Strategy<Value = Convolution> {
    let channels = (1_u64..7, 1_u64..20, 1_u64..20);
    (1_u64..3, channels, 1_u64..15, 1_u64..6, 1_u64..3, any::<bool>()).prop_map(
        |(batch, (groups, inputs, outputs), field, kernel, stride, padded)| {
            let kernel = kernel.min(field);
            let convolution = Convolution::new(
                batch,
                groups * inputs,
                groups * outputs,
                &[field; 2],
                &[kernel; 2],
            )
            .grouped(groups)
            .expect("groups that divide the channels")
            .strided(stride);
            if padded {
                convolution.same_padded()
            } else {
                convolution
            }
        },
    )
}

fn options() -> impl Strategy<Value = PlanOptions> {
    (
        prop_oneof![Just(TransformScope::All), Just(TransformScope::Lowered)],
        any::<bool>(),
        prop_oneof![
            Just(Purpose::INFERENCE),
            Just(Purpose::training(ConvolutionPass::Forward))
        ],
    )
        .prop_map(|(transforms, serial_splits, purpose)| PlanOptions {
            transforms,
            serial_splits,
            purpose,
            ..PlanOptions::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// A plan for few tiles is a plan for more.
    #[test]
    fn more_tiles_never_worsen_the_estimate(
        convolution in convolution(),
        options in options(),
        fewer in 1_u32..40,
        more in 0_u32..40,
    ) {
        let cycles = |tiles: u32| plan(&mk2_of(tiles), &convolution, &options, Count::Machine).map(|planned| planned.cost.cycles());
        let (few, many) = (cycles(fewer), cycles(fewer + more));
        prop_assert!(many.clone()? <= few.clone()?, "{:?} cycles on {} tiles, {:?} on {}", few, fewer, many, fewer + more);
    }
}
