//! What a tile keeps of a program besides its variables: code of exchanges, of control and of kernels, and the state of its
//! vertices.

use std::{collections::BTreeSet, sync::OnceLock};

use rustc_hash::FxHashMap;
use tilesim_codelets::convolution;
use tilesim_geometry::{Placement, ReductionStage};
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, Step, VariableId, Vertex, Work, work::WorkClass};

use crate::{actions::Actions, memory::BytesByTile, moved::Moved, shared::GeometrySource};

/// Bytes of a pointer to an operand or result of a vertex, and of the count of its elements (assumed: a word each).
const WORD: u64 = 4;

/// What the code of one step takes of the memory of a tile.
#[derive(Debug)]
pub(crate) enum StepCode {
    /// Of an exchange, by what tiles do: bytes of each of so many tiles, in order.
    Exchange(Vec<(u64, u32)>),
    /// Of a compute set, on every tile that has a vertex.
    Compute {
        /// State of the convolution that keeps most, in bytes; that of other kernels follows from what the step reads and writes.
        convolution: Option<u64>,
        /// Kernels that it runs.
        kernels: Vec<Vertex>,
        /// Tiles with work, once somebody had to ask: mostly a variable lies as the work does, and tells them.
        tiles: OnceLock<Vec<bool>>,
    },
    /// Of the host's: none.
    Nothing,
}

impl StepCode {
    /// Of an exchange in which tiles do so much.
    pub(crate) fn of_exchange(machine: &Machine, moved: &Moved) -> Self {
        let mut runs: Vec<(u64, u32)> = Vec::new();
        for (tile, tiles) in &moved.runs {
            let bytes = tilesim_codelets::exchange::code_bytes(machine, tile);
            match runs.last_mut() {
                Some((same, before)) if *same == bytes => *before += tiles,
                _ => runs.push((bytes, *tiles)),
            }
        }
        Self::Exchange(runs)
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
            tiles: OnceLock::new(),
        }
    }

    /// Bytes that it takes itself, tiles with work included.
    pub(crate) fn heap_bytes(&self) -> usize {
        /// Of most chips.
        const TILES: usize = 1472;
        match self {
            Self::Exchange(runs) => size_of_val(runs.as_slice()),
            Self::Compute { kernels, .. } => size_of_val(kernels.as_slice()) + TILES,
            Self::Nothing => 0,
        }
    }
}

/// What a kernel runs over, if a placement says that.
const fn over(work: &Work) -> Option<&Placement> {
    match work {
        Work::ReduceAdd(work) => match work.stage.stage {
            ReductionStage::Only | ReductionStage::Over { .. } => Some(&work.stage.outputs),
            ReductionStage::Within { .. } => None,
        },
        Work::Partials(work) => Some(&work.transfer.to),
        Work::LocalReduction(work) => Some(&work.over),
        Work::Vector(work) => Some(&work.over),
        Work::Pooling(work) => Some(&work.over),
        // Not every tile of the result need have a part of an operand.
        Work::Convolution(_) | Work::Rearrangement(_) | Work::Uniform(_) => None,
    }
}

/// Code that tiles keep: the sum over the steps of a program.
///
/// Steps that run over what lies alike are summed up before tiles are looked at.
pub(crate) struct Code<'a> {
    machine: &'a Machine,
    program: &'a Program,
    bytes: &'a BytesByTile,
    steps: u64,
    /// Vertex state of every tile that no table tells.
    by_tile: Vec<u64>,
    /// Exchange code: what each tile has more than the one before it. Neighbours mostly do the same.
    exchange_steps: Vec<i64>,
    /// Vertex state of the tiles of each table of bytes.
    by_table: Vec<u64>,
    /// Numbers of kernels.
    kernels: FxHashMap<Vertex, usize>,
    /// Which kernels run where, by numbers and tables of bytes.
    runs: BTreeSet<(usize, usize)>,
    /// Which tiles run each kernel besides.
    tiles: Vec<Vec<bool>>,
}

impl<'a> Code<'a> {
    /// No code.
    pub(crate) fn new(machine: &'a Machine, program: &'a Program, bytes: &'a BytesByTile) -> Self {
        Self {
            machine,
            program,
            bytes,
            steps: 0,
            by_tile: vec![0; machine.tiles as usize],
            exchange_steps: vec![0; machine.tiles as usize],
            by_table: vec![0; bytes.tables()],
            kernels: FxHashMap::default(),
            runs: BTreeSet::new(),
            tiles: Vec::new(),
        }
    }

    /// Adds a step.
    pub(crate) fn add(&mut self, code: &StepCode, step: &Step) {
        self.steps += 1;
        let (convolution, kernels, tiles) = match code {
            StepCode::Exchange(runs) => {
                let (mut tile, mut before) = (0, 0_i64);
                // Behind the last run there is nothing.
                for &(bytes, tiles) in runs.iter().chain(&[(0, 0)]) {
                    if let Some(step) = self.exchange_steps.get_mut(tile) {
                        *step += bytes.cast_signed() - before;
                    }
                    before = bytes.cast_signed();
                    tile += tiles as usize;
                }
                return;
            }
            StepCode::Compute {
                convolution,
                kernels,
                tiles,
            } => (*convolution, kernels, tiles),
            StepCode::Nothing => return,
        };
        let state = convolution.unwrap_or_else(|| (variables(step) + 1) * WORD);
        let numbers: Vec<usize> = kernels.iter().map(|kernel| self.number(kernel)).collect();
        let Action::Compute(work) = &step.action else {
            return;
        };
        if let Some(table) = self.table(work, step) {
            self.by_table[table] += state;
            self.runs
                .extend(numbers.into_iter().map(|number| (number, table)));
            return;
        }
        let tiles = tiles.get_or_init(|| work.tiles_with_work());
        for (sum, _) in self.by_tile.iter_mut().zip(tiles).filter(|(_, has)| **has) {
            *sum += state;
        }
        for number in numbers {
            for (runs, has) in self.tiles[number].iter_mut().zip(tiles) {
                *runs |= *has;
            }
        }
    }

    /// The number of a kernel.
    fn number(&mut self, kernel: &Vertex) -> usize {
        if let Some(known) = self.kernels.get(kernel) {
            return *known;
        }
        let number = self.tiles.len();
        self.kernels.insert(kernel.clone(), number);
        self.tiles.push(vec![false; self.by_tile.len()]);
        number
    }

    /// The table of a variable that lies as a step's kernel runs over it.
    fn table(&self, work: &Work, step: &Step) -> Option<usize> {
        let over = over(work)?;
        let lies_so = |id: &&VariableId| self.program.variables[id.0 as usize].placement == *over;
        let found = step.reads.iter().chain(&step.writes).find(lies_so)?;
        Some(self.bytes.table(found.0 as usize))
    }

    /// Bytes of every tile.
    pub(crate) fn by_tile(self) -> Vec<u64> {
        let control = self.steps * u64::from(self.machine.step_code_bytes);
        let mut exchange = 0_i64;
        let own = self.by_tile.iter().zip(&self.exchange_steps);
        let mut sums: Vec<u64> = own
            .map(|(bytes, step)| {
                exchange += step;
                bytes + control + exchange.cast_unsigned()
            })
            .collect();
        for (table, state) in self.by_table.iter().enumerate().filter(|(_, state)| **state > 0) {
            let of_table = self.bytes.in_table(table);
            of_table.for_each(&mut sums, |sum, held| *sum += if held > 0 { *state } else { 0 });
        }
        let mut tiles = self.tiles;
        for (number, table) in self.runs {
            let of_table = self.bytes.in_table(table);
            of_table.for_each(&mut tiles[number], |runs, held| *runs |= held > 0);
        }
        for runs in tiles {
            for (sum, _) in sums.iter_mut().zip(runs).filter(|(_, runs)| *runs) {
                *sum += u64::from(self.machine.kernel_code_bytes);
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

/// Bytes of code and state that every tile keeps.
pub(crate) fn of_program(machine: &Machine, program: &Program, bytes: &BytesByTile) -> Vec<u64> {
    let mut sums = Code::new(machine, program, bytes);
    for (_, step) in Actions::of(program).with_code(program) {
        let code = match &step.action {
            Action::Exchange(movements) => {
                StepCode::of_exchange(machine, &GeometrySource::Own.moved(machine, movements))
            }
            Action::Compute(work) => StepCode::of_compute(machine, &work.classes()),
            Action::Host { .. } | Action::Replicas { .. } => StepCode::Nothing,
        };
        sums.add(&code, step);
    }
    sums.by_tile()
}
