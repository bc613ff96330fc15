//! A placement as a product: independent groups of coordinates, each with a small table of what its parts hold.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::boxes::Boxes;
use crate::cells::{Slice, cells, cut, project, share};
use crate::coverage::Coverage;
use crate::partition::{Partition, places};
use crate::products::Products;
use crate::sharing::SharedCell;
use crate::view::View;
use crate::{Axis, Extent, Interval};

/// A placement, factored: what a tile holds is the product of one entry of each component.
pub(crate) struct Factors<'a> {
    /// The placement over its coordinates.
    pub(crate) view: &'a View<'a>,
    /// Groups of coordinates that no axis cuts together with a coordinate of another group.
    pub(crate) components: Vec<Component>,
}

/// Coordinates that are cut together.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    /// The coordinates, in order.
    pub(crate) coordinates: SmallVec<[usize; 5]>,
    /// The axes of the grid that cut them, in order.
    pub(crate) axes: SmallVec<[usize; 7]>,
    /// What of the sharing of a cell concerns them.
    pub(crate) shares: Shares,
    /// What each entry holds: entries are numbered by the parts of the axes in mixed radix, then by share.
    pub(crate) table: Boxes,
    /// Whether no two entries have an element in common.
    pub(crate) disjoint: bool,
}

/// The part of a cell's sharing that cuts a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shares {
    /// It is whole on every tile that shares the cell.
    None,
    /// Its flattened index is cut; it holds all positions.
    Positions(u64),
    /// Its flattened index is cut; it holds channels only.
    Channels(u64),
    /// Positions and channels are both cut.
    Both(u64),
}

impl Shares {
    /// Parts.
    pub(crate) const fn count(self) -> u64 {
        match self {
            Self::None => 1,
            Self::Positions(count) | Self::Channels(count) | Self::Both(count) => count,
        }
    }
}

impl<'a> Factors<'a> {
    /// Factors a placement.
    pub(crate) fn new(view: &'a View<'a>) -> Self {
        let mut factors = Self::without_tables(view);
        for component in &mut factors.components {
            component.table = component.entries(view);
        }
        factors
    }

    fn without_tables(view: &'a View<'a>) -> Self {
        let all = || 0..view.shape.len();
        let mut partition = Partition::new(view.shape.len());
        for axis in &view.grid().axes {
            partition.join(all().filter(|coordinate| view.touches(axis, *coordinate)));
        }
        let sharing = view.sharing;
        let channel = view.channel.filter(|channel| partition.is_alone(*channel));
        let entangled = channel.is_none() && view.channel.is_some() && sharing.tiles() > 1;
        if entangled {
            partition.join(all());
        } else if sharing.positions > 1 {
            partition.join(all().filter(|coordinate| Some(*coordinate) != channel));
        }
        let components = partition
            .blocks()
            .into_iter()
            .map(|coordinates| {
                let shares = if sharing.tiles() == 1 {
                    Shares::None
                } else if entangled {
                    Shares::Both(sharing.tiles())
                } else if channel == Some(coordinates[0]) {
                    Shares::Channels(sharing.channels)
                } else if sharing.positions > 1 {
                    Shares::Positions(sharing.positions)
                } else {
                    Shares::None
                };
                Component::without_table(view, coordinates, shares)
            })
            .collect();
        Self { view, components }
    }

    /// What `finish` makes of the elements that each tile has.
    pub(crate) fn by_elements<U: Copy>(view: &'a View<'a>, finish: impl Fn(u64) -> U) -> Vec<U> {
        Self::without_tables(view).products(
            1,
            |component| component.volumes(view),
            |left, right| left * right,
            finish,
        )
    }

    /// What `finish` makes of the elements that each tile has, and of the channels that they touch: none where there are no elements.
    pub(crate) fn by_channels<U: Copy>(view: &'a View<'a>, finish: impl Fn(u64, u64) -> U) -> Vec<U> {
        Self::without_tables(view).products(
            (1, 1),
            |component| component.volumes_and_channels(view),
            |left, right| match (left.0 * right.0, left.1 * right.1) {
                (0, _) => (0, 0),
                product => product,
            },
            |(elements, channels)| finish(elements, channels),
        )
    }

    /// What each entry of a component adds to the extent of a tile.
    pub(crate) fn extents(&self, component: &Component) -> Vec<Extent> {
        let place = |coordinate: usize| component.coordinates.iter().position(|own| *own == coordinate);
        let (sample, channel) = (place(0), self.view.channel.and_then(place));
        let stride = self.view.sample_stride.max(1);
        (0..component.table.len())
            .map(|entry| Extent {
                elements: component.table.volume(entry),
                samples: sample.map_or(1, |dimension| {
                    component.table.touched_len(entry, dimension, |run| {
                        Interval::new(run.start / stride, run.end.div_ceil(stride))
                    })
                }),
                channels: channel.map_or(1, |dimension| {
                    component.table.touched_len(entry, dimension, |run| run)
                }),
            })
            .collect()
    }

    /// For each tile what `finish` makes of the product of the figures that `of` has for its entry of each component; `unit` is the
    /// product of none.
    pub(crate) fn products<T: Copy + PartialEq, U: Copy>(
        &self,
        unit: T,
        of: impl Fn(&Component) -> Vec<T>,
        times: impl Fn(T, T) -> T,
        finish: impl Fn(T) -> U,
    ) -> Vec<U> {
        // What is not cut is the same for all tiles.
        let figures = self.components.iter().map(|component| (of(component), component));
        let (whole, cut): (Vec<_>, Vec<_>) = figures.partition(|(figures, _)| figures.len() == 1);
        let unit = whole
            .into_iter()
            .fold(unit, |product, (figures, _)| times(product, figures[0]));
        let mut products = Products::new(unit, self.view.grid().tiles() as usize);
        for (figures, component) in cut {
            products.multiply(&figures, &self.tile_entries(component), &times);
        }
        products.finish(finish)
    }

    /// The entry of a component that each tile has.
    pub(crate) fn tile_entries(&self, component: &Component) -> Vec<u32> {
        if let Some(digits) = self.digits(component) {
            return numbers(&digits);
        }
        // Shares of channels and of positions lie across each other among the parts of an axis.
        let count = component.shares.count() as u32;
        let cells = self.mixed_radix(count, |index, _| component.axes.contains(&index));
        let spare = self.mixed_radix(1, |_, axis| !self.view.placement.uses(axis));
        let channels = self.view.sharing.channels as u32;
        let of_share = |index: u32| match component.shares {
            Shares::None => 0,
            Shares::Positions(_) => index / channels,
            Shares::Channels(_) => index % channels,
            Shares::Both(_) => index,
        };
        cells
            .iter()
            .zip(spare)
            .map(|(cell, index)| cell + of_share(index))
            .collect()
    }

    /// The digits of a tile's number, innermost first, and what each adds to its entry of a component: parts of axes, some of which
    /// are two digits, the shares of positions and those of channels.
    fn digits(&self, component: &Component) -> Option<SmallVec<[Digit; 8]>> {
        let mut cells = component.shares.count() as u32;
        // Shares of channels lie innermost.
        let (mut channels, mut of_channel, mut of_position) = match component.shares {
            Shares::None => (1, 0, 0),
            Shares::Positions(_) => (self.view.sharing.channels as u32, 0, 1),
            Shares::Channels(_) => (self.view.sharing.channels as u32, 1, 0),
            Shares::Both(_) => (1, 0, 1),
        };
        let mut digits = SmallVec::new();
        for (index, axis) in self.view.grid().axes.iter().enumerate().rev() {
            let parts = axis.parts as u32;
            if component.axes.contains(&index) {
                digits.push(Digit { parts, weight: cells });
                cells *= parts;
            } else if self.view.placement.uses(axis) {
                digits.push(Digit { parts, weight: 0 });
            } else {
                let inner = parts.min(channels);
                let outer = parts / inner;
                if !parts.max(channels).is_multiple_of(inner) {
                    return None;
                }
                digits.push(Digit {
                    parts: inner,
                    weight: of_channel,
                });
                digits.push(Digit {
                    parts: outer,
                    weight: of_position,
                });
                channels /= inner;
                of_channel *= inner;
                of_position *= outer;
            }
        }
        Some(digits)
    }

    /// For each tile the mixed-radix number of its parts of some axes, counted in so many.
    fn mixed_radix(&self, unit: u32, wanted: impl Fn(usize, &Axis) -> bool) -> Vec<u32> {
        let mut count = unit;
        let axes = self.view.grid().axes.iter().enumerate().rev();
        let digits: SmallVec<[Digit; 8]> = axes
            .map(|(index, axis)| {
                let parts = axis.parts as u32;
                let weight = if wanted(index, axis) { count } else { 0 };
                count *= if weight > 0 { parts } else { 1 };
                Digit { parts, weight }
            })
            .collect();
        numbers(&digits)
    }

    /// The components within a block of coordinates as one table, and the entry of it that each tile has. Dimensions are the
    /// coordinates of the block in order; `table` says what to take from a component.
    pub(crate) fn block<'b>(
        &'b self,
        block: &[usize],
        table: impl Fn(&'b Component) -> Cow<'b, Boxes>,
    ) -> (Cow<'b, Boxes>, Vec<u32>) {
        let mut inside = self.within(block);
        let Some(first) = inside.next() else {
            return (Cow::Owned(Boxes::with_capacity(1, 0)), Vec::new());
        };
        let mut joint = table(first);
        let mut entries = self.tile_entries(first);
        let mut coordinates = first.coordinates.clone();
        for component in inside {
            let other = table(component);
            for (entry, own) in entries.iter_mut().zip(self.tile_entries(component)) {
                *entry = *entry * other.len() as u32 + own;
            }
            let mut union: SmallVec<[usize; 5]> = coordinates
                .iter()
                .chain(&component.coordinates)
                .copied()
                .collect();
            union.sort_unstable();
            let places = |some: &[usize]| -> SmallVec<[usize; 5]> { places(some, &union) };
            joint = Cow::Owned(joint.product(&places(&coordinates), &other, &places(&component.coordinates)));
            coordinates = union;
        }
        (joint, entries)
    }

    /// The components within a block of coordinates.
    pub(crate) fn within<'b>(&'b self, block: &[usize]) -> impl Iterator<Item = &'b Component> {
        self.components
            .iter()
            .filter(|component| block.contains(&component.coordinates[0]))
    }

    /// The elements of a block of coordinates that the whole iteration space touches, as the only entry of a table.
    pub(crate) fn whole(&self, block: &[usize]) -> Boxes {
        let full: SmallVec<[Interval; 12]> = self
            .view
            .grid()
            .sizes
            .iter()
            .map(|size| Interval::full(*size))
            .collect();
        let mut table = Boxes::with_capacity(block.len(), 1);
        project(self.view, block, &full, None, &mut |cuboid| table.push(cuboid));
        table.close();
        table
    }
}

impl Component {
    /// The component of some coordinates, but for its table.
    fn without_table(view: &View<'_>, coordinates: SmallVec<[usize; 5]>, shares: Shares) -> Self {
        let grid = view.grid();
        let axes: SmallVec<[usize; 7]> = (0..grid.axes.len())
            .filter(|axis| {
                coordinates
                    .iter()
                    .any(|coordinate| view.touches(&grid.axes[*axis], *coordinate))
            })
            .collect();
        let covers = || coordinates.iter().map(|coordinate| &view.covers[*coordinate]);
        let disjoint = covers().all(|cover| cover.is_injective(&grid.sizes))
            && axes
                .iter()
                .flat_map(|axis| &grid.axes[*axis].variables)
                .all(|variable| {
                    grid.sizes[*variable as usize] == 1 || covers().any(|cover| cover.depends_on(*variable))
                });
        let table = Boxes::with_capacity(coordinates.len(), 0);
        Self {
            coordinates,
            axes,
            shares,
            table,
            disjoint,
        }
    }

    /// The variable that numbers slices which are shared out one by one.
    fn slices(&self, view: &View<'_>) -> Option<u8> {
        let mut covers = self
            .coordinates
            .iter()
            .map(|coordinate| &view.covers[*coordinate]);
        view.placement
            .slices()
            .filter(|variable| self.shares.count() > 1 && covers.any(|cover| cover.depends_on(*variable)))
    }

    /// What each combination of parts of the axes touches, before it is shared out.
    fn cells(&self, view: &View<'_>, slice: Option<Slice>) -> Boxes {
        cells(view, &self.coordinates, &self.axes, self.disjoint, slice)
    }

    /// What each entry holds.
    fn entries(&self, view: &View<'_>) -> Boxes {
        let rank = self.coordinates.len();
        let of_slice = |slice| {
            let cells = self.cells(view, slice);
            match self.shares {
                Shares::None => cells,
                Shares::Positions(count) | Shares::Channels(count) => cut(&cells, rank, count),
                Shares::Both(count) => share(&cells, rank, view, count),
            }
        };
        let Some(variable) = self.slices(view) else {
            return of_slice(None);
        };
        let slices = 0..view.grid().sizes[usize::from(variable)];
        let tables: Vec<Boxes> = slices.map(|slice| of_slice(Some((variable, slice)))).collect();
        let bounds: SmallVec<[Interval; 5]> = self
            .coordinates
            .iter()
            .map(|coordinate| Interval::full(view.shape[*coordinate]))
            .collect();
        Boxes::union(&bounds, &tables)
    }

    /// Elements of each entry: where cells are shared out, how many each part has is known before which.
    fn volumes(&self, view: &View<'_>) -> Vec<u64> {
        let of_table = |table: &Boxes| (0..table.len()).map(|entry| table.volume(entry)).collect();
        if self.slices(view).is_some() {
            return of_table(&self.entries(view));
        }
        let cells = self.cells(view, None);
        match self.shares {
            Shares::None => of_table(&cells),
            Shares::Positions(count) | Shares::Channels(count) => (0..cells.len())
                .flat_map(|cell| {
                    let parts = Interval::parts(cells.volume(cell), count);
                    parts.map(Interval::len)
                })
                .collect(),
            Shares::Both(count) => {
                let mut volumes = vec![0; cells.len() * count as usize];
                for (cell, volumes) in volumes.chunks_exact_mut(count as usize).enumerate() {
                    SharedCell::new(view.sharing, cells.entry(cell)).elements(volumes);
                }
                volumes
            }
        }
    }

    /// Elements of each entry, and the channels that they touch; one where other components have the channels.
    fn volumes_and_channels(&self, view: &View<'_>) -> Vec<(u64, u64)> {
        let place = |channel| self.coordinates.iter().position(|own| *own == channel);
        let Some(channel) = view.channel.and_then(place) else {
            return self.volumes(view).into_iter().map(|volume| (volume, 1)).collect();
        };
        let table = self.entries(view);
        let touched = |entry| table.touched_len(entry, channel, |run| run);
        (0..table.len())
            .map(|entry| (table.volume(entry), touched(entry)))
            .collect()
    }

    /// What its entries hold.
    pub(crate) const fn table(&self) -> &Boxes {
        &self.table
    }

    /// Whether no two entries have an element in common.
    pub(crate) const fn is_disjoint(&self) -> bool {
        self.disjoint
    }

    /// What each entry alone holds; nothing where that is not known.
    pub(crate) fn exclusive(&self) -> Cow<'_, Boxes> {
        if self.disjoint {
            return Cow::Borrowed(&self.table);
        }
        let entries = self.table.len();
        if self.coordinates.len() == 1 {
            return Cow::Owned(Coverage::new(&self.table).exclusive(entries));
        }
        let mut nothing = Boxes::with_capacity(self.coordinates.len(), entries);
        (0..entries).for_each(|_| nothing.close());
        Cow::Owned(nothing)
    }
}

/// A digit of the number of a tile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digit {
    /// Its values.
    pub(crate) parts: u32,
    /// What each adds.
    pub(crate) weight: u32,
}

/// For each tile the sum of what its digits add; digits are innermost first.
pub(crate) fn numbers(digits: &[Digit]) -> Vec<u32> {
    const SHORT: usize = 16;
    let tiles: usize = digits.iter().map(|digit| digit.parts as usize).product();
    let mut numbers = Vec::with_capacity(tiles);
    numbers.push(0);
    for &Digit { parts, weight } in digits {
        let inner = numbers.len();
        let end = inner * parts as usize;
        if inner == 1 {
            numbers.extend((1..parts).map(|part| part * weight));
        } else if inner < SHORT {
            for index in inner..end {
                numbers.push(numbers[index - inner] + weight);
            }
        } else {
            for start in (inner..end).step_by(inner) {
                numbers.extend_from_within(start - inner..);
                numbers[start..].iter_mut().for_each(|number| *number += weight);
            }
        }
    }
    numbers
}

/// Blocks of coordinates that neither of two factored placements cuts together with those of another block.
pub(crate) fn joint_blocks(left: &Factors<'_>, right: &Factors<'_>) -> Vec<SmallVec<[usize; 5]>> {
    let mut partition = Partition::new(left.view.shape.len());
    for component in left.components.iter().chain(&right.components) {
        partition.join(component.coordinates.iter().copied());
    }
    partition.blocks()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use smallvec::smallvec;

    use super::*;
    use crate::view::{Fusion, views};
    use crate::{Cover, Grid, Operand, Placement, Region, Sharing, Spare};

    /// Positions of channels, which tiles along some spare axes share out.
    fn shared(shape: [u64; 2], axes: &[u64]) -> Placement {
        let sizes: Vec<u64> = shape.iter().chain(axes).copied().collect();
        let axes = (2..)
            .zip(axes)
            .map(|(variable, parts)| Axis::single(variable, 1, *parts));
        Placement {
            grid: Arc::new(Grid::new(&sizes, axes)),
            operand: Arc::new(Operand {
                shape: SmallVec::from_slice(&shape),
                covers: smallvec![Cover::Variables(smallvec![0]), Cover::Variables(smallvec![1])],
            }),
            spare: Spare::Shared,
            channel_block: 1,
        }
    }

    #[test]
    fn entries_are_what_tiles_hold_however_shares_lie_along_axes() {
        let in_eight_by_three = (
            [15, 5],
            Sharing {
                positions: 8,
                channels: 3,
            },
        );
        let in_six_by_four = (
            [6, 7],
            Sharing {
                positions: 6,
                channels: 4,
            },
        );
        for ((shape, sharing), axes, has_digits) in [
            (in_eight_by_three, vec![24], true),
            (in_eight_by_three, vec![4, 6], true),
            (in_eight_by_three, vec![8, 3], true),
            (in_eight_by_three, vec![2, 4, 3], true),
            (in_eight_by_three, vec![6, 4], false),
            (in_eight_by_three, vec![3, 4, 2], false),
            (in_six_by_four, vec![12, 2], true),
            (in_six_by_four, vec![6, 2, 2], true),
            (in_six_by_four, vec![2, 2, 6], false),
        ] {
            let placement = shared(shape, &axes);
            assert_eq!(placement.sharing(), sharing);
            let [view] = views([&placement], Fusion::Positions);
            let factors = Factors::new(&view);
            for (component, dimension) in factors.components.iter().zip(0..) {
                assert_eq!(factors.digits(component).is_some(), has_digits, "{axes:?}");
                let entries = factors.tile_entries(component);
                assert_eq!(entries.len(), 24);
                for (region, entry) in placement.regions().iter().zip(entries) {
                    let held = component.table.intervals(entry as usize);
                    assert_eq!(region.touched(dimension).as_slice(), held, "{axes:?}");
                }
            }
            let elements: Vec<u64> = placement.regions().iter().map(Region::elements).collect();
            assert_eq!(placement.elements_by_tile(), elements, "{axes:?}");
        }
    }
}
