//! The walk over the graph.

use std::collections::BTreeMap;

use tilesim_codelets::Count;
use tilesim_graph::{Convolution, Graph, Op, OpKind, TensorId, TensorKind};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{Action, HostDirection, Program, ProgramLayer, Source, TensorRole};

use crate::{
    LowerError, LowerOptions, convolution,
    emitter::Emitter,
    gathering::Gathering,
    layout::{self, Value},
    operators,
    planner::{PlanCache, PlanOptions, PlanRequest, Planned},
};

/// Lowers an inference graph, whose batch norms have been folded where they can be, to the program of one chip.
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

    /// How convolutions are planned.
    pub(crate) fn plan_options(&self) -> PlanOptions {
        self.options.plan_options()
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

    /// The parameter that an operand is, or is a view of.
    pub(crate) fn source(&self, tensor: TensorId) -> Source {
        Source::Tensor(self.graph.tensor(self.viewed(tensor)).name.clone())
    }

    /// The tensor of which a tensor is a view, or itself.
    fn viewed(&self, tensor: TensorId) -> TensorId {
        let producer = self.graph.ops.iter().find(|op| op.output == tensor);
        match producer.map(|op| (&op.kind, op.inputs.as_slice())) {
            Some((OpKind::Reshape, &[original])) => self.viewed(original),
            _ => tensor,
        }
    }

    /// States where a result lies.
    pub(crate) fn define(&mut self, tensor: TensorId, value: Value) {
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
        self.values[tensor.0 as usize] = Some(value);
    }

    /// Whether a tensor is a parameter (or a view of one), which is laid out by whoever reads it.
    pub(crate) fn is_parameter(&self, tensor: TensorId) -> bool {
        self.parameters[tensor.0 as usize]
    }

    /// States that a tensor is a view of a parameter.
    pub(crate) fn define_parameter(&mut self, tensor: TensorId) {
        self.parameters[tensor.0 as usize] = true;
    }

    /// Whether the present operator may overwrite a tensor: nobody reads it afterwards.
    pub(crate) fn may_overwrite(&self, tensor: TensorId) -> bool {
        self.last_reader[tensor.0 as usize] == Some(self.op) && !self.graph.outputs.contains(&tensor)
    }

    fn operator(&mut self, op: &Op, planned: Option<&Planned>) -> Result<(), LowerError> {
        match &op.kind {
            OpKind::Convolution(_) | OpKind::FullyConnected => self.convolution(op, planned),
            OpKind::ConvolutionInputGradient(_)
            | OpKind::ConvolutionWeightGradient(_)
            | OpKind::ScaledAdd => Err(unsupported(op, "a training operator", "inference")),
            OpKind::Norm(norm) => operators::norm::lower(self, op, norm),
            OpKind::Activation(activation) => operators::activation::lower(self, op, *activation),
            OpKind::ProxyActivation(proxy) => operators::proxy_activation::lower(self, op, proxy),
            OpKind::Binary(binary) => operators::binary::lower(self, op, *binary),
            OpKind::Pool(pool) => operators::pool::lower(self, op, pool),
            OpKind::GlobalAveragePool => operators::global_average_pool::lower(self, op),
            OpKind::Softmax => operators::softmax::lower(self, op),
            OpKind::Reshape => operators::reshape::lower(self, op),
        }
    }

    fn convolution(&mut self, op: &Op, planned: Option<&Planned>) -> Result<(), LowerError> {
        let (Some(convolution), Some(planned)) = (convolution_of(self.graph, op), planned) else {
            return Err(unsupported(
                op,
                "this convolution",
                "convolutions over one to three dimensions",
            ));
        };
        let mut input = self.operand(op, 0)?;
        if let Some(placement) = layout::reshaped(&input.placement, &convolution.input_shape()) {
            input.placement = placement;
        }
        let parameters = convolution::Parameters {
            weights: self.source(op.inputs[1]),
            bias: op.inputs.get(2).map(|bias| self.source(*bias)),
        };
        let mut output = convolution::lower(self, &op.name, &convolution, planned, &input, parameters)?;
        let shape = &self.graph.tensor(op.output).shape;
        if let Some(placement) = layout::reshaped(&output.placement, shape) {
            output.placement = placement;
        }
        self.define(op.output, output);
        Ok(())
    }

    /// Images lie over all tiles in the order in which the host sends them.
    fn receive_inputs(&mut self) {
        self.emitter
            .enter(self.graph.ops.first().map_or(0, |op| op.layer.0 as usize));
        for &tensor in &self.graph.inputs {
            let description = self.graph.tensor(tensor);
            let placement = layout::linear_positions(&description.shape, self.tiles());
            let bytes = self.data().bytes();
            let variable = self
                .emitter
                .temporary(description.name.clone(), &placement, bytes);
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
            self.define(tensor, Value { variable, placement });
        }
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

/// The error that an operator has no lowering.
pub(crate) fn unsupported(op: &Op, what: impl Into<String>, supported: &'static str) -> LowerError {
    LowerError::Unsupported {
        op: op.name.clone(),
        what: what.into(),
        supported,
    }
}

/// The convolution that an operator is; a fully connected layer is one over a field of one position.
fn convolution_of(graph: &Graph, op: &Op) -> Option<Convolution> {
    match &op.kind {
        OpKind::Convolution(convolution) => Some(convolution.clone()),
        OpKind::FullyConnected => {
            let shape = |index: usize| op.inputs.get(index).map(|id| graph.tensor(*id).shape.as_slice());
            match (shape(0), shape(1)) {
                (Some(&[batch, in_channels]), Some(&[out_channels, _])) => {
                    Some(Convolution::new(batch, in_channels, out_channels, &[1], &[1]))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The plan of every convolution, by the index of its operator; equal ones are planned once.
fn plans(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
) -> Result<BTreeMap<usize, Planned>, LowerError> {
    let plan_options = options.plan_options();
    let (indices, requests): (Vec<usize>, Vec<PlanRequest>) = graph
        .ops
        .iter()
        .enumerate()
        .filter_map(|(index, op)| {
            let convolution = convolution_of(graph, op)?;
            let options = plan_options.clone();
            Some((index, PlanRequest { convolution, options }))
        })
        .unzip();
    let planned = PlanCache::new(machine.clone(), Count::Machine).plan_all(&requests);
    indices
        .into_iter()
        .zip(planned)
        .map(|(index, planned)| match planned {
            Ok(planned) => Ok((index, planned)),
            Err(reason) => Err(LowerError::NoPlan {
                op: graph.ops[index].name.clone(),
                reason,
            }),
        })
        .collect()
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
