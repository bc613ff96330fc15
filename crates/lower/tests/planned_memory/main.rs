//! What a convolution is lowered to takes no more memory than its plan counts, so that the limit on plans holds for programs.

mod temporaries;

use std::sync::Mutex;

use proptest::prelude::*;
use tilesim_codelets::Count;
use tilesim_graph::{
    Convolution, ElementType, Graph, GraphBuilder, LayerKind, Op, OpKind, TrainingOptions, fold_batch_norm,
    training_graph,
};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_models::{ModelSpec, build};
use tilesim_planner::{Partition, Plan, PlanCost, PlanOptions, PlanRequest, cost, plan, unsplit};
use tilesim_program::Precision;
use tilesim_test_support::machines::mk2;

use temporaries::Temporaries;

fn small() -> Machine {
    Machine { tiles: 64, ..mk2() }
}

/// A network of a convolution behind another and before a classifier, or its training step: all three passes.
fn network(convolution: &Convolution, trains: bool) -> Option<Graph> {
    let mut builder = GraphBuilder::new("network", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let channels = convolution.in_channels();
    let first = Convolution::new(convolution.batch, channels, channels, &convolution.input, &[1, 1])
        .grouped(channels)?;
    let x = builder
        .input("x", convolution.input_shape(), ElementType::F16)
        .ok()?;
    let weights = builder.parameter("first/weights", first.weight_shape()).ok()?;
    let x = builder.convolution("first", first, x, weights, None).ok()?;
    let weights = builder
        .parameter("conv/weights", convolution.weight_shape())
        .ok()?;
    let y = builder
        .convolution("conv", convolution.clone(), x, weights, None)
        .ok()?;
    let pooled = builder.global_average_pool("pool", y).ok()?;
    let row = vec![convolution.batch, convolution.out_channels()];
    let row = builder.reshape("row", pooled, &row).ok()?;
    let weights = builder
        .parameter("classifier/weights", vec![10, convolution.out_channels()])
        .ok()?;
    let logits = builder.fully_connected("classifier", row, weights, None).ok()?;
    let graph = builder.finish(vec![logits]).ok()?;
    if trains {
        Some(training_graph(&graph, &TrainingOptions::default()).ok()?.graph)
    } else {
        Some(graph)
    }
}

/// Whether an operator is planned as a convolution.
const fn is_planned(op: &Op) -> bool {
    matches!(
        op.kind,
        OpKind::Convolution(_)
            | OpKind::FullyConnected
            | OpKind::ConvolutionInputGradient(_)
            | OpKind::ConvolutionWeightGradient(_)
    )
}

/// Lowers a graph under the plans that `choose` gives, and holds every convolution to what its plan counts; false where one has no
/// plan that is lowered.
fn check(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    choose: impl Fn(&PlanRequest) -> Option<(Plan, PlanCost)> + Sync,
) -> Result<bool, TestCaseError> {
    let chosen = Mutex::new(Vec::new());
    let given = |request: &PlanRequest| {
        let (plan, cost) = choose(request)?;
        chosen.lock().expect("nobody panics").push((plan.clone(), cost));
        Some(plan)
    };
    let Ok(lowered) = lower(graph, machine, options, PlanSource::Given(&given)) else {
        return Ok(false);
    };
    let chosen = chosen.into_inner().expect("nobody panics");
    let planned: Vec<&Op> = graph.ops.iter().filter(|op| is_planned(op)).collect();
    if chosen.len() != planned.len() {
        return Ok(false);
    }
    let operators = graph.ops.iter().map(|op| op.name.as_str()).collect();
    let temporaries = Temporaries::of(&lowered.program, &operators);
    for (op, (plan, cost)) in planned.iter().zip(&chosen) {
        let (bytes, step) = temporaries.most(&op.name);
        let counted = cost.temporary_bytes();
        prop_assert!(
            bytes <= counted,
            "{} takes {bytes} of {counted} bytes in `{step}`: {plan:?}, {cost:?}",
            op.name
        );
    }
    Ok(true)
}

/// A plan as it is drawn: the number of an unsplit one, and into how many parts it is cut.
#[derive(Debug, Clone)]
struct Drawn {
    plan: usize,
    parts: Vec<u64>,
    broadcast: bool,
}

impl Drawn {
    fn plan(&self, machine: &Machine, request: &PlanRequest) -> Option<(Plan, PlanCost)> {
        let plans = unsplit(machine, &request.convolution, &request.options).ok()?;
        let (before, from) = plans.split_at(self.plan % plans.len().max(1));
        from.iter().chain(before).find_map(|unsplit| {
            let mut plan = unsplit.plan.clone();
            self.cut(&mut plan.partition, &unsplit.finest);
            let cost = cost(
                machine,
                &request.convolution,
                &request.options,
                &plan,
                Count::Machine,
            )
            .ok()?;
            Some((plan, cost))
        })
    }

    fn cut(&self, partition: &mut Partition, finest: &Partition) {
        let part = |index: usize, finest: u64| self.parts[index].min(finest);
        partition.batch = part(0, finest.batch);
        for (dimension, (parts, finest)) in partition.field.iter_mut().zip(&finest.field).enumerate() {
            *parts = part(1 + dimension, *finest);
        }
        partition.conv_group = part(3, finest.conv_group);
        partition.in_channel_parallel = part(4, finest.in_channel_parallel);
        partition.out_channel_parallel = part(5, finest.out_channel_parallel);
        partition.kernel[0] = part(6, finest.kernel[0]);
        let left = finest.out_channel_parallel / partition.out_channel_parallel;
        partition.out_channel_serial = part(7, left);
        if partition.out_channel_serial == 1 {
            let left = finest.in_channel_parallel / partition.in_channel_parallel;
            partition.in_channel_serial = part(8, left);
        }
        partition.broadcast_input_before_loop = self.broadcast && partition.out_channel_serial > 1;
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let parts = prop::collection::vec(prop_oneof![3 => Just(1_u64), 1 => 2_u64..4], 9);
    (any::<usize>(), parts, any::<bool>()).prop_map(|(plan, parts, broadcast)| Drawn {
        plan,
        parts,
        broadcast,
    })
}

fn convolution() -> impl Strategy<Value = Convolution> {
    let channels = prop_oneof![
        (Just(1_u64), 1_u64..70, 1_u64..70),
        (1_u64..9, 1_u64..18, 1_u64..18),
        (
            prop_oneof![Just(16_u64), Just(32), Just(48)],
            Just(1_u64),
            Just(1_u64)
        ),
    ];
    (1_u64..5, channels, 1_u64..15, 1_u64..6, 1_u64..4, any::<bool>()).prop_map(
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

fn precision() -> impl Strategy<Value = Precision> {
    let types = [
        (ElementType::F16, ElementType::F16),
        (ElementType::F16, ElementType::F32),
        (ElementType::F32, ElementType::F32),
    ];
    prop::sample::select(types.to_vec()).prop_map(|(data, partials)| Precision { data, partials })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the plan: every transform, kernel and split.
    #[test]
    fn programs_take_no_more_than_given_plans_count(
        convolution in convolution(),
        precision in precision(),
        trains in any::<bool>(),
        drawn in drawn(),
    ) {
        let graph = network(&convolution, trains);
        prop_assume!(graph.is_some());
        let machine = small();
        let options = LowerOptions { precision, ..LowerOptions::default() };
        check(&graph.expect("it is there"), &machine, &options, |request| drawn.plan(&machine, request))?;
    }

    /// The best plans, within any share of the memory.
    #[test]
    fn programs_take_no_more_than_the_best_plans_count(
        convolution in convolution(),
        precision in precision(),
        trains in any::<bool>(),
        tiles in prop::sample::select(vec![4_u32, 16, 60, 64]),
        proportion in prop::sample::select(vec![0.6, 0.05, 0.01, 0.003]),
    ) {
        let graph = network(&convolution, trains);
        prop_assume!(graph.is_some());
        let machine = Machine { tiles, ..mk2() };
        let options = LowerOptions {
            precision,
            available_memory_proportion: proportion,
            ..LowerOptions::default()
        };
        check(&graph.expect("it is there"), &machine, &options, |request| {
            let found = plan(&machine, &request.convolution, &request.options, Count::Machine).ok()?;
            Some((found.plan, found.cost))
        })?;
    }
}

/// The layers of whole networks, whose operands lie as the layers before them left them.
#[test]
fn networks_take_no_more_than_their_plans_count() {
    let machine = mk2();
    let known = Mutex::new(Vec::<(PlanRequest, (Plan, PlanCost))>::new());
    let best = |request: &PlanRequest| {
        let mut known = known.lock().expect("nobody panics");
        if let Some((_, found)) = known.iter().find(|(other, _)| other == request) {
            return Some(found.clone());
        }
        // Slices of what is folded are not lowered; whole plans are as good an example.
        let options = PlanOptions {
            serial_splits: false,
            ..request.options.clone()
        };
        let found = plan(&machine, &request.convolution, &options, Count::Machine).ok()?;
        known.push((request.clone(), (found.plan.clone(), found.cost)));
        Some((found.plan, found.cost))
    };
    for (name, batch, trains) in [
        ("resnet50", 64, false),
        ("resnet50", 1, false),
        ("resnet50", 2, true),
        ("efficientnet-b0-g1", 16, false),
        ("efficientnet-b0-g16", 4, true),
        ("mobilenet-v3-large", 4, false),
        ("convnext-tiny", 4, false),
        ("resnext101-32x4d", 1, false),
    ] {
        let spec = ModelSpec::load(name).expect("a bundled network");
        let graph = build(&spec, batch).expect("a graph");
        let graph = if trains {
            let options = TrainingOptions::default();
            training_graph(&graph, &options).expect("a training step").graph
        } else {
            fold_batch_norm(&graph)
        };
        let checked = check(&graph, &machine, &LowerOptions::default(), best);
        assert!(matches!(checked, Ok(true)), "{name} of {batch}: {checked:?}");
    }
}
