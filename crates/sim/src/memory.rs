//! What lives where, step by step.

use std::{
    ops::{AddAssign, SubAssign},
    sync::Arc,
};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tilesim_geometry::Placement;
use tilesim_machine::Machine;
use tilesim_program::{Program, StepId, Variable};

use crate::{
    MemoryProfile, Resident,
    addresses::{self, Tenant},
    shared::GeometrySource,
    tile_bytes::TileBytes,
};

/// Residents that are named; the rest is summed up.
const NAMED_RESIDENTS: usize = 12;

/// What is kept besides variables.
pub(crate) const CODE: &str = "code and vertex state";

/// What lies between variables.
const GAPS: &str = "gaps between variables";

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
    let mut always_live = vec![0_u64; tiles];
    let (mut born, mut dead) = (vec![Vec::new(); visits.len()], vec![Vec::new(); visits.len()]);
    for (index, variable) in program.variables.iter().enumerate() {
        if variable.always_live {
            let of_tiles = bytes.of(index);
            of_tiles.for_each(&mut always_live, |live, bytes| *live += bytes);
        } else if let Some((first, last)) = lifetimes[index] {
            born[first].push(bytes.table_of[index]);
            dead[last].push(bytes.table_of[index]);
        }
    }
    for (live, code) in always_live.iter_mut().zip(code) {
        *live += code;
    }
    // Small numbers are added faster; no tile ever holds more than all of what is largest.
    let most = |bytes: &[u64]| bytes.iter().copied().max().unwrap_or(0);
    let of_tables: Vec<u64> = bytes.tables.iter().map(|table| table.largest()).collect();
    let born_bytes = born.iter().flatten().map(|table| of_tables[*table]);
    let walk = Walk {
        born: &born,
        dead: &dead,
    };
    let largest = born_bytes.fold(most(&always_live), u64::saturating_add);
    let walked = if i32::try_from(largest).is_ok() {
        walk.run(&always_live, bytes, |bytes| bytes as i32, |bytes| bytes as u64)
    } else {
        walk.run(&always_live, bytes, |bytes| bytes, |bytes| bytes)
    };
    let WalkPeaks {
        peak_by_tile,
        peaks,
        peak,
    } = walked;
    let (live_bytes, peak_tile, peak_step) = peak;
    let end = end_on_tile(machine, program, &lifetimes, bytes, code, peak_tile);
    let gap_bytes = end.saturating_sub(live_bytes);
    let peak_bytes = live_bytes + gap_bytes;
    let mut residents = residents(program, &lifetimes, bytes, code, peak_tile, peak_step);
    add_gaps(&mut residents, gap_bytes);
    let memory = MemoryProfile {
        tile_bytes: machine.tile_memory_bytes,
        peak_bytes,
        gap_bytes,
        peak_tile: u32::try_from(peak_tile).unwrap_or(u32::MAX),
        peak_step,
        fits: peak_bytes <= machine.tile_memory_bytes,
        always_live_bytes: always_live.get(peak_tile).copied().unwrap_or(0),
        residents,
        peak_live_bytes_by_tile: peak_by_tile,
    };
    (memory, peaks)
}

/// The first address behind all that a tile ever holds: code, what always lives, and above it what lives for a while.
fn end_on_tile(
    machine: &Machine,
    program: &Program,
    lifetimes: &[Lifetime],
    bytes: &BytesByTile,
    code: &[u64],
    tile: usize,
) -> u64 {
    let whole = |bytes: u64| bytes.next_multiple_of(u64::from(machine.data_path_bytes).max(1));
    let mut always_live = whole(code.get(tile).copied().unwrap_or(0));
    let mut tenants = Vec::new();
    for (index, (variable, lifetime)) in program.variables.iter().zip(lifetimes).enumerate() {
        let bytes = whole(bytes.of(index).of(tile));
        match lifetime {
            _ if variable.always_live => always_live += bytes,
            &Some((first, last)) if bytes > 0 => tenants.push(Tenant { bytes, first, last }),
            _ => {}
        }
    }
    always_live + addresses::end(&tenants)
}

/// Puts the gaps among the residents, where they are by size.
fn add_gaps(residents: &mut Vec<Resident>, gap_bytes: u64) {
    if gap_bytes == 0 {
        return;
    }
    let smaller = residents.iter().position(|resident| resident.bytes < gap_bytes);
    residents.insert(
        smaller.unwrap_or(residents.len()),
        Resident {
            name: GAPS.to_owned(),
            always_live: false,
            bytes: gap_bytes,
        },
    );
}

/// What begins and ceases to live at every visit, as tables of bytes by tile.
struct Walk<'a> {
    born: &'a [Vec<usize>],
    dead: &'a [Vec<usize>],
}

/// What a walk over all visits finds.
struct WalkPeaks {
    peak_by_tile: Vec<u64>,
    /// The most that lives on a tile, of every visit.
    peaks: Vec<u64>,
    /// The most bytes, with tile and visit: they belong together, as another tile may need as much at another time.
    peak: (u64, usize, usize),
}

impl Walk<'_> {
    /// Walks in numbers of a type that holds all sums.
    fn run<T>(
        &self,
        always_live: &[u64],
        bytes: &BytesByTile,
        narrow: impl Fn(u64) -> T,
        wide: impl Fn(T) -> u64,
    ) -> WalkPeaks
    where
        T: Copy + Ord + Default + AddAssign + SubAssign,
    {
        let mut live: Vec<T> = always_live.iter().map(|bytes| narrow(*bytes)).collect();
        let mut peak_by_tile = live.clone();
        let mut peaks = Vec::with_capacity(self.born.len());
        let (mut most, tile) = most_of(&live);
        let mut peak = (most, tile, 0);
        let mut has_shrunk = false;
        for (visit, (born, dead)) in self.born.iter().zip(self.dead).enumerate() {
            for table in born.iter().map(|table| &bytes.tables[*table]) {
                table.for_each(&mut live, |live, bytes| *live += narrow(bytes));
            }
            // What only shrinks sets no tile's peak, and what stays has been looked at.
            if !born.is_empty() {
                most = T::default();
                for (peak, now) in peak_by_tile.iter_mut().zip(&live) {
                    *peak = (*peak).max(*now);
                    most = most.max(*now);
                }
            } else if has_shrunk {
                most = live.iter().copied().max().unwrap_or_default();
            }
            peaks.push(wide(most));
            if most > peak.0 {
                peak = (most, most_of(&live).1, visit);
            }
            has_shrunk = !dead.is_empty();
            for table in dead.iter().map(|table| &bytes.tables[*table]) {
                table.for_each(&mut live, |live, bytes| *live -= narrow(bytes));
            }
        }
        WalkPeaks {
            peak_by_tile: peak_by_tile.into_iter().map(&wide).collect(),
            peaks,
            peak: (wide(peak.0), peak.1, peak.2),
        }
    }
}

/// The most, and the first tile that has it.
fn most_of<T: Copy + Ord + Default>(bytes: &[T]) -> (T, usize) {
    let most = bytes.iter().copied().max().unwrap_or_default();
    (most, bytes.iter().position(|&tile| tile == most).unwrap_or(0))
}

/// Bytes of every variable on every tile; equal placements are worked out once.
pub(crate) struct BytesByTile {
    /// For each variable, which of the tables is its own.
    table_of: Vec<usize>,
    tables: Vec<Arc<TileBytes>>,
}

impl BytesByTile {
    pub(crate) fn new(program: &Program, geometry: GeometrySource<'_>) -> Self {
        let mut index_of: FxHashMap<(&Placement, u64), usize> = FxHashMap::default();
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

    pub(crate) fn of(&self, variable: usize) -> &TileBytes {
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
    pub(crate) fn in_table(&self, table: usize) -> &TileBytes {
        &self.tables[table]
    }
}

/// Lifetime of every variable; nothing for those that always live.
pub(crate) fn lifetimes(program: &Program, visits: &[StepId]) -> Vec<Lifetime> {
    let mut lifetimes: Vec<Lifetime> = vec![None; program.variables.len()];
    for (visit, step) in visits.iter().enumerate() {
        let step = &program.steps[step.0 as usize];
        for variable in step.touches() {
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
            bytes: bytes.of(index).of(tile),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_numbers_walk_alike() {
        let bytes = BytesByTile {
            table_of: vec![0, 1],
            tables: vec![
                Arc::new(TileBytes::Narrow(vec![5, 0, 3])),
                Arc::new(TileBytes::Wide(vec![1, 9])),
            ],
        };
        let walk = Walk {
            born: &[vec![0], vec![1, 0], vec![]],
            dead: &[vec![], vec![0], vec![0, 1]],
        };
        let always_live = [2, 2, 7];
        let small = walk.run(&always_live, &bytes, |bytes| bytes as i32, |bytes| bytes as u64);
        let large = walk.run(&always_live, &bytes, |bytes| bytes, |bytes| bytes);
        for walked in [small, large] {
            assert_eq!(walked.peak_by_tile, [13, 11, 13]);
            assert_eq!(walked.peaks, [10, 13, 11]);
            assert_eq!(walked.peak, (13, 0, 1));
        }
    }
}
