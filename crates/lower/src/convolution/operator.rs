//! The operator of a convolution: its operands come from where they lie, the plan's loop around it if there is one, and its result.

use tilesim_graph::Op;

use super::{
    Geometry, PlannedConvolution, cast,
    computed::{Computed, computed},
    describe,
    operands::Shapes,
    skip,
    slices::Slices,
};
use crate::{
    LowerError,
    layout::{Layout, Value},
    lowering::{Lowering, unsupported},
    operators,
};
use tilesim_planner::{PlanOptions, Planned};
use tilesim_terms::ConvolutionPass;

impl Lowering<'_> {
    /// Lowers a convolution, of any pass.
    pub(crate) fn convolution(
        &mut self,
        op: &Op,
        planned: Option<&(PlanOptions, Planned)>,
    ) -> Result<(), LowerError> {
        let (
            Some(Computed {
                forward,
                pass,
                skipped,
            }),
            Some((options, planned)),
        ) = (computed(self.graph, op), planned)
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
                _ => self.data(),
            },
        };
        self.emitter.planned(&describe(&planned.plan));
        let geometry = convolution.geometry(self)?;
        let whole = |slice: &Layout, shape: &[u64]| match slices {
            Some(slices) => slices.whole(slice, shape),
            None => slice.clone(),
        };
        let shapes = Shapes::new(&forward, pass);
        // Operands in the order of the operator: for a weight gradient the input, which the kernel streams, comes first too.
        let input_rest = whole(&geometry.input_at_rest(), &shapes.input);
        let tiles = self.tiles();
        let spread = |rest: Layout| match (&skipped, pass) {
            (Some(skipped), ConvolutionPass::Forward | ConvolutionPass::WeightGradient) => {
                let rest = skip::at_rest(rest, tiles);
                rest.spread_out(&skipped.strides, &skipped.shape).unwrap_or(rest)
            }
            _ => rest,
        };
        let mut input = self.operand_or(op, 0, || spread(input_rest.clone()))?;
        if let (Some(skipped), ConvolutionPass::Forward | ConvolutionPass::WeightGradient) = (&skipped, pass)
        {
            input = skip::subsample(self, &op.name, &input, &skipped.strides).ok_or_else(|| {
                unsupported(
                    op,
                    "a stride over flattened positions",
                    "positions of one variable",
                )
            })?;
        }
        let input = shaped(input, &shapes.input);
        self.check_type(op, &input)?;
        let weights_rest = whole(&geometry.weights_at_rest(), &shapes.weights);
        let weights = shaped(self.weights(op, &weights_rest, pass)?, &shapes.weights);
        self.check_type(op, &weights)?;
        let bias_shape = [1, forward.out_channels()];
        let bias_rest = whole(&geometry.bias_at_rest(), &bias_shape);
        let bias = op.inputs.get(2).map(|&tensor| self.parameter(tensor, bias_rest));
        let bias = bias.map(|bias| shaped(bias, &bias_shape));
        let mut output = match slices {
            None => convolution.lower(self, &geometry, &input, &weights, bias.as_ref()),
            Some(slices) => {
                let rests = [input_rest, weights_rest];
                let operands = [input, weights];
                let output =
                    self.slice_by_slice(&convolution, &geometry, slices, operands, rests, &shapes.output);
                match bias {
                    Some(bias) => operators::add_bias(self, &op.name, output, &bias),
                    None => output,
                }
            }
        };
        if let (Some(skipped), ConvolutionPass::InputGradient) = (&skipped, pass) {
            output = skip::spread_out(self, &op.name, &output, &skipped.strides, &skipped.shape).ok_or_else(
                || {
                    unsupported(
                        op,
                        "a stride over flattened positions",
                        "positions of one variable",
                    )
                },
            )?;
        }
        let shape = &self.graph.tensor(op.output).shape;
        if let Some(layout) = output.layout.reshaped(shape) {
            output.layout = layout;
        }
        self.define(op.output, output);
        Ok(())
    }

    /// Convolutions are planned for the type of the run.
    fn check_type(&self, op: &Op, operand: &Value) -> Result<(), LowerError> {
        if operand.element_type == self.data() {
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
    /// Operands that are sliced first come to lie as the slices will; the others are brought in every round, unless the plan
    /// brings the inputs once before the loop.
    fn slice_by_slice(
        &mut self,
        convolution: &PlannedConvolution<'_>,
        geometry: &Geometry,
        slices: Slices,
        operands: [Value; 2],
        rests: [Layout; 2],
        output_shape: &[u64],
    ) -> Value {
        let name = convolution.name;
        let data = self.data();
        let mut arranging = self.gather(format!("{name} arrange operands"));
        let mut arranged = Vec::new();
        for ((operand, rest), what) in operands.into_iter().zip(rests).zip(["input", "weights"]) {
            arranged.push(if slices.cut(&rest) {
                Value {
                    variable: arranging.bring(&format!("{name}/{what} arranged"), &operand, &rest),
                    layout: rest,
                    element_type: operand.element_type,
                }
            } else if what == "input" && convolution.planned.plan.partition.broadcast_input_before_loop {
                let need = geometry.input_need();
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
            variable: self.emitter.temporary(
                format!("{name}/whole output"),
                &whole.placement,
                whole_type.bytes(),
            ),
            layout: whole,
            element_type: whole_type,
        };
        if slices.summed {
            operators::clear(self, name, &result, whole_type);
        }
        self.emitter.begin_loop();
        let slice_layouts = [geometry.input_at_rest(), geometry.weights_at_rest()];
        let mut round = Vec::new();
        for ((whole, slice), what) in arranged.iter().zip(slice_layouts).zip(["input", "weights"]) {
            round.push(if slices.cut(&slice) {
                slices.take(self, &format!("{name}/{what}"), whole, slice)
            } else {
                whole.clone()
            });
        }
        let output = convolution.lower(self, geometry, &round[0], &round[1], None);
        if slices.summed {
            operators::accumulate(self, name, &result, &output, whole_type);
        } else {
            slices.put(self, name, &output, &result);
        }
        self.emitter.end_loop(slices.count);
        if whole_type == data {
            result
        } else {
            cast(self, name, &result, data)
        }
    }

    /// The second operand: weights, or for their gradient that of the output.
    fn weights(&mut self, op: &Op, rest: &Layout, pass: ConvolutionPass) -> Result<Value, LowerError> {
        match op.inputs.get(1) {
            Some(&tensor) if pass != ConvolutionPass::WeightGradient && self.is_parameter(tensor) => {
                Ok(self.parameter(tensor, rest.clone()))
            }
            _ => self.operand_or(op, 1, || rest.clone()),
        }
    }
}

/// The same value under the shape that a convolution gives it.
fn shaped(value: Value, shape: &[u64]) -> Value {
    match value.layout.reshaped(shape) {
        Some(layout) => Value { layout, ..value },
        None => value,
    }
}
