//! Who has partial sums of what: stretches of elements that have the same contributors.

use std::ops::Range;

use crate::{Cuboid, Interval, Placement, Region};

/// The contributors of every element of a tensor, of which tiles have partial sums. Elements are numbered in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributors {
    /// Where stretches of elements with equal contributors begin, and where the last one ends.
    bounds: Vec<u64>,
    /// The tiles that contribute to each, in order.
    tiles: Vec<Vec<u32>>,
    /// Tiles that have any.
    contributing: u64,
}

impl Contributors {
    /// Every tile that a placement says touches an element contributes to it.
    pub fn of(partials: &Placement) -> Self {
        let shape = &partials.operand.shape;
        let (regions, of_tile) = partials.distinct_regions();
        let runs: Vec<Vec<Interval>> = regions.iter().map(|region| runs(region, shape)).collect();
        let mut bounds: Vec<u64> = runs
            .iter()
            .flatten()
            .flat_map(|run| [run.start, run.end])
            .collect();
        bounds.sort_unstable();
        bounds.dedup();
        let stretches: Vec<Vec<Range<usize>>> = runs
            .iter()
            .map(|runs| {
                let stretches = runs.iter();
                stretches
                    .map(|run| place(&bounds, run.start)..place(&bounds, run.end))
                    .collect()
            })
            .collect();
        let mut tiles = vec![Vec::new(); bounds.len().saturating_sub(1)];
        for (tile, region) in (0..).zip(&of_tile) {
            for own in &stretches[*region as usize] {
                for stretch in &mut tiles[own.clone()] {
                    stretch.push(tile);
                }
            }
        }
        let contributes = |region: &&u32| !runs[**region as usize].is_empty();
        Self {
            bounds,
            tiles,
            contributing: of_tile.iter().filter(contributes).count() as u64,
        }
    }

    /// Tiles that have partial sums of any element.
    pub const fn contributing_tiles(&self) -> u64 {
        self.contributing
    }

    /// Of every stretch of elements with equal contributors, if it has any: its elements, and how many contributors these have.
    pub fn stretches(&self) -> impl Iterator<Item = (u64, u64)> {
        let lengths = self.bounds.windows(2).map(|bounds| bounds[1] - bounds[0]);
        let contributors = self.tiles.iter().map(|tiles| tiles.len() as u64);
        lengths
            .zip(contributors)
            .filter(|(_, contributors)| *contributors > 0)
    }

    /// Which of so many contributors are those of one of so many runs.
    pub const fn run(contributors: u64, index: u64, runs: u64) -> Interval {
        Interval::part(contributors, index, runs)
    }

    /// The contributors of the elements of an interval, stretch by stretch, with how many of the elements these are.
    pub(crate) fn within(&self, elements: Interval) -> impl Iterator<Item = (u64, &[u32])> {
        let first = self
            .bounds
            .partition_point(|bound| *bound <= elements.start)
            .saturating_sub(1);
        let stretches = self.bounds.windows(2).zip(&self.tiles).skip(first);
        stretches
            .map(move |(bounds, tiles)| {
                let own = Interval::new(bounds[0], bounds[1]).intersect(elements);
                (own, tiles)
            })
            .take_while(|(own, _)| !own.is_empty())
            .map(|(own, tiles)| (own.len(), tiles.as_slice()))
    }
}

/// The place of a bound among all.
fn place(bounds: &[u64], bound: u64) -> usize {
    bounds.partition_point(|other| *other < bound)
}

/// The runs of row-major numbers of a region's elements.
fn runs(region: &Region, shape: &[u64]) -> Vec<Interval> {
    let mut runs = Vec::new();
    for cuboid in region.boxes() {
        runs_of(cuboid, shape, &mut |run| runs.push(run));
    }
    runs
}

/// Calls `visit` with the runs of row-major numbers of the elements of a box, none of which is empty.
pub(crate) fn runs_of(cuboid: &[Interval], shape: &[u64], visit: &mut impl FnMut(Interval)) {
    let mut inner = cuboid.len();
    let mut length = 1;
    let mut whole = 1;
    let mut first = 0;
    // Inner dimensions that are whole, and the one outside of them, make one run.
    while inner > 0 {
        inner -= 1;
        first += cuboid[inner].start * whole;
        length *= cuboid[inner].len();
        whole *= shape[inner];
        if cuboid[inner].len() < shape[inner] {
            break;
        }
    }
    if length == 0 {
        return;
    }
    let outer: Cuboid = cuboid[..inner].iter().copied().collect();
    let mut rows = vec![0];
    for (interval, size) in outer.iter().zip(shape) {
        rows = rows
            .iter()
            .flat_map(|row| (interval.start..interval.end).map(move |index| row * size + index))
            .collect();
    }
    for row in rows {
        let start = row * whole + first;
        visit(Interval::new(start, start + length));
    }
}
