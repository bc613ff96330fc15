//! What lives where, step by step.

use std::{collections::HashMap, sync::Arc};

use rayon::prelude::*;
use tilesim_machine::Machine;
use tilesim_program::{Program, StepId, Variable, geometry::Placement};

use crate::{MemoryProfile, Resident, shared::Geometry};

/// Residents that are named; the rest is summed up.
const NAMED_RESIDENTS: usize = 12;

/// What is kept besides variables.
pub(crate) const CODE: &str = "code and vertex state";

/// First and last visit at which a variable is used; nothing for one that never is.
pub(crate) type Lifetime = Option<(usize, usize)>;

/// Memory of every tile over the run: `visits` are the steps in order of execution, loop bodies once.
///
/// A variable that is not always live occupies its tiles from the first step that touches it to the last. Loops touch the same
/// variables in every round, so that one round tells all; what a loop touches and what lies around it touches too lives
/// through the whole loop.
/// Beside the program's variables every tile keeps its `code` and vertex state, in bytes. With the peak of every visit.
pub(crate) fn profile(
    machine: &Machine,
    program: &Program,
    visits: &[StepId],
    bytes: &BytesByTile,
    code: &[u64],
) -> (MemoryProfile, Vec<u64>) {
    let tiles = machine.tiles as usize;
    let lifetimes = lifetimes(program, visits);
    let mut live = vec![0_u64; tiles];
    for (index, variable) in program.variables.iter().enumerate() {
        if variable.always_live {
            add(&mut live, bytes.of(index));
        }
    }
    add(&mut live, code);
    let always_live = live.clone();
    let (mut born, mut dead) = (vec![Vec::new(); visits.len()], vec![Vec::new(); visits.len()]);
    for (index, lifetime) in lifetimes.iter().enumerate() {
        if let Some((first, last)) = lifetime {
            born[*first].push(index);
            dead[*last].push(index);
        }
    }
    let mut peak_by_tile = live.clone();
    let mut peaks = Vec::with_capacity(visits.len());
    // Tile and visit belong together: another tile may need as much at another time.
    let mut peak = (
        live.iter().copied().max().unwrap_or(0),
        position_of_most(&live),
        0,
    );
    for visit in 0..visits.len() {
        for &variable in &born[visit] {
            add(&mut live, bytes.of(variable));
        }
        let mut most = 0;
        for (peak, now) in peak_by_tile.iter_mut().zip(&live) {
            *peak = (*peak).max(*now);
            most = most.max(*now);
        }
        peaks.push(most);
        if most > peak.0 {
            peak = (most, position_of_most(&live), visit);
        }
        for &variable in &dead[visit] {
            subtract(&mut live, bytes.of(variable));
        }
    }
    let (peak_bytes, peak_tile, peak_step) = peak;
    let memory = MemoryProfile {
        tile_bytes: machine.tile_memory_bytes,
        peak_bytes,
        peak_tile: u32::try_from(peak_tile).unwrap_or(u32::MAX),
        peak_step,
        fits: peak_bytes <= machine.tile_memory_bytes,
        always_live_bytes: always_live.iter().copied().max().unwrap_or(0),
        residents: residents(program, &lifetimes, bytes, code, peak_tile, peak_step),
        peak_bytes_by_tile: peak_by_tile,
    };
    (memory, peaks)
}

/// Bytes of every variable on every tile; equal placements are worked out once.
pub(crate) struct BytesByTile {
    /// For each variable, which of the tables is its own.
    table_of: Vec<usize>,
    tables: Vec<Arc<Vec<u64>>>,
}

impl BytesByTile {
    pub(crate) fn new(program: &Program, geometry: Geometry<'_>) -> Self {
        let mut index_of: HashMap<(&Placement, u64), usize> = HashMap::new();
        let mut distinct: Vec<&Variable> = Vec::new();
        let table_of = program
            .variables
            .iter()
            .map(|variable| {
                *index_of
                    .entry((&variable.placement, variable.element_bytes))
                    .or_insert_with(|| {
                        distinct.push(variable);
                        distinct.len() - 1
                    })
            })
            .collect();
        let tables = distinct
            .par_iter()
            .map(|variable| geometry.bytes_by_tile(variable))
            .collect();
        Self { table_of, tables }
    }

    pub(crate) fn of(&self, variable: usize) -> &[u64] {
        self.in_table(self.table(variable))
    }

    /// The table of a variable; variables that lie alike have the same.
    pub(crate) fn table(&self, variable: usize) -> usize {
        self.table_of[variable]
    }

    /// How many tables there are.
    pub(crate) const fn tables(&self) -> usize {
        self.tables.len()
    }

    /// Bytes of every tile of a table.
    pub(crate) fn in_table(&self, table: usize) -> &[u64] {
        &self.tables[table]
    }
}

/// Lifetime of every variable; nothing for those that always live.
pub(crate) fn lifetimes(program: &Program, visits: &[StepId]) -> Vec<Lifetime> {
    let mut lifetimes: Vec<Lifetime> = vec![None; program.variables.len()];
    for (visit, step) in visits.iter().enumerate() {
        let step = &program.steps[step.0 as usize];
        for variable in step.reads.iter().chain(&step.writes) {
            let index = variable.0 as usize;
            if !program.variables[index].always_live {
                let lifetime = &mut lifetimes[index];
                *lifetime = Some((lifetime.map_or(visit, |(first, _)| first), visit));
            }
        }
    }
    for (first, last) in program.control.loops() {
        for lifetime in lifetimes.iter_mut().flatten() {
            let touches = lifetime.0 <= last && lifetime.1 >= first;
            let within = lifetime.0 >= first && lifetime.1 <= last;
            if touches && !within {
                *lifetime = (lifetime.0.min(first), lifetime.1.max(last));
            }
        }
    }
    lifetimes
}

/// What lives on a tile during a visit, largest first.
fn residents(
    program: &Program,
    lifetimes: &[Lifetime],
    bytes: &BytesByTile,
    code: &[u64],
    tile: usize,
    visit: usize,
) -> Vec<Resident> {
    let mut residents: Vec<Resident> = program
        .variables
        .iter()
        .zip(lifetimes)
        .enumerate()
        .filter(|(_, (variable, lifetime))| {
            variable.always_live || lifetime.is_some_and(|(first, last)| first <= visit && visit <= last)
        })
        .map(|(index, (variable, _))| Resident {
            name: variable.name.clone(),
            always_live: variable.always_live,
            bytes: bytes.of(index).get(tile).copied().unwrap_or(0),
        })
        .chain(std::iter::once(Resident {
            name: CODE.to_owned(),
            always_live: true,
            bytes: code.get(tile).copied().unwrap_or(0),
        }))
        .filter(|resident| resident.bytes > 0)
        .collect();
    residents.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    if residents.len() > NAMED_RESIDENTS {
        let others = residents.split_off(NAMED_RESIDENTS - 1);
        let (parameters, temporaries): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|resident| resident.always_live);
        for (rest, always_live) in [(parameters, true), (temporaries, false)] {
            let bytes = rest.iter().map(|resident| resident.bytes).sum();
            if bytes > 0 {
                let what = if always_live { "parameters" } else { "temporaries" };
                residents.push(Resident {
                    name: format!("{} other {what}", rest.len()),
                    always_live,
                    bytes,
                });
            }
        }
    }
    residents
}

fn position_of_most(bytes: &[u64]) -> usize {
    let most = bytes.iter().copied().max().unwrap_or(0);
    bytes.iter().position(|&tile| tile == most).unwrap_or(0)
}

fn add(live: &mut [u64], bytes: &[u64]) {
    for (live, bytes) in live.iter_mut().zip(bytes) {
        *live += bytes;
    }
}

fn subtract(live: &mut [u64], bytes: &[u64]) {
    for (live, bytes) in live.iter_mut().zip(bytes) {
        *live -= bytes;
    }
}
