//! Operands of one cell, packed by the parts of the iteration space.

use smallvec::{SmallVec, smallvec};
use tilesim_geometry::Interval;

use super::parts::{Part, Structure};
use crate::regions::{self, Boxes};

/// What a tile holds of an operand.
pub(super) struct Values<'a> {
    pub(super) region: Boxes<'a>,
    pub(super) values: &'a [f32],
}

/// Where the elements of the operands lie when packed: strides by operand and part.
pub(super) struct Packing<'a> {
    /// Distance of neighbouring places of each part, for each operand.
    pub(super) strides: [SmallVec<[usize; 6]>; 3],
    /// The part that lies innermost, if one does in the outputs.
    pub(super) innermost: Option<usize>,
    /// Packed places of every dimension's indices, for each operand.
    tables: [SmallVec<[Table; 5]>; 3],
    /// Elements of each operand.
    pub(super) elements: [usize; 3],
    structure: &'a Structure<'a>,
}

/// Packed places of the touched indices of a dimension.
type Table = SmallVec<[Run; 1]>;

/// Indices that follow each other, and places at even distances.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// The first index; in a box its distance from the first index of that.
    first: u64,
    length: usize,
    /// The place of the first.
    place: usize,
    /// Distance of places of neighbouring indices.
    step: usize,
}

impl Run {
    /// The part of the run in a box, with its distance from the first index of the box.
    fn within(self, interval: Interval) -> Option<Self> {
        let own = Interval::new(self.first, self.first + self.length as u64);
        let common = own.intersect(interval);
        (!common.is_empty()).then(|| Self {
            first: common.start - interval.start,
            length: common.len() as usize,
            place: self.place + (common.start - self.first) as usize * self.step,
            step: self.step,
        })
    }

    /// Every index as a run of its own.
    fn one_by_one(self) -> impl Iterator<Item = Self> {
        (0..self.length).map(move |index| Self {
            first: self.first + index as u64,
            length: 1,
            place: self.place + index * self.step,
            step: 0,
        })
    }
}

/// A run of a tile's values and where they lie when packed.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// The first among the tile's values.
    at: usize,
    length: usize,
    /// The first when packed.
    place: usize,
    /// Distance of neighbouring values when packed.
    step: usize,
}

impl<'a> Packing<'a> {
    pub(super) fn new(structure: &'a Structure<'a>, parts: &[&Part]) -> Self {
        // The longest part of outputs only, of which every operand has neighbouring elements or one.
        let innermost = (0..parts.len())
            .filter(|part| {
                let (group, own) = (&structure.groups[*part], parts[*part]);
                let in_order = |operand: usize| group.dimension[operand].is_none() || own.in_order[operand];
                group.is_output() && own.steps.len() > 1 && (0..3).all(in_order)
            })
            .max_by_key(|part| parts[*part].steps.len());
        let mut elements = [1; 3];
        let strides = std::array::from_fn(|operand| {
            let mut strides: SmallVec<[usize; 6]> = smallvec![0; parts.len()];
            let order = innermost
                .into_iter()
                .chain((0..parts.len()).rev().filter(|part| Some(*part) != innermost));
            for part in order {
                if structure.groups[part].dimension[operand].is_some() {
                    strides[part] = elements[operand];
                    elements[operand] *= parts[part].places[operand];
                }
            }
            strides
        });
        let tables = std::array::from_fn(|operand| {
            (0..structure.operands[operand].shape.len())
                .map(|dimension| table(structure, parts, operand, dimension, &strides[operand]))
                .collect()
        });
        Self {
            strides,
            innermost,
            tables,
            elements,
            structure,
        }
    }

    /// Packs an operand, or says the index of an element that the tile does not hold. `shape` is that of the variable, which may
    /// have other dimensions of one element.
    pub(super) fn read(
        &self,
        operand: usize,
        shape: &[u64],
        held: &Values<'_>,
        packed: &mut Vec<f32>,
    ) -> Result<(), Vec<u64>> {
        packed.resize(self.elements[operand], 0.0);
        let mut count = 0;
        self.each(operand, shape, held.region, |stretch| {
            let values = &held.values[stretch.at..stretch.at + stretch.length];
            if stretch.step == 1 {
                packed[stretch.place..stretch.place + stretch.length].copy_from_slice(values);
            } else {
                let places = packed[stretch.place..].iter_mut().step_by(stretch.step.max(1));
                places.zip(values).for_each(|(packed, value)| *packed = *value);
            }
            count += stretch.length;
        });
        if count == packed.len() {
            return Ok(());
        }
        Err(self.missing(operand, shape, held.region))
    }

    /// Writes a packed operand to where the tile holds it, and says how many elements that were.
    pub(super) fn write(
        &self,
        operand: usize,
        shape: &[u64],
        region: Boxes<'_>,
        packed: &[f32],
        values: &mut [f32],
    ) -> usize {
        let mut count = 0;
        self.each(operand, shape, region, |stretch| {
            let values = &mut values[stretch.at..stretch.at + stretch.length];
            if stretch.step == 1 {
                values.copy_from_slice(&packed[stretch.place..stretch.place + stretch.length]);
            } else {
                let packed = packed[stretch.place..].iter().step_by(stretch.step.max(1));
                values
                    .iter_mut()
                    .zip(packed)
                    .for_each(|(value, packed)| *value = *packed);
            }
            count += stretch.length;
        });
        count
    }

    /// Calls `visit` with the touched elements among the tile's values, run by run.
    fn each(&self, operand: usize, shape: &[u64], region: Boxes<'_>, mut visit: impl FnMut(Stretch)) {
        let tables = self.aligned(operand, shape);
        let mut before = 0;
        for cuboid in region.iter() {
            walk_box(cuboid, &tables, before, &mut visit);
            before += regions::elements(cuboid);
        }
    }

    /// The tables by dimension of a variable of a shape that may have other dimensions of one element.
    fn aligned(&self, operand: usize, shape: &[u64]) -> SmallVec<[Option<&Table>; 5]> {
        let tables = &self.tables[operand];
        if shape.len() == tables.len() {
            return tables.iter().map(Some).collect();
        }
        let sizes = self.structure.operands[operand].shape.iter().zip(tables);
        let mut own = sizes.filter(|(size, _)| **size != 1).map(|(_, table)| table);
        shape
            .iter()
            .map(|size| if *size == 1 { None } else { own.next() })
            .collect()
    }

    /// An element that is touched and not held.
    pub(super) fn missing(&self, operand: usize, shape: &[u64], region: Boxes<'_>) -> Vec<u64> {
        let mut present = vec![false; self.elements[operand]];
        self.each(operand, shape, region, |stretch| {
            for index in 0..stretch.length {
                present[stretch.place + index * stretch.step] = true;
            }
        });
        let mut indices: Vec<(Vec<u64>, usize)> = vec![(Vec::new(), 0)];
        for table in &self.tables[operand] {
            indices = indices
                .iter()
                .flat_map(|(index, place)| {
                    table.iter().flat_map(|run| run.one_by_one()).map(move |own| {
                        let mut longer = index.clone();
                        longer.push(own.first);
                        (longer, place + own.place)
                    })
                })
                .collect();
        }
        indices
            .into_iter()
            .find(|(_, place)| !present[*place])
            .map_or(Vec::new(), |(index, _)| index)
    }
}

/// Where the indices of a dimension go.
fn table(
    structure: &Structure<'_>,
    parts: &[&Part],
    operand: usize,
    dimension: usize,
    strides: &[usize],
) -> Table {
    let mut deciding = (0..parts.len())
        .filter(|part| structure.groups[*part].dimension[operand] == Some(dimension))
        .map(|part| {
            parts[part].runs[operand].iter().map(move |run| Run {
                first: run.first,
                length: run.length,
                place: run.place * strides[part],
                step: strides[part],
            })
        });
    let Some(first) = deciding.next() else {
        return smallvec![Run {
            first: structure.constant(operand, dimension),
            length: 1,
            place: 0,
            step: 0,
        }];
    };
    let mut table: Table = first.collect();
    for own in deciding {
        table = own
            .flat_map(|own| table.iter().flat_map(move |run| sums(*run, own)))
            .collect();
    }
    table.sort_unstable_by_key(|run| run.first);
    table
}

/// The sums of the indices of two runs. One of them has one index, or the indices of one lie further apart than the other is long.
fn sums(left: Run, right: Run) -> impl Iterator<Item = Run> {
    let (long, short) = if left.length < right.length {
        (right, left)
    } else {
        (left, right)
    };
    short.one_by_one().map(move |one| Run {
        first: long.first + one.first,
        place: long.place + one.place,
        ..long
    })
}

/// Visits the touched elements of a box, the first of which is the tile's value `before`.
fn walk_box(cuboid: &[Interval], tables: &[Option<&Table>], before: usize, visit: &mut impl FnMut(Stretch)) {
    // Runs of each dimension, and the distance of its neighbours among the values, without dimensions of one index.
    let mut dimensions: SmallVec<[(Table, usize); 5]> = SmallVec::new();
    let mut first_place = 0;
    let mut stride = 1;
    for (interval, table) in cuboid.iter().zip(tables).rev() {
        let length = interval.len() as usize;
        // A dimension that the operand does not have has one element.
        let absent = || {
            smallvec![Run {
                first: 0,
                length,
                place: 0,
                step: 0,
            }]
        };
        let mut runs: Table = table.map_or_else(absent, |table| {
            table.iter().filter_map(|run| run.within(*interval)).collect()
        });
        match runs.as_slice() {
            [] => return,
            [run] if length == 1 => {
                first_place += run.place;
                continue;
            }
            _ => {}
        }
        // A dimension that goes on where a whole one inside of it ends makes one with it.
        if let (Some((inner, inner_stride)), [outer]) = (dimensions.last_mut(), runs.as_mut_slice())
            && let [whole] = inner.as_mut_slice()
            && whole.length * *inner_stride == stride
            && outer.step == whole.length * whole.step
        {
            whole.first += outer.first * whole.length as u64;
            whole.place += outer.place;
            whole.length *= outer.length;
        } else {
            dimensions.push((runs, stride));
        }
        stride *= length;
    }
    dimensions.reverse();
    let Some(((inner, _), outer)) = dimensions.split_last() else {
        visit(Stretch {
            at: before,
            length: 1,
            place: first_place,
            step: 0,
        });
        return;
    };
    walk(outer, inner, before, first_place, visit);
}

/// Visits the runs of the innermost dimension for all indices of the outer ones.
fn walk(outer: &[(Table, usize)], inner: &Table, at: usize, place: usize, visit: &mut impl FnMut(Stretch)) {
    let Some(((runs, stride), outer)) = outer.split_first() else {
        for run in inner {
            visit(Stretch {
                at: at + run.first as usize,
                length: run.length,
                place: place + run.place,
                step: run.step,
            });
        }
        return;
    };
    for run in runs {
        for index in 0..run.length {
            let at = at + (run.first as usize + index) * stride;
            walk(outer, inner, at, place + run.place + index * run.step, visit);
        }
    }
}
