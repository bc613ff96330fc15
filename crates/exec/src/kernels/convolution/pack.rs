//! Operands of one cell, packed by the parts of the iteration space.

use tilesim_geometry::{Interval, Region};

use super::parts::{Part, Structure};

/// What a tile holds of an operand.
pub(super) struct Values<'a> {
    pub(super) region: &'a Region,
    pub(super) values: &'a [f32],
}

/// Where the elements of the operands lie when packed: strides by operand and part.
pub(super) struct Packing {
    /// Distance of neighbouring places of each part, for each operand.
    pub(super) strides: [Vec<usize>; 3],
    /// The part that lies innermost, if one does in the outputs.
    pub(super) innermost: Option<usize>,
    /// Packed place of every index of every dimension, for each operand.
    tables: [Vec<Table>; 3],
    /// Elements of each operand.
    elements: [usize; 3],
    /// Shape of each operand.
    shapes: [Vec<u64>; 3],
}

/// Packed places of the indices of a dimension, from the first that is touched.
struct Table {
    first: u64,
    places: Vec<usize>,
}

/// An index that is not touched.
const UNTOUCHED: usize = usize::MAX;

impl Table {
    fn get(&self, index: u64) -> usize {
        index
            .checked_sub(self.first)
            .and_then(|at| self.places.get(at as usize))
            .copied()
            .unwrap_or(UNTOUCHED)
    }

    /// The touched indices with their places.
    fn touched(&self) -> impl Iterator<Item = (u64, usize)> {
        (self.first..)
            .zip(self.places.iter().copied())
            .filter(|(_, place)| *place != UNTOUCHED)
    }
}

impl Packing {
    pub(super) fn new(structure: &Structure<'_>, parts: &[Part]) -> Self {
        // The longest part of outputs only, of which every operand has neighbouring elements or one.
        let innermost = (0..parts.len())
            .filter(|part| {
                let (group, steps) = (&structure.groups[*part], &parts[*part].steps);
                let in_order = |operand: usize| {
                    group.dimension[operand].is_none()
                        || (0..).zip(steps).all(|(place, step)| step.place[operand] == place)
                };
                group.is_output() && steps.len() > 1 && (0..3).all(in_order)
            })
            .max_by_key(|part| parts[*part].steps.len());
        let mut elements = [1; 3];
        let strides: [Vec<usize>; 3] = std::array::from_fn(|operand| {
            let mut strides = vec![0; parts.len()];
            let order = innermost
                .into_iter()
                .chain((0..parts.len()).rev().filter(|part| Some(*part) != innermost));
            for part in order {
                if structure.groups[part].dimension[operand].is_some() {
                    strides[part] = elements[operand];
                    elements[operand] *= parts[part].indices[operand].len();
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
            shapes: structure.operands.map(|operand| operand.shape.to_vec()),
        }
    }

    /// Packs an operand, or says the index of an element that the tile does not hold. `shape` is that of the variable, which may
    /// have other dimensions of one element.
    pub(super) fn read(
        &self,
        operand: usize,
        shape: &[u64],
        held: &Values<'_>,
    ) -> Result<Vec<f32>, Vec<u64>> {
        let mut packed = vec![0.0; self.elements[operand]];
        let mut count = 0;
        self.each(operand, shape, held.region, |at, place| {
            packed[place] = held.values[at];
            count += 1;
        });
        if count == packed.len() {
            return Ok(packed);
        }
        Err(self.missing(operand, shape, held.region))
    }

    /// Writes a packed operand to where the tile holds it.
    pub(super) fn write(
        &self,
        operand: usize,
        shape: &[u64],
        region: &Region,
        packed: &[f32],
        values: &mut [f32],
    ) {
        self.each(operand, shape, region, |at, place| values[at] = packed[place]);
    }

    /// Calls `visit` with the place of every touched element in the tile's values and packed.
    fn each(&self, operand: usize, shape: &[u64], region: &Region, mut visit: impl FnMut(usize, usize)) {
        let tables = self.aligned(operand, shape);
        let mut at = 0;
        for cuboid in region.boxes() {
            walk(cuboid, &tables, &mut at, 0, &mut visit);
        }
    }

    /// The tables by dimension of a variable of a shape that may have other dimensions of one element.
    fn aligned(&self, operand: usize, shape: &[u64]) -> Vec<Option<&Table>> {
        let tables = &self.tables[operand];
        if shape.len() == tables.len() {
            return tables.iter().map(Some).collect();
        }
        let sizes = self.shapes[operand].iter().zip(tables);
        let mut own = sizes.filter(|(size, _)| **size != 1).map(|(_, table)| table);
        shape
            .iter()
            .map(|size| if *size == 1 { None } else { own.next() })
            .collect()
    }

    /// An element that is touched and not held.
    fn missing(&self, operand: usize, shape: &[u64], region: &Region) -> Vec<u64> {
        let mut present = vec![false; self.elements[operand]];
        self.each(operand, shape, region, |_, place| present[place] = true);
        let mut indices: Vec<(Vec<u64>, usize)> = vec![(Vec::new(), 0)];
        for table in &self.tables[operand] {
            indices = indices
                .iter()
                .flat_map(|(index, place)| {
                    table.touched().map(move |(own, more)| {
                        let mut longer = index.clone();
                        longer.push(own);
                        (longer, place + more)
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
    parts: &[Part],
    operand: usize,
    dimension: usize,
    strides: &[usize],
) -> Table {
    let mut touched = vec![(0, 0)];
    let mut decided = false;
    for (part, group) in structure.groups.iter().enumerate() {
        if group.dimension[operand] == Some(dimension) {
            decided = true;
            touched = touched
                .iter()
                .flat_map(|(index, place)| {
                    (0..)
                        .zip(&parts[part].indices[operand])
                        .map(move |(own, more)| (index + more, place + own * strides[part]))
                })
                .collect();
        }
    }
    if !decided {
        touched = vec![(structure.constant(operand, dimension), 0)];
    }
    let first = touched.iter().map(|(index, _)| *index).min().unwrap_or(0);
    let last = touched.iter().map(|(index, _)| *index).max().unwrap_or(0);
    let mut places = vec![UNTOUCHED; (last - first + 1) as usize];
    for (index, place) in touched {
        places[(index - first) as usize] = place;
    }
    Table { first, places }
}

/// Visits the touched elements of a box.
fn walk(
    cuboid: &[Interval],
    tables: &[Option<&Table>],
    at: &mut usize,
    place: usize,
    visit: &mut impl FnMut(usize, usize),
) {
    let (Some((interval, cuboid)), Some((table, tables))) = (cuboid.split_first(), tables.split_first())
    else {
        visit(*at, place);
        *at += 1;
        return;
    };
    let inner: u64 = cuboid.iter().map(|interval| interval.len()).product();
    for index in interval.start..interval.end {
        match table.map_or(0, |table| table.get(index)) {
            UNTOUCHED => *at += inner as usize,
            own => walk(cuboid, tables, at, place + own, visit),
        }
    }
}
