//! Placements: what every tile holds, or needs, of a tensor.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::{Axis, Grid, Interval, Operand, Region, Sharing};

/// What happens to an operand along the axes of the grid that it does not depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spare {
    /// Every tile along them has the whole cell: a need.
    Replicated,
    /// The tiles along them share the cell out among themselves, as [`Placement::sharing`] says: a layout. (An axis that
    /// flattens variables of which the operand has only some is not spare: its tiles hold the elements once each.)
    Shared,
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
    pub fn uses(&self, axis: &Axis) -> bool {
        axis.variables
            .iter()
            .any(|variable| self.operand.depends_on(*variable))
    }

    /// How the tiles that touch one cell share it out: the same for all cells, chosen for the cell of the longest parts.
    pub fn sharing(&self) -> Sharing {
        let sharers = self.sharers();
        if sharers == 1 {
            return Sharing::NONE;
        }
        let cell = self.slice_of_cell(self.largest_tile(), 0);
        let channels = cell.touched(1).iter().map(|run| run.len()).sum::<u64>().max(1);
        Sharing::of(sharers, cell.elements().div_ceil(channels), channels)
    }

    /// The tile with the longest part of every axis; of equal parts the one nearest to the middle, away from padding.
    pub fn largest_tile(&self) -> u64 {
        self.grid.axes.iter().fold(0, |tile, axis| {
            let size = axis.size(&self.grid.sizes);
            let longest = (0..axis.parts).max_by_key(|part| {
                (
                    axis.interval(size, *part).len(),
                    part.min(&(axis.parts - 1 - part)).to_owned(),
                )
            });
            tile * axis.parts + longest.unwrap_or(0)
        })
    }

    /// The elements that a tile holds or needs; empty for tiles beyond the grid.
    pub fn region(&self, tile: u64) -> Region {
        if tile >= self.grid.tiles() {
            return Region::empty();
        }
        if self.sharers() == 1 {
            return self.cell(tile);
        }
        self.shared(self.sharing(), tile)
    }

    /// What a tile has of a cell that is shared out, slice by slice.
    pub(crate) fn shared(&self, sharing: Sharing, tile: u64) -> Region {
        let index = self.share_index(tile);
        let mut region = Region::empty();
        for slice in 0..self
            .slices()
            .map_or(1, |variable| self.grid.sizes[usize::from(variable)])
        {
            let share = sharing.share(&self.slice_of_cell(tile, slice), index);
            for cuboid in share.boxes() {
                let within = cuboid.iter().zip(&self.operand.shape);
                region.push(
                    within
                        .map(|(interval, size)| interval.intersect(Interval::full(*size)))
                        .collect(),
                );
            }
        }
        region
    }

    /// The variable that numbers slices, if the operand is cut into such.
    pub(crate) fn slices(&self) -> Option<u8> {
        self.grid
            .slice
            .filter(|variable| self.operand.depends_on(*variable))
    }

    /// The elements that the whole iteration space touches.
    pub fn whole(&self) -> Region {
        let mut region = Region::empty();
        let full: SmallVec<[Interval; 12]> =
            self.grid.sizes.iter().map(|size| Interval::full(*size)).collect();
        self.operand.project(&full, &self.grid.sizes, None, &mut region);
        region
    }

    /// The indices of the iteration space that touch what a tile has, before it is shared out, as boxes none of which is empty; of
    /// variables that the operand does not depend on the first value.
    pub fn indices(&self, tile: u64) -> Vec<SmallVec<[Interval; 12]>> {
        let mut boxes = self.grid.boxes(tile, |axis| self.uses(axis)).to_vec();
        for iteration in &mut boxes {
            for (variable, interval) in iteration.iter_mut().enumerate() {
                if !self.operand.depends_on(variable as u8) {
                    *interval = Interval::new(0, 1);
                }
            }
        }
        boxes.retain(|iteration| iteration.iter().all(|interval| !interval.is_empty()));
        boxes
    }

    /// The whole cell that a tile touches, before it is shared out.
    fn cell(&self, tile: u64) -> Region {
        self.touched_by(&self.grid.boxes(tile, |axis| self.uses(axis)), None)
    }

    /// One slice of it, as long as all others; all of it where there are no slices.
    fn slice_of_cell(&self, tile: u64, slice: u64) -> Region {
        let mut boxes = self.grid.boxes(tile, |axis| self.uses(axis));
        if let Some(variable) = self.slices() {
            for iteration in &mut boxes {
                iteration[usize::from(variable)] = Interval::new(slice, slice + 1);
            }
        }
        self.touched_by(&boxes, self.slices())
    }

    fn touched_by(&self, boxes: &[SmallVec<[Interval; 12]>], beyond: Option<u8>) -> Region {
        let mut region = Region::empty();
        for iteration in boxes {
            self.operand
                .project(iteration, &self.grid.sizes, beyond, &mut region);
        }
        region
    }

    /// Index of a tile among those that share its cell.
    fn share_index(&self, tile: u64) -> u64 {
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
}
