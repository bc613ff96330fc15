//! What tiles hold: for every variable and tile the values of the elements of its region.

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_geometry::{Cuboid, Interval};

use crate::regions::{Boxes, Regions, rows, strides};

/// Marks an element that nobody has brought; kernels compute no such value, as arithmetic makes quiet other ones.
const ABSENT: u32 = 0x7fa5_5a5a;

/// Whether a value is [`absent`].
pub(crate) const fn is_absent(value: f32) -> bool {
    value.to_bits() == ABSENT
}

/// The mark of an element that nobody has brought.
pub(crate) const fn absent() -> f32 {
    f32::from_bits(ABSENT)
}

/// A variable's values.
#[derive(Debug, Clone)]
pub(crate) struct VariableValues {
    pub(crate) regions: Arc<Regions>,
    /// By tile: its boxes one after the other, each in row-major order.
    pub(crate) values: Vec<Vec<f32>>,
}

/// Several values of each element, as they have come from several tiles.
#[derive(Debug, Clone)]
pub(crate) struct Contributions {
    pub(crate) regions: Arc<Regions>,
    pub(crate) tiles: Vec<TileContributions>,
}

/// What one tile has gathered.
#[derive(Debug, Clone)]
pub(crate) enum TileContributions {
    /// From each sender a value of every element of its region.
    Rows(Vec<Vec<f32>>),
    /// Of every element as many as there are.
    Listed {
        /// Where the values of each element begin, and one past the last.
        starts: Vec<u32>,
        /// The values, element after element.
        values: Vec<f32>,
    },
}

impl VariableValues {
    /// What a tile holds; `None` for tiles beyond the grid.
    pub(crate) fn window(&self, tile: usize) -> Option<Window> {
        let values = self.values.get(tile)?;
        (tile < self.regions.tiles()).then(|| Window::new(self.regions.tile(tile), values))
    }

    /// The whole tensor, with absent elements where nobody holds one.
    pub(crate) fn whole(&self) -> Vec<f32> {
        whole(self, 0..self.values.len())
    }
}

/// The whole tensor as some tiles hold it, with absent elements where none of them holds one.
pub(crate) fn whole(held: &VariableValues, tiles: impl Iterator<Item = usize>) -> Vec<f32> {
    let mut whole = vec![absent(); held.regions.elements()];
    for tile in tiles {
        let mut rest = held.values[tile].as_slice();
        held.regions.runs(tile, |start, length| {
            let (run, behind) = rest.split_at(length);
            whole[start..start + length].copy_from_slice(run);
            rest = behind;
        });
    }
    whole
}

/// The values that a tile has of a tensor whose elements are given in row-major order.
pub(crate) fn gather(regions: &Regions, tile: usize, whole: &[f32]) -> Vec<f32> {
    let mut values = Vec::with_capacity(regions.tile(tile).elements());
    regions.runs(tile, |start, length| {
        values.extend_from_slice(&whole[start..start + length]);
    });
    values
}

/// The elements that a tile holds, in the smallest box that contains them.
pub(crate) struct Window {
    bounds: Cuboid,
    strides: SmallVec<[usize; 5]>,
    values: Vec<f32>,
}

impl Window {
    /// What a tile holds, under a shape of the same elements.
    pub(crate) fn new(region: Boxes<'_>, values: &[f32]) -> Self {
        let mut bounds: Cuboid = region.iter().next().unwrap_or_default().into();
        for cuboid in region.iter() {
            for (bound, interval) in bounds.iter_mut().zip(cuboid) {
                *bound = Interval::new(bound.start.min(interval.start), bound.end.max(interval.end));
            }
        }
        let shape: Vec<u64> = bounds.iter().map(|bound| bound.len()).collect();
        let elements: u64 = shape.iter().product();
        let mut window = Self {
            strides: strides(&shape),
            values: vec![absent(); elements as usize],
            bounds,
        };
        let origin = window.origin();
        let mut rest = values.iter();
        for cuboid in region.iter() {
            rows(cuboid, &window.strides, 0, &mut |index| {
                if let Some(value) = rest.next() {
                    window.values[index - origin] = *value;
                }
            });
        }
        window
    }

    /// The element of an index, if the tile holds it.
    pub(crate) fn get(&self, index: &[u64]) -> Option<f32> {
        let value = *self.values.get(self.place(index)?)?;
        (!is_absent(value)).then_some(value)
    }

    /// Replaces the element of an index within the box; false for other indices.
    pub(crate) fn set(&mut self, index: &[u64], value: f32) -> bool {
        match self.place(index).and_then(|place| self.values.get_mut(place)) {
            Some(own) => {
                *own = value;
                true
            }
            None => false,
        }
    }

    /// The values of a region within the box, in the order in which a tile holds them.
    pub(crate) fn values(&self, region: Boxes<'_>) -> Vec<f32> {
        let mut values = Vec::with_capacity(region.elements());
        let origin = self.origin();
        for cuboid in region.iter() {
            rows(cuboid, &self.strides, 0, &mut |index| {
                values.push(self.values[index - origin]);
            });
        }
        values
    }

    /// Place of the first index, as if the box began at zero.
    fn origin(&self) -> usize {
        let starts = self.bounds.iter().map(|bound| bound.start as usize);
        starts
            .zip(&self.strides)
            .map(|(start, stride)| start * stride)
            .sum()
    }

    fn place(&self, index: &[u64]) -> Option<usize> {
        let mut at = 0;
        for ((index, bound), stride) in index.iter().zip(&self.bounds).zip(&self.strides) {
            if !(bound.start..bound.end).contains(index) {
                return None;
            }
            at += (index - bound.start) as usize * stride;
        }
        Some(at)
    }
}

/// The elements that a tile holds, by row-major index.
pub(crate) struct Linear {
    start: usize,
    values: Vec<f32>,
}

impl Linear {
    /// What a tile holds.
    pub(crate) fn new(held: &VariableValues, tile: usize) -> Self {
        let (mut start, mut end) = (usize::MAX, 0);
        held.regions.runs(tile, |first, length| {
            start = start.min(first);
            end = end.max(first + length);
        });
        let mut values = vec![absent(); end.saturating_sub(start)];
        let mut rest = held.values.get(tile).map_or(&[][..], Vec::as_slice);
        held.regions.runs(tile, |first, length| {
            let (run, behind) = rest.split_at(length);
            values[first - start..first - start + length].copy_from_slice(run);
            rest = behind;
        });
        Self { start, values }
    }

    /// The element of a row-major index, if the tile holds it.
    pub(crate) fn get(&self, index: usize) -> Option<f32> {
        let at = index.checked_sub(self.start)?;
        self.values.get(at).copied().filter(|value| !is_absent(*value))
    }
}
