//! Tables of what the parts of axes touch of some coordinates.

use smallvec::SmallVec;

use crate::axis::decompose;
use crate::boxes::Boxes;
use crate::region::{join_runs, overlaps, volume};
use crate::sharing::{SharedCell, slice_box};
use crate::view::{View, interval_scale};
use crate::{Axis, Cover, Interval, Region};

/// One value of a variable that no axis cuts.
pub(crate) type Slice = (u8, u64);

/// What each combination of parts of the axes touches of the coordinates, or of one slice of them, which is as long as all others.
pub(crate) fn cells(
    view: &View<'_>,
    coordinates: &[usize],
    axes: &[usize],
    disjoint: bool,
    slice: Option<Slice>,
) -> Boxes {
    let grid = view.grid();
    let combinations: u64 = axes.iter().map(|axis| grid.axes[*axis].parts).product();
    let mut table = Boxes::with_capacity(coordinates.len(), combinations as usize);
    if slice.is_none()
        && let ([coordinate], [axis]) = (coordinates, axes)
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
    if slice.is_none()
        && let [axis] = axes
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
    if let Some((variable, value)) = slice {
        iteration[usize::from(variable)] = Interval::new(value, value + 1);
    }
    let beyond = slice.map(|(variable, _)| variable);
    let direct = disjoint || pieces.iter().all(|(axis, _)| axis.variables.len() == 1);
    let mut parts: SmallVec<[usize; 7]> = SmallVec::from_elem(0, axes.len());
    let mut runs: SmallVec<[Interval; 4]> = SmallVec::new();
    let mut boxes: Vec<Interval> = Vec::new();
    for _ in 0..combinations {
        if coordinates.len() == 1 {
            // The runs of one coordinate are kept in order and as few as possible.
            runs.clear();
            combine(&pieces, &parts, &mut iteration, &mut |iteration| {
                project(view, coordinates, iteration, beyond, &mut |cuboid| {
                    if !cuboid[0].is_empty() {
                        runs.push(cuboid[0]);
                    }
                });
            });
            join_runs(&mut runs);
            runs.iter().for_each(|run| table.push(&[*run]));
        } else if direct {
            combine(&pieces, &parts, &mut iteration, &mut |iteration| {
                project(view, coordinates, iteration, beyond, &mut |cuboid| {
                    table.push(cuboid);
                });
            });
        } else {
            boxes.clear();
            combine(&pieces, &parts, &mut iteration, &mut |iteration| {
                project(view, coordinates, iteration, beyond, &mut |cuboid| {
                    if volume(cuboid) > 0 {
                        boxes.extend_from_slice(cuboid);
                    }
                });
            });
            if are_disjoint(&boxes, coordinates.len()) {
                boxes
                    .chunks(coordinates.len())
                    .for_each(|cuboid| table.push(cuboid));
            } else {
                let mut region = Region::empty();
                for cuboid in boxes.chunks(coordinates.len()) {
                    region.push_union(SmallVec::from_slice(cuboid));
                }
                region.boxes().iter().for_each(|cuboid| table.push(cuboid));
            }
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

/// Whether no two of some boxes of so many dimensions, one behind the other, have an element in common; there are few.
fn are_disjoint(boxes: &[Interval], rank: usize) -> bool {
    let mut rest = boxes.chunks(rank);
    while let Some(cuboid) = rest.next() {
        if rest.clone().any(|other| overlaps(cuboid, other)) {
            return false;
        }
    }
    true
}

/// Whether the index of an axis is that of the coordinates, flattened in order.
fn flattens(view: &View<'_>, axis: &Axis, coordinates: &[usize]) -> bool {
    let sizes = &view.grid().sizes;
    let size = |variable: &u8| sizes[*variable as usize];
    let mut rest = axis.variables.iter().filter(|variable| size(variable) != 1);
    let in_order = coordinates
        .iter()
        .all(|coordinate| match &view.covers[*coordinate] {
            Cover::Window(_) | Cover::Progressions(_) => false,
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
pub(crate) fn pieces(axis: &Axis, sizes: &[u64]) -> Boxes {
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
pub(crate) fn combine(
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

/// The disjoint boxes of some coordinates that a box of the iteration space touches; some may be empty. A coordinate that depends
/// on the variable `beyond` is not bounded by its size.
pub(crate) fn project(
    view: &View<'_>,
    coordinates: &[usize],
    iteration: &[Interval],
    beyond: Option<u8>,
    emit: &mut dyn FnMut(&[Interval]),
) {
    let sizes = &view.grid().sizes;
    let mut several: SmallVec<[(usize, SmallVec<[Interval; 4]>); 2]> = SmallVec::new();
    let mut cuboid: SmallVec<[Interval; 8]> = SmallVec::new();
    for (place, coordinate) in coordinates.iter().enumerate() {
        let cover = &view.covers[*coordinate];
        let bound = cover.bound(view.shape[*coordinate], beyond);
        if let Some(run) = cover.run(iteration, sizes, bound) {
            cuboid.push(run);
            continue;
        }
        let runs = cover.runs(iteration, sizes, bound);
        cuboid.push(runs.first().copied().unwrap_or(Interval::full(0)));
        if runs.len() > 1 {
            several.push((place, runs));
        }
    }
    if several.is_empty() {
        emit(&cuboid);
    } else {
        product(&several, &mut cuboid, emit);
    }
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
pub(crate) fn cut(cells: &Boxes, rank: usize, count: u64) -> Boxes {
    let mut table = Boxes::with_capacity(rank, cells.len() * count as usize);
    for cell in 0..cells.len() {
        let total = cells.volume(cell);
        for wanted in Interval::parts(total, count) {
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
pub(crate) fn share(cells: &Boxes, rank: usize, view: &View<'_>, count: u64) -> Boxes {
    let mut table = Boxes::with_capacity(rank, cells.len() * count as usize);
    for cell in 0..cells.len() {
        let cell = SharedCell::new(view.sharing, cells.entry(cell));
        let channels = cell.channel_shares();
        for positions in 0..count / channels.len().max(1) as u64 {
            for runs in &channels {
                cell.part(positions, runs, &mut |piece| table.push(piece));
                table.close();
            }
        }
    }
    table
}
