//! Placements: what every tile holds, or needs, of a tensor.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::geometry::{Grid, Interval, Operand, Region};

/// What happens to an operand along the axes of the grid that it does not depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spare {
    /// Every tile along them has the whole cell: a need.
    Replicated,
    /// The tiles along them share the cell out among themselves, in pieces of near-equal size: a layout.
    Shared,
}

/// Sizes of what a tile has, as vector kernels count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Extent {
    /// Elements.
    pub elements: u64,
    /// Values of the first dimension (samples) touched.
    pub samples: u64,
    /// Values of the second dimension (channels) touched.
    pub channels: u64,
}

/// What every tile holds or needs of a tensor: the cells of a grid, seen through an operand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Placement {
    /// How the iteration space is cut over tiles.
    pub grid: Arc<Grid>,
    /// What of the tensor a cell touches.
    pub operand: Arc<Operand>,
    /// Along the axes that the operand does not depend on.
    pub spare: Spare,
    /// Channels (dimension 1) that lie next to each other innermost in the tile's memory; the rest of the order is
    /// blocks of channels, then the other dimensions.
    pub channel_block: u64,
}

impl Placement {
    /// Tiles among which one cell is shared out (1 if replicated).
    pub fn sharers(&self) -> u64 {
        match self.spare {
            Spare::Replicated => 1,
            Spare::Shared => self.spare_parts(),
        }
    }

    /// Tiles that touch the same cell.
    pub fn spare_parts(&self) -> u64 {
        self.grid
            .axes
            .iter()
            .filter(|axis| !self.uses(axis))
            .map(|axis| axis.parts)
            .product()
    }

    /// Whether the operand depends on an axis.
    pub fn uses(&self, axis: &crate::geometry::Axis) -> bool {
        axis.variables
            .iter()
            .any(|variable| self.operand.depends_on(*variable))
    }

    /// The elements that a tile holds or needs; empty for tiles beyond the grid.
    pub fn region(&self, tile: u64) -> Region {
        if tile >= self.grid.tiles() {
            return Region::empty();
        }
        let cell = self.cell(tile);
        let sharers = self.sharers();
        if sharers == 1 {
            return cell;
        }
        let share = self.share_index(tile);
        let elements = cell.elements();
        cell.slice(
            share * elements / sharers,
            (share + 1) * elements / sharers,
            1,
            self.channel_block,
        )
    }

    /// The elements that the whole iteration space touches.
    pub fn whole(&self) -> Region {
        let mut region = Region::empty();
        let full: SmallVec<[Interval; 12]> =
            self.grid.sizes.iter().map(|size| Interval::full(*size)).collect();
        self.operand.project(&full, &self.grid.sizes, &mut region);
        region
    }

    /// The whole cell that a tile touches, before it is shared out.
    fn cell(&self, tile: u64) -> Region {
        let mut region = Region::empty();
        let boxes = self.grid.boxes(tile, |axis| self.uses(axis));
        for iteration in &boxes {
            self.operand.project(iteration, &self.grid.sizes, &mut region);
        }
        region
    }

    /// Index of a tile among those that share its cell.
    pub(crate) fn share_index(&self, tile: u64) -> u64 {
        let digits = self.grid.digits(tile);
        let mut index = 0;
        for (digit, axis) in digits.iter().zip(&self.grid.axes) {
            if !self.uses(axis) {
                index = index * axis.parts + digit;
            }
        }
        index
    }

    /// Elements that a tile holds or needs.
    pub fn elements(&self, tile: u64) -> u64 {
        self.region(tile).elements()
    }

    /// Elements that every tile of the grid holds or needs.
    pub fn elements_by_tile(&self) -> Vec<u64> {
        (0..self.grid.tiles()).map(|tile| self.elements(tile)).collect()
    }

    /// Sizes of what every tile of the grid holds or needs.
    pub fn extents_by_tile(&self) -> Vec<Extent> {
        (0..self.grid.tiles()).map(|tile| self.extent(tile)).collect()
    }

    /// Sizes of what a tile holds or needs.
    pub fn extent(&self, tile: u64) -> Extent {
        let region = self.region(tile);
        let touched = |dimension: usize| {
            let mut intervals: SmallVec<[_; 8]> = region
                .boxes()
                .iter()
                .map(|cuboid| (cuboid[dimension].start, cuboid[dimension].end))
                .collect();
            intervals.sort_unstable();
            let mut count = 0;
            let mut reached = 0;
            for (start, end) in intervals {
                count += end.max(reached) - start.max(reached);
                reached = end.max(reached);
            }
            count
        };
        if region.boxes().is_empty() {
            return Extent::default();
        }
        Extent {
            elements: region.elements(),
            samples: touched(0),
            channels: touched(1),
        }
    }

    /// Extents with the number of tiles that have them, largest first; tiles without an element are left out.
    pub fn extent_classes(&self) -> Vec<(Extent, u64)> {
        let mut extents: Vec<Extent> = (0..self.grid.tiles()).map(|tile| self.extent(tile)).collect();
        extents.sort_unstable_by(|a, b| b.cmp(a));
        let mut classes: Vec<(Extent, u64)> = Vec::new();
        for extent in extents.into_iter().filter(|extent| extent.elements > 0) {
            match classes.last_mut() {
                Some((last, count)) if *last == extent => *count += 1,
                _ => classes.push((extent, 1)),
            }
        }
        classes
    }
}
