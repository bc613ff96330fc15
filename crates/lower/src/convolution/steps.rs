//! The steps of a convolution.

use tilesim_codelets::reduction::stage_depths;
use tilesim_geometry::{PartialSumsExchange, ReductionStage};
use tilesim_machine::ElementType;
use tilesim_planner::PlanChoice;
use tilesim_program::{
    Movement, VariableId, Work,
    vertex::vector::{BinaryOp, FillVertex, VectorVertex},
    work::{CopyPositions, ReduceAddWork, UniformWork, VectorKernel, VectorWork},
};

use super::{geometry::Geometry, planned::PlannedConvolution, workspace::Workspace};
use crate::{
    context::{Context, cast},
    gathering::Gathering,
    layout::{Layout, Value},
};
use tilesim_terms::ConvolutionPass;

/// Data paths of partial sums that a worker accumulates at once (PopLibs `PerformanceEstimation.hpp`).
const ACCUMULATED_DATA_PATHS: u64 = 2;
/// Part of a tile's memory that received partial sums must stay below to lie in one buffer (same source).
pub(crate) const CONTIGUOUS_MEMORY_PARTS: u64 = 16;

impl PlannedConvolution<'_> {
    /// Lowers it: operands come to where they are needed, every tile computes its partial sums, the tiles that share outputs add
    /// them up, and the bias is added in place.
    pub(crate) fn lower(
        &self,
        context: &mut Context,
        geometry: &Geometry,
        input: &Value,
        weights: &Value,
        bias: Option<&Value>,
    ) -> Value {
        let name = self.name;
        let plan = &self.planned.plan;
        let workspace = self.workspace(context, geometry);
        let operands = self.operands(context, geometry, [input, weights], bias, workspace);
        pad(context, name, self.planned, &operands.reads);
        let partials_type = plan.vertex_partials;
        let depth = plan.partition.reduction_depth();
        let what = if depth > 1 { "partial sums" } else { "output" };
        let partials = context.emitter.temporary(
            format!("{name}/{what}"),
            &geometry.partial_sums().placement,
            partials_type.bytes(),
        );
        context.emitter.compute(
            format!("{name} convolve"),
            Work::Convolution(geometry.work.clone()),
            operands.reads,
            vec![partials],
        );
        context
            .emitter
            .works_in(workspace.operands.into_iter().chain(workspace.sums));
        let output_type = self.output_type;
        let mut output = if depth > 1 {
            let multi_stage = self.options.multi_stage_reduce;
            reduce(
                context,
                name,
                geometry,
                partials,
                (partials_type, output_type),
                depth,
                multi_stage,
            )
        } else {
            Value {
                variable: partials,
                layout: geometry.outputs(),
                element_type: partials_type,
            }
        };
        if depth == 1 && partials_type != output_type {
            output = cast(context, name, &output, output_type);
        }
        if let Some(bias) = operands.bias {
            let work = VectorWork {
                over: output.placement().clone(),
                kernel: VectorKernel::BroadcastChannel {
                    op: BinaryOp::Add,
                    element_type: output.element_type,
                    in_place: true,
                    per_sample: false,
                },
            };
            context.emitter.compute(
                format!("{name} add bias"),
                Work::Vector(work),
                vec![output.variable, bias],
                vec![output.variable],
            );
        }
        output
    }

    /// An operand of which every element lies once, and in the order in which it is needed; the operand itself where it may be brought as
    /// it lies.
    ///
    /// What must change its order is first brought to where it would best rest, and rearranged there: the vendor rearranges whole
    /// operands before tiles get their parts of them (PopLibs ConvModel.cpp addTransformCycleEstimate), and where many tiles need the
    /// same, each would rearrange all of it, in twice the memory that the plan counts. The operands of a weight gradient are always
    /// laid out anew: its kernel reads samples as channels and the field as a kernel, which is a view that the library copies before
    /// it computes (same source).
    pub(super) fn prepare(
        &self,
        preparing: &mut Gathering<'_>,
        what: &str,
        value: &Value,
        rest: Layout,
        need: &Layout,
    ) -> Value {
        let name = format!("{}/{what} prepared", self.name);
        let anew = self.pass == ConvolutionPass::WeightGradient;
        let variable = if anew && value.layout != rest && value.layout != *need {
            // Inputs that a loop found in place have been brought before it.
            preparing.lay_out(&name, value, &rest)
        } else if preparing.is_rearranged(value, need) && rest != *need {
            preparing.bring(&name, value, &rest)
        } else {
            return value.clone();
        };
        Value {
            variable,
            layout: rest,
            element_type: value.element_type,
        }
    }

    /// Brings inputs, weights and bias to the tiles that need them, in one exchange.
    fn operands(
        &self,
        context: &mut Context,
        geometry: &Geometry,
        [input, weights]: [&Value; 2],
        bias: Option<&Value>,
        workspace: Workspace,
    ) -> Operands {
        let name = self.name;
        let mut preparing = context.gather(format!("{name} prepare operands"));
        let (input_need, weight_need) = (geometry.input_need(), geometry.weight_need());
        let rest = geometry.input_at_rest();
        let input = self.prepare(&mut preparing, "input", input, rest, &input_need);
        let rest = geometry.weights_at_rest();
        let weights = self.prepare(&mut preparing, "weights", weights, rest, &weight_need);
        preparing.finish();

        let mut gathering = context.gather(format!("{name} gather operands"));
        let inputs = gathering.bring(&format!("{name}/input"), &input, &input_need);
        let weights = gathering.bring(&format!("{name}/weights"), &weights, &weight_need);
        let bias = bias.map(|bias| gathering.bring(&format!("{name}/bias"), bias, &geometry.bias_need()));
        if gathering.finish() {
            context.emitter.works_in(workspace.operands);
        }
        Operands {
            reads: self.block_diagonal(context, geometry, [inputs, weights]),
            bias,
        }
    }

    /// Spreads what the kernel takes for weights (of swapped operands the inputs) over a block diagonal of combined groups. The
    /// zeros beside it are written like weights, one by one, because next to each other lie weights of different groups (PopLibs
    /// ConvModel.cpp combineConvGroups, whose addTransformCycleEstimate charges every element of the combined weights).
    fn block_diagonal(
        &self,
        context: &mut Context,
        geometry: &Geometry,
        [inputs, weights]: [VariableId; 2],
    ) -> Vec<VariableId> {
        let transforms = &self.planned.plan.transforms;
        if transforms.combine_conv_groups == 1 {
            return vec![inputs, weights];
        }
        let bytes = context.data().bytes();
        let own_channels = self.forward.of_pass(self.pass).in_channels_per_group;
        let (what, own, placement) = if transforms.swap_operands {
            ("input", inputs, geometry.input_need().placement)
        } else {
            ("weights", weights, geometry.weight_need().placement)
        };
        let element_bytes = self.spread() * bytes;
        let spread = context.emitter.temporary(
            format!("{}/{what} combined", self.name),
            &placement,
            element_bytes,
        );
        context.emitter.compute(
            format!("{} combine {what}", self.name),
            Work::Vector(VectorWork {
                over: placement,
                kernel: VectorKernel::Copy {
                    element_bytes,
                    piece_bytes: own_channels * bytes,
                    positions: CopyPositions::Same,
                },
            }),
            vec![own],
            vec![spread],
        );
        if transforms.swap_operands {
            vec![spread, weights]
        } else {
            vec![inputs, spread]
        }
    }
}

/// What the kernel reads.
struct Operands {
    /// Inputs and weights.
    reads: Vec<VariableId>,
    bias: Option<VariableId>,
}

/// Writes the zeros that the kernel needs around a tile's inputs and weights.
fn pad(context: &mut Context, name: &str, planned: &PlanChoice, operands: &[VariableId]) {
    let data = context.data();
    let elements = planned.cost.tile_transform_bytes / data.bytes();
    if elements == 0 {
        return;
    }
    let work = UniformWork {
        vertex: VectorVertex::Fill(FillVertex {
            element_type: data,
            elements,
        }),
        tiles: planned.plan.partition.tiles(),
    };
    context.emitter.compute(
        format!("{name} pad operands"),
        Work::Uniform(work),
        operands.to_vec(),
        operands.to_vec(),
    );
}

/// Adds up the partial sums of `depth` tiles, in stages, and leaves each with its share of the outputs.
fn reduce(
    context: &mut Context,
    name: &str,
    geometry: &Geometry,
    partials: VariableId,
    (partials_type, result_type): (ElementType, ElementType),
    depth: u64,
    multi_stage: bool,
) -> Value {
    let machine = context.machine;
    let mut held = partials;
    for stage in stages(depth, multi_stage) {
        let last = !matches!(stage, ReductionStage::Within { .. });
        let exchange = PartialSumsExchange {
            outputs: geometry.outputs().placement,
            stage,
            element_bytes: partials_type.bytes(),
        };
        // What a tile receives takes as much room as what it held: (depth − 1) times its share of one in depth.
        let received = context.emitter.temporary(
            format!("{name}/received partial sums"),
            &geometry.partial_sums().placement,
            partials_type.bytes(),
        );
        context.emitter.exchange(
            format!("{name} exchange partial sums"),
            vec![Movement::PartialSums(exchange.clone())],
            vec![held],
            vec![received],
        );
        let output_type = if last { result_type } else { partials_type };
        let what = if last { "output" } else { "sums of groups" };
        let layout = if last {
            geometry.outputs()
        } else {
            geometry.partial_sums()
        };
        let sums =
            context
                .emitter
                .temporary(format!("{name}/{what}"), &layout.placement, output_type.bytes());
        context.emitter.compute(
            format!("{name} reduce"),
            Work::ReduceAdd(ReduceAddWork {
                stage: exchange,
                partials_type,
                output_type,
                accumulated_elements: ACCUMULATED_DATA_PATHS * machine.vector_width(partials_type),
                contiguous_bytes: machine.tile_memory_bytes / CONTIGUOUS_MEMORY_PARTS,
            }),
            vec![held, received],
            vec![sums],
        );
        held = sums;
    }
    Value {
        variable: held,
        layout: geometry.outputs(),
        element_type: result_type,
    }
}

/// Deep reductions take two stages, so that a tile receives a message from each of its group and then from each group.
///
/// The vendor's library takes a third from a depth of 125 on (PopLibs `ConvReducePlan.cpp`), which no plan of these networks has.
fn stages(depth: u64, multi_stage: bool) -> Vec<ReductionStage> {
    if stage_depths(depth, multi_stage).len() == 1 {
        return vec![ReductionStage::Only];
    }
    let group = depth.isqrt();
    vec![ReductionStage::Within { group }, ReductionStage::Over { group }]
}
