//! The program: variables, steps, and the tree that says in which order steps run.

use tilesim_terms::{LayerKind, Phase};

use crate::{ProgramTensor, Step, StepId, TensorRole, Variable};

/// A part of the network that costs are reported for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramLayer {
    /// Name, such as `block2a/b`.
    pub name: String,
    /// Kind.
    pub kind: LayerKind,
    /// How its convolution is planned, in one line; empty where it has none.
    pub plan: String,
    /// When it runs: what a layer does in each phase is reported apart.
    pub phase: Phase,
}

/// The control tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// One step.
    Step(StepId),
    /// One after the other.
    Sequence(Vec<Control>),
    /// The same again and again.
    Repeat {
        /// How often.
        times: u64,
        /// What.
        body: Box<Control>,
    },
}

/// What one chip runs for one pass over a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Name of the network.
    pub name: String,
    /// Layers in network order.
    pub layers: Vec<ProgramLayer>,
    /// Everything that occupies tile memory.
    pub variables: Vec<Variable>,
    /// Every distinct step.
    pub steps: Vec<Step>,
    /// Where the tensors of the network are: inputs, then results of operators in the order of computation.
    pub tensors: Vec<ProgramTensor>,
    /// The order of steps.
    pub control: Control,
    /// Whether the multiply-accumulates count as those of half data with half, half with float, or float with float partials:
    /// the types that the run's peak is stated for.
    pub precision: Precision,
    /// Tiles reserved for the host, the last ones of the chip. Where there are some, what the host sends and receives passes beside the
    /// other steps: what it sends is the next batch, and what it receives the results of this one.
    pub io_tiles: u32,
    /// Batches that one call of the host runs, where that is stated: before the first and after the last nothing passes beside.
    pub batches_per_step: Option<u32>,
}

/// Types of the data and of the partial sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Precision {
    /// Inputs, weights and outputs.
    pub data: tilesim_machine::ElementType,
    /// Partial sums.
    pub partials: tilesim_machine::ElementType,
}

impl Program {
    /// The same program where the host writes what is fed before the first step and reads results after the last, as runs of their
    /// own: both live throughout.
    #[must_use]
    pub fn held_for_host(mut self) -> Self {
        for tensor in &self.tensors {
            if tensor.role != TensorRole::Intermediate {
                self.variables[tensor.variable.0 as usize].always_live = true;
            }
        }
        self
    }
}

impl Control {
    /// Calls `visit` with every step in the order of execution and the number of times that it runs there.
    ///
    /// The body of a loop is visited once.
    pub fn visit(&self, visit: &mut impl FnMut(StepId, u64)) {
        self.visit_repeated(1, visit);
    }

    /// First and last visit of the body of every loop, as [`Self::visit`] counts steps; outer loops after inner ones.
    pub fn loops(&self) -> Vec<(usize, usize)> {
        let mut loops = Vec::new();
        self.collect_loops(0, &mut loops);
        loops
    }

    /// Visits of this part, which begins at visit `first`.
    fn collect_loops(&self, first: usize, loops: &mut Vec<(usize, usize)>) -> usize {
        match self {
            Self::Step(_) => 1,
            Self::Sequence(parts) => parts.iter().fold(0, |visits, part| {
                visits + part.collect_loops(first + visits, loops)
            }),
            Self::Repeat { body, .. } => {
                let visits = body.collect_loops(first, loops);
                if visits > 0 {
                    loops.push((first, first + visits - 1));
                }
                visits
            }
        }
    }

    fn visit_repeated(&self, repeats: u64, visit: &mut impl FnMut(StepId, u64)) {
        match self {
            Self::Step(step) => visit(*step, repeats),
            Self::Sequence(parts) => {
                for part in parts {
                    part.visit_repeated(repeats, visit);
                }
            }
            Self::Repeat { times, body } => body.visit_repeated(repeats.saturating_mul(*times), visit),
        }
    }
}
