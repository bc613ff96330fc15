//! A placement as a product: independent groups of coordinates, each with a small table of what its parts hold.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::geometry::boxes::Boxes;
use crate::geometry::coverage::Coverage;
use crate::geometry::region::volume;
use crate::geometry::sharing::slice_box;
use crate::geometry::view::{View, interval_scale};
use crate::geometry::{Axis, Cover, Cuboid, Extent, Interval, Region, axis::decompose, region::join_runs};

/// A placement, factored: what a tile holds is the product of one entry of each component.
pub(crate) struct Factors<'a> {
    /// The placement over its coordinates.
    view: &'a View<'a>,
    /// Groups of coordinates that no axis cuts together with a coordinate of another group.
    pub(crate) components: Vec<Component>,
}

/// Coordinates that are cut together.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    /// The coordinates, in order.
    coordinates: SmallVec<[usize; 5]>,
    /// The axes of the grid that cut them, in order.
    axes: SmallVec<[usize; 7]>,
    /// What of the sharing of a cell concerns them.
    shares: Shares,
    /// What each entry holds: entries are numbered by the parts of the axes in mixed radix, then by share.
    table: Boxes,
    /// Whether no two entries have an element in common.
    disjoint: bool,
}

/// The part of a cell's sharing that cuts a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shares {
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
    const fn count(self) -> u64 {
        match self {
            Self::None => 1,
            Self::Positions(count) | Self::Channels(count) | Self::Both(count) => count,
        }
    }
}

impl<'a> Factors<'a> {
    /// Factors a placement.
    pub(crate) fn new(view: &'a View<'a>) -> Self {
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
                Component::new(view, coordinates, shares)
            })
            .collect();
        Self { view, components }
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

    /// The entry of a component that each tile has.
    pub(crate) fn tile_entries(&self, component: &Component) -> Vec<u32> {
        let cells = self.mixed_radix(|index, _| component.axes.contains(&index));
        let count = component.shares.count() as u32;
        if count == 1 {
            return cells;
        }
        let spare = self.mixed_radix(|_, axis| !self.view.placement.uses(axis));
        let channels = self.view.sharing.channels as u32;
        let shares: Vec<u32> = (0..self.view.sharing.tiles() as u32)
            .map(|index| match component.shares {
                Shares::None => 0,
                Shares::Positions(_) => index / channels,
                Shares::Channels(_) => index % channels,
                Shares::Both(_) => index,
            })
            .collect();
        let mut entries = cells;
        for (entry, index) in entries.iter_mut().zip(spare) {
            *entry = *entry * count + shares[index as usize];
        }
        entries
    }

    /// For each tile the mixed-radix number of its parts of some axes.
    fn mixed_radix(&self, wanted: impl Fn(usize, &Axis) -> bool) -> Vec<u32> {
        let mut numbers = vec![0_u32];
        for (index, axis) in self.view.grid().axes.iter().enumerate() {
            let parts = axis.parts as u32;
            let mut longer = Vec::with_capacity(numbers.len() * axis.parts as usize);
            if wanted(index, axis) {
                for number in numbers {
                    longer.extend((0..parts).map(|part| number * parts + part));
                }
            } else {
                for number in numbers {
                    longer.extend(std::iter::repeat_n(number, axis.parts as usize));
                }
            }
            numbers = longer;
        }
        numbers
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
        project(self.view, block, &full, &mut |cuboid| table.push(cuboid));
        table.close();
        table
    }

    /// How many tiles hold each element, as far as a component says.
    pub(crate) fn reach<'b>(&'b self, component: &'b Component, block: &[usize]) -> Reach<'b> {
        let places = places(&component.coordinates, block);
        let kind = if component.coordinates.len() == 1 {
            ReachKind::Line(Coverage::new(&component.table))
        } else if component.disjoint {
            ReachKind::Once(self.whole(&component.coordinates))
        } else {
            ReachKind::Overlapping
        };
        Reach {
            view: self.view,
            component,
            places,
            kind,
        }
    }
}

impl Component {
    /// The component of some coordinates, with its table.
    fn new(view: &View<'_>, coordinates: SmallVec<[usize; 5]>, shares: Shares) -> Self {
        let grid = view.grid();
        let axes: SmallVec<[usize; 7]> = (0..grid.axes.len())
            .filter(|axis| {
                coordinates
                    .iter()
                    .any(|coordinate| view.touches(&grid.axes[*axis], *coordinate))
            })
            .collect();
        let covers = || coordinates.iter().map(|coordinate| &view.covers[*coordinate]);
        let disjoint = covers().all(|cover| matches!(cover, Cover::Variables(_)))
            && axes
                .iter()
                .flat_map(|axis| &grid.axes[*axis].variables)
                .all(|variable| {
                    grid.sizes[*variable as usize] == 1 || covers().any(|cover| cover.depends_on(*variable))
                });
        let cells = cells(view, &coordinates, &axes, disjoint);
        let table = match shares {
            Shares::None => cells,
            Shares::Positions(count) | Shares::Channels(count) => cut(&cells, coordinates.len(), count),
            Shares::Both(count) => share(&cells, coordinates.len(), view, count),
        };
        Self {
            coordinates,
            axes,
            shares,
            table,
            disjoint,
        }
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

/// How many entries of a component hold each element.
pub(crate) struct Reach<'a> {
    view: &'a View<'a>,
    component: &'a Component,
    /// Where the component's coordinates are among those of a box asked about.
    places: SmallVec<[usize; 5]>,
    kind: ReachKind,
}

/// What is known about the number.
enum ReachKind {
    /// All, for one coordinate.
    Line(Coverage),
    /// It is one within a region.
    Once(Boxes),
    /// Every entry has to be looked at.
    Overlapping,
}

impl Reach<'_> {
    /// The coordinates of the component in a box over the whole block.
    fn own(&self, cuboid: &[Interval]) -> SmallVec<[Interval; 5]> {
        self.places.iter().map(|place| cuboid[*place]).collect()
    }

    /// Sum over the elements of a box of the number of entries that hold each.
    pub(crate) fn sum(&self, cuboid: &[Interval]) -> u64 {
        let table = &self.component.table;
        match &self.kind {
            ReachKind::Line(coverage) => coverage.sum(cuboid[self.places[0]]),
            ReachKind::Once(whole) => whole.within(0, &self.own(cuboid)),
            ReachKind::Overlapping => {
                let own = self.own(cuboid);
                (0..table.len()).map(|entry| table.within(entry, &own)).sum()
            }
        }
    }

    /// Largest number of entries that hold an element of a box; an upper bound where entries of several coordinates overlap.
    pub(crate) fn max(&self, cuboid: &[Interval]) -> u64 {
        let table = &self.component.table;
        match &self.kind {
            ReachKind::Line(coverage) => coverage.max(cuboid[self.places[0]]),
            ReachKind::Once(whole) => u64::from(whole.within(0, &self.own(cuboid)) > 0),
            ReachKind::Overlapping => {
                let own = self.own(cuboid);
                let common: Vec<Cuboid> = (0..table.len())
                    .flat_map(|entry| table.entry(entry))
                    .map(|held| {
                        held.iter()
                            .zip(&own)
                            .map(|(left, right)| left.intersect(*right))
                            .collect()
                    })
                    .filter(|common: &Cuboid| volume(common) > 0)
                    .collect();
                deepest(&common.iter().map(SmallVec::as_slice).collect::<Vec<_>>())
            }
        }
    }

    /// Runs of entries that lie within a box: exact over one coordinate, else at most so many.
    pub(crate) fn runs(&self, cuboid: &[Interval]) -> u64 {
        if let ReachKind::Line(coverage) = &self.kind {
            return coverage.runs(cuboid[self.places[0]]);
        }
        let own = self.own(cuboid);
        let axes = self
            .component
            .axes
            .iter()
            .map(|axis| &self.view.grid().axes[*axis]);
        let parts: u64 = axes.map(|axis| self.parts_touched(axis, &own)).product();
        parts * self.component.shares.count().min(volume(&own))
    }

    /// Parts of an axis that a box of the component touches: all where its index is not simply flattened coordinates.
    fn parts_touched(&self, axis: &Axis, own: &[Interval]) -> u64 {
        let sizes = &self.view.grid().sizes;
        let mut digits: SmallVec<[(Interval, u64); 4]> = SmallVec::new();
        for variable in axis
            .variables
            .iter()
            .filter(|variable| sizes[**variable as usize] != 1)
        {
            let place = self.component.coordinates.iter().position(|coordinate| {
                matches!(&self.view.covers[*coordinate], Cover::Variables(own) if own.as_slice() == [*variable])
            });
            match place {
                Some(place) => digits.push((own[place], sizes[*variable as usize])),
                None => return axis.parts,
            }
        }
        axis.parts_touched(axis.size(sizes), &digits)
    }
}

/// Largest number of boxes, none of them empty, that have an element in common.
fn deepest(boxes: &[&[Interval]]) -> u64 {
    let edges = boxes.iter().filter_map(|cuboid| cuboid.first());
    // Some such element is where one of the boxes begins; without a dimension left, all have it in common.
    edges
        .map(|edge| {
            let inside = boxes.iter().filter_map(|cuboid| {
                let (first, rest) = cuboid.split_first()?;
                (first.start <= edge.start && edge.start < first.end).then_some(rest)
            });
            deepest(&inside.collect::<Vec<_>>())
        })
        .max()
        .unwrap_or(boxes.len() as u64)
}

/// Blocks of coordinates that neither of two factored placements cuts together with those of another block.
pub(crate) fn joint_blocks(left: &Factors<'_>, right: &Factors<'_>) -> Vec<SmallVec<[usize; 5]>> {
    let mut partition = Partition::new(left.view.shape.len());
    for component in left.components.iter().chain(&right.components) {
        partition.join(component.coordinates.iter().copied());
    }
    partition.blocks()
}

/// Where each of some coordinates is in an ordered list.
fn places(some: &[usize], all: &[usize]) -> SmallVec<[usize; 5]> {
    some.iter()
        .filter_map(|coordinate| all.binary_search(coordinate).ok())
        .collect()
}

/// Coordinates in groups; each coordinate has the label of the first of its group.
struct Partition {
    labels: SmallVec<[usize; 5]>,
}

impl Partition {
    fn new(coordinates: usize) -> Self {
        Self {
            labels: (0..coordinates).collect(),
        }
    }

    fn join(&mut self, coordinates: impl Iterator<Item = usize>) {
        let joined: SmallVec<[usize; 5]> = coordinates.map(|coordinate| self.labels[coordinate]).collect();
        let Some(first) = joined.iter().min().copied() else {
            return;
        };
        for label in &mut self.labels {
            if joined.contains(label) {
                *label = first;
            }
        }
    }

    fn is_alone(&self, coordinate: usize) -> bool {
        let label = self.labels[coordinate];
        self.labels.iter().filter(|other| **other == label).count() == 1
    }

    fn blocks(&self) -> Vec<SmallVec<[usize; 5]>> {
        let all = || 0..self.labels.len();
        all()
            .filter(|coordinate| self.labels[*coordinate] == *coordinate)
            .map(|first| {
                all()
                    .filter(|coordinate| self.labels[*coordinate] == first)
                    .collect()
            })
            .collect()
    }
}

/// What each combination of parts of the axes touches of the coordinates.
fn cells(view: &View<'_>, coordinates: &[usize], axes: &[usize], disjoint: bool) -> Boxes {
    let grid = view.grid();
    let combinations: u64 = axes.iter().map(|axis| grid.axes[*axis].parts).product();
    let mut table = Boxes::with_capacity(coordinates.len(), combinations as usize);
    if let ([coordinate], [axis]) = (coordinates, axes)
        && let Cover::Variables(variables) = &view.covers[*coordinate]
        && let axis = &grid.axes[*axis]
        && let Some(scale) = interval_scale(axis, variables, grid)
    {
        let full = Interval::full(view.shape[*coordinate]);
        for interval in axis.intervals(axis.size(&grid.sizes)) {
            table.push(&[scale.apply(interval).intersect(full)]);
            table.close();
        }
        return table;
    }
    if let [axis] = axes
        && flattens(view, &grid.axes[*axis], coordinates)
    {
        let axis = &grid.axes[*axis];
        let sizes: SmallVec<[u64; 5]> = coordinates
            .iter()
            .map(|coordinate| view.shape[*coordinate])
            .collect();
        let mut prefix = SmallVec::new();
        for interval in axis.intervals(axis.size(&grid.sizes)) {
            decompose(interval, &sizes, &mut prefix, &mut |cuboid| table.push(cuboid));
            table.close();
        }
        return table;
    }
    let pieces: SmallVec<[(&Axis, Boxes); 7]> = axes
        .iter()
        .map(|axis| (&grid.axes[*axis], pieces(&grid.axes[*axis], &grid.sizes)))
        .collect();
    let mut iteration: SmallVec<[Interval; 12]> =
        grid.sizes.iter().map(|size| Interval::full(*size)).collect();
    let direct = disjoint || pieces.iter().all(|(axis, _)| axis.variables.len() == 1);
    let mut parts: SmallVec<[usize; 7]> = SmallVec::from_elem(0, axes.len());
    let mut runs: SmallVec<[Interval; 4]> = SmallVec::new();
    for _ in 0..combinations {
        if coordinates.len() == 1 {
            // The runs of one coordinate are kept in order and as few as possible.
            runs.clear();
            combine(&pieces, &parts, &mut iteration, &mut |iteration| {
                project(view, coordinates, iteration, &mut |cuboid| {
                    if !cuboid[0].is_empty() {
                        runs.push(cuboid[0]);
                    }
                });
            });
            join_runs(&mut runs);
            runs.iter().for_each(|run| table.push(&[*run]));
        } else if direct {
            combine(&pieces, &parts, &mut iteration, &mut |iteration| {
                project(view, coordinates, iteration, &mut |cuboid| table.push(cuboid));
            });
        } else {
            let mut region = Region::empty();
            combine(&pieces, &parts, &mut iteration, &mut |iteration| {
                project(view, coordinates, iteration, &mut |cuboid| {
                    region.push_union(SmallVec::from_slice(cuboid));
                });
            });
            region.boxes().iter().for_each(|cuboid| table.push(cuboid));
        }
        table.close();
        for (part, (axis, _)) in parts.iter_mut().zip(&pieces).rev() {
            *part += 1;
            if (*part as u64) < axis.parts {
                break;
            }
            *part = 0;
        }
    }
    table
}

/// Whether the index of an axis is that of the coordinates, flattened in order.
fn flattens(view: &View<'_>, axis: &Axis, coordinates: &[usize]) -> bool {
    let sizes = &view.grid().sizes;
    let size = |variable: &u8| sizes[*variable as usize];
    let mut rest = axis.variables.iter().filter(|variable| size(variable) != 1);
    let in_order = coordinates
        .iter()
        .all(|coordinate| match &view.covers[*coordinate] {
            Cover::Window(_) => false,
            Cover::Variables(own) => {
                own.iter().map(size).product::<u64>() == view.shape[*coordinate]
                    && own
                        .iter()
                        .filter(|variable| size(variable) != 1)
                        .all(|variable| rest.next() == Some(variable))
            }
        });
    in_order && rest.next().is_none()
}

/// The boxes of an axis' variables that each of its parts is.
fn pieces(axis: &Axis, sizes: &[u64]) -> Boxes {
    let size = axis.size(sizes);
    let own: SmallVec<[u64; 4]> = axis
        .variables
        .iter()
        .map(|variable| sizes[*variable as usize])
        .collect();
    let mut table = Boxes::with_capacity(own.len(), axis.parts as usize);
    let mut prefix = SmallVec::new();
    for interval in axis.intervals(size) {
        decompose(interval, &own, &mut prefix, &mut |cuboid| table.push(cuboid));
        table.close();
    }
    table
}

/// Every box of the iteration space in the product of one part of each axis; other variables stay as they are.
fn combine(
    pieces: &[(&Axis, Boxes)],
    parts: &[usize],
    iteration: &mut SmallVec<[Interval; 12]>,
    emit: &mut dyn FnMut(&[Interval]),
) {
    let (Some(((axis, table), rest)), Some((part, other_parts))) =
        (pieces.split_first(), parts.split_first())
    else {
        emit(iteration);
        return;
    };
    for piece in table.entry(*part) {
        for (variable, interval) in axis.variables.iter().zip(piece) {
            iteration[*variable as usize] = *interval;
        }
        combine(rest, other_parts, iteration, emit);
    }
}

/// The disjoint boxes of some coordinates that a box of the iteration space touches; some may be empty.
fn project(
    view: &View<'_>,
    coordinates: &[usize],
    iteration: &[Interval],
    emit: &mut dyn FnMut(&[Interval]),
) {
    let sizes = &view.grid().sizes;
    let mut several: SmallVec<[(usize, SmallVec<[Interval; 4]>); 2]> = SmallVec::new();
    let mut cuboid: SmallVec<[Interval; 8]> = SmallVec::new();
    for (place, coordinate) in coordinates.iter().enumerate() {
        let runs = view.covers[*coordinate].runs(iteration, sizes, view.shape[*coordinate]);
        cuboid.push(runs.first().copied().unwrap_or(Interval::full(0)));
        if runs.len() > 1 {
            several.push((place, runs));
        }
    }
    product(&several, &mut cuboid, emit);
}

/// Every choice of one run for each of some places of a box.
fn product(
    several: &[(usize, SmallVec<[Interval; 4]>)],
    cuboid: &mut SmallVec<[Interval; 8]>,
    emit: &mut dyn FnMut(&[Interval]),
) {
    let Some(((place, runs), rest)) = several.split_first() else {
        emit(cuboid);
        return;
    };
    for run in runs {
        cuboid[*place] = *run;
        product(rest, cuboid, emit);
    }
}

/// Each entry cut into `count` parts of its flattened index, box by box.
fn cut(cells: &Boxes, rank: usize, count: u64) -> Boxes {
    let mut table = Boxes::with_capacity(rank, cells.len() * count as usize);
    for cell in 0..cells.len() {
        let total = cells.volume(cell);
        for index in 0..count {
            let wanted = Interval::part(total, index, count);
            if let [run] = cells.intervals(cell) {
                table.push(&[Interval::new(run.start + wanted.start, run.start + wanted.end)]);
                table.close();
                continue;
            }
            let mut before = 0;
            for cuboid in cells.entry(cell) {
                slice_box(cuboid, wanted, before, &mut |piece| table.push(piece));
                before += volume(cuboid);
            }
            table.close();
        }
    }
    table
}

/// Each entry, which holds whole cells, shared out over positions and channels.
fn share(cells: &Boxes, rank: usize, view: &View<'_>, count: u64) -> Boxes {
    let mut table = Boxes::with_capacity(rank, cells.len() * count as usize);
    for cell in 0..cells.len() {
        let mut region = Region::empty();
        cells
            .entry(cell)
            .for_each(|cuboid| region.push(Cuboid::from_slice(cuboid)));
        for index in 0..count {
            view.sharing
                .share(&region, index)
                .boxes()
                .iter()
                .for_each(|cuboid| table.push(cuboid));
            table.close();
        }
    }
    table
}
