//! What the options of the planner do, and what it says where there is no plan.

use smallvec::SmallVec;
use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::ElementType;
use tilesim_planner::{
    CostPhase, MethodKind, NoPlan, Objective, PlanCache, PlanError, PlanOptions, PlanRequest, Planner,
    Purpose, cost, explain, plan,
};
use tilesim_terms::ConvolutionPass;
use tilesim_test_support::machines::table_mk2;

/// Same-padded k×k convolution.
fn convolution(batch: u64, groups: u64, channels: u64, field: u64, kernel: u64) -> Convolution {
    let padding = (kernel / 2).cast_signed();
    Convolution {
        batch,
        conv_groups: groups,
        in_channels_per_group: channels,
        out_channels_per_group: channels,
        input: SmallVec::from_elem(field, 2),
        kernel: SmallVec::from_elem(kernel, 2),
        stride: SmallVec::from_elem(1, 2),
        input_dilation: SmallVec::from_elem(1, 2),
        kernel_dilation: SmallVec::from_elem(1, 2),
        padding_lower: SmallVec::from_elem(padding, 2),
        padding_upper: SmallVec::from_elem(padding, 2),
        flip_kernel: SmallVec::from_elem(false, 2),
    }
}

#[test]
fn kept_plans_are_distinct_and_ordered() {
    let options = PlanOptions {
        keep: 5,
        ..PlanOptions::default()
    };
    let planned = plan(
        &table_mk2(),
        &convolution(4, 6, 16, 14, 3),
        &options,
        Count::Vendor,
    )
    .expect("a plan");
    assert_eq!(planned.others.len(), 4);
    let mut all = vec![(planned.cost.cycles(), planned.plan.clone())];
    all.extend(
        planned
            .others
            .iter()
            .map(|ranked| (ranked.cost.cycles(), ranked.plan.clone())),
    );
    assert!(all.is_sorted_by(|a, b| a.0 <= b.0));
    for (i, (_, plan)) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|(_, other)| other != plan));
    }
    let single = plan_with(&PlanOptions::default(), &convolution(4, 6, 16, 14, 3));
    assert_eq!(single, (planned.cost.cycles(), planned.cost.temporary_bytes()));
}

fn plan_with(options: &PlanOptions, convolution: &Convolution) -> (u64, u64) {
    let planned = plan(&table_mk2(), convolution, options, Count::Vendor).expect("a plan");
    (planned.cost.cycles(), planned.cost.temporary_bytes())
}

/// Where rearranged operands alone exceed what is allowed, no split helps: the search must see that, not try them all.
#[test]
fn what_no_split_can_fit_is_planned_beyond_what_is_allowed() {
    let samples_as_channels = Convolution {
        in_channels_per_group: 256,
        out_channels_per_group: 1,
        kernel: SmallVec::from_elem(56, 2),
        kernel_dilation: SmallVec::from_elem(2, 2),
        padding_lower: SmallVec::from_elem(1, 2),
        padding_upper: SmallVec::from_elem(1, 2),
        ..convolution(1, 64, 1, 112, 3)
    };
    let options = PlanOptions {
        purpose: Purpose::training(ConvolutionPass::WeightGradient),
        ..PlanOptions::default()
    };
    let planned = plan(&table_mk2(), &samples_as_channels, &options, Count::Vendor).expect("a plan");
    let allowed = options.allowed_bytes(table_mk2().tile_memory_bytes);
    assert_eq!(planned.memory_bound, Some(2 * allowed));
    assert!((allowed..=2 * allowed).contains(&planned.cost.temporary_bytes()));
}

#[test]
fn less_memory_never_makes_a_plan_faster() {
    let convolution = convolution(2, 1, 64, 56, 3);
    let mut cycles = 0;
    for proportion in [0.6, 0.1, 0.05, 0.03] {
        let options = PlanOptions {
            available_memory_proportion: proportion,
            ..PlanOptions::default()
        };
        let (found, _) = plan_with(&options, &convolution);
        assert!(found >= cycles);
        cycles = found;
    }
}

#[test]
fn the_least_memory_is_no_more_than_that_of_the_fastest_plan() {
    let convolution = convolution(1, 1, 32, 14, 3);
    let (fastest, bytes) = plan_with(&PlanOptions::default(), &convolution);
    let least = PlanOptions {
        objective: Objective::Memory,
        ..PlanOptions::default()
    };
    let (slower, fewer) = plan_with(&least, &convolution);
    assert!(fewer <= bytes && slower >= fastest);
}

#[test]
fn too_little_memory_is_named_with_what_is_needed() {
    let convolution = convolution(4, 1, 64, 56, 3);
    let strict = PlanOptions {
        available_memory_proportion: 0.001,
        relax_memory: false,
        ..PlanOptions::default()
    };
    let Err(NoPlan::Memory { allowed, needed }) = plan(&table_mk2(), &convolution, &strict, Count::Vendor)
    else {
        panic!("no plan fits 638 bytes");
    };
    assert_eq!(allowed, 638);
    assert!(needed > allowed);
    let relaxed = PlanOptions {
        relax_memory: true,
        ..strict
    };
    let planned = plan(&table_mk2(), &convolution, &relaxed, Count::Vendor).expect("a plan");
    assert!(
        planned
            .memory_bound
            .is_some_and(|bound| bound >= planned.cost.temporary_bytes())
    );
}

#[test]
fn a_kernel_that_cannot_compute_the_convolution_is_named() {
    let options = PlanOptions {
        methods: vec![MethodKind::OuterProduct],
        ..PlanOptions::default()
    };
    let mut strided = convolution(1, 1, 16, 14, 3);
    strided.stride[1] = 2;
    strided.padding_lower[1] = 0;
    strided.input_dilation[1] = 3;
    let error = plan(&table_mk2(), &strided, &options, Count::Vendor);
    if let Err(error) = error {
        assert!(error.to_string().contains("OUTER_PRODUCT"), "{error}");
    }
}

#[test]
fn a_convolution_without_outputs_is_malformed() {
    let mut empty = convolution(1, 1, 16, 2, 5);
    empty.padding_lower[0] = 0;
    empty.padding_upper[0] = 0;
    let error = plan(&table_mk2(), &empty, &PlanOptions::default(), Count::Vendor);
    assert!(matches!(error, Err(NoPlan::Malformed(_))), "{error:?}");
}

#[test]
fn rewritings_beyond_all_counters_are_left_out() {
    // As a kernel, an image of this size takes more multiply-accumulates than counters hold.
    let mut image = convolution(1, 1, 3, 12_000, 3);
    image.out_channels_per_group = 4;
    let strict = PlanOptions {
        relax_memory: false,
        ..PlanOptions::default()
    };
    for options in [PlanOptions::default(), strict] {
        match plan(&table_mk2(), &image, &options, Count::Machine) {
            Ok(planned) => assert!(!planned.plan.transforms.swap_operands),
            Err(error) => assert!(matches!(error, NoPlan::Memory { .. }), "{error:?}"),
        }
    }
}

#[test]
fn a_batch_of_hundreds_of_thousands_is_planned_or_too_large() {
    let mut pointwise = convolution(355_540, 1, 32, 112, 1);
    pointwise.out_channels_per_group = 64;
    let options = PlanOptions {
        relax_memory: false,
        ..PlanOptions::default()
    };
    let error = plan(&table_mk2(), &pointwise, &options, Count::Machine);
    assert!(matches!(error, Err(NoPlan::Memory { .. })), "{error:?}");
}

/// The gradient of the weights of a first layer: an image is convolved with what comes back, and both fields are large.
#[test]
fn weight_gradients_of_first_layers_are_planned_in_large_batches() {
    for batch in [16, 20, 64, 256] {
        let mut gradient = convolution(3, 1, batch, 224, 112);
        gradient.out_channels_per_group = 64;
        gradient.kernel_dilation = SmallVec::from_elem(2, 2);
        gradient.padding_lower = SmallVec::from_elem(3, 2);
        gradient.padding_upper = SmallVec::from_elem(2, 2);
        let planned = plan(&table_mk2(), &gradient, &PlanOptions::default(), Count::Machine);
        assert!(planned.is_ok(), "{batch}: {planned:?}");
    }
}

/// At the bound of all sizes nothing overflows, which the arithmetic of tests would say.
#[test]
fn the_largest_convolutions_are_planned_or_refused() {
    for (batch, groups, channels, field, kernel, stride, dilation) in [
        (1 << 40, 1, 1, 64, 3, 1, 1),
        (1, 1 << 44, 1, 30, 3, 1, 1),
        (1, 1, 1 << 20, 60, 3, 1, 1),
        (1, 1, 1, 1 << 27, 3, 1, 1),
        (1, 1, 1, 1 << 27, 3, 1 << 20, 1),
        (1, 1, 4, 1 << 20, 1 << 20, 1, 1),
        (1, 16, 4, 1 << 10, 1 << 10, 3, 1 << 12),
        (4, 1, 1 << 6, 1 << 8, 3, 1, 1 << 12),
    ] {
        for (input_dilation, kernel_dilation) in [(1, 1), (dilation, 1), (1, dilation)] {
            let mut large = convolution(batch, groups, channels, field, kernel);
            large.stride = SmallVec::from_elem(stride, 2);
            large.input_dilation = SmallVec::from_elem(input_dilation, 2);
            large.kernel_dilation = SmallVec::from_elem(kernel_dilation, 2);
            let options = PlanOptions {
                relax_memory: false,
                ..PlanOptions::default()
            };
            if let Ok(planned) = plan(&table_mk2(), &large, &options, Count::Machine) {
                assert!(planned.cost.cycles() > 0);
            }
        }
    }
}

#[test]
fn absurd_input_is_an_error() {
    let options = PlanOptions::default();
    let mut huge = convolution(1, 1, 16, 14, 3);
    huge.batch = u64::MAX;
    assert!(matches!(
        plan(&table_mk2(), &huge, &options, Count::Vendor),
        Err(NoPlan::Malformed(PlanError::TooLarge))
    ));
    // Within the sizes, but however it is rewritten, a loop over all channels moves more than can be counted.
    let mut wide = convolution(1, 1, 1, 1, 1);
    wide.in_channels_per_group = 1 << 24;
    wide.out_channels_per_group = 1 << 24;
    let units = PlanOptions {
        methods: vec![MethodKind::Amp],
        ..PlanOptions::default()
    };
    let error = plan(&table_mk2(), &wide, &units, Count::Vendor);
    assert!(
        matches!(error, Err(NoPlan::Malformed(PlanError::TooMuchWork { .. }))),
        "{error:?}"
    );
    let mut unequal = convolution(1, 1, 16, 14, 3);
    unequal.stride.push(1);
    assert!(matches!(
        plan(&table_mk2(), &unequal, &options, Count::Vendor),
        Err(NoPlan::Malformed(PlanError::UnequalDimensions { .. }))
    ));
    let sound = convolution(1, 1, 16, 14, 3);
    let mut planned = plan(&table_mk2(), &sound, &options, Count::Vendor)
        .expect("a plan")
        .plan;
    planned.partition.batch = u64::MAX;
    let error = cost(&table_mk2(), &sound, &options, &planned, Count::Vendor);
    assert!(matches!(error, Err(PlanError::TooManyParts { .. })), "{error:?}");
}

#[test]
fn kernels_are_explained_cheapest_first() {
    let kernels = explain(
        &Planner::new(table_mk2(), Count::Vendor),
        &convolution(1, 96, 1, 28, 3),
        &PlanOptions::default(),
    );
    assert_eq!(kernels.len(), MethodKind::ALL.len());
    let cycles: Vec<u64> = kernels
        .iter()
        .map(|k| k.best.as_ref().map_or(u64::MAX, |planned| planned.cost.cycles()))
        .collect();
    assert!(cycles.is_sorted());
    let (best, _) = plan_with(&PlanOptions::default(), &convolution(1, 96, 1, 28, 3));
    assert_eq!(cycles[0], best);
    assert!(CostPhase::ALL.contains(&kernels[0].limiting_phase().expect("the best kernel has a plan")));
}

/// Rates of kernels that one convolution has measured bound the search for others: they must be of the same kernels. A rate that is
/// too high for another loses its best plan.
#[test]
fn what_a_planner_learns_changes_no_plan() {
    let planner = Planner::new(table_mk2(), Count::Vendor);
    for element_type in [ElementType::F32, ElementType::F16] {
        let options = PlanOptions {
            input_type: element_type,
            partials_type: element_type,
            ..PlanOptions::default()
        };
        // The slowest kernels first.
        for kernel in [7, 5, 3, 1] {
            for (batch, groups, channels) in [(1, 1, 24), (4, 1, 40), (4, 48, 1), (1, 6, 16)] {
                for stride in [2, 1] {
                    let convolution = Convolution {
                        stride: SmallVec::from_elem(stride, 2),
                        ..convolution(batch, groups, channels, 14, kernel)
                    };
                    let alone = plan(&table_mk2(), &convolution, &options, Count::Vendor);
                    assert_eq!(planner.plan(&convolution, &options), alone, "{convolution:?}");
                }
            }
        }
    }
}

#[test]
fn a_cache_plans_equal_convolutions_once() {
    let requests: Vec<PlanRequest> = [16, 32, 16, 48, 32]
        .map(|channels| PlanRequest {
            convolution: convolution(1, 1, channels, 14, 1),
            options: PlanOptions::default(),
        })
        .to_vec();
    let mut cache = PlanCache::new(table_mk2(), Count::Vendor);
    let planned = cache.plan_all(&requests);
    assert_eq!(cache.len(), 3);
    for (request, planned) in requests.iter().zip(&planned) {
        assert_eq!(
            *planned,
            plan(
                &table_mk2(),
                &request.convolution,
                &request.options,
                Count::Vendor
            )
        );
        assert_eq!(*planned, cache.plan(&request.convolution, &request.options));
    }
}
