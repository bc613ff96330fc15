//! What a tile keeps of a program besides its variables: code of exchanges, of control and of kernels, and the state of its
//! vertices.

use std::collections::{BTreeSet, HashMap};

use tilesim_codelets::convolution;
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, Step, VariableId, Vertex, work::WorkClass};

use crate::{
    exchange,
    memory::BytesByTile,
    shared::{Geometry, Moved},
};

/// Bytes of a pointer to an operand or result of a vertex, and of the count of its elements (assumed: a word each).
const WORD: u64 = 4;

/// What the code of one step takes of the memory of a tile.
pub(crate) enum StepCode {
    /// Of an exchange, by what tiles do: bytes of each of so many tiles, in order.
    Exchange(Vec<(u64, u32)>),
    /// Of a compute set, on every tile that has a vertex.
    Compute {
        /// State of the convolution that keeps most, in bytes; that of other kernels follows from what the step reads and writes.
        convolution: Option<u64>,
        /// Kernels that it runs.
        kernels: Vec<Vertex>,
    },
    /// Of the host's: none.
    Nothing,
}

impl StepCode {
    /// Of an exchange in which tiles do so much.
    pub(crate) fn of_exchange(machine: &Machine, moved: &Moved) -> Self {
        let runs = moved.runs.iter();
        Self::Exchange(
            runs.map(|(tile, tiles)| (exchange::code_bytes(machine, tile), *tiles))
                .collect(),
        )
    }

    /// Of a compute set.
    pub(crate) fn of_compute(machine: &Machine, classes: &[WorkClass]) -> Self {
        let convolutions = classes.iter().filter_map(|class| match &class.vertex {
            // A kernel that cannot run has none; the run says so.
            Vertex::Convolution(vertex) => Some(convolution::state_bytes(machine, vertex).unwrap_or(0)),
            Vertex::ReduceAdd(_) | Vertex::Vector(_) => None,
        });
        let mut kernels: Vec<Vertex> = Vec::new();
        for class in classes {
            let kernel = class.vertex.kernel();
            if !kernels.contains(&kernel) {
                kernels.push(kernel);
            }
        }
        Self::Compute {
            convolution: convolutions.max(),
            kernels,
        }
    }
}

/// Code that tiles keep: the sum over the steps of a program.
pub(crate) struct Code<'a> {
    machine: &'a Machine,
    by_tile: Vec<u64>,
    /// Places of kernels in `runs`.
    kernels: HashMap<Vertex, usize>,
    /// Which tiles run each kernel.
    runs: Vec<Vec<bool>>,
}

impl<'a> Code<'a> {
    /// No code.
    pub(crate) fn new(machine: &'a Machine) -> Self {
        Self {
            machine,
            by_tile: vec![0; machine.tiles as usize],
            kernels: HashMap::new(),
            runs: Vec::new(),
        }
    }

    /// Adds a step. A tile has a vertex if it holds some of what the step writes.
    pub(crate) fn add(&mut self, code: &StepCode, step: &Step, bytes: &BytesByTile) {
        let control = u64::from(self.machine.step_code_bytes);
        self.by_tile.iter_mut().for_each(|sum| *sum += control);
        let (convolution, kernels) = match code {
            StepCode::Exchange(runs) => {
                let mut sums = self.by_tile.iter_mut();
                for (bytes, tiles) in runs {
                    sums.by_ref().take(*tiles as usize).for_each(|sum| *sum += bytes);
                }
                return;
            }
            StepCode::Compute { convolution, kernels } => (*convolution, kernels),
            StepCode::Nothing => return,
        };
        let Some(written) = step.writes.first() else {
            return;
        };
        let held = bytes.of(written.0 as usize);
        let state = convolution.unwrap_or_else(|| {
            let used: BTreeSet<VariableId> = step.reads.iter().chain(&step.writes).copied().collect();
            (used.len() as u64 + 1) * WORD
        });
        for (sum, held) in self.by_tile.iter_mut().zip(held) {
            if *held > 0 {
                *sum += state;
            }
        }
        for kernel in kernels {
            let next = self.runs.len();
            let place = *self.kernels.entry(kernel.clone()).or_insert(next);
            if place == next {
                self.runs.push(vec![false; self.by_tile.len()]);
            }
            for (runs, held) in self.runs[place].iter_mut().zip(held) {
                *runs |= *held > 0;
            }
        }
    }

    /// Bytes of every tile.
    pub(crate) fn by_tile(self) -> Vec<u64> {
        let mut by_tile = self.by_tile;
        for runs in &self.runs {
            for (sum, runs) in by_tile.iter_mut().zip(runs) {
                *sum += u64::from(*runs) * u64::from(self.machine.kernel_code_bytes);
            }
        }
        by_tile
    }
}

/// Bytes of code and state that every tile keeps. Every step has its own, even where two do alike: addresses differ.
pub(crate) fn of_program(machine: &Machine, program: &Program, bytes: &BytesByTile) -> Vec<u64> {
    let mut sums = Code::new(machine);
    for step in &program.steps {
        let code = match &step.action {
            Action::Exchange(movements) => {
                StepCode::of_exchange(machine, &Geometry::Own.moved(machine, movements))
            }
            Action::Compute(work) => StepCode::of_compute(machine, &work.classes()),
            Action::Host { .. } => StepCode::Nothing,
        };
        sums.add(&code, step, bytes);
    }
    sums.by_tile()
}
