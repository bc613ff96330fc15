//! What the cells of all tiles have of each group of variables.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use tilesim_geometry::Interval;

use super::parts::{Part, Structure};

/// What a group's variables range over in a cell.
type Ranges = SmallVec<[Interval; 4]>;
/// Numbers of a cell's parts, by group.
type Cell = SmallVec<[u32; 6]>;

/// The cells of all tiles. Those that have the same of a group share it: of a grid's tiles there are as many as its axes have parts.
#[derive(Debug)]
pub(super) struct Cells {
    parts: Vec<Part>,
    tiles: Vec<SmallVec<[Cell; 1]>>,
}

impl Cells {
    /// The cells of so many tiles, without those that touch nothing.
    pub(super) fn new(structure: &Structure<'_>, tiles: usize) -> Self {
        let mut parts = Vec::new();
        let mut known: Vec<FxHashMap<Ranges, u32>> =
            structure.groups.iter().map(|_| FxHashMap::default()).collect();
        // Neighbouring tiles have the same of most groups.
        let mut last: Vec<(Ranges, u32)> = vec![(Ranges::new(), u32::MAX); structure.groups.len()];
        let tiles = (0..tiles)
            .map(|tile| {
                let cells = structure.work.grid.cell(tile as u64);
                let touching = cells.iter().filter(|cell| {
                    cell.iter().all(|interval| !interval.is_empty()) && structure.has_constants(cell)
                });
                touching
                    .filter_map(|cell| {
                        let of_group = |number: usize| {
                            let group = &structure.groups[number];
                            let ranges: Ranges = group
                                .variables
                                .iter()
                                .map(|variable| cell[*variable as usize])
                                .collect();
                            if last[number].1 != u32::MAX && last[number].0 == ranges {
                                return last[number].1;
                            }
                            let part = *known[number].entry(ranges.clone()).or_insert_with(|| {
                                parts.push(structure.part(group, cell));
                                parts.len() as u32 - 1
                            });
                            last[number] = (ranges, part);
                            part
                        };
                        let cell: Cell = (0..structure.groups.len()).map(of_group).collect();
                        let is_empty = |part: &u32| parts[*part as usize].steps.is_empty();
                        (!cell.iter().any(is_empty)).then_some(cell)
                    })
                    .collect()
            })
            .collect();
        Self { parts, tiles }
    }

    /// The cells of a tile, each with what it has of every group.
    pub(super) fn of_tile(&self, tile: usize) -> impl Iterator<Item = SmallVec<[&Part; 6]>> {
        self.tiles[tile]
            .iter()
            .map(|cell| cell.iter().map(|part| &self.parts[*part as usize]).collect())
    }

    /// Whether no tile has more than one cell.
    pub(super) fn is_single(&self, tile: usize) -> bool {
        self.tiles[tile].len() < 2
    }
}
