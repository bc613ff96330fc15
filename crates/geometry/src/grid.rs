//! Grids: an iteration space cut along axes, one cell per tile.

use smallvec::SmallVec;

use crate::{Axis, Cuboid, Interval, Part, axis::decompose};

/// An iteration space and how it is cut over tiles.
///
/// Tiles are numbered by the parts in mixed radix: the first axis is outermost, the last varies fastest. A variable that no
/// axis names is whole on every tile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Size of each variable of the space.
    pub sizes: SmallVec<[u64; 12]>,
    /// Axes, outermost first; each variable belongs to one axis at most.
    pub axes: SmallVec<[Axis; 7]>,
    /// A variable of no axis that numbers slices, which a loop works through: tiles that share a cell share out each slice of it, as
    /// if it were alone.
    pub slice: Option<u8>,
}

/// Cells of a grid that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridClass {
    /// What each axis gives such a cell, in the order of the axes.
    pub parts: SmallVec<[Part; 7]>,
    /// How many cells there are.
    pub tiles: u64,
}

impl Grid {
    /// A grid over a space of the given sizes.
    pub fn new(sizes: &[u64], axes: impl IntoIterator<Item = Axis>) -> Self {
        Self {
            sizes: SmallVec::from_slice(sizes),
            axes: axes.into_iter().filter(|axis| axis.parts > 1).collect(),
            slice: None,
        }
    }

    /// Cells, which is tiles used.
    pub fn tiles(&self) -> u64 {
        self.axes.iter().map(|axis| axis.parts).product()
    }

    /// The part of each axis that a tile has.
    pub fn digits(&self, tile: u64) -> SmallVec<[u64; 7]> {
        let mut digits: SmallVec<[u64; 7]> = SmallVec::from_elem(0, self.axes.len());
        let mut rest = tile;
        for (digit, axis) in digits.iter_mut().zip(&self.axes).rev() {
            *digit = rest % axis.parts;
            rest /= axis.parts;
        }
        digits
    }

    /// The boxes of the iteration space that a tile has.
    pub fn cell(&self, tile: u64) -> SmallVec<[SmallVec<[Interval; 12]>; 4]> {
        self.boxes(tile, |_| true)
    }

    /// The iteration boxes of a tile, restricted to the axes that `wanted` accepts (the other variables are whole).
    pub(crate) fn boxes(
        &self,
        tile: u64,
        wanted: impl Fn(&Axis) -> bool,
    ) -> SmallVec<[SmallVec<[Interval; 12]>; 4]> {
        let mut boxes: SmallVec<[SmallVec<[Interval; 12]>; 4]> = SmallVec::new();
        boxes.push(self.sizes.iter().map(|size| Interval::full(*size)).collect());
        let mut stride = self.tiles();
        for axis in &self.axes {
            stride /= axis.parts;
            if !wanted(axis) {
                continue;
            }
            let interval = axis.interval(axis.size(&self.sizes), tile / stride % axis.parts);
            if let [variable] = axis.variables.as_slice() {
                for cuboid in &mut boxes {
                    cuboid[*variable as usize] = interval;
                }
                continue;
            }
            let sizes: SmallVec<[u64; 4]> = axis
                .variables
                .iter()
                .map(|variable| self.sizes[*variable as usize])
                .collect();
            let mut pieces: SmallVec<[Cuboid; 5]> = SmallVec::new();
            decompose(interval, &sizes, &mut SmallVec::new(), &mut |piece| {
                pieces.push(SmallVec::from_slice(piece));
            });
            let mut product = SmallVec::new();
            for cuboid in &boxes {
                for piece in &pieces {
                    let mut cell = cuboid.clone();
                    for (variable, interval) in axis.variables.iter().zip(piece) {
                        cell[*variable as usize] = *interval;
                    }
                    product.push(cell);
                }
            }
            boxes = product;
        }
        boxes
    }

    /// The distinct cells with their counts; the counts add up to [`Self::tiles`].
    pub fn classes(&self) -> Vec<GridClass> {
        let mut classes = vec![GridClass {
            parts: SmallVec::new(),
            tiles: 1,
        }];
        for axis in &self.axes {
            let parts = axis.classes(&self.sizes);
            classes = classes
                .into_iter()
                .flat_map(|class| {
                    parts.iter().map(move |part| {
                        let mut longer = class.clone();
                        longer.parts.push(part.part);
                        longer.tiles *= part.count;
                        longer
                    })
                })
                .collect();
        }
        classes
    }

    /// Which tiles have a part of every axis that is not empty.
    pub fn tiles_with_parts(&self) -> Vec<bool> {
        let mut tiles = vec![true];
        for axis in &self.axes {
            let parts: SmallVec<[bool; 64]> = (0..axis.parts)
                .map(|index| axis.part(&self.sizes, index).length > 0)
                .collect();
            tiles = tiles
                .iter()
                .flat_map(|outer| parts.iter().map(move |part| *outer && *part))
                .collect();
        }
        tiles
    }

    /// What each axis gives the cell of a tile.
    pub fn parts_of(&self, tile: u64) -> SmallVec<[Part; 7]> {
        self.digits(tile)
            .iter()
            .zip(&self.axes)
            .map(|(digit, axis)| axis.part(&self.sizes, *digit))
            .collect()
    }
}
