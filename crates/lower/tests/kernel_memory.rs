//! What lives on a tile while a convolution's kernel runs.

use std::sync::Mutex;

use proptest::prelude::*;
use tilesim_codelets::Count;
use tilesim_graph::{Convolution, ElementType, Graph, GraphBuilder, LayerKind};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_planner::{Method, Plan, PlanCost, cost, unsplit};
use tilesim_program::{Action, Program, Step, VariableId, Work};
use tilesim_test_support::machines::mk2;

/// Workers of a tile.
const WORKERS: u64 = 6;

fn small() -> Machine {
    Machine { tiles: 64, ..mk2() }
}

fn one_layer(convolution: &Convolution) -> Graph {
    let mut builder = GraphBuilder::new("network", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let x = builder
        .input("x", convolution.input_shape(), ElementType::F16)
        .expect("an input");
    let weights = builder
        .parameter("weights", convolution.weight_shape())
        .expect("weights");
    let y = builder
        .convolution("conv", convolution.clone(), x, weights, None)
        .expect("a convolution");
    builder.finish(vec![y]).expect("a graph")
}

/// A convolution under a plan: its program, and what the plan costs.
struct Lowered {
    plan: Plan,
    cost: PlanCost,
    program: Program,
}

/// The convolution under the first of its plans, from the drawn one on, that `accepts` takes, with the field in `parts`.
fn lowered(
    convolution: &Convolution,
    drawn: usize,
    parts: u64,
    accepts: impl Fn(&Plan) -> bool + Sync,
) -> Option<Lowered> {
    let machine = small();
    let chosen = Mutex::new(None);
    let program = lower(
        &one_layer(convolution),
        &machine,
        &LowerOptions::default(),
        PlanSource::Given(&|request| {
            let plans = unsplit(&machine, &request.convolution, &request.options).ok()?;
            let (before, from) = plans.split_at(drawn % plans.len().max(1));
            let (plan, cost) = from.iter().chain(before).find_map(|unsplit| {
                let mut plan = unsplit.plan.clone();
                plan.partition.field[0] = parts.min(unsplit.finest.field[0]);
                let cost = cost(
                    &machine,
                    &request.convolution,
                    &request.options,
                    &plan,
                    Count::Machine,
                )
                .ok()?;
                accepts(&plan).then_some((plan, cost))
            })?;
            *chosen.lock().expect("nobody panics") = Some((plan.clone(), cost));
            Some(plan)
        }),
    )
    .ok()?
    .program;
    let (plan, cost) = chosen.into_inner().expect("nobody panics")?;
    Some(Lowered { plan, cost, program })
}

/// The step in which a convolution's kernels run.
fn kernels(program: &Program) -> &Step {
    let mut steps = program.steps.iter();
    let is_convolution = |step: &&Step| matches!(&step.action, Action::Compute(work) if matches!(**work, Work::Convolution(_)));
    steps.find(is_convolution).expect("a convolution")
}

/// The most bytes that the variables have together on one tile.
fn most(program: &Program, variables: impl Iterator<Item = VariableId>) -> u64 {
    let mut bytes = vec![0; small().tiles as usize];
    for id in variables {
        let variable = &program.variables[id.0 as usize];
        for (sum, own) in bytes.iter_mut().zip(variable.bytes_by_tile(|bytes| bytes)) {
            *sum += own;
        }
    }
    bytes.into_iter().max().unwrap_or(0)
}

fn convolution() -> impl Strategy<Value = Convolution> {
    let channels = (1_u64..9, 1_u64..18, 1_u64..18);
    (1_u64..3, channels, 1_u64..13, 1_u64..6, 1_u64..3).prop_map(
        |(batch, (groups, inputs, outputs), field, kernel, stride)| {
            let kernel = kernel.min(field);
            Convolution::new(
                batch,
                groups * inputs,
                groups * outputs,
                &[field; 2],
                &[kernel; 2],
            )
            .grouped(groups)
            .expect("groups that divide the channels")
            .strided(stride)
            .same_padded()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// The fullest tile has room for all that the plan says its kernel reads, writes and works in, and for nothing else. The plan adds
    /// up the most of each; the tile with the most inputs may have fewer outputs than another.
    #[test]
    fn kernels_have_the_memory_that_their_plans_count(
        convolution in convolution(),
        drawn in any::<usize>(),
        parts in 1_u64..5,
    ) {
        let found = lowered(&convolution, drawn, parts, |_| true);
        prop_assume!(found.is_some());
        let Lowered { plan, cost, program } = found.expect("it is there");
        let counted = cost.convolution_bytes
            + cost.tile_transform_bytes
            + cost.broadcast_input_bytes
            + cost.accumulator_bytes;
        let step = kernels(&program);
        let held = most(&program, step.touches());
        prop_assert!(held <= counted, "{held} bytes of {counted}: {plan:?}");
        let written = most(&program, step.writes.iter().copied());
        prop_assert!(held + written >= counted, "{held} bytes of {counted}: {plan:?}");
    }
}

/// Bytes beside operands and beside partial sums that one tile needs for a convolution under the first plan that is accepted.
fn workspace(convolution: &Convolution, accepts: impl Fn(&Plan) -> bool + Sync) -> [u64; 2] {
    let lowered = lowered(convolution, 0, 1, accepts).expect("a plan of that kind");
    let program = &lowered.program;
    ["conv/padding", "conv/scratch"].map(|name| {
        let ids = kernels(program).workspace.iter().copied();
        most(
            program,
            ids.filter(|id| program.variables[id.0 as usize].name == name),
        )
    })
}

/// A plan of one kernel for conv groups in blocks of `groups`, of the convolution as it is.
fn plain(plan: &Plan, method: Method, groups: u64) -> bool {
    plan.method == method
        && plan.grouping.conv_groups == groups
        && plan.transforms.combine_conv_groups == 1
        && plan.transforms.expand_dims.is_empty()
        && !plan.transforms.swap_operands
}

#[test]
fn whole_blocks_of_channels_need_nothing_else() {
    let convolution = Convolution::new(1, 16, 16, &[8, 8], &[1, 1]);
    let amp = |plan: &Plan| {
        matches!(plan.method, Method::Amp { .. })
            && plan.grouping.in_channels == 16
            && plan.grouping.out_channels == 16
            && !plan.transforms.swap_operands
    };
    assert_eq!(workspace(&convolution, amp), [0, 0]);
}

#[test]
fn slic_needs_zeros_around_its_input_and_a_second_output_buffer() {
    // 8 groups in blocks of 4; a 3×3 kernel is read as 3×4 over 10×11 inputs of 8×8.
    let convolution = Convolution::new(1, 8, 8, &[8, 8], &[3, 3])
        .grouped(8)
        .expect("groups of 1")
        .same_padded();
    let slic = |plan: &Plan| plain(plan, Method::Slic { conv_chains: 4 }, 4);
    let zeros = 2 * 8 * ((10 * 11 - 8 * 8) + (12 - 9));
    let one_block = 2 * 4 * 8 * 8 + 200;
    assert_eq!(workspace(&convolution, slic), [zeros, one_block]);
}

#[test]
fn workers_of_the_vertical_kernel_have_accumulators_of_their_own() {
    let convolution = Convolution::new(1, 8, 8, &[8, 8], &[3, 3])
        .grouped(8)
        .expect("groups of 1");
    let vertical = |plan: &Plan| plain(plan, Method::VerticalMac, 8);
    assert_eq!(workspace(&convolution, vertical), [0, WORKERS * 2 * 8 * 6 * 6]);
}

#[test]
fn operands_themselves_fill_up_blocks() {
    // 12 of 16 input channels, 8 output channels in a block of 8.
    let convolution = Convolution::new(1, 12, 8, &[4, 4], &[1, 1]);
    let amp = |plan: &Plan| {
        matches!(plan.method, Method::Amp { .. })
            && plan.grouping.in_channels == 16
            && plan.grouping.out_channels == 8
            && !plan.transforms.swap_operands
    };
    assert_eq!(workspace(&convolution, amp), [0, 0]);
    let lowered = lowered(&convolution, 0, 1, amp).expect("a plan of that kind");
    let step = kernels(&lowered.program);
    assert_eq!(
        most(&lowered.program, step.touches()),
        2 * (16 * 4 * 4 + 16 * 8 + 8 * 4 * 4)
    );
}
