//! What every tile did and what every variable took: made on request, because it grows with the tiles.

mod tiles;
mod variables;

use tilesim_machine::Machine;
use tilesim_program::{Program, StepId};

use crate::{
    Profile, SimError, code,
    memory::{self, BytesByTile, Lifetime},
    shared::GeometrySource,
};

/// What a tile's memory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MemoryCategory {
    /// What lives through the whole run: weights, biases, norms.
    Parameters,
    /// Code of exchanges, control and kernels, and state of vertices, which live through the whole run too.
    Code,
    /// What one layer hands to another.
    Activations,
    /// What lives within one layer: gathered operands, partial sums, rearranged copies.
    Temporaries,
}

impl MemoryCategory {
    /// All categories: first what always lives, then what lives ever shorter.
    pub const ALL: [Self; 4] = [Self::Parameters, Self::Code, Self::Activations, Self::Temporaries];

    /// The name in traces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Activations => "activations",
            Self::Temporaries => "temporaries",
            Self::Code => "code",
        }
    }
}

/// What one tile did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TileProfile {
    /// Cycles in convolution kernels.
    pub convolution_cycles: u64,
    /// Cycles in vector kernels.
    pub vector_cycles: u64,
    /// Cycles in copies between two layouts.
    pub rearrangement_cycles: u64,
    /// Cycles in which the tile receives or sends, latency left out.
    pub exchange_cycles: u64,
    /// Bytes sent to other tiles; a multicast byte counts once.
    pub exchange_sent_bytes: u64,
    /// Bytes received from other tiles.
    pub exchange_received_bytes: u64,
    /// Most bytes that live at any step, without gaps between variables.
    pub peak_live_bytes: u64,
    /// Bytes that live at the run's peak step, by category in the order of [`MemoryCategory::ALL`].
    pub bytes_at_peak_step: [u64; MemoryCategory::ALL.len()],
}

/// Memory of all tiles while a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StepMemory {
    /// Bytes that live on all tiles together, by category in the order of [`MemoryCategory::ALL`].
    pub live_bytes: [u64; MemoryCategory::ALL.len()],
    /// The same on the tile that is the fullest over the whole run.
    pub peak_tile_live_bytes: [u64; MemoryCategory::ALL.len()],
}

/// What one variable took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableProfile {
    /// Name.
    pub name: String,
    /// Category.
    pub category: MemoryCategory,
    /// Index into [`Profile::layers`] of the layer that touches it first; `None` where none does.
    pub layer: Option<usize>,
    /// Index into [`Profile::steps`] of the first and the last step in which it lives.
    pub steps: (usize, usize),
    /// Tiles that hold a part of it.
    pub tiles: u64,
    /// Bytes on all tiles.
    pub bytes: u64,
    /// Bytes on the tile that holds most of it.
    pub largest_tile_bytes: u64,
    /// Bytes on the tile that is the fullest over the whole run.
    pub peak_tile_bytes: u64,
}

/// What every tile did, and what took its memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Every tile of the chip, in order.
    pub tiles: Vec<TileProfile>,
    /// Every step of [`Profile::steps`].
    pub steps: Vec<StepMemory>,
    /// Every variable that lives, in the order of the program.
    pub variables: Vec<VariableProfile>,
}

/// Takes a run apart by tile and variable. `profile` is what [`crate::simulate`] says of the same program and machine.
///
/// # Errors
/// As [`crate::simulate`].
pub fn detail(program: &Program, machine: &Machine, profile: &Profile) -> Result<Detail, SimError> {
    let visits = visits(program);
    let order: Vec<StepId> = visits.iter().map(|(step, _)| *step).collect();
    let bytes = BytesByTile::new(program, GeometrySource::Own);
    let lives = lives(program, &order, &memory::lifetimes(program, &order));
    let mut tiles = tiles::activity(program, machine, &visits)?;
    let peak_tile = profile.memory.peak_tile as usize;
    let code = code::of_program(machine, program, &bytes);
    let mut variables = variables::profiles(program, &lives, &bytes, peak_tile);
    variables.push(VariableProfile {
        name: memory::CODE.to_owned(),
        category: MemoryCategory::Code,
        layer: None,
        steps: (0, order.len().saturating_sub(1)),
        tiles: code.iter().filter(|&&bytes| bytes > 0).count() as u64,
        bytes: code.iter().sum(),
        largest_tile_bytes: code.iter().copied().max().unwrap_or(0),
        peak_tile_bytes: code.get(peak_tile).copied().unwrap_or(0),
    });
    for ((tile, &peak), held) in
        tiles
            .iter_mut()
            .zip(&profile.memory.peak_live_bytes_by_tile)
            .zip(variables::by_tile_at(
                profile.memory.peak_step,
                machine,
                &lives,
                &bytes,
            ))
    {
        tile.peak_live_bytes = peak;
        tile.bytes_at_peak_step = held;
    }
    for (tile, code) in tiles.iter_mut().zip(code) {
        tile.bytes_at_peak_step[MemoryCategory::Code as usize] += code;
    }
    Ok(Detail {
        tiles,
        steps: variables::by_step(order.len(), &variables),
        variables,
    })
}

/// Cycles of every step of [`Profile::steps`], all repeats together, in which chosen tiles compute or exchange, latency left
/// out: a list for each of them, in the order given. A tile that the machine does not have does nothing.
///
/// # Errors
/// As [`crate::simulate`].
pub fn active_cycles(
    program: &Program,
    machine: &Machine,
    chosen: &[u32],
) -> Result<Vec<Vec<u64>>, SimError> {
    tiles::active_cycles(program, machine, &visits(program), chosen)
}

/// The steps in the order of execution, with how often each runs.
fn visits(program: &Program) -> Vec<(StepId, u64)> {
    let mut visits = Vec::new();
    program
        .control
        .visit(&mut |step, repeats| visits.push((step, repeats)));
    visits
}

/// When and as what each variable lives; `None` for those that never do.
struct Life {
    category: MemoryCategory,
    layer: Option<usize>,
    first: usize,
    last: usize,
}

fn lives(program: &Program, order: &[StepId], lifetimes: &[Lifetime]) -> Vec<Option<Life>> {
    // First layer that touches each variable, and whether another one does.
    let mut touched: Vec<Option<(usize, bool)>> = vec![None; program.variables.len()];
    for id in order {
        let step = &program.steps[id.0 as usize];
        for variable in step.touches() {
            let entry = &mut touched[variable.0 as usize];
            *entry = Some(entry.map_or((step.layer, false), |(first, shared)| {
                (first, shared || first != step.layer)
            }));
        }
    }
    let last_step = order.len().saturating_sub(1);
    program
        .variables
        .iter()
        .zip(lifetimes)
        .zip(touched)
        .map(|((variable, lifetime), touched)| {
            let layer = touched.map(|(first, _)| first);
            if variable.always_live {
                return Some(Life {
                    category: MemoryCategory::Parameters,
                    layer,
                    first: 0,
                    last: last_step,
                });
            }
            let (first, last) = (*lifetime)?;
            let category = match touched {
                Some((_, true)) => MemoryCategory::Activations,
                Some((_, false)) | None => MemoryCategory::Temporaries,
            };
            Some(Life {
                category,
                layer,
                first,
                last,
            })
        })
        .collect()
}
