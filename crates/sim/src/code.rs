//! What a tile keeps of a program besides its variables: code of exchanges, of control and of kernels, and the state of its
//! vertices.

use std::collections::{BTreeSet, HashMap};

use tilesim_codelets::convolution;
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, Step, Vertex, work::WorkClass};

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
///
/// A tile has a vertex of a step if it holds some of what the step writes, so that steps that write where variables lie alike
/// are summed up before tiles are looked at.
pub(crate) struct Code<'a> {
    machine: &'a Machine,
    bytes: &'a BytesByTile,
    steps: u64,
    /// Exchange code of every tile.
    exchanges: Vec<u64>,
    /// Vertex state of the tiles of each table of bytes.
    state: Vec<u64>,
    /// Numbers of kernels.
    kernels: HashMap<Vertex, usize>,
    /// Which kernels run where, by numbers and tables of bytes.
    runs: BTreeSet<(usize, usize)>,
}

impl<'a> Code<'a> {
    /// No code.
    pub(crate) fn new(machine: &'a Machine, bytes: &'a BytesByTile) -> Self {
        Self {
            machine,
            bytes,
            steps: 0,
            exchanges: vec![0; machine.tiles as usize],
            state: vec![0; bytes.tables()],
            kernels: HashMap::new(),
            runs: BTreeSet::new(),
        }
    }

    /// Adds a step.
    pub(crate) fn add(&mut self, code: &StepCode, step: &Step) {
        self.steps += 1;
        let (convolution, kernels) = match code {
            StepCode::Exchange(runs) => {
                let mut sums = self.exchanges.iter_mut();
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
        let table = self.bytes.table(written.0 as usize);
        self.state[table] += convolution.unwrap_or_else(|| (variables(step) + 1) * WORD);
        for kernel in kernels {
            let next = self.kernels.len();
            let known = self.kernels.get(kernel).copied();
            if known.is_none() {
                self.kernels.insert(kernel.clone(), next);
            }
            self.runs.insert((known.unwrap_or(next), table));
        }
    }

    /// Bytes of every tile.
    pub(crate) fn by_tile(self) -> Vec<u64> {
        let control = self.steps * u64::from(self.machine.step_code_bytes);
        let mut sums: Vec<u64> = self.exchanges.iter().map(|bytes| bytes + control).collect();
        for (table, state) in self.state.iter().enumerate().filter(|(_, state)| **state > 0) {
            for (sum, held) in sums.iter_mut().zip(self.bytes.in_table(table)) {
                *sum += if *held > 0 { *state } else { 0 };
            }
        }
        let kernel_code = u64::from(self.machine.kernel_code_bytes);
        let runs: Vec<(usize, usize)> = self.runs.into_iter().collect();
        for tables in runs.chunk_by(|left, right| left.0 == right.0) {
            for (tile, sum) in sums.iter_mut().enumerate() {
                let holds = |table: usize| self.bytes.in_table(table).get(tile).is_some_and(|held| *held > 0);
                if tables.iter().any(|&(_, table)| holds(table)) {
                    *sum += kernel_code;
                }
            }
        }
        sums
    }
}

/// How many variables a step reads and writes.
fn variables(step: &Step) -> u64 {
    let (reads, writes) = (&step.reads, &step.writes);
    let read = reads
        .iter()
        .enumerate()
        .filter(|(index, id)| !reads[..*index].contains(id));
    let written = writes
        .iter()
        .enumerate()
        .filter(|(index, id)| !writes[..*index].contains(id) && !reads.contains(id));
    (read.count() + written.count()) as u64
}

/// Bytes of code and state that every tile keeps. Every step has its own, even where two do alike: addresses differ.
pub(crate) fn of_program(machine: &Machine, program: &Program, bytes: &BytesByTile) -> Vec<u64> {
    let mut sums = Code::new(machine, bytes);
    for step in &program.steps {
        let code = match &step.action {
            Action::Exchange(movements) => {
                StepCode::of_exchange(machine, &Geometry::Own.moved(machine, movements))
            }
            Action::Compute(work) => StepCode::of_compute(machine, &work.classes()),
            Action::Host { .. } => StepCode::Nothing,
        };
        sums.add(&code, step);
    }
    sums.by_tile()
}
