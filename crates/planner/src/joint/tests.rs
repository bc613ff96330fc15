//! The joint search against the enumeration of every joint plan.

use proptest::prelude::*;
use tilesim_machine::Machine;
use tilesim_terms::ConvolutionPass;
use tilesim_test_support::machines::table_mk2;

use super::super::plan::MethodKind;
use super::super::search::JointSearch;
use super::super::{cost, plan};
use super::*;

/// Splits of `grains` each of which lowers the largest part.
fn lowering(grains: u64, limit: u64) -> impl Iterator<Item = u64> + Clone {
    (1..=grains.min(limit))
        .filter(move |&split| split == 1 || grains.div_ceil(split) < grains.div_ceil(split - 1))
}

/// Visits every plan of the forward pass that has each weight on one tile, for one kernel.
fn enumerate(
    forward: &Convolution,
    kernel: Candidate,
    transforms: &Transforms,
    tiles: u64,
    visit: &mut impl FnMut(&Plan),
) {
    let grouping = kernel.grouping;
    let mut partition = Partition::whole(1);
    partition.field_grain[0] = grouping.in_channels;
    let fields = forward.out_channels_per_group.div_ceil(grouping.in_channels);
    let inputs = forward.in_channels_per_group.div_ceil(grouping.in_channels);
    let slices = forward.batch.div_ceil(grouping.out_channels);
    for serial in lowering(slices, slices) {
        for broadcast in [false, true] {
            if broadcast && serial == 1 {
                continue;
            }
            for input in lowering(inputs, tiles) {
                for field in lowering(fields, tiles / input) {
                    partition.out_channel_serial = serial;
                    partition.broadcast_input_before_loop = broadcast;
                    partition.in_channel_parallel = input;
                    partition.field[0] = field;
                    visit(&Plan {
                        method: kernel.method,
                        grouping,
                        vertex_partials: kernel.vertex_partials,
                        transforms: transforms.clone(),
                        partition: partition.clone(),
                        joint: None,
                    });
                }
            }
        }
    }
}

/// The costs of the passes that follow from a plan; `None` where a kernel cannot compute one.
fn costs(
    machine: &Machine,
    forward: &Convolution,
    options: &PlanOptions,
    count: Count,
    plan: &Plan,
) -> Option<[PlanCost; 3]> {
    let plans = implied(plan, forward.batch, options.partials_type);
    let mut costs = [PlanCost::default(); 3];
    for (pass, cost_of) in ConvolutionPass::ALL.into_iter().zip(&mut costs) {
        let convolution = forward.of_pass(pass);
        *cost_of = cost(
            machine,
            &convolution,
            &options.of_joint_plan(pass),
            &plans[pass as usize],
            count,
        )
        .ok()?;
    }
    Some(costs)
}

/// What every joint plan within `bound` bytes costs at least, as the search orders plans; panics where a bound of the search exceeds
/// the cycles of any.
fn least_of_all(
    machine: &Machine,
    forward: &Convolution,
    options: &PlanOptions,
    count: Count,
    bound: u64,
) -> Option<[u64; 3]> {
    let options = options.of_joint_plan(ConvolutionPass::Forward);
    let shape = Shape::new(forward).expect("a valid convolution");
    let rates = KernelRates::default();
    let mut least: Option<[u64; 3]> = None;
    for (transforms, transformed) in candidates::transforms(&shape, &options) {
        if !transforms.swap_operands {
            continue;
        }
        let passes = Passes::new(forward, &options, &transforms).expect("valid passes");
        for kernel in candidates::kernels(machine, &options, &transformed) {
            let settings = passes
                .settings(machine, count, &transforms, kernel)
                .expect("settings");
            let choice = JointChoice::new(&transforms, settings);
            let mut best = BestJoint::new(options.objective, None);
            let search = JointSearch::new(&choice, &rates, &mut best);
            enumerate(
                forward,
                kernel,
                &transforms,
                u64::from(machine.tiles),
                &mut |plan| {
                    let Some(costs) = costs(machine, forward, &options, count, plan) else {
                        return;
                    };
                    let cycles = costs.iter().map(PlanCost::cycles).sum::<u64>();
                    assert!(choice.least_cycles() <= cycles, "{plan:?}");
                    let open = Partition {
                        field: Partition::whole(1).field,
                        ..plan.partition.clone()
                    };
                    let at_least = search.least_cycles(&open);
                    assert!(at_least <= cycles, "{at_least} exceeds {cycles}: {plan:?}");
                    if costs.iter().all(|cost| cost.temporary_bytes() <= bound) {
                        let found = key(options.objective, &costs);
                        least = Some(least.map_or(found, |least| least.min(found)));
                    }
                },
            );
        }
    }
    least
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_joint_plan_of_all_is_cheaper(
        batch in prop_oneof![1..6_u64, 14..70_u64],
        in_channels in prop_oneof![1..20_u64, 20..400_u64],
        out_channels in prop_oneof![1..20_u64, 20..400_u64],
        tiles in prop::sample::select(vec![8_u32, 12, 32, 96]),
        types in prop::sample::select(vec![
            (ElementType::F16, ElementType::F16),
            (ElementType::F16, ElementType::F32),
            (ElementType::F32, ElementType::F32),
        ]),
        vendor in any::<bool>(),
        objective in prop::sample::select(vec![
            Objective::Cycles, Objective::Cycles, Objective::Cycles, Objective::Memory, Objective::Tiles,
        ]),
        memory in prop::sample::select(vec![1e-3, 0.01, 0.6]),
    ) {
        let machine = Machine { tiles, ..table_mk2() };
        let forward = Convolution::new(batch, in_channels, out_channels, &[1], &[1]);
        let count = if vendor { Count::Vendor } else { Count::Machine };
        let options = PlanOptions {
            input_type: types.0,
            partials_type: types.1,
            available_memory_proportion: memory,
            objective,
            ..PlanOptions::default()
        };
        let bound = options.allowed_bytes(machine.tile_memory_bytes);
        let least = least_of_all(&machine, &forward, &options, count, bound);
        let found = plan_jointly(&machine, &forward, &options, count).expect("a valid convolution");
        prop_assert_eq!(found.as_ref().map(|found| key(objective, &found.costs)), least);
        // What is found follows from the plan of its forward pass, and costs what it says.
        if let Some(found) = found {
            let implied = implied(&found.plans[0], batch, options.partials_type);
            prop_assert_eq!(&implied, &found.plans);
            let costs = costs(&machine, &forward, &options, count, &found.plans[0]);
            prop_assert_eq!(costs, Some(found.costs));
        }
    }
}

/// Inputs, outputs and batch that each tile has of its most loaded pass, by which the passes agree.
fn parts(plan: &Plan, pass: ConvolutionPass, forward: &Convolution) -> [u64; 2] {
    let partition = &plan.partition;
    let part = |size: u64, grain: u64, parts: u64| size.div_ceil(grain).div_ceil(parts) * grain;
    let field = |size| part(size, partition.field_grain[0], partition.field[0]);
    let (inputs, outputs) = (forward.in_channels_per_group, forward.out_channels_per_group);
    let inner = |size| part(size, plan.grouping.in_channels, partition.in_channel_parallel);
    let outer = |size| part(size, plan.grouping.out_channels, partition.out_channel_parallel);
    match pass {
        ConvolutionPass::Forward => [inner(inputs), field(outputs)],
        ConvolutionPass::InputGradient => [field(inputs), inner(outputs)],
        ConvolutionPass::WeightGradient => [outer(inputs), field(outputs)],
    }
}

proptest! {
    #[test]
    fn passes_have_the_same_weights(batch in 1..40_u64, in_channels in 1..400_u64, out_channels in 1..400_u64) {
        let machine = Machine { tiles: 96, ..table_mk2() };
        let forward = Convolution::new(batch, in_channels, out_channels, &[1], &[1]);
        let found = plan_jointly(&machine, &forward, &PlanOptions::default(), Count::Machine).expect("valid");
        if let Some(found) = found {
            let [first, second, third] = ConvolutionPass::ALL.map(|pass| parts(&found.plans[pass as usize], pass, &forward));
            prop_assert_eq!(first, second);
            prop_assert_eq!(first, third);
            prop_assert!(found.plans.iter().all(|plan| plan.method.kind() != MethodKind::Slic));
        }
    }
}

#[test]
fn only_products_of_matrices_are_joined() {
    let product = Convolution::new(4, 64, 32, &[1], &[1]);
    assert!(is_joinable(&product));
    assert!(!is_joinable(&Convolution::new(4, 64, 32, &[2], &[1])));
    assert!(!is_joinable(&Convolution::new(4, 64, 32, &[3], &[3])));
    let grouped = Convolution {
        conv_groups: 2,
        ..product
    };
    assert!(!is_joinable(&grouped));
    let none = plan_jointly(
        &Machine {
            tiles: 8,
            ..table_mk2()
        },
        &grouped,
        &PlanOptions::default(),
        Count::Machine,
    );
    assert_eq!(none, Ok(None));
}

#[test]
fn the_cheaper_way_is_preferred() {
    let machine = table_mk2();
    let options = PlanOptions::default();
    let preferred = |batch, inputs, outputs| {
        let forward = Convolution::new(batch, inputs, outputs, &[1], &[1]);
        let joint = plan_jointly(&machine, &forward, &options, Count::Machine)
            .expect("valid")
            .expect("a plan");
        let separate = ConvolutionPass::ALL.map(|pass| {
            plan(
                &machine,
                &forward.of_pass(pass),
                &options.of_joint_plan(pass),
                Count::Machine,
            )
            .expect("a plan")
        });
        let alone: u64 = separate.iter().map(|planned| planned.cost.cycles()).sum();
        let is_preferred = joint.is_preferred(separate.each_ref(), &options);
        assert_eq!(is_preferred, joint.cycles() <= alone);
        is_preferred
    };
    // The vendor's planner prefers it there too. So many samples are better cut over tiles, which then want the same weights.
    assert!(preferred(12, 1280, 1000));
    assert!(!preferred(384, 3072, 768));
}
