//! How many tiles have an element, over one component of a factored placement.

use smallvec::SmallVec;

use crate::axis::parts_touched;
use crate::boxes::Boxes;
use crate::coverage::Coverage;
use crate::factors::{Component, Factors};
use crate::partition::places;
use crate::region::{overlap, volume};
use crate::view::View;
use crate::{Axis, Cover, Cuboid, Interval};

/// How many entries of a component hold each element.
pub(crate) struct Reach<'a> {
    view: &'a View<'a>,
    component: &'a Component,
    /// Where the component's coordinates are among those of a box asked about.
    places: SmallVec<[usize; 5]>,
    kind: ReachKind,
    /// Where the parts of each axis of the component end; nothing over one coordinate.
    ends: SmallVec<[Vec<u64>; 2]>,
}

/// What is known about the number.
enum ReachKind {
    /// All, for one coordinate.
    Line(Coverage),
    /// It is one within a region.
    Once(Boxes),
    /// Every box has to be looked at: all distinct ones, with the number of entries that have each. Many tiles have partials of the
    /// same.
    Overlapping(Vec<(Cuboid, u64)>),
}

impl<'a> Reach<'a> {
    /// What each component of a factored placement says about boxes over a block of coordinates.
    pub(crate) fn of(factors: &'a Factors<'_>, block: &[usize]) -> Vec<Self> {
        factors
            .within(block)
            .map(|component| Self {
                view: factors.view,
                component,
                places: places(&component.coordinates, block),
                ends: if component.coordinates.len() == 1 {
                    SmallVec::new()
                } else {
                    ends(factors.view, component)
                },
                kind: if component.coordinates.len() == 1 {
                    ReachKind::Line(Coverage::new(&component.table))
                } else if component.disjoint {
                    ReachKind::Once(factors.whole(&component.coordinates))
                } else {
                    ReachKind::Overlapping(counted(&component.table))
                },
            })
            .collect()
    }

    /// The coordinates of the component in a box over the whole block.
    fn own(&self, cuboid: &[Interval]) -> SmallVec<[Interval; 5]> {
        self.places.iter().map(|place| cuboid[*place]).collect()
    }

    /// Sum over the elements of a box of the number of entries that hold each.
    pub(crate) fn sum(&self, cuboid: &[Interval]) -> u64 {
        match &self.kind {
            ReachKind::Line(coverage) => coverage.sum(cuboid[self.places[0]]),
            ReachKind::Once(whole) => whole.within(0, &self.own(cuboid)),
            ReachKind::Overlapping(boxes) => {
                let own = self.own(cuboid);
                let boxes = boxes.iter();
                boxes.map(|(held, count)| count * overlap(held, &own)).sum()
            }
        }
    }

    /// Largest number of entries that hold an element of a box; an upper bound where entries of several coordinates overlap.
    pub(crate) fn max(&self, cuboid: &[Interval]) -> u64 {
        match &self.kind {
            ReachKind::Line(coverage) => coverage.max(cuboid[self.places[0]]),
            ReachKind::Once(whole) => u64::from(whole.within(0, &self.own(cuboid)) > 0),
            ReachKind::Overlapping(boxes) => {
                let own = self.own(cuboid);
                let common: Vec<(Cuboid, u64)> = boxes
                    .iter()
                    .filter(|(held, _)| overlap(held, &own) > 0)
                    .map(|(held, count)| {
                        let sides = held.iter().zip(&own);
                        (
                            sides.map(|(left, right)| left.intersect(*right)).collect(),
                            *count,
                        )
                    })
                    .collect();
                let common = common.iter().map(|(common, count)| (common.as_slice(), *count));
                deepest(&common.collect::<Vec<_>>())
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
        let parts: u64 = axes
            .zip(&self.ends)
            .map(|(axis, ends)| self.parts_touched(axis, ends, &own))
            .product();
        parts * self.component.shares.count().min(volume(&own))
    }

    /// Parts of an axis that a box of the component touches: all where its index is not simply flattened coordinates.
    fn parts_touched(&self, axis: &Axis, ends: &[u64], own: &[Interval]) -> u64 {
        let sizes = &self.view.grid().sizes;
        let mut digits: SmallVec<[(Interval, u64); 4]> = SmallVec::new();
        for variable in axis
            .variables
            .iter()
            .filter(|variable| sizes[**variable as usize] != 1)
        {
            // Neighbouring values of the outermost of several flattened variables lie as far apart as the others have values.
            let coordinates = self.component.coordinates.iter().zip(own);
            let digit = coordinates.into_iter().find_map(|(coordinate, interval)| {
                let Cover::Variables(own) = &self.view.covers[*coordinate] else {
                    return None;
                };
                let (outermost, inner) = own.split_first()?;
                let inner: u64 = inner.iter().map(|inner| sizes[*inner as usize]).product();
                (outermost == variable)
                    .then(|| Interval::new(interval.start / inner, interval.end.div_ceil(inner)))
            });
            match digit {
                Some(digit) => digits.push((digit, sizes[*variable as usize])),
                None => return axis.parts,
            }
        }
        parts_touched(ends, &digits)
    }
}

/// Where the parts of each axis of a component end.
fn ends(view: &View<'_>, component: &Component) -> SmallVec<[Vec<u64>; 2]> {
    let grid = view.grid();
    let axes = component.axes.iter().map(|axis| &grid.axes[*axis]);
    axes.map(|axis| {
        axis.intervals(axis.size(&grid.sizes))
            .map(|part| part.end)
            .collect()
    })
    .collect()
}

/// The distinct boxes of a table, with the number of entries that have each.
fn counted(table: &Boxes) -> Vec<(Cuboid, u64)> {
    let mut boxes: Vec<&[Interval]> = (0..table.len()).flat_map(|entry| table.entry(entry)).collect();
    boxes.sort_unstable();
    let alike = boxes.chunk_by(|left, right| left == right);
    alike
        .map(|alike| (Cuboid::from_slice(alike[0]), alike.len() as u64))
        .collect()
}

/// Largest number of boxes, none of them empty, that have an element in common; each counts so often.
fn deepest(boxes: &[(&[Interval], u64)]) -> u64 {
    if let [(_, count)] = boxes {
        return *count;
    }
    let edges = boxes.iter().filter_map(|(cuboid, _)| cuboid.first());
    // Some such element is where one of the boxes begins; without a dimension left, all have it in common.
    edges
        .map(|edge| {
            let inside = boxes.iter().filter_map(|(cuboid, count)| {
                let (first, rest) = cuboid.split_first()?;
                (first.start <= edge.start && edge.start < first.end).then_some((rest, *count))
            });
            deepest(&inside.collect::<Vec<_>>())
        })
        .max()
        .unwrap_or_else(|| boxes.iter().map(|(_, count)| count).sum())
}
