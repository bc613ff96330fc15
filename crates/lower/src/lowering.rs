//! The walk over the graph.

use std::collections::BTreeMap;

use tilesim_codelets::Count;
use tilesim_graph::{Convolution, Graph, NormKind, Op, OpKind, Spatial, TensorId, TensorKind};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{Action, HostDirection, Program, ProgramLayer, Scalar, Source, TensorRole};

use crate::{
    InputLayout, LowerError, LowerOptions,
    convolution::{
        ConvolutionPass, Geometry, PlannedConvolution, cast, describe, skip,
        slices::{self, Slices},
    },
    emitter::Emitter,
    gathering::Gathering,
    layout::{self, Layout, Value},
    operators,
    planner::{Pass, PlanCache, PlanOptions, PlanRequest, Planned},
};

/// Lowers a graph to the program of one chip. Batch norms of an inference graph should have been folded where they can be.
///
/// # Errors
/// When a convolution has no plan, or an operator has no lowering.
pub fn lower(graph: &Graph, machine: &Machine, options: &LowerOptions) -> Result<Program, LowerError> {
    let layers = graph
        .layers
        .iter()
        .map(|layer| ProgramLayer {
            name: layer.name.clone(),
            kind: layer.kind.name().to_owned(),
            plan: String::new(),
        })
        .collect();
    let mut lowering = Lowering {
        graph,
        machine,
        options,
        emitter: Emitter::new(layers),
        values: vec![None; graph.tensors.len()],
        parameters: graph
            .tensors
            .iter()
            .map(|tensor| matches!(tensor.kind, TensorKind::Parameter | TensorKind::Statistic))
            .collect(),
        last_reader: last_readers(graph),
        op: 0,
    };
    let plans = plans(graph, machine, options)?;
    lowering.receive_inputs();
    for (index, op) in graph.ops.iter().enumerate() {
        lowering.op = index;
        lowering.emitter.enter(op.layer.0 as usize);
        lowering.operator(op, plans.get(&index))?;
    }
    lowering.send_outputs()?;
    Ok(lowering.emitter.finish(graph.name.clone(), options.precision))
}

/// The state of the walk.
pub(crate) struct Lowering<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) machine: &'a Machine,
    pub(crate) options: &'a LowerOptions,
    pub(crate) emitter: Emitter,
    /// Where each tensor that is on the chip lies.
    values: Vec<Option<Value>>,
    /// Which tensors are parameters or views of them.
    parameters: Vec<bool>,
    /// The last operator that reads each tensor.
    last_reader: Vec<Option<usize>>,
    /// The operator that is lowered.
    op: usize,
}

impl Lowering<'_> {
    /// Type of the data.
    pub(crate) const fn data(&self) -> ElementType {
        self.options.precision.data
    }

    /// Tiles of the chip.
    pub(crate) fn tiles(&self) -> u64 {
        u64::from(self.machine.tiles)
    }

    /// An exchange under construction.
    pub(crate) const fn gather(&mut self, name: String) -> Gathering<'_> {
        Gathering::new(&mut self.emitter, name)
    }

    /// Where an operand lies.
    pub(crate) fn value(&self, op: &Op, tensor: TensorId) -> Result<Value, LowerError> {
        self.values[tensor.0 as usize]
            .clone()
            .ok_or_else(|| LowerError::Undefined {
                op: op.name.clone(),
                tensor: self.graph.tensor(tensor).name.clone(),
            })
    }

    /// Where the operand of this index lies.
    pub(crate) fn operand(&self, op: &Op, index: usize) -> Result<Value, LowerError> {
        match op.inputs.get(index) {
            Some(tensor) => self.value(op, *tensor),
            None => Err(LowerError::Undefined {
                op: op.name.clone(),
                tensor: format!("operand {index}"),
            }),
        }
    }

    /// States where a tensor lies.
    pub(crate) fn define(&mut self, tensor: TensorId, value: Value) {
        if !self.is_parameter(tensor) {
            let description = self.graph.tensor(tensor);
            let role = if self.graph.outputs.contains(&tensor) {
                TensorRole::Output
            } else if self.graph.inputs.contains(&tensor) {
                TensorRole::Input
            } else {
                TensorRole::Intermediate
            };
            self.emitter
                .tensor(&description.name, &description.shape, role, value.variable);
        }
        self.values[tensor.0 as usize] = Some(value);
    }

    /// Whether a tensor is a parameter, or a view of one.
    pub(crate) fn is_parameter(&self, tensor: TensorId) -> bool {
        self.parameters[tensor.0 as usize]
    }

    /// Whether a tensor lies somewhere.
    pub(crate) fn is_laid_out(&self, tensor: TensorId) -> bool {
        self.values[tensor.0 as usize].is_some()
    }

    /// States that a tensor is a view of a parameter that nobody has laid out yet.
    pub(crate) fn define_parameter(&mut self, tensor: TensorId) {
        self.parameters[tensor.0 as usize] = true;
    }

    /// A parameter, which its first reader lays out as it wants it to rest.
    pub(crate) fn parameter(&mut self, tensor: TensorId, rest: Layout) -> Value {
        if let Some(value) = &self.values[tensor.0 as usize] {
            return value.clone();
        }
        let description = self.graph.tensor(tensor);
        let shaped = rest.reshaped(&description.shape).unwrap_or_else(|| rest.clone());
        let variable = self.emitter.resident(
            description.name.clone(),
            &rest.placement,
            self.data().bytes(),
            source(self.graph, tensor),
        );
        self.define(
            tensor,
            Value {
                variable,
                layout: shaped,
            },
        );
        Value {
            variable,
            layout: rest,
        }
    }

    /// An operand that is an input of the graph that nobody has laid out yet is laid out as its first reader wants it.
    fn operand_or(
        &mut self,
        op: &Op,
        index: usize,
        rest: impl FnOnce() -> Layout,
    ) -> Result<Value, LowerError> {
        if let Some(&tensor) = op.inputs.get(index)
            && self.values[tensor.0 as usize].is_none()
            && self.graph.inputs.contains(&tensor)
        {
            let layout = rest();
            self.receive(tensor, layout);
        }
        self.operand(op, index)
    }

    /// An input of the graph comes to lie somewhere, perhaps from the host.
    fn receive(&mut self, tensor: TensorId, layout: Layout) {
        let description = self.graph.tensor(tensor);
        let bytes = self.data().bytes();
        let variable = self
            .emitter
            .temporary(description.name.clone(), &layout.placement, bytes);
        if self.options.host_io {
            self.emitter.step(
                format!("receive {}", description.name),
                Action::Host {
                    direction: HostDirection::In,
                    bytes: description.elements() * bytes,
                },
                Vec::new(),
                vec![variable],
            );
        }
        self.define(tensor, Value { variable, layout });
    }

    /// Whether the present operator may overwrite a tensor: nobody reads it afterwards.
    pub(crate) fn may_overwrite(&self, tensor: TensorId) -> bool {
        self.last_reader[tensor.0 as usize] == Some(self.op) && !self.graph.outputs.contains(&tensor)
    }

    fn operator(&mut self, op: &Op, planned: Option<&(PlanOptions, Planned)>) -> Result<(), LowerError> {
        match &op.kind {
            OpKind::Convolution(_)
            | OpKind::FullyConnected
            | OpKind::ConvolutionInputGradient(_)
            | OpKind::ConvolutionWeightGradient(_) => self.convolution(op, planned),
            OpKind::ScaledAdd { .. } => operators::scaled_add::lower(self, op),
            OpKind::Norm(norm) => operators::norm::lower(self, op, norm),
            OpKind::Activation(activation) => operators::activation::lower(self, op, *activation),
            OpKind::ProxyActivation(proxy) => operators::proxy_activation::lower(self, op, proxy),
            OpKind::Binary(binary) => operators::binary::lower(self, op, *binary),
            OpKind::Pool(pool) => operators::pool::lower(self, op, pool),
            OpKind::PoolGradient(pool) => operators::pool_gradient::lower(self, op, pool),
            OpKind::Reduce(reduction) => operators::reduce_dimensions::lower(self, op, *reduction),
            OpKind::GlobalAveragePool => operators::global_average_pool::lower(self, op),
            OpKind::Softmax => operators::softmax::lower(self, op),
            OpKind::Reshape => operators::reshape::lower(self, op),
            OpKind::Scale { .. }
            | OpKind::Broadcast
            | OpKind::Slice { .. }
            | OpKind::Fill { .. }
            | OpKind::Cast(_)
            | OpKind::RandomMask { .. }
            | OpKind::MovingAverage { .. }
            | OpKind::ActivationGradient(_)
            | OpKind::NormGradient(_)
            | OpKind::ProxyActivationGradient(_)
            | OpKind::ProxyStatistics(_)
            | OpKind::ProxyStatisticsGradient(_)
            | OpKind::SoftmaxCrossEntropy { .. }
            | OpKind::SoftmaxCrossEntropyGradient { .. }
            | OpKind::OptimiserStep(_) => Err(unsupported(op, "a training operator", "inference")),
            OpKind::Concat { .. } => Err(unsupported(
                op,
                "concatenation",
                "convolutions, norms, activations, pools, additions and products",
            )),
        }
    }

    fn convolution(&mut self, op: &Op, planned: Option<&(PlanOptions, Planned)>) -> Result<(), LowerError> {
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
        let shapes = pass.shapes(&forward);
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
        let weights_rest = whole(&geometry.weights_at_rest(), &shapes.weights);
        let weights = shaped(self.weights(op, &weights_rest, pass)?, &shapes.weights);
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
                    variable: arranging.bring(&format!("{name}/{what} arranged"), &operand, &rest, data),
                    layout: rest,
                }
            } else if what == "input" && convolution.planned.plan.partition.broadcast_input_before_loop {
                let need = geometry.input_need();
                Value {
                    variable: arranging.bring(&format!("{name}/{what}"), &operand, &need, data),
                    layout: need,
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
        };
        if slices.summed {
            operators::clear(self, name, &result, whole_type);
        }
        self.emitter.begin_loop();
        let slice_layouts = [geometry.input_at_rest(), geometry.weights_at_rest()];
        let mut round = Vec::new();
        for ((whole, slice), what) in arranged.iter().zip(slice_layouts).zip(["input", "weights"]) {
            round.push(if slices.cut(&slice) {
                slices::take(self, &format!("{name}/{what}"), whole, slice)
            } else {
                whole.clone()
            });
        }
        let output = convolution.lower(self, geometry, &round[0], &round[1], None);
        if slices.summed {
            operators::accumulate(self, name, &result, &output, whole_type);
        } else {
            slices::put(self, name, &output, &result);
        }
        self.emitter.end_loop(slices.count);
        if whole_type == data {
            result
        } else {
            cast(self, name, &result, whole_type, data)
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

    /// Images lie over all tiles in the order in which the host sends them, unless a convolution says how it wants them.
    fn receive_inputs(&mut self) {
        self.emitter
            .enter(self.graph.ops.first().map_or(0, |op| op.layer.0 as usize));
        for (index, &tensor) in self.graph.inputs.iter().enumerate() {
            if self.options.inputs == InputLayout::AsNeeded && is_convolved_first(self.graph, tensor) {
                continue;
            }
            let shape = &self.graph.tensor(tensor).shape;
            let layout = match self.options.inputs {
                InputLayout::Linear | InputLayout::AsNeeded => layout::linear_positions(shape, self.tiles()),
                InputLayout::RowMajor => {
                    let (grain, tiles) = self.element_shares(shape);
                    layout::row_major(shape, grain, tiles)
                }
                InputLayout::ChannelBlocks { first, others } => {
                    let (grain, tiles) = self.element_shares(shape);
                    let block = if index == 0 { first } else { others };
                    layout::channel_blocks(shape, block, grain, tiles)
                }
            };
            self.receive(tensor, layout);
        }
    }

    /// Elements that stay together and tiles that take part where a tensor is spread element by element: whole data paths, and no
    /// tile with less than [`LEAST_LINEAR_BYTES`].
    fn element_shares(&self, shape: &[u64]) -> (u64, u64) {
        let bytes = shape.iter().product::<u64>() * self.data().bytes();
        let tiles = (bytes / LEAST_LINEAR_BYTES).clamp(1, self.tiles());
        (self.machine.vector_width(self.data()), tiles)
    }

    fn send_outputs(&mut self) -> Result<(), LowerError> {
        let Some(last) = self.graph.ops.last() else {
            return Ok(());
        };
        for &tensor in &self.graph.outputs {
            let value = self.value(last, tensor)?;
            if self.options.host_io {
                let description = self.graph.tensor(tensor);
                self.emitter.step(
                    format!("send {}", description.name),
                    Action::Host {
                        direction: HostDirection::Out,
                        bytes: description.elements() * self.options.precision.data.bytes(),
                    },
                    vec![value.variable],
                    Vec::new(),
                );
            }
        }
        Ok(())
    }
}

/// Bytes that a tile takes at least of a tensor that is spread element by element (PopLibs lib/poputil/TileMapping.cpp).
const LEAST_LINEAR_BYTES: u64 = 128;

/// Whether the first reader of a tensor is a convolution.
fn is_convolved_first(graph: &Graph, tensor: TensorId) -> bool {
    let first = graph.ops.iter().find(|op| op.inputs.contains(&tensor));
    first.is_some_and(|op| convolution_of(graph, op).is_some())
}

/// The error that an operator has no lowering.
pub(crate) fn unsupported(op: &Op, what: impl Into<String>, supported: &'static str) -> LowerError {
    LowerError::Unsupported {
        op: op.name.clone(),
        what: what.into(),
        supported,
    }
}

/// What a variable of a parameter, or of a view of one, holds. Of a batch norm's variance that is what the kernels take.
fn source(graph: &Graph, tensor: TensorId) -> Source {
    let original = viewed(graph, tensor);
    let name = graph.tensor(original).name.clone();
    let epsilon = graph.ops.iter().find_map(|op| match &op.kind {
        OpKind::Norm(norm) if norm.kind == NormKind::Batch && op.inputs.last() == Some(&original) => {
            Some(norm.epsilon)
        }
        _ => None,
    });
    match epsilon {
        Some(epsilon) => Source::InverseDeviation {
            variance: name,
            epsilon: Scalar::new(epsilon),
        },
        None => Source::Tensor(name),
    }
}

/// The tensor of which a tensor is a view, or itself.
fn viewed(graph: &Graph, tensor: TensorId) -> TensorId {
    let producer = graph.ops.iter().find(|op| op.output == tensor);
    match producer.map(|op| (&op.kind, op.inputs.as_slice())) {
        Some((OpKind::Reshape, &[original])) => viewed(graph, original),
        _ => tensor,
    }
}

/// The same value under the shape that a convolution gives it.
fn shaped(value: Value, shape: &[u64]) -> Value {
    match value.layout.reshaped(shape) {
        Some(layout) => Value { layout, ..value },
        None => value,
    }
}

/// The forward convolution of an operator and which of its passes it is; a fully connected layer is one over a field of one
/// position.
fn convolution_of(graph: &Graph, op: &Op) -> Option<(Convolution, ConvolutionPass)> {
    match &op.kind {
        OpKind::Convolution(convolution) => Some((convolution.clone(), ConvolutionPass::Forward)),
        OpKind::ConvolutionInputGradient(forward) => Some((forward.clone(), ConvolutionPass::InputGradient)),
        OpKind::ConvolutionWeightGradient(forward) => {
            Some((forward.clone(), ConvolutionPass::WeightGradient))
        }
        OpKind::FullyConnected => {
            let shape = |index: usize| op.inputs.get(index).map(|id| graph.tensor(*id).shape.as_slice());
            match (shape(0), shape(1)) {
                (Some(&[batch, in_channels]), Some(&[out_channels, _])) => Some((
                    Convolution::new(batch, in_channels, out_channels, &[1], &[1]),
                    ConvolutionPass::Forward,
                )),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What an operator computes as a convolution.
pub(crate) struct Computed {
    /// The forward convolution, without inputs that its stride skips.
    pub(crate) forward: Convolution,
    /// Which of its passes it is.
    pass: ConvolutionPass,
    /// What was left out.
    skipped: Option<Skipped>,
}

/// Inputs that a stride skips.
pub(crate) struct Skipped {
    /// Distance of the positions that are read.
    strides: Spatial<u64>,
    /// Shape of the whole input.
    shape: Vec<u64>,
}

pub(crate) fn computed(graph: &Graph, op: &Op) -> Option<Computed> {
    let (forward, pass) = convolution_of(graph, op)?;
    Some(match skip::without_skipped(&forward) {
        Some((dense, strides)) => Computed {
            skipped: Some(Skipped {
                strides,
                shape: forward.input_shape(),
            }),
            forward: dense,
            pass,
        },
        None => Computed {
            forward,
            pass,
            skipped: None,
        },
    })
}

/// The plan of every convolution with the options that it was planned with, by the index of its operator; equal ones are planned
/// once.
fn plans(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
) -> Result<BTreeMap<usize, (PlanOptions, Planned)>, LowerError> {
    let trains = graph.ops.iter().any(|op| {
        matches!(
            op.kind,
            OpKind::ConvolutionInputGradient(_) | OpKind::ConvolutionWeightGradient(_)
        )
    });
    let (indices, requests): (Vec<usize>, Vec<PlanRequest>) = graph
        .ops
        .iter()
        .enumerate()
        .filter_map(|(index, op)| {
            let Computed { forward, pass, .. } = computed(graph, op)?;
            let request = PlanRequest {
                convolution: pass.convolution(&forward),
                options: options.plan_options(planner_pass(&forward, pass, trains)),
            };
            Some((index, request))
        })
        .unzip();
    let mut requests = requests;
    let mut cache = PlanCache::new(machine.clone(), Count::Machine);
    // Slices of dimensions that are folded into each other are not lowered: plan those again without.
    let planned = cache.plan_all(&requests);
    for (request, planned) in requests.iter_mut().zip(planned) {
        if planned.is_ok_and(|planned| !Slices::is_lowered(&planned.plan)) {
            request.options.serial_splits = false;
        }
    }
    let planned = cache.plan_all(&requests);
    indices
        .into_iter()
        .zip(requests)
        .zip(planned)
        .map(|((index, request), planned)| match planned {
            Ok(planned) => Ok((index, (request.options, planned))),
            Err(reason) => Err(LowerError::NoPlan {
                op: graph.ops[index].name.clone(),
                reason,
            }),
        })
        .collect()
}

/// What the planner is told that a convolution is for; one over a single position of one dimension is a matrix product.
pub(crate) fn planner_pass(forward: &Convolution, pass: ConvolutionPass, trains: bool) -> Pass {
    let is_matrix_product = forward.input.as_slice() == [1] && forward.kernel.as_slice() == [1];
    match (pass, trains, is_matrix_product) {
        (ConvolutionPass::Forward, false, false) => Pass::InferenceForward,
        (ConvolutionPass::Forward, true, false) => Pass::TrainingForward,
        (ConvolutionPass::InputGradient, _, false) => Pass::TrainingBackward,
        (ConvolutionPass::WeightGradient, _, false) => Pass::TrainingWeightUpdate,
        (ConvolutionPass::Forward, false, true) => Pass::FullyConnectedInferenceForward,
        (ConvolutionPass::Forward, true, true) => Pass::FullyConnectedTrainingForward,
        (ConvolutionPass::InputGradient, _, true) => Pass::FullyConnectedTrainingBackward,
        (ConvolutionPass::WeightGradient, _, true) => Pass::FullyConnectedTrainingWeightUpdate,
    }
}

fn last_readers(graph: &Graph) -> Vec<Option<usize>> {
    let mut readers = vec![None; graph.tensors.len()];
    for (index, op) in graph.ops.iter().enumerate() {
        for tensor in &op.inputs {
            readers[tensor.0 as usize] = Some(index);
        }
    }
    readers
}
