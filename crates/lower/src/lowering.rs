//! The walk over the graph.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

use tilesim_geometry::PartialsTransfer;
use tilesim_graph::{Graph, NormKind, Op, OpKind, TensorId, TensorKind};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{
    Action, HostDirection, Program, ProgramLayer, Scalar, Source, TensorRole, VariableId, Work,
};

use crate::{
    InputLayout, LowerError, LowerOptions, PlanSource,
    analysis::Analysis,
    convolution::{CONTIGUOUS_MEMORY_PARTS, GraphPlans, convolution_of, intersection, plans},
    emitter::Emitter,
    gathering::Gathering,
    layout::{self, Layout, Value},
    operators::{self, Kept},
};
use tilesim_planner::{PlanOptions, Planned};
use tilesim_terms::Phase;

/// A program, and for which tile memory it is the same.
#[derive(Debug, Clone)]
pub struct LoweredProgram {
    /// The program.
    pub program: Program,
    /// Bytes of tile memory of machines that are like this one otherwise, for which lowering gives the same program but for the
    /// bound on reductions in one buffer, and every step of it costs the same. Of plans that are not shared it is that of the
    /// machine alone.
    pub tile_memory: RangeInclusive<u64>,
}

/// Lowers a graph to the program of one chip. Batch norms of an inference graph should have been folded where they can be.
///
/// # Errors
/// When a convolution has no plan, a given plan does not fit its convolution, or an operator has no lowering.
pub fn lower(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    source: PlanSource<'_>,
) -> Result<LoweredProgram, LowerError> {
    let plans = plans(graph, machine, options, source)?;
    let program = lower_planned(graph, machine, options, &plans)?;
    let tile_memory = if plans.tile_memory.start() == plans.tile_memory.end() {
        plans.tile_memory
    } else {
        tile_memory(&program, plans.tile_memory)
    };
    Ok(LoweredProgram { program, tile_memory })
}

/// The part of `planned`, the tile memory for which plans are the same, for which the steps of the program cost the same too.
fn tile_memory(program: &Program, planned: RangeInclusive<u64>) -> RangeInclusive<u64> {
    let reductions = program.steps.iter().filter_map(|step| match &step.action {
        Action::Compute(work) => match work.as_ref() {
            Work::ReduceAdd(work) => Some(work),
            _ => None,
        },
        Action::Exchange(_) | Action::Host { .. } => None,
    });
    reductions.fold(planned, |common, work| {
        let bytes = work.contiguous_range();
        // The bound is rounded down: the last few bytes of memory make no difference.
        let least = bytes.start().saturating_mul(CONTIGUOUS_MEMORY_PARTS);
        let most = bytes
            .end()
            .saturating_mul(CONTIGUOUS_MEMORY_PARTS)
            .saturating_add(CONTIGUOUS_MEMORY_PARTS - 1);
        intersection(&common, &(least..=most))
    })
}

fn lower_planned(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    plans: &GraphPlans,
) -> Result<Program, LowerError> {
    let phases: Vec<Phase> = (0..graph.layers.len())
        .map(|layer| {
            let first = graph.ops.iter().find(|op| op.layer.0 as usize == layer);
            first.map_or(Phase::Forward, |op| op.phase)
        })
        .collect();
    let layers = (phases.iter().enumerate())
        .map(|(layer, phase)| program_layer(graph, layer, *phase))
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
            .map(|tensor| {
                matches!(
                    tensor.kind,
                    TensorKind::Parameter | TensorKind::Statistic | TensorKind::OptimiserState
                )
            })
            .collect(),
        analysis: Analysis::of(graph),
        residents: BTreeMap::new(),
        occupants: BTreeMap::new(),
        homes: BTreeMap::new(),
        kept: Kept::default(),
        results_placed: 0,
        partials_cycles: HashMap::new(),
        layers: (phases.into_iter().enumerate())
            .map(|(layer, phase)| ((phase, layer), layer))
            .collect(),
        op: 0,
    };
    for op in &graph.ops {
        lowering.parameters[op.output.0 as usize] = false;
    }
    lowering.receive_inputs();
    for (index, op) in graph.ops.iter().enumerate() {
        lowering.op = index;
        lowering.enter(op);
        lowering.operator(op, plans.by_op.get(&index))?;
    }
    lowering.keep_state();
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
    /// Facts about the graph.
    pub(crate) analysis: Analysis,
    /// What rests in each variable that always lives.
    pub(crate) residents: BTreeMap<VariableId, TensorId>,
    /// The tensor that each variable holds at present.
    pub(crate) occupants: BTreeMap<VariableId, TensorId>,
    /// Where tensors rest that an update joins.
    pub(crate) homes: BTreeMap<usize, Layout>,
    /// What operators keep for others.
    pub(crate) kept: Kept,
    /// Tiles on which results of reductions have been put so far, counted on and on.
    results_placed: u64,
    /// How long the busiest tile of an exchange of partial results receives: many layers ask for the same one.
    pub(crate) partials_cycles: HashMap<PartialsTransfer, u64>,
    /// The program's layer of every phase that a layer of the graph has.
    layers: BTreeMap<(Phase, usize), usize>,
    /// The operator that is lowered.
    pub(crate) op: usize,
}

impl Lowering<'_> {
    /// Type of the data.
    pub(crate) const fn data(&self) -> ElementType {
        self.options.precision.data
    }

    /// Which slot of as many `tiles` the results of the next reduction take, after those of the last: what comes from everywhere
    /// would else meet on the first few tiles, with the code of all messages.
    pub(crate) fn next_results(&mut self, tiles: u64) -> u64 {
        let tiles = tiles.max(1);
        let slots = (self.tiles() / tiles).max(1);
        let slot = self.results_placed.div_ceil(tiles) % slots;
        self.results_placed = (slot + 1) * tiles;
        slot
    }

    /// Type of a tensor on the chip.
    ///
    /// A graph that casts or trains says itself which types its tensors are of; in others they are of the run's.
    pub(crate) fn element_type(&self, tensor: TensorId) -> ElementType {
        if self.analysis.states_types() {
            self.graph.tensor(tensor).data_type
        } else {
            self.data()
        }
    }

    /// The steps from here on are those of this operator's layer in its phase.
    pub(crate) fn enter(&mut self, op: &Op) {
        let layer = op.layer.0 as usize;
        let phase = op.phase;
        let layer = if let Some(&index) = self.layers.get(&(phase, layer)) {
            index
        } else {
            let index = self.emitter.layer(program_layer(self.graph, layer, phase));
            self.layers.insert((phase, layer), index);
            index
        };
        self.emitter.enter(layer);
    }

    /// Where a tensor lies, if it does yet.
    pub(crate) fn laid_out(&self, tensor: TensorId) -> Option<Value> {
        self.values[tensor.0 as usize].clone()
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
        self.occupants.insert(value.variable, tensor);
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

    /// The operand of this index; one that lives through the run and that nobody has read yet comes to rest as `rest`.
    pub(crate) fn resting(&mut self, op: &Op, index: usize, rest: &Layout) -> Result<Value, LowerError> {
        match op.inputs.get(index) {
            Some(&tensor) if self.is_parameter(tensor) && !self.is_laid_out(tensor) => {
                let value = self.parameter(tensor, rest.clone());
                Ok(self.laid_out(tensor).unwrap_or(value))
            }
            _ => self.operand(op, index),
        }
    }

    /// Where a tensor that no operand determines had best lie: as what its first reader uses it with.
    pub(crate) fn layout_of_companion(&self, tensor: TensorId) -> Layout {
        let shape = layout::by_channel(&self.graph.tensor(tensor).shape);
        let reader = self.graph.ops[self.op..]
            .iter()
            .find(|op| op.inputs.contains(&tensor));
        let companions = reader.into_iter().flat_map(|op| &op.inputs);
        companions
            .filter_map(|companion| self.laid_out(*companion))
            .find(|value| value.shape() == shape.as_slice())
            .map_or_else(
                || layout::linear_positions(&shape, self.tiles()),
                |value| value.layout,
            )
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
        let element_type = self.element_type(tensor);
        let bytes = element_type.bytes();
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
        self.define(
            tensor,
            Value {
                variable,
                layout,
                element_type,
            },
        );
    }

    fn operator(&mut self, op: &Op, planned: Option<&(PlanOptions, Planned)>) -> Result<(), LowerError> {
        match &op.kind {
            OpKind::Convolution(_)
            | OpKind::FullyConnected
            | OpKind::ConvolutionInputGradient(_)
            | OpKind::ConvolutionWeightGradient(_) => self.convolution(op, planned),
            OpKind::ScaledAdd { factor } => operators::scaled_add::lower(self, op, *factor),
            OpKind::Norm(norm) => operators::norm::lower(self, op, norm),
            OpKind::Activation(activation) => operators::activation::lower(self, op, *activation),
            OpKind::ProxyActivation(proxy) => operators::proxy_activation::lower(self, op, proxy),
            OpKind::Binary(binary) => operators::binary::lower(self, op, *binary),
            OpKind::Pool(pool) => operators::pool::lower(self, op, pool),
            OpKind::PoolGradient(pool) => operators::pool_gradient::lower(self, op, pool),

            OpKind::GlobalAveragePool => operators::global_average_pool::lower(self, op),
            OpKind::Softmax => operators::softmax::lower(self, op),
            OpKind::Reshape => operators::reshape::lower(self, op),
            OpKind::Scale { factor } => operators::scale::lower(self, op, *factor),
            OpKind::Reduce(reduction) => operators::reduction::lower(self, op, *reduction),
            OpKind::Broadcast => operators::broadcast::lower(self, op),
            OpKind::Slice { axis, start, size } => operators::slice::lower(self, op, (*axis, *start, *size)),
            OpKind::Fill { value } => {
                operators::fill::lower(self, op, *value);
                Ok(())
            }
            OpKind::Cast(_) => operators::cast::lower(self, op),
            OpKind::RandomMask { rate } => {
                operators::random_mask::lower(self, op, *rate);
                Ok(())
            }
            OpKind::MovingAverage { decay } => operators::moving_average::lower(self, op, *decay),
            OpKind::ActivationGradient(activation) => {
                operators::activation_gradient::lower(self, op, *activation)
            }
            OpKind::NormGradient(norm) => operators::norm_gradient::lower(self, op, norm),
            OpKind::ProxyStatistics(proxy) => operators::proxy_statistics::lower(self, op, proxy),
            OpKind::ProxyStatisticsGradient(proxy) => {
                operators::proxy_statistics_gradient::lower(self, op, proxy)
            }
            OpKind::SoftmaxCrossEntropy { label_smoothing } => {
                operators::cross_entropy::lower(self, op, *label_smoothing)
            }
            OpKind::SoftmaxCrossEntropyGradient {
                label_smoothing,
                scale,
            } => operators::cross_entropy::gradient(self, op, *label_smoothing, *scale),
            OpKind::OptimiserStep(step) => operators::optimiser::lower(self, op, step),
            OpKind::Concat { axis } => operators::concat::lower(self, op, *axis),
        }
    }

    /// Images lie over all tiles in the order in which the host sends them, unless a convolution says how it wants them.
    fn receive_inputs(&mut self) {
        if let Some(op) = self.graph.ops.first() {
            self.enter(op);
        }
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
                        bytes: description.elements() * value.element_type.bytes(),
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
pub(crate) fn source(graph: &Graph, tensor: TensorId) -> Source {
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

/// A layer of the program: what a layer of the graph does in a phase.
fn program_layer(graph: &Graph, layer: usize, phase: Phase) -> ProgramLayer {
    let layer = &graph.layers[layer];
    ProgramLayer {
        name: layer.name.clone(),
        kind: layer.kind,
        plan: String::new(),
        phase,
    }
}
