//! What every operator needs while it is lowered: where tensors lie, and the program so far. It knows no operators.

mod cast;
mod io_tiles;
mod kept;
mod operands;
mod residents;
mod source;

pub(crate) use cast::cast;
pub(crate) use kept::{Distributions, SharedResults, Statistics};

use std::{collections::BTreeMap, sync::Arc};

use tilesim_graph::{Graph, Op, TensorId, TensorKind};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{ProgramLayer, TensorRole, VariableId};
use tilesim_terms::Phase;

use crate::{
    LowerOptions,
    analysis::Analysis,
    emitter::Emitter,
    gathering::Gathering,
    host_tensors::HostTensors,
    layout::{Layout, Value},
    placements::SharedPlacements,
};

/// What every operator needs: values, layouts, and the program under construction.
#[derive(Clone)]
pub(crate) struct Context<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) machine: &'a Machine,
    pub(crate) options: &'a LowerOptions,
    pub(crate) emitter: Emitter,
    /// Where each tensor that is on the chip lies.
    values: Vec<Option<Value>>,
    /// Which tensors are parameters or views of them.
    parameters: Vec<bool>,
    /// Facts about the graph.
    pub(crate) analysis: Arc<Analysis>,
    /// What rests in each variable that always lives.
    pub(crate) residents: BTreeMap<VariableId, TensorId>,
    /// The tensor that each variable holds at present.
    pub(crate) occupants: BTreeMap<VariableId, TensorId>,
    /// Where tensors rest that an update joins.
    pub(crate) homes: BTreeMap<usize, Layout>,
    /// What operators keep for others.
    pub(crate) kept: SharedResults,
    /// Tiles on which results of reductions have been put so far, counted on and on.
    results_placed: u64,
    /// What is known of placements.
    pub(crate) placements: &'a SharedPlacements,
    /// The program's layer of every phase that a layer of the graph has.
    layers: BTreeMap<(Phase, usize), usize>,
    /// What the host sends and takes.
    pub(crate) host: &'a HostTensors,
    /// Inputs that lie on I/O tiles first, and where.
    host_buffers: Vec<(TensorId, Vec<VariableId>)>,
    /// The operator that is lowered.
    pub(crate) op: usize,
}

impl<'a> Context<'a> {
    /// Before the first operator: nothing lies anywhere.
    pub(crate) fn new(
        graph: &'a Graph,
        machine: &'a Machine,
        options: &'a LowerOptions,
        host: &'a HostTensors,
        placements: &'a SharedPlacements,
    ) -> Self {
        let phases: Vec<Phase> = (0..graph.layers.len())
            .map(|layer| {
                let first = graph.ops.iter().find(|op| op.layer.0 as usize == layer);
                first.map_or(Phase::Forward, |op| op.phase)
            })
            .collect();
        let layers = (phases.iter().enumerate())
            .map(|(layer, phase)| program_layer(graph, layer, *phase))
            .collect();
        let mut context = Self {
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
            analysis: Arc::new(Analysis::of(graph)),
            residents: BTreeMap::new(),
            occupants: BTreeMap::new(),
            homes: BTreeMap::new(),
            kept: SharedResults::default(),
            results_placed: 0,
            placements,
            layers: (phases.into_iter().enumerate())
                .map(|(layer, phase)| ((phase, layer), layer))
                .collect(),
            host,
            host_buffers: Vec::new(),
            op: 0,
        };
        for op in &graph.ops {
            context.parameters[op.output.0 as usize] = false;
        }
        context
    }
}

impl<'a> Context<'a> {
    /// The same state, with a program that goes on from here without what it has so far.
    pub(crate) fn going_on(&self) -> Context<'a> {
        let emitter = self.emitter.going_on();
        Self {
            emitter,
            values: self.values.clone(),
            parameters: self.parameters.clone(),
            analysis: Arc::clone(&self.analysis),
            residents: self.residents.clone(),
            occupants: self.occupants.clone(),
            homes: self.homes.clone(),
            kept: self.kept.clone(),
            layers: self.layers.clone(),
            host_buffers: self.host_buffers.clone(),
            ..*self
        }
    }
}

impl Context<'_> {
    /// The tensors that lie somewhere and are read from the operator of this index on, by their numbers.
    pub(crate) fn live_layouts(&self, op: usize) -> Vec<(usize, Layout, ElementType)> {
        let lies = |(index, value): (usize, &Option<Value>)| {
            let value = value.as_ref()?;
            let read = op == 0 || !self.analysis.is_read_last_by(TensorId(index as u32), op - 1);
            read.then(|| (index, value.layout.clone(), value.element_type))
        };
        self.values.iter().enumerate().filter_map(lies).collect()
    }

    /// Type of the data.
    pub(crate) const fn data(&self) -> ElementType {
        self.options.precision.data
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

    /// Tiles that compute: those of the chip that are not reserved for the host.
    pub(crate) fn tiles(&self) -> u64 {
        u64::from(self.machine.tiles)
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

    /// An exchange under construction.
    pub(crate) const fn gather(&mut self, name: String) -> Gathering<'_> {
        Gathering::new(&mut self.emitter, self.placements, name)
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

    /// Where a tensor lies, if it does yet.
    pub(crate) fn laid_out(&self, tensor: TensorId) -> Option<Value> {
        self.values[tensor.0 as usize].clone()
    }

    /// Lets another value stand for a tensor that lies somewhere, such as a copy of it.
    pub(crate) fn stand_in(&mut self, tensor: TensorId, value: Value) {
        self.values[tensor.0 as usize] = Some(value);
    }

    /// Whether a tensor lies somewhere.
    pub(crate) fn is_laid_out(&self, tensor: TensorId) -> bool {
        self.values[tensor.0 as usize].is_some()
    }

    /// States where a tensor lies.
    pub(crate) fn define(&mut self, tensor: TensorId, value: Value) {
        let variable = value.variable;
        self.define_in(tensor, value, variable);
    }

    /// States where a tensor lies that comes from outside, or leaves, through `variable`.
    pub(crate) fn define_in(&mut self, tensor: TensorId, value: Value, variable: VariableId) {
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
                .tensor(&description.name, &description.shape, role, variable);
        }
        self.occupants.insert(value.variable, tensor);
        self.values[tensor.0 as usize] = Some(value);
    }

    /// Whether a tensor is a parameter, or a view of one.
    pub(crate) fn is_parameter(&self, tensor: TensorId) -> bool {
        self.parameters[tensor.0 as usize]
    }

    /// States that a tensor is a view of a parameter that nobody has laid out yet.
    pub(crate) fn define_parameter(&mut self, tensor: TensorId) {
        self.parameters[tensor.0 as usize] = true;
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
