//! Fully connected layers under random joint plans: every pass as the plain evaluator computes it, and no weight leaves its tile.

use proptest::{prelude::*, sample::Index};
use tilesim_exec::{Mode, seeded_inputs, seeded_weights};
use tilesim_graph::{Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind};
use tilesim_lower::{LowerError, PlanSource, lower};
use tilesim_planner::{MethodKind, Plan, PlanRequest, Purpose, UnsplitPlan, implied, unsplit};
use tilesim_program::{Action, Program};
use tilesim_terms::ConvolutionPass;

use crate::common::{compare, float, half, machine};

/// Tiles of the machine.
const TILES: u32 = 96;

/// What is drawn for a plan of the forward pass.
#[derive(Debug, Clone)]
struct Draw {
    kernel: Index,
    inputs: u64,
    outputs: u64,
    slices: u64,
    broadcast: bool,
}

fn draw() -> impl Strategy<Value = Draw> {
    let slices = prop_oneof![3 => Just(1_u64), 1 => 2..4_u64];
    (any::<Index>(), 1..12_u64, 1..12_u64, slices, any::<bool>()).prop_map(
        |(kernel, inputs, outputs, slices, broadcast)| Draw {
            kernel,
            inputs,
            outputs,
            slices,
            broadcast,
        },
    )
}

impl Draw {
    /// The plan for a pass of `forward`; nothing where no kernel takes it.
    fn plan(&self, forward: &Convolution, request: &PlanRequest) -> Option<Plan> {
        let pass = ConvolutionPass::ALL
            .into_iter()
            .find(|pass| Purpose::of_joint_plan(*pass) == request.options.purpose)?;
        let options = request.options.of_joint_plan(ConvolutionPass::Forward);
        let mut plans = unsplit(&machine(TILES), forward, &options).ok()?;
        plans.retain(|UnsplitPlan { plan, .. }| {
            plan.transforms.swap_operands && plan.method.kind() != MethodKind::Slic
        });
        if plans.is_empty() {
            return None;
        }
        let UnsplitPlan { mut plan, finest } = self.kernel.get(&plans).clone();
        let grain = plan.grouping.in_channels;
        let partition = &mut plan.partition;
        partition.field_grain[0] = grain;
        partition.in_channel_parallel = self.inputs.min(finest.in_channel_parallel);
        partition.field[0] = self.outputs.min(forward.out_channels_per_group.div_ceil(grain));
        partition.out_channel_serial = self.slices.min(finest.out_channel_serial);
        partition.broadcast_input_before_loop = self.broadcast && partition.out_channel_serial > 1;
        let partials = request.options.partials_type;
        Some(implied(&plan, forward.batch, partials)[pass as usize].clone())
    }
}

/// The three passes of a layer, and the update of its weights.
fn graph(forward: &Convolution) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("layer", ElementType::F16);
    let x = builder.input("x", forward.input_shape(), ElementType::F16)?;
    let weights = builder.parameter("weights", forward.weight_shape())?;
    builder.layer("forward", "layer", LayerKind::FullyConnected);
    let y = builder.convolution("forward", forward.clone(), x, weights, None)?;
    let gradient = builder.input("gradient", forward.output_shape(), ElementType::F16)?;
    builder.layer("input gradient", "layer", LayerKind::FullyConnected);
    let kind = OpKind::ConvolutionInputGradient(forward.clone());
    let input = builder.op("input gradient", kind, vec![gradient, weights])?;
    builder.layer("weight gradient", "layer", LayerKind::FullyConnected);
    let kind = OpKind::ConvolutionWeightGradient(forward.clone());
    let change = builder.op("weight gradient", kind, vec![x, gradient])?;
    builder.layer("update", "layer", LayerKind::FullyConnected);
    let kind = OpKind::ScaledAdd { factor: 1.0 };
    let updated = builder.op("update", kind, vec![weights, change])?;
    builder.finish(vec![y, input, updated])
}

/// Exchanges of the weights, or of what is added to them.
fn exchanged_weights(program: &Program) -> Vec<&str> {
    let weights = program
        .variables
        .iter()
        .position(|variable| variable.name == "weights");
    let exchanges = program.steps.iter().filter(|step| {
        let reads_weights = step
            .reads
            .iter()
            .any(|variable| Some(variable.0 as usize) == weights);
        matches!(step.action, Action::Exchange(_)) && (reads_weights || step.name.starts_with("update"))
    });
    exchanges.map(|step| step.name.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_global_rejects: 1_000_000, ..ProptestConfig::default() })]

    #[test]
    fn every_joint_plan_computes_every_pass(
        batch in 1..40_u64,
        inputs in 1..70_u64,
        outputs in 1..70_u64,
        draw in draw(),
        floats in any::<bool>(),
    ) {
        let forward = Convolution::new(batch, inputs, outputs, &[1], &[1]);
        let graph = graph(&forward).expect("a graph");
        let options = if floats { float() } else { half() };
        let program = match lower(&graph, &machine(TILES), &options, PlanSource::Given(&|request| draw.plan(&forward, request))) {
            Ok(lowered) => Some(lowered.program),
            Err(LowerError::Plan { .. } | LowerError::Unsupported { .. }) => None,
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        prop_assume!(program.as_ref().is_some_and(|program| program.layers[0].plan.contains("joint")));
        let program = program.expect("it is there");
        let (inputs, weights) = (seeded_inputs(&graph, 1), seeded_weights(&graph, 2));
        let difference = compare(&graph, &program, &inputs, &weights, Mode::Float, 1e-4);
        prop_assert_eq!(difference, None, "{}", program.layers[0].plan);
        let exchanged = exchanged_weights(&program);
        prop_assert!(exchanged.is_empty(), "{exchanged:?} of {}", program.layers[0].plan);
    }
}

/// Where the planner prefers a joint plan, that is what is lowered, in all three passes.
#[test]
fn the_preferred_plan_is_lowered() {
    let plans = |batch, inputs, outputs| {
        let forward = Convolution::new(batch, inputs, outputs, &[1], &[1]);
        let graph = graph(&forward).expect("a graph");
        let program = lower(&graph, &machine(1472), &half(), PlanSource::Own)
            .expect("it lowers")
            .program;
        let joint = program.layers[..3]
            .iter()
            .filter(|layer| layer.plan.contains("joint"));
        (joint.count(), exchanged_weights(&program).len())
    };
    assert_eq!(plans(12, 1280, 1000), (3, 0));
    let (joint, exchanged) = plans(384, 3072, 768);
    assert_eq!(joint, 0);
    assert!(exchanged > 0);
}
