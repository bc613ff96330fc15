//! The steps of a convolution.

use tilesim_codelets::reduction::stage_depths;
use tilesim_graph::Convolution;
use tilesim_machine::ElementType;
use tilesim_program::{
    Movement, PartialSumsExchange, ReductionStage, Source, VariableId, Work,
    vertex::vector::{BinaryOp, FillVertex, VectorVertex},
    work::{ReduceAddWork, UniformWork, VectorKernel, VectorWork},
};

use super::{describe::describe, geometry::Geometry};
use crate::{
    LowerError,
    layout::Value,
    lowering::Lowering,
    planner::{Planned, whole_vertex},
};

/// Data paths of partial sums that a worker accumulates at once (PopLibs `PerformanceEstimation.hpp`).
const ACCUMULATED_DATA_PATHS: u64 = 2;
/// Part of a tile's memory that received partial sums must stay below to lie in one buffer (same source).
const CONTIGUOUS_MEMORY_PARTS: u64 = 16;

/// The parameters of a convolution.
pub(crate) struct Parameters {
    pub(crate) weights: Source,
    pub(crate) bias: Option<Source>,
}

/// Lowers `convolution` as it was `planned`: inputs, weights and bias come to where they are needed, every tile computes its
/// partial sums, the tiles that share outputs add them up, and the bias is added in place.
pub(crate) fn lower(
    lowering: &mut Lowering,
    name: &str,
    convolution: &Convolution,
    planned: &Planned,
    input: &Value,
    parameters: Parameters,
) -> Result<Value, LowerError> {
    let plan = &planned.plan;
    let options = lowering.plan_options();
    let whole =
        whole_vertex(lowering.machine, convolution, &options, plan).map_err(|reason| LowerError::Plan {
            op: name.to_owned(),
            reason,
        })?;
    let geometry = Geometry::new(convolution, plan, whole);
    lowering.emitter.planned(&describe(plan));

    let operands = operands(lowering, name, &geometry, input, parameters);
    pad(lowering, name, planned, &operands.reads);
    let partials_type = plan.vertex_partials;
    let partial_sums = geometry.partial_sums();
    let depth = plan.partition.reduction_depth();
    let what = if depth > 1 { "partial sums" } else { "output" };
    let partials = lowering
        .emitter
        .temporary(format!("{name}/{what}"), &partial_sums, partials_type.bytes());
    lowering.emitter.compute(
        format!("{name} convolve"),
        Work::Convolution(geometry.work.clone()),
        operands.reads,
        vec![partials],
    );
    let mut output = if depth > 1 {
        reduce(
            lowering,
            name,
            &geometry,
            partials,
            partials_type,
            depth,
            options.multi_stage_reduce,
        )
    } else {
        Value {
            variable: partials,
            placement: geometry.outputs(),
        }
    };
    let data = lowering.data();
    if depth == 1 && partials_type != data {
        output = cast(lowering, name, &output, partials_type, data);
    }
    if let Some(bias) = operands.bias {
        let work = VectorWork {
            over: output.placement.clone(),
            kernel: VectorKernel::BroadcastChannel {
                op: BinaryOp::Add,
                element_type: data,
                in_place: true,
                per_sample: false,
            },
        };
        lowering.emitter.compute(
            format!("{name} add bias"),
            Work::Vector(work),
            vec![output.variable, bias],
            vec![output.variable],
        );
    }
    Ok(output)
}

/// What the kernel reads.
struct Operands {
    /// Inputs and weights.
    reads: Vec<VariableId>,
    bias: Option<VariableId>,
}

/// Brings inputs, weights and bias to the tiles that need them, in one exchange.
fn operands(
    lowering: &mut Lowering,
    name: &str,
    geometry: &Geometry,
    input: &Value,
    parameters: Parameters,
) -> Operands {
    let element_bytes = lowering.data().bytes();
    let mut gathering = lowering.gather(format!("{name} gather operands"));
    let inputs = gathering.bring(
        &format!("{name}/input"),
        input,
        geometry.input_need(),
        element_bytes,
    );
    let weights = gathering.bring_parameter(
        &format!("{name}/weights"),
        geometry.weights_at_rest(),
        geometry.weight_need(),
        element_bytes,
        parameters.weights,
    );
    let bias = parameters.bias.map(|bias| {
        gathering.bring_parameter(
            &format!("{name}/bias"),
            geometry.bias_at_rest(),
            geometry.bias_need(),
            element_bytes,
            bias,
        )
    });
    gathering.finish();
    Operands {
        reads: vec![inputs, weights],
        bias,
    }
}

/// Writes the zeros that the kernel needs around a tile's inputs and weights.
fn pad(lowering: &mut Lowering, name: &str, planned: &Planned, operands: &[VariableId]) {
    let data = lowering.data();
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
    lowering.emitter.compute(
        format!("{name} pad operands"),
        Work::Uniform(work),
        operands.to_vec(),
        operands.to_vec(),
    );
}

/// Adds up the partial sums of `depth` tiles, in stages, and leaves each with its share of the outputs.
fn reduce(
    lowering: &mut Lowering,
    name: &str,
    geometry: &Geometry,
    partials: VariableId,
    partials_type: ElementType,
    depth: u64,
    multi_stage: bool,
) -> Value {
    let machine = lowering.machine;
    let data = lowering.data();
    let mut held = partials;
    for stage in stages(depth, multi_stage) {
        let last = !matches!(stage, ReductionStage::Within { .. });
        let exchange = PartialSumsExchange {
            outputs: geometry.outputs(),
            stage,
            element_bytes: partials_type.bytes(),
        };
        // What a tile receives takes as much room as what it held: (depth − 1) times its share of one in depth.
        let received = lowering.emitter.temporary(
            format!("{name}/received partial sums"),
            &geometry.partial_sums(),
            partials_type.bytes(),
        );
        lowering.emitter.exchange(
            format!("{name} exchange partial sums"),
            vec![Movement::PartialSums(exchange.clone())],
            vec![held],
            vec![received],
        );
        let output_type = if last { data } else { partials_type };
        let what = if last { "output" } else { "sums of groups" };
        let placement = if last {
            geometry.outputs()
        } else {
            geometry.partial_sums()
        };
        let sums = lowering
            .emitter
            .temporary(format!("{name}/{what}"), &placement, output_type.bytes());
        lowering.emitter.compute(
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
        placement: geometry.outputs(),
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

fn cast(lowering: &mut Lowering, name: &str, value: &Value, from: ElementType, to: ElementType) -> Value {
    let variable = lowering
        .emitter
        .temporary(format!("{name}/cast output"), &value.placement, to.bytes());
    lowering.emitter.compute(
        format!("{name} cast"),
        Work::Vector(VectorWork {
            over: value.placement.clone(),
            kernel: VectorKernel::Cast { from, to },
        }),
        vec![value.variable],
        vec![variable],
    );
    Value {
        variable,
        placement: value.placement.clone(),
    }
}
