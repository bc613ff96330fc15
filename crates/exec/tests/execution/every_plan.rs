//! Random convolutions under random plans, good or bad: all three passes as the plain evaluator computes them.

use proptest::{prelude::*, sample::Index};
use tilesim_exec::{Mode, seeded_inputs, seeded_weights};
use tilesim_graph::{Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind};
use tilesim_lower::{LowerError, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_planner::{Partition, Plan, PlanRequest, UnsplitPlan, unsplit};
use tilesim_program::Program;
use tilesim_terms::ConvolutionPass;

use crate::common::{compare, convolution, float, half, machine};

/// Tiles of the machine.
pub(crate) const TILES: u32 = 96;

/// What is drawn for one plan.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    /// Which rewriting and kernel.
    kernel: Index,
    /// Parts of each axis that are asked for.
    parts: Vec<u64>,
    /// Slices, and whether of input channels.
    slices: (u64, bool),
    /// Whether inputs are brought before a loop.
    broadcast: bool,
}

pub(crate) fn draw() -> impl Strategy<Value = Draw> {
    // Most axes are whole, so that the others can be cut into many parts.
    let parts = prop_oneof![3 => Just(1_u64), 2 => 2..5_u64, 1 => 5..20_u64];
    let slices = prop_oneof![1 => Just(1_u64), 1 => 2..6_u64];
    (
        any::<Index>(),
        prop::collection::vec(parts, 10),
        (slices, any::<bool>()),
        any::<bool>(),
    )
        .prop_map(|(kernel, parts, slices, broadcast)| Draw {
            kernel,
            parts,
            slices,
            broadcast,
        })
}

impl Draw {
    /// The plan for a convolution; nothing where no kernel takes it.
    pub(crate) fn plan(&self, request: &PlanRequest, machine: &Machine) -> Option<Plan> {
        let plans = unsplit(machine, &request.convolution, &request.options).ok()?;
        if plans.is_empty() {
            return None;
        }
        let UnsplitPlan { mut plan, finest } = self.kernel.get(&plans).clone();
        self.split(&mut plan.partition, &finest);
        Some(plan)
    }

    fn split(&self, partition: &mut Partition, finest: &Partition) {
        let (slices, of_inputs) = self.slices;
        let (mut in_channels, mut out_channels) = (finest.in_channel_parallel, finest.out_channel_parallel);
        if of_inputs {
            partition.in_channel_serial = slices.min(in_channels);
            in_channels /= partition.in_channel_serial;
        } else {
            partition.out_channel_serial = slices.min(out_channels);
            out_channels /= partition.out_channel_serial;
            partition.broadcast_input_before_loop = self.broadcast && partition.out_channel_serial > 1;
        }
        let mut left = u64::from(TILES);
        let mut parts = self.parts.iter().copied();
        let mut take = |most: u64| {
            let part = parts.next().unwrap_or(1).min(left).min(most.max(1));
            left /= part;
            part
        };
        partition.in_channel_parallel = take(in_channels);
        partition.out_channel_parallel = take(out_channels);
        partition.conv_group = take(finest.conv_group);
        partition.batch = take(finest.batch);
        for (part, most) in partition.field.iter_mut().zip(&finest.field) {
            *part = take(*most);
        }
        for (part, most) in partition.kernel.iter_mut().zip(&finest.kernel) {
            *part = take(*most);
        }
    }
}

/// One pass of a convolution.
fn graph(forward: &Convolution, pass: ConvolutionPass) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("pass", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let mut input = |name: &str, shape| builder.input(name, shape, ElementType::F16);
    let (kind, operands) = match pass {
        ConvolutionPass::Forward => {
            let x = input("x", forward.input_shape())?;
            let weights = builder.parameter("weights", forward.weight_shape())?;
            (OpKind::Convolution(forward.clone()), vec![x, weights])
        }
        ConvolutionPass::InputGradient => {
            let gradient = input("gradient", forward.output_shape())?;
            let weights = builder.parameter("weights", forward.weight_shape())?;
            (
                OpKind::ConvolutionInputGradient(forward.clone()),
                vec![gradient, weights],
            )
        }
        ConvolutionPass::WeightGradient => {
            let x = input("x", forward.input_shape())?;
            let gradient = input("gradient", forward.output_shape())?;
            (
                OpKind::ConvolutionWeightGradient(forward.clone()),
                vec![x, gradient],
            )
        }
    };
    let result = builder.op("result", kind, operands)?;
    builder.finish(vec![result])
}

/// The program of the drawn plan; `None` where its kernel does not take a tile's share, or lowering knows no such slices.
fn lowered(graph: &Graph, draw: &Draw, floats: bool) -> Result<Option<Program>, LowerError> {
    let machine = machine(TILES);
    let options = if floats { float() } else { half() };
    match lower(
        graph,
        &machine,
        &options,
        PlanSource::Given(&|request| draw.plan(request, &machine)),
    ) {
        Ok(lowered) => Ok(Some(lowered.program)),
        Err(LowerError::Plan { .. } | LowerError::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, max_global_rejects: 1_000_000, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_computes_every_pass(
        convolution in convolution(),
        pass in prop::sample::select(vec![
            ConvolutionPass::Forward,
            ConvolutionPass::InputGradient,
            ConvolutionPass::WeightGradient,
        ]),
        draw in draw(),
        floats in any::<bool>(),
    ) {
        let graph = graph(&convolution, pass).expect("a graph");
        let program = lowered(&graph, &draw, floats).expect("it lowers");
        prop_assume!(program.is_some());
        let program = program.expect("it is there");
        let (inputs, weights) = (seeded_inputs(&graph, 1), seeded_weights(&graph, 2));
        let difference = compare(&graph, &program, &inputs, &weights, Mode::Float, 1e-4);
        prop_assert_eq!(difference, None, "{}", program.layers[0].plan);
    }
}
