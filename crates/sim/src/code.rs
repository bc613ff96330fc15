//! What a tile keeps of a program besides its variables: exchange code, and the state of its vertices.

use std::collections::BTreeSet;

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
    /// Of a compute set of convolutions: bytes of every tile that has a vertex, those of the vertex that keeps most.
    Convolution(u64),
    /// Of any other compute set: pointers to what it reads and writes, and a count.
    Vector,
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
        convolutions.max().map_or(Self::Vector, Self::Convolution)
    }

    /// Adds it to what tiles keep for a step; a tile has a vertex if it holds some of what the step writes.
    pub(crate) fn add_to(&self, sums: &mut [u64], step: &Step, bytes: &BytesByTile) {
        let state = match self {
            Self::Exchange(runs) => {
                let mut sums = sums.iter_mut();
                for (bytes, tiles) in runs {
                    sums.by_ref().take(*tiles as usize).for_each(|sum| *sum += bytes);
                }
                return;
            }
            Self::Convolution(state) => *state,
            Self::Vector => {
                let used: BTreeSet<VariableId> = step.reads.iter().chain(&step.writes).copied().collect();
                (used.len() as u64 + 1) * WORD
            }
            Self::Nothing => return,
        };
        let Some(written) = step.writes.first() else {
            return;
        };
        for (sum, held) in sums.iter_mut().zip(bytes.of(written.0 as usize)) {
            if *held > 0 {
                *sum += state;
            }
        }
    }
}

/// Bytes of code and state that every tile keeps. Every step has its own, even where two do alike: addresses differ.
pub(crate) fn of_program(machine: &Machine, program: &Program, bytes: &BytesByTile) -> Vec<u64> {
    let mut sums = vec![0; machine.tiles as usize];
    for step in &program.steps {
        let code = match &step.action {
            Action::Exchange(movements) => {
                StepCode::of_exchange(machine, &Geometry::Own.moved(machine, movements))
            }
            Action::Compute(work) => StepCode::of_compute(machine, &work.classes()),
            Action::Host { .. } => StepCode::Nothing,
        };
        code.add_to(&mut sums, step, bytes);
    }
    sums
}
