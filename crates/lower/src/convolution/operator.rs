//! The operator of a convolution: its operands come from where they lie, the plan's loop around it if there is one, and its result.

use tilesim_graph::Op;

use super::{
    describe::describe,
    geometry::Geometry,
    operands::Shapes,
    planned::PlannedConvolution,
    skip,
    slices::Slices,
    task::{ConvolutionTask, convolution_task},
};
use crate::{
    LowerError,
    call::Call,
    context::{Context, cast},
    error::unsupported,
    layout::{Layout, Value},
    operators,
};
use tilesim_planner::{PlanChoice, PlanOptions};
use tilesim_terms::{ConvolutionPass, NetworkInput};

/// Lowers a convolution, of any pass.
pub(crate) fn lower(
    context: &mut Context,
    op: &Op,
    planned: Option<&(PlanOptions, PlanChoice)>,
) -> Result<(), LowerError> {
    let (
        Some(ConvolutionTask {
            forward,
            pass,
            skipped,
        }),
        Some((options, planned)),
    ) = (convolution_task(context.graph, op), planned)
    else {
        return Err(unsupported(
            op,
            "this convolution",
            "convolutions over one to three dimensions",
        ));
    };
    let slices = Slices::of(&planned.plan);
    let sliced = slices.map_or_else(|| forward.clone(), |slices| slices.slice(&forward, pass));
    let convolution = PlannedConvolution {
        name: &op.name,
        forward: &sliced,
        whole_macs: forward.macs(),
        rounds: slices.map_or(1, |slices| slices.count),
        pass,
        options,
        planned,
        output_type: match slices {
            Some(slices) if slices.summed => planned.plan.vertex_partials,
            _ => context.data(),
        },
    };
    context.emitter.planned(&describe(&planned.plan));
    let geometry = convolution.geometry(context)?;
    let whole = |slice: &Layout, shape: &[u64]| match slices {
        Some(slices) => slices.whole(slice, shape),
        None => slice.clone(),
    };
    let shapes = Shapes::new(&forward, pass);
    // Operands in the order of the operator: for a weight gradient the input, which the kernel streams, comes first too.
    let input_rest = whole(&geometry.input_at_rest(), &shapes.input);
    let tiles = context.tiles();
    let spread = |rest: Layout| match (&skipped, pass) {
        (Some(skipped), ConvolutionPass::Forward | ConvolutionPass::WeightGradient) => {
            let rest = skip::at_rest(rest, tiles);
            rest.spread_out(&skipped.strides, &skipped.shape).unwrap_or(rest)
        }
        _ => rest,
    };
    let input = context.operand_or(op, 0, || spread(input_rest.clone()))?;
    let input = laid_out(context, op, input, &spread(input_rest.clone()));
    let mut call = Call::new(context, &op.name);
    let mut input = call.argument(context, "input", op.inputs.first().copied(), input);
    if let (Some(skipped), ConvolutionPass::Forward | ConvolutionPass::WeightGradient) = (&skipped, pass) {
        input = skip::subsample(context, &op.name, &input, &skipped.strides).ok_or_else(|| {
            unsupported(
                op,
                "a stride over flattened positions",
                "positions of one variable",
            )
        })?;
    }
    let input = shaped(input, &shapes.input);
    check_type(context, op, &input)?;
    let weights_rest = whole(&geometry.weights_at_rest(), &shapes.weights);
    let weights = weights(context, op, &weights_rest, pass)?;
    let tensor = op.inputs.get(1).copied();
    let (tensor, weights) = if pass == ConvolutionPass::InputGradient {
        // Weights are transposed by a function of their own, whose result nobody else reads.
        let mut transposition = Call::new(context, &format!("{}/weight transposition", op.name));
        let weights = transposition.argument(context, "weights", tensor, weights);
        (None, transposition.result(context, weights))
    } else {
        (tensor, weights)
    };
    let weights = call.argument(context, "weights", tensor, weights);
    let weights = shaped(weights, &shapes.weights);
    check_type(context, op, &weights)?;
    let bias_shape = [1, shapes.output.get(1).copied().unwrap_or(1)];
    let bias_rest = whole(&geometry.bias_at_rest(), &bias_shape);
    let bias = op
        .inputs
        .get(2)
        .map(|&tensor| context.parameter(tensor, bias_rest));
    let bias = bias.map(|bias| shaped(bias, &bias_shape));
    // Positions that are put back as zeros want the bias too.
    let spreads = skipped.is_some() && pass == ConvolutionPass::InputGradient;
    let (bias, bias_of_all) = if spreads { (None, bias) } else { (bias, None) };
    let mut output = match slices {
        None => convolution.lower(context, &geometry, &input, &weights, bias.as_ref()),
        Some(slices) => {
            let rests = [input_rest, weights_rest];
            let operands = [input, weights];
            let output = slice_by_slice(
                context,
                &convolution,
                &geometry,
                slices,
                operands,
                rests,
                &shapes.output,
            );
            match bias {
                Some(bias) => operators::add_bias(context, &op.name, output, &bias),
                None => output,
            }
        }
    };
    if let (Some(skipped), ConvolutionPass::InputGradient) = (&skipped, pass) {
        output = skip::spread_out(context, &op.name, &output, &skipped.strides, &skipped.shape).ok_or_else(
            || {
                unsupported(
                    op,
                    "a stride over flattened positions",
                    "positions of one variable",
                )
            },
        )?;
    }
    if let Some(bias) = bias_of_all {
        output = operators::add_bias(context, &op.name, output, &bias);
    }
    let mut output = call.result(context, output);
    let shape = &context.graph.tensor(op.output).shape;
    if let Some(layout) = output.layout.reshaped(shape) {
        output.layout = layout;
    }
    context.define(op.output, output);
    Ok(())
}

/// An input of the network where the convolution wants it to rest, if the framework copies it there: `TensorFlow` gives such a tensor
/// the layout of the operator that reads it, into which the stream's is copied.
fn laid_out(context: &mut Context, op: &Op, input: Value, rest: &Layout) -> Value {
    let copied = context.options.framework.input == NetworkInput::LaidOut
        && op
            .inputs
            .first()
            .is_some_and(|tensor| context.graph.inputs.contains(tensor))
        && input.shape() == rest.placement.operand.shape.as_slice();
    if !copied {
        return input;
    }
    let mut laying = context.gather(format!("{} lay out input", op.name));
    let variable = laying.bring(&format!("{}/input laid out", op.name), &input, rest);
    laying.finish();
    Value {
        variable,
        layout: rest.clone(),
        element_type: input.element_type,
    }
}

/// Convolutions are planned for the type of the run.
fn check_type(context: &Context, op: &Op, operand: &Value) -> Result<(), LowerError> {
    if operand.element_type == context.data() {
        return Ok(());
    }
    Err(unsupported(
        op,
        format!("a convolution of {:?}", operand.element_type),
        "operands of the run's type of data",
    ))
}

/// Runs a convolution in a loop over slices, and puts the results side by side or sums them up.
///
/// Operands that are sliced first come to lie as the slices will; the other is brought in every round, unless the plan
/// brings it once before the loop. It is what the plan calls its inputs: the second operand where the plan swaps them.
fn slice_by_slice(
    context: &mut Context,
    convolution: &PlannedConvolution<'_>,
    geometry: &Geometry,
    slices: Slices,
    mut operands: [Value; 2],
    rests: [Layout; 2],
    output_shape: &[u64],
) -> Value {
    let name = convolution.name;
    let data = context.data();
    let broadcasts = convolution.planned.plan.partition.broadcast_input_before_loop;
    if broadcasts {
        let mut preparing = context.gather(format!("{name} prepare operands"));
        let needs = [geometry.input_need(), geometry.weight_need()];
        let whats = ["input", "weights"];
        for (((operand, rest), need), what) in operands.iter_mut().zip(&rests).zip(&needs).zip(whats) {
            if !slices.cut(rest) {
                *operand = convolution.prepare(&mut preparing, what, operand, rest.clone(), need);
            }
        }
        preparing.finish();
    }
    let mut arranging = context.gather(format!("{name} arrange operands"));
    let mut arranged = Vec::new();
    for ((operand, rest), what) in operands.into_iter().zip(rests).zip(["input", "weights"]) {
        arranged.push(if slices.cut(&rest) {
            Value {
                variable: arranging.bring(&format!("{name}/{what} arranged"), &operand, &rest),
                layout: rest,
                element_type: operand.element_type,
            }
        } else if broadcasts {
            let need = if what == "input" {
                geometry.input_need()
            } else {
                geometry.weight_need()
            };
            Value {
                variable: arranging.bring(&format!("{name}/{what}"), &operand, &need),
                layout: need,
                element_type: operand.element_type,
            }
        } else {
            operand
        });
    }
    arranging.finish();
    let whole = slices.whole(&geometry.outputs(), output_shape);
    let whole_type = if slices.summed {
        convolution.output_type
    } else {
        data
    };
    let result = Value {
        variable: context.emitter.temporary(
            format!("{name}/whole output"),
            &whole.placement,
            whole_type.bytes(),
        ),
        layout: whole,
        element_type: whole_type,
    };
    if slices.summed {
        operators::clear(context, name, &result, whole_type);
    }
    context.emitter.begin_loop();
    let slice_layouts = [geometry.input_at_rest(), geometry.weights_at_rest()];
    let mut round = Vec::new();
    for ((whole, slice), what) in arranged.iter().zip(slice_layouts).zip(["input", "weights"]) {
        round.push(if slices.cut(&slice) {
            slices.take(context, &format!("{name}/{what}"), whole, slice)
        } else {
            whole.clone()
        });
    }
    let output = convolution.lower(context, geometry, &round[0], &round[1], None);
    if slices.summed {
        operators::accumulate(context, name, &result, &output, whole_type);
    } else {
        slices.put(context, name, &output, &result);
    }
    context.emitter.end_loop(slices.count);
    if whole_type == data {
        result
    } else {
        cast(context, name, &result, data)
    }
}

/// The second operand: weights, or for their gradient that of the output.
fn weights(
    context: &mut Context,
    op: &Op,
    rest: &Layout,
    pass: ConvolutionPass,
) -> Result<Value, LowerError> {
    match op.inputs.get(1) {
        Some(&tensor) if pass != ConvolutionPass::WeightGradient && context.is_parameter(tensor) => {
            Ok(context.parameter(tensor, rest.clone()))
        }
        _ => context.operand_or(op, 1, || rest.clone()),
    }
}

/// The same value under the shape that a convolution gives it.
fn shaped(value: Value, shape: &[u64]) -> Value {
    match value.layout.reshaped(shape) {
        Some(layout) => Value { layout, ..value },
        None => value,
    }
}
