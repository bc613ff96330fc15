//! The walk over the graph.

use tilesim_graph::{Graph, NormKind, Op, OpKind, TensorId, TensorKind};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{Action, HostDirection, Program, ProgramLayer, Scalar, Source, TensorRole};

use crate::{
    InputLayout, LowerError, LowerOptions,
    convolution::{convolution_of, plans},
    emitter::Emitter,
    gathering::Gathering,
    layout::{self, Layout, Value},
    operators,
    planner::{PlanOptions, Planned},
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
    pub(crate) fn operand_or(
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

fn last_readers(graph: &Graph) -> Vec<Option<usize>> {
    let mut readers = vec![None; graph.tensors.len()];
    for (index, op) in graph.ops.iter().enumerate() {
        for tensor in &op.inputs {
            readers[tensor.0 as usize] = Some(index);
        }
    }
    readers
}
