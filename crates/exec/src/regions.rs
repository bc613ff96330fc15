//! Which elements of a tensor each tile has.

use smallvec::{SmallVec, smallvec};
use tilesim_geometry::{Interval, Placement};

/// Which elements of a tensor each tile has: disjoint boxes. Programs have hundreds of placements and a machine a thousand tiles, so that
/// all boxes stand in one list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Regions {
    pub(crate) shape: Vec<u64>,
    /// The intervals of all boxes, tile after tile.
    intervals: Vec<Interval>,
    /// By tile: number of its first box, and one past the last box of all.
    starts: Vec<u32>,
}

/// The boxes of a tile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Boxes<'a> {
    dimensions: usize,
    count: usize,
    intervals: &'a [Interval],
}

impl Regions {
    pub(crate) fn of(placement: &Placement) -> Self {
        let mut regions = Self::empty(&placement.operand.shape);
        let (distinct, of_tile) = placement.distinct_regions();
        for number in of_tile {
            let boxes = distinct[number as usize].boxes();
            regions.push(boxes.iter().map(SmallVec::as_slice));
        }
        regions
    }

    /// Regions of no tiles yet.
    pub(crate) fn empty(shape: &[u64]) -> Self {
        Self {
            shape: shape.to_vec(),
            intervals: Vec::new(),
            starts: vec![0],
        }
    }

    /// Adds the boxes of the next tile.
    pub(crate) fn push<'a>(&mut self, boxes: impl Iterator<Item = &'a [Interval]>) {
        let mut count = self.starts.last().copied().unwrap_or(0);
        for cuboid in boxes {
            self.intervals.extend_from_slice(cuboid);
            count += 1;
        }
        self.starts.push(count);
    }

    /// Elements of the tensor.
    pub(crate) fn elements(&self) -> usize {
        self.shape.iter().product::<u64>() as usize
    }

    /// How many tiles there are.
    pub(crate) fn tiles(&self) -> usize {
        self.starts.len() - 1
    }

    /// What a tile has; nothing beyond the grid.
    pub(crate) fn tile(&self, tile: usize) -> Boxes<'_> {
        let dimensions = self.shape.len();
        let [first, end] = match self.starts.get(tile..tile + 2) {
            Some(ends) => [ends[0] as usize, ends[1] as usize],
            None => [0, 0],
        };
        Boxes {
            dimensions,
            count: end - first,
            intervals: &self.intervals[first * dimensions..end * dimensions],
        }
    }

    /// Calls `visit` with the runs of row-major indices of a tile's region, in the order in which it holds them.
    pub(crate) fn runs(&self, tile: usize, mut visit: impl FnMut(usize, usize)) {
        let strides = strides(&self.shape);
        for cuboid in self.tile(tile).iter() {
            // Inner dimensions that are whole, and the one outside of them, make one run.
            let mut inner = cuboid.len();
            let mut length = 1;
            while inner > 0 {
                inner -= 1;
                length *= cuboid[inner].len() as usize;
                if cuboid[inner].len() < self.shape[inner] {
                    break;
                }
            }
            let first: usize = cuboid[inner..]
                .iter()
                .zip(&strides[inner..])
                .map(|(interval, stride)| interval.start as usize * stride)
                .sum();
            rows(&cuboid[..inner], &strides[..inner], first, &mut |start| {
                visit(start, length);
            });
        }
    }

    /// The index of the element that a tile holds at a place.
    pub(crate) fn index_held(&self, tile: usize, place: usize) -> Vec<u64> {
        let (mut before, mut found) = (0, 0);
        self.runs(tile, |start, length| {
            if (before..before + length).contains(&place) {
                found = start + place - before;
            }
            before += length;
        });
        self.index(found)
    }

    /// The multi-dimensional index of a row-major one.
    pub(crate) fn index(&self, linear: usize) -> Vec<u64> {
        unflattened(&self.shape, linear)
    }
}

impl<'a> Boxes<'a> {
    /// Box after box, an interval for each dimension.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [Interval]> {
        (0..self.count).map(move |index| &self.intervals[index * self.dimensions..][..self.dimensions])
    }

    /// How many elements the tile has.
    pub(crate) fn elements(self) -> usize {
        self.iter().map(elements).sum()
    }

    /// Whether the tile has the element of an index.
    pub(crate) fn contains(self, index: &[u64]) -> bool {
        index.len() == self.dimensions
            && self.iter().any(|cuboid| {
                cuboid
                    .iter()
                    .zip(index)
                    .all(|(interval, index)| (interval.start..interval.end).contains(index))
            })
    }
}

/// Elements of a box.
pub(crate) fn elements(cuboid: &[Interval]) -> usize {
    cuboid.iter().map(|interval| interval.len() as usize).product()
}

/// The multi-dimensional index of a row-major one.
pub(crate) fn unflattened(shape: &[u64], linear: usize) -> Vec<u64> {
    let mut rest = linear as u64;
    let mut index: Vec<u64> = shape
        .iter()
        .rev()
        .map(|&size| {
            let digit = rest % size.max(1);
            rest /= size.max(1);
            digit
        })
        .collect();
    index.reverse();
    index
}

/// Distances of neighbouring elements of each dimension in row-major order.
pub(crate) fn strides(shape: &[u64]) -> SmallVec<[usize; 5]> {
    let mut strides = smallvec![1; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = strides[dimension] * shape[dimension] as usize;
    }
    strides
}

/// Calls `visit` with the row-major index of every element of a box, in order, counted from `base`.
pub(crate) fn rows(cuboid: &[Interval], strides: &[usize], base: usize, visit: &mut impl FnMut(usize)) {
    match (cuboid.split_first(), strides.split_first()) {
        (Some((interval, cuboid)), Some((stride, strides))) => {
            for index in interval.start..interval.end {
                rows(cuboid, strides, base + index as usize * stride, visit);
            }
        }
        _ => visit(base),
    }
}
