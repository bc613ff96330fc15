//! What a tile keeps of a program besides its variables: exchange code, and the state of its vertices.

use tilesim_codelets::convolution;
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, TileTransfer, Vertex, Work};

use crate::exchange;

/// State of a vertex of any other kernel than a convolution's: a pointer to each operand and to the result, and their length
/// (assumed: three pointers and a count, of four bytes each).
const VECTOR_STATE_BYTES: u64 = 16;

/// Bytes that one step takes of the memory of tiles.
pub(crate) enum StepCode {
    /// On each tile.
    ByTile(Vec<u64>),
    /// On so many tiles, from the first.
    First {
        /// Tiles.
        tiles: u64,
        /// Bytes on each.
        bytes: u64,
    },
}

impl StepCode {
    /// Of an exchange in which tiles do so much.
    pub(crate) fn of_exchange(machine: &Machine, by_tile: &[TileTransfer]) -> Self {
        let bytes = by_tile.iter().map(|tile| exchange::code_bytes(machine, tile));
        Self::ByTile(bytes.collect())
    }

    /// Of a compute set, as much on every tile as on that whose vertex keeps most.
    pub(crate) fn of_compute(machine: &Machine, work: &Work) -> Self {
        let classes = work.classes();
        let bytes = classes
            .iter()
            .map(|class| state_bytes(machine, &class.vertex))
            .max();
        Self::First {
            tiles: classes.iter().map(|class| class.tiles).sum(),
            bytes: bytes.unwrap_or(0),
        }
    }

    /// Adds it to what tiles keep.
    pub(crate) fn add_to(&self, sum: &mut [u64]) {
        match self {
            Self::ByTile(by_tile) => sum.iter_mut().zip(by_tile).for_each(|(sum, bytes)| *sum += bytes),
            Self::First { tiles, bytes } => {
                sum.iter_mut().take(*tiles as usize).for_each(|sum| *sum += bytes)
            }
        }
    }
}

/// Bytes of code and state that every tile keeps. Every step has its own, even where two do alike: addresses differ.
pub(crate) fn of_program(machine: &Machine, program: &Program) -> Vec<u64> {
    let mut sum = vec![0; machine.tiles as usize];
    for step in &program.steps {
        match &step.action {
            Action::Exchange(movements) => {
                StepCode::of_exchange(machine, &exchange::by_tile(machine, movements)).add_to(&mut sum);
            }
            Action::Compute(work) => StepCode::of_compute(machine, work).add_to(&mut sum),
            Action::Host { .. } => {}
        }
    }
    sum
}

/// State of one vertex. A kernel that cannot run has none; the run says so.
fn state_bytes(machine: &Machine, vertex: &Vertex) -> u64 {
    match vertex {
        Vertex::Convolution(vertex) => convolution::state_bytes(machine, vertex).unwrap_or(0),
        Vertex::ReduceAdd(_) | Vertex::Vector(_) => VECTOR_STATE_BYTES,
    }
}
