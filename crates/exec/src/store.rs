//! What tiles hold: for every variable and tile the values of the elements of its region.

use std::sync::Arc;

use tilesim_geometry::{Cuboid, Interval, Placement, Region};

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

/// Which elements of a tensor each tile has.
#[derive(Debug, PartialEq)]
pub(crate) struct Regions {
    pub(crate) shape: Vec<u64>,
    pub(crate) tiles: Vec<Region>,
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
#[derive(Debug, Clone, Default)]
pub(crate) struct TileContributions {
    /// Where the values of each element of its region begin, and one past the last.
    pub(crate) starts: Vec<u32>,
    /// The values, element after element.
    pub(crate) values: Vec<f32>,
}

impl Regions {
    pub(crate) fn of(placement: &Placement) -> Self {
        Self {
            shape: placement.operand.shape.to_vec(),
            tiles: placement.regions(),
        }
    }

    /// Elements of the tensor.
    pub(crate) fn elements(&self) -> usize {
        self.shape.iter().product::<u64>() as usize
    }

    /// Calls `visit` with the runs of row-major indices of a tile's region, in the order in which it holds them.
    pub(crate) fn runs(&self, tile: usize, visit: impl FnMut(usize, usize)) {
        if let Some(region) = self.tiles.get(tile) {
            runs(region, &self.shape, visit);
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

impl VariableValues {
    /// What a tile holds; `None` for tiles beyond the grid.
    pub(crate) fn window(&self, tile: usize) -> Option<Window> {
        let region = self.regions.tiles.get(tile)?;
        Some(Window::new(region, self.values.get(tile)?))
    }

    /// The whole tensor, with absent elements where nobody holds one.
    pub(crate) fn whole(&self) -> Vec<f32> {
        let mut whole = vec![absent(); self.regions.elements()];
        for (tile, values) in self.values.iter().enumerate() {
            let mut rest = values.as_slice();
            self.regions.runs(tile, |start, length| {
                let (run, behind) = rest.split_at(length);
                whole[start..start + length].copy_from_slice(run);
                rest = behind;
            });
        }
        whole
    }
}

/// The values that a tile has of a tensor whose elements are given in row-major order.
pub(crate) fn gather(regions: &Regions, tile: usize, whole: &[f32]) -> Vec<f32> {
    let mut values = Vec::with_capacity(regions.tiles[tile].elements() as usize);
    regions.runs(tile, |start, length| {
        values.extend_from_slice(&whole[start..start + length]);
    });
    values
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
pub(crate) fn strides(shape: &[u64]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = strides[dimension] * shape[dimension] as usize;
    }
    strides
}

/// Calls `visit` with the runs (start and length) of row-major indices of a region's boxes.
pub(crate) fn runs(region: &Region, shape: &[u64], mut visit: impl FnMut(usize, usize)) {
    let strides = strides(shape);
    for cuboid in region.boxes() {
        // Inner dimensions that are whole, and the one outside of them, make one run.
        let mut inner = cuboid.len();
        let mut length = 1;
        while inner > 0 {
            inner -= 1;
            length *= cuboid[inner].len() as usize;
            if cuboid[inner].len() < shape[inner] {
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

/// Whether a region has the element of an index.
pub(crate) fn contains(region: &Region, index: &[u64]) -> bool {
    let inside = |cuboid: &Cuboid| {
        cuboid.len() == index.len()
            && cuboid
                .iter()
                .zip(index)
                .all(|(interval, index)| (interval.start..interval.end).contains(index))
    };
    region.boxes().iter().any(inside)
}

/// The elements that a tile holds, in the smallest box that contains them.
pub(crate) struct Window {
    bounds: Cuboid,
    strides: Vec<usize>,
    values: Vec<f32>,
}

impl Window {
    /// What a tile holds, under a shape of the same elements.
    pub(crate) fn new(region: &Region, values: &[f32]) -> Self {
        let mut bounds: Cuboid = region.boxes().first().cloned().unwrap_or_default();
        for cuboid in region.boxes() {
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
        for cuboid in region.boxes() {
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
    pub(crate) fn values(&self, region: &Region) -> Vec<f32> {
        let mut values = Vec::with_capacity(region.elements() as usize);
        let origin = self.origin();
        for cuboid in region.boxes() {
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
