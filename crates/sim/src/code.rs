//! What a tile keeps of a program besides its variables: exchange code, and the state of its vertices.

use tilesim_codelets::convolution;
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, Vertex, work::WorkClass};

use crate::{
    exchange,
    shared::{Geometry, Moved},
};

/// State of a vertex of any other kernel than a convolution's: a pointer to each operand and to the result, and their length
/// (assumed: three pointers and a count, of four bytes each).
const VECTOR_STATE_BYTES: u64 = 16;

/// Bytes that one step takes of the memory of tiles: of so many tiles each, in order.
pub(crate) struct StepCode(Vec<(u64, u32)>);

impl StepCode {
    /// Of an exchange in which tiles do so much.
    pub(crate) fn of_exchange(machine: &Machine, moved: &Moved) -> Self {
        let runs = moved.runs.iter();
        Self(
            runs.map(|(tile, tiles)| (exchange::code_bytes(machine, tile), *tiles))
                .collect(),
        )
    }

    /// Of a compute set, as much on every tile as on that whose vertex keeps most.
    pub(crate) fn of_compute(machine: &Machine, classes: &[WorkClass]) -> Self {
        let bytes = classes
            .iter()
            .map(|class| state_bytes(machine, &class.vertex))
            .max();
        let tiles: u64 = classes.iter().map(|class| class.tiles).sum();
        Self(vec![(
            bytes.unwrap_or(0),
            u32::try_from(tiles).unwrap_or(u32::MAX),
        )])
    }

    /// Adds it to what tiles keep.
    pub(crate) fn add_to(&self, sums: &mut [u64]) {
        let mut sums = sums.iter_mut();
        for (bytes, tiles) in &self.0 {
            sums.by_ref().take(*tiles as usize).for_each(|sum| *sum += bytes);
        }
    }
}

/// Bytes of code and state that every tile keeps. Every step has its own, even where two do alike: addresses differ.
pub(crate) fn of_program(machine: &Machine, program: &Program) -> Vec<u64> {
    let mut sums = vec![0; machine.tiles as usize];
    for step in &program.steps {
        let code = match &step.action {
            Action::Exchange(movements) => {
                StepCode::of_exchange(machine, &Geometry::Own.moved(machine, movements))
            }
            Action::Compute(work) => StepCode::of_compute(machine, &work.classes()),
            Action::Host { .. } => continue,
        };
        code.add_to(&mut sums);
    }
    sums
}

/// State of one vertex. A kernel that cannot run has none; the run says so.
fn state_bytes(machine: &Machine, vertex: &Vertex) -> u64 {
    match vertex {
        Vertex::Convolution(vertex) => convolution::state_bytes(machine, vertex).unwrap_or(0),
        Vertex::ReduceAdd(_) | Vertex::Vector(_) => VECTOR_STATE_BYTES,
    }
}
