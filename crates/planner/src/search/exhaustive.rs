//! The search against the enumeration of every plan.

use proptest::prelude::*;
use smallvec::SmallVec;
use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::{ElementType, Machine};
use tilesim_terms::ConvolutionPass;
use tilesim_test_support::machines::table_mk2;

use super::*;
use crate::PlanOptions;
use crate::purpose::Purpose;
use crate::{cost::evaluate, plan_cost::PlanCost};

/// Visits all partitions of a setting with their costs; every dimension is split in every way that lowers its largest part.
fn enumerate(setting: &Setting, visit: &mut impl FnMut(&Partition, &PlanCost)) {
    let shape = setting.shape;
    let tiles = u64::from(setting.machine.tiles);
    let mut partition = Partition::whole(shape.dimensions.len());
    let last = shape.dimensions.len() - 1;
    partition.field_grain[last] = field_grain(setting.grouping.out_channels, setting.output[last]);
    let serial = |grains: u64| distinct_splits(grains, 1, grains).collect::<Vec<_>>();
    let outer_product = setting.method == Method::OuterProduct;
    for in_serial in serial(setting.in_channel_grains) {
        for out_serial in serial(setting.out_channel_grains) {
            if in_serial > 1 && out_serial > 1 {
                continue;
            }
            partition.in_channel_serial = in_serial;
            partition.out_channel_serial = out_serial;
            let mut axes: Vec<Vec<u64>> = vec![
                splits(
                    setting.out_channel_grains,
                    out_serial,
                    tiles,
                    one_out_channel_block(setting.method),
                )
                .collect(),
                splits(
                    setting.in_channel_grains,
                    in_serial,
                    tiles,
                    one_in_channel_block(setting.method),
                )
                .collect(),
                splits(setting.conv_group_grains, 1, tiles, false).collect(),
                splits(shape.batch, 1, tiles, outer_product).collect(),
            ];
            for d in 0..=last {
                let grains = setting.output[d].div_ceil(partition.field_grain[d]);
                axes.push(splits(grains, 1, tiles, outer_product && d != last).collect());
            }
            for dimension in &shape.dimensions[..last] {
                axes.push(splits(dimension.kernel, 1, tiles, outer_product).collect());
            }
            for broadcast in [false, true] {
                partition.broadcast_input_before_loop = broadcast && out_serial > 1;
                each(&axes, &mut Vec::new(), tiles, &mut |chosen| {
                    partition.out_channel_parallel = chosen[0];
                    partition.in_channel_parallel = chosen[1];
                    partition.conv_group = chosen[2];
                    partition.batch = chosen[3];
                    partition.field = SmallVec::from_slice(&chosen[4..=4 + last]);
                    partition.kernel[..last].copy_from_slice(&chosen[5 + last..]);
                    if let Ok(cost) = evaluate(setting, &partition) {
                        visit(&partition, &cost);
                    }
                });
            }
        }
    }
}

/// Calls `visit` with every choice of one entry per axis whose product is at most `limit`.
fn each(axes: &[Vec<u64>], chosen: &mut Vec<u64>, limit: u64, visit: &mut impl FnMut(&[u64])) {
    let Some(axis) = axes.get(chosen.len()) else {
        visit(chosen);
        return;
    };
    for &split in axis.iter().filter(|&&split| split <= limit) {
        chosen.push(split);
        each(axes, chosen, limit / split, visit);
        chosen.pop();
    }
}

/// Panics where a bound of the search exceeds `cost`, that of `partition`, at any of the splits that lead there.
fn check_bounds(choice: &Choice, rates: &KernelRates, partition: &Partition, cost: &PlanCost) {
    let (cycles, bytes) = (cost.cycles(), cost.temporary_bytes());
    let setting = &choice.setting;
    let mut best = Best::new(Objective::Cycles, 1, None);
    let mut search = Search::new(choice, rates, &mut best);
    let whole = search.partition.clone();
    let chosen = |choose: fn(&mut Partition, &Partition), so_far: &Partition| {
        let mut next = so_far.clone();
        choose(&mut next, partition);
        next
    };
    let mut open = Open::ROOT;
    let mut tiles = u64::from(setting.machine.tiles);
    let mut check = |so_far: &Partition, tiles: u64, open: Open| {
        search.partition = so_far.clone();
        search.fix();
        let (bound, fixed) = (&search.open_bound, search.fixed);
        assert!(
            bound
                .least_uncut(setting, so_far, tiles, open, fixed, |bound| bound > cycles)
                .is_some(),
            "a bound exceeds {cycles} at {open:?} of {tiles} tiles for {partition:?} of {choice:?}"
        );
        let least_bytes = fixed.temporary_bytes(bound.bytes(setting, so_far, tiles, open));
        assert!(
            least_bytes <= bytes,
            "{least_bytes} exceeds {bytes} bytes at {open:?} of {tiles} tiles for {partition:?} of {choice:?}"
        );
    };
    let blocks = Tile::new(setting, partition);
    let grouping = setting.grouping;
    let so_far = chosen(
        |next, plan| {
            next.in_channel_serial = plan.in_channel_serial;
            next.out_channel_serial = plan.out_channel_serial;
            next.broadcast_input_before_loop = plan.broadcast_input_before_loop;
        },
        &whole,
    );
    check(&so_far, tiles, open);
    let so_far = chosen(
        |next, plan| next.out_channel_parallel = plan.out_channel_parallel,
        &so_far,
    );
    tiles /= partition.out_channel_parallel;
    open = open.with_out_blocks(blocks.out_channels / grouping.out_channels);
    check(&so_far, tiles, open);
    let so_far = chosen(
        |next, plan| next.in_channel_parallel = plan.in_channel_parallel,
        &so_far,
    );
    tiles /= partition.in_channel_parallel;
    open = open.with_in_blocks(blocks.in_channels / grouping.in_channels);
    check(&so_far, tiles, open);
    let so_far = chosen(|next, plan| next.kernel.clone_from(&plan.kernel), &so_far);
    tiles /= partition.kernel.iter().product::<u64>();
    let innermost = setting.shape.dimensions.len() - 1;
    open = open.with_kernel_rows(blocks.kernel[..innermost].iter().product());
    check(&so_far, tiles, open);
    let so_far = chosen(|next, plan| next.conv_group = plan.conv_group, &so_far);
    tiles /= partition.conv_group;
    open = open.with_group_blocks(blocks.conv_groups / grouping.conv_groups);
    check(&so_far, tiles, open);
    let positions = blocks.batch * blocks.output.iter().product::<u64>();
    let mut node = Node::new(setting, rates.of(setting), &so_far, &blocks);
    node.enter(setting, &so_far, &blocks, open, search.fixed);
    assert!(
        node.bytes(setting, positions) <= bytes,
        "a bound exceeds {bytes} bytes for {partition:?} of {choice:?}"
    );
    let weights = node.weights(setting, partition.weight_sharers());
    for rest in [
        node.glance_without_weights(setting, positions),
        node.bound_without_weights(setting, positions),
    ] {
        assert!(
            rest + weights <= cycles,
            "{rest} + {weights} exceeds {cycles} for {partition:?} of {choice:?}"
        );
    }
}

/// A plan that costs `cycles`, to start the search with: anything that costs more is cut.
fn offer_dummy(best: &mut Best, choice: &Choice, cycles: u64) {
    let cost = PlanCost {
        compute: cycles,
        serial_splits: 1,
        convolution_bytes: DUMMY_BYTES,
        ..PlanCost::default()
    };
    best.offer(&cost, || Plan {
        method: choice.setting.method,
        grouping: choice.setting.grouping,
        vertex_partials: choice.setting.vertex_partials,
        transforms: choice.transforms.clone(),
        partition: Partition::whole(choice.setting.shape.dimensions.len()),
        joint: None,
    });
}

const DUMMY_BYTES: u64 = 1 << 50;

/// The least of all plans by each of [`OBJECTIVES`]; panics where the search of a choice misses the least cycles of that choice, told
/// beforehand what they are: then every bound above them cuts it off.
fn least_of_all(
    machine: &Machine,
    convolution: &Convolution,
    options: &PlanOptions,
    count: Count,
) -> [[u64; 3]; OBJECTIVES.len()] {
    let shape = Shape::new(convolution).expect("a valid convolution");
    let transforms = candidates::transforms(&shape, options);
    let terms = Terms {
        machine,
        options,
        count,
    };
    let mut least_of_all = [[u64::MAX; 3]; OBJECTIVES.len()];
    let rates = KernelRates::default();
    for choice in choices(terms, &shape, &transforms).expect("choices") {
        let mut least = u64::MAX;
        enumerate(&choice.setting, &mut |partition, cost| {
            least = least.min(cost.cycles());
            for (least, objective) in least_of_all.iter_mut().zip(OBJECTIVES) {
                *least = (*least).min(objective.key(cost));
            }
            check_bounds(&choice, &rates, partition, cost);
        });
        if least == u64::MAX {
            continue;
        }
        assert!(choice.least_cycles <= least, "{choice:?}");
        let mut best = Best::new(Objective::Cycles, 1, None);
        offer_dummy(&mut best, &choice, least);
        for slices in [Slices::Whole, Slices::Looped] {
            Search::run(&choice, slices, &rates, &mut best);
        }
        let (_, found) = &best.into_plans()[0];
        assert_ne!(
            found.convolution_bytes, DUMMY_BYTES,
            "a bound exceeds {least}: {choice:?}"
        );
        assert_eq!(found.cycles(), least, "{choice:?}");
    }
    least_of_all
}

const OBJECTIVES: [Objective; 3] = [Objective::Cycles, Objective::Memory, Objective::Tiles];

/// Panics where a plan of all is better than the one that the planner finds, by any objective.
fn check_plans(machine: &Machine, convolution: &Convolution, options: &PlanOptions, count: Count) {
    let least = least_of_all(machine, convolution, options, count);
    for (objective, least) in OBJECTIVES.into_iter().zip(least) {
        let options = PlanOptions {
            objective,
            ..options.clone()
        };
        let found = crate::plan(machine, convolution, &options, count).expect("a plan");
        assert_eq!(objective.key(&found.cost), least, "{objective:?}");
    }
}

prop_compose! {
    fn convolutions()(
        batch in 1..4u64,
        conv_groups in 1..9u64,
        in_channels_per_group in 1..20u64,
        out_channels_per_group in 1..20u64,
        depthwise in any::<bool>(),
        input in proptest::array::uniform2(1..9u64),
        kernel in 1..4u64,
        stride in 1..3u64,
        input_dilation in 1..3u64,
    ) -> Convolution {
        let padding = (kernel / 2).cast_signed();
        Convolution {
            batch,
            conv_groups,
            in_channels_per_group: if depthwise { 1 } else { in_channels_per_group },
            out_channels_per_group: if depthwise { 1 } else { out_channels_per_group },
            input: SmallVec::from_slice(&input),
            kernel: SmallVec::from_elem(kernel, 2),
            stride: SmallVec::from_elem(if input_dilation > 1 { 1 } else { stride }, 2),
            input_dilation: SmallVec::from_elem(input_dilation, 2),
            kernel_dilation: SmallVec::from_elem(1, 2),
            padding_lower: SmallVec::from_elem(padding, 2),
            padding_upper: SmallVec::from_elem(padding, 2),
            flip_kernel: SmallVec::from_elem(false, 2),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_of_all_is_better(
        convolution in convolutions(),
        tiles in proptest::sample::select(vec![8u32, 12, 16, 32]),
        half_partials in any::<bool>(),
        vendor in any::<bool>(),
        purpose in proptest::sample::select(vec![
            Purpose::INFERENCE,
            Purpose::training(ConvolutionPass::Forward),
            Purpose::training(ConvolutionPass::WeightGradient),
            Purpose::of_joint_plan(ConvolutionPass::InputGradient),
            Purpose::of_joint_plan(ConvolutionPass::WeightGradient),
        ]),
    ) {
        let machine = Machine { tiles, ..table_mk2() };
        let count = if vendor { Count::Vendor } else { Count::Machine };
        let options = PlanOptions {
            partials_type: if half_partials { ElementType::F16 } else { ElementType::F32 },
            available_memory_proportion: 1e9,
            purpose,
            ..PlanOptions::default()
        };
        prop_assume!(Shape::new(&convolution).is_ok_and(|shape| shape.output_field() > 0));
        check_plans(&machine, &convolution, &options, count);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Small convolutions, of which more tiles leave an enumeration possible.
    #[test]
    fn no_plan_of_all_is_better_on_64_tiles(
        convolution in convolutions(),
        channels in proptest::array::uniform2(1..9u64),
        input in proptest::array::uniform2(1..6u64),
        vendor in any::<bool>(),
        purpose in proptest::sample::select(vec![Purpose::INFERENCE, Purpose::training(ConvolutionPass::WeightGradient)]),
    ) {
        let convolution = Convolution {
            in_channels_per_group: channels[0],
            out_channels_per_group: channels[1],
            input: SmallVec::from_slice(&input),
            ..convolution
        };
        let machine = Machine { tiles: 64, ..table_mk2() };
        let count = if vendor { Count::Vendor } else { Count::Machine };
        let options = PlanOptions {
            available_memory_proportion: 1e9,
            purpose,
            ..PlanOptions::default()
        };
        prop_assume!(Shape::new(&convolution).is_ok_and(|shape| shape.output_field() > 0));
        check_plans(&machine, &convolution, &options, count);
    }
}
