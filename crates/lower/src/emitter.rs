//! Collects variables and steps of a program.

use tilesim_geometry::Placement;
use tilesim_program::{
    Action, Control, Movement, Precision, Program, ProgramLayer, ProgramTensor, Source, Step, StepId,
    TensorRole, Variable, VariableId, Work,
};

/// A program under construction.
#[derive(Debug, Clone)]
pub(crate) struct Emitter {
    layers: Vec<ProgramLayer>,
    layer: usize,
    /// Variables of the program that this one goes on from.
    earlier_variables: u32,
    variables: Vec<Variable>,
    steps: Vec<Step>,
    tensors: Vec<ProgramTensor>,
    control: Vec<Control>,
    /// What stands before the loops that are open, outermost first.
    outer: Vec<Vec<Control>>,
    /// Calls of functions that are open, outermost first.
    open_calls: Vec<u32>,
    /// Calls so far.
    calls: u32,
}

impl Emitter {
    /// A program of the given layers, without steps.
    pub(crate) const fn new(layers: Vec<ProgramLayer>) -> Self {
        Self {
            layers,
            layer: 0,
            earlier_variables: 0,
            variables: Vec::new(),
            steps: Vec::new(),
            tensors: Vec::new(),
            control: Vec::new(),
            outer: Vec::new(),
            open_calls: Vec::new(),
            calls: 0,
        }
    }

    /// A program that goes on from here, without what it has so far.
    pub(crate) fn going_on(&self) -> Self {
        Self {
            layers: self.layers.clone(),
            layer: self.layer,
            earlier_variables: self.earlier_variables + self.variables.len() as u32,
            variables: Vec::new(),
            steps: Vec::new(),
            tensors: Vec::new(),
            control: Vec::new(),
            outer: Vec::new(),
            open_calls: self.open_calls.clone(),
            calls: self.calls,
        }
    }

    /// One more layer.
    pub(crate) fn layer(&mut self, layer: ProgramLayer) -> usize {
        self.layers.push(layer);
        self.layers.len() - 1
    }

    /// Steps from here on belong to this layer.
    pub(crate) const fn enter(&mut self, layer: usize) {
        self.layer = layer;
    }

    /// States how the convolution of the present layer is planned.
    pub(crate) fn planned(&mut self, plan: &str) {
        let text = &mut self.layers[self.layer].plan;
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(plan);
    }

    /// Something that lives from its first use to its last.
    pub(crate) fn temporary(
        &mut self,
        name: String,
        placement: &Placement,
        element_bytes: u64,
    ) -> VariableId {
        self.variable(name, placement, element_bytes, None)
    }

    /// A parameter, which always lives.
    pub(crate) fn resident(
        &mut self,
        name: String,
        placement: &Placement,
        element_bytes: u64,
        source: Source,
    ) -> VariableId {
        self.variable(name, placement, element_bytes, Some(source))
    }

    /// Memory that the host writes or reads while the program runs: it lives throughout.
    pub(crate) fn buffer(&mut self, name: String, placement: &Placement, element_bytes: u64) -> VariableId {
        let id = self.variable(name, placement, element_bytes, None);
        if let Some(buffer) = self.variables.last_mut() {
            buffer.always_live = true;
        }
        id
    }

    fn variable(
        &mut self,
        name: String,
        placement: &Placement,
        element_bytes: u64,
        source: Option<Source>,
    ) -> VariableId {
        let id = VariableId(self.earlier_variables + self.variables.len() as u32);
        self.variables.push(Variable {
            name,
            always_live: source.is_some(),
            placement: placement.clone(),
            element_bytes,
            source,
        });
        id
    }

    /// Steps from here on are the body of a loop.
    pub(crate) fn begin_loop(&mut self) {
        self.outer.push(std::mem::take(&mut self.control));
    }

    /// The innermost loop ends, and runs so many times.
    pub(crate) fn end_loop(&mut self, times: u64) {
        let before = self.outer.pop().unwrap_or_default();
        let body = std::mem::replace(&mut self.control, before);
        self.control.push(Control::Repeat {
            times,
            body: Box::new(Control::Sequence(body)),
        });
    }

    /// Steps from here on are those of a call of a function.
    pub(crate) fn begin_call(&mut self) {
        self.open_calls.push(self.calls);
        self.calls += 1;
    }

    /// The innermost call ends.
    pub(crate) fn end_call(&mut self) {
        self.open_calls.pop();
    }

    /// The last step is what its caller does, not the function.
    pub(crate) fn of_caller(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.call = None;
        }
    }

    /// A step in which tiles compute.
    pub(crate) fn compute(
        &mut self,
        name: String,
        work: Work,
        reads: Vec<VariableId>,
        writes: Vec<VariableId>,
    ) {
        self.step(name, Action::Compute(Box::new(work)), reads, writes);
    }

    /// The last step needs memory besides.
    pub(crate) fn works_in(&mut self, workspace: impl IntoIterator<Item = VariableId>) {
        if let Some(step) = self.steps.last_mut() {
            step.workspace.extend(workspace);
        }
    }

    /// A step in which variables of so many bytes are added up over a group of replicas.
    pub(crate) fn replicas(&mut self, name: String, group: u32, bytes: u64, variables: Vec<VariableId>) {
        self.step(
            name,
            Action::Replicas { group, bytes },
            variables.clone(),
            variables,
        );
    }

    /// A step in which tiles exchange data; nothing where there is nothing to move.
    pub(crate) fn exchange(
        &mut self,
        name: String,
        movements: Vec<Movement>,
        reads: Vec<VariableId>,
        writes: Vec<VariableId>,
    ) {
        if !movements.is_empty() {
            self.step(name, Action::Exchange(movements), reads, writes);
        }
    }

    /// A step.
    pub(crate) fn step(
        &mut self,
        name: String,
        action: Action,
        reads: Vec<VariableId>,
        writes: Vec<VariableId>,
    ) {
        self.control.push(Control::Step(StepId(self.steps.len() as u32)));
        self.steps.push(Step {
            name,
            layer: self.layer,
            action,
            reads,
            writes,
            workspace: Vec::new(),
            call: self.open_calls.last().copied(),
        });
    }

    /// States that a tensor of the network is in a variable: from the start if it is fed, and else from here on.
    pub(crate) fn tensor(&mut self, name: &str, shape: &[u64], role: TensorRole, variable: VariableId) {
        let last = self.steps.len().checked_sub(1).map(|last| StepId(last as u32));
        self.tensors.push(ProgramTensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            role,
            variable,
            after: last.filter(|_| role != TensorRole::Input),
        });
    }

    /// The program.
    pub(crate) fn finish(self, name: String, precision: Precision) -> Program {
        Program {
            name,
            layers: self.layers,
            variables: self.variables,
            steps: self.steps,
            tensors: self.tensors,
            control: Control::Sequence(self.control),
            precision,
            io_tiles: 0,
            batches_per_step: None,
        }
    }
}
