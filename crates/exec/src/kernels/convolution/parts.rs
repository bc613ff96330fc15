//! The iteration space of a convolution as a product of independent parts.

use smallvec::{SmallVec, smallvec};
use tilesim_geometry::{Cover, Interval, Operand};
use tilesim_program::work::ConvolutionWork;

/// Number of the inputs among the operands.
pub(super) const INPUT: usize = 0;
/// Number of the weights among the operands.
pub(super) const WEIGHTS: usize = 1;
/// Number of the outputs among the operands.
pub(super) const OUTPUT: usize = 2;

/// Variables that depend on each other.
#[derive(Debug)]
pub(super) struct Group {
    /// The variables.
    pub(super) variables: SmallVec<[u8; 4]>,
    /// The dimension of each operand whose index depends on them.
    pub(super) dimension: [Option<usize>; 3],
    /// The variables that are summed over.
    summed: SmallVec<[u8; 2]>,
    /// Whether the kernel takes what is summed over for input channels.
    pub(super) in_channels: bool,
}

/// What of a convolution is the same for all tiles.
#[derive(Debug)]
pub(super) struct Structure<'a> {
    pub(super) work: &'a ConvolutionWork,
    /// The operands by their numbers.
    pub(super) operands: [&'a Operand; 3],
    /// Independent variables: kernel positions before input channels, those outermost first.
    pub(super) groups: Vec<Group>,
    /// Indices of input channels for each value of a variable that is taken for one.
    weights_of_channels: Vec<u64>,
}

/// A combination of values of a group's variables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The place of the touched index among those that the part touches, for each operand.
    pub(super) place: [u32; 3],
    /// The place of the values that are summed over among all such.
    pub(super) key: u32,
}

/// Indices that follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct IndexRun {
    /// The first.
    pub(super) first: u64,
    /// How many.
    pub(super) length: usize,
    /// The place of the first.
    pub(super) place: usize,
}

/// What a cell has of a group.
#[derive(Debug)]
pub(super) struct Part {
    /// Combinations that touch elements of all operands, in order of keys.
    pub(super) steps: Vec<Step>,
    /// Where the steps of each key begin, and one past the last.
    pub(super) starts: Vec<usize>,
    /// What the places add to the index of the operand's dimension.
    pub(super) runs: [Vec<IndexRun>; 3],
    /// How many places there are of each operand.
    pub(super) places: [usize; 3],
    /// Whether step after step touches place after place, for each operand.
    pub(super) in_order: [bool; 3],
    /// The index of the input channel (as far as this group decides it) of each key.
    pub(super) channels: Vec<u64>,
}

impl Part {
    /// The steps of a key.
    pub(super) fn steps_of(&self, key: usize) -> &[Step] {
        &self.steps[self.starts[key]..self.starts[key + 1]]
    }
}

impl<'a> Structure<'a> {
    /// The structure, or `None` where a group touches several dimensions of an operand.
    pub(super) fn new(work: &'a ConvolutionWork) -> Option<Self> {
        let sizes = &work.grid.sizes;
        let operands = [
            &*work.operands.input,
            &*work.operands.weights,
            &*work.operands.output,
        ];
        let mut groups: Vec<SmallVec<[u8; 4]>> = (0..sizes.len())
            .filter(|variable| sizes[*variable] > 1)
            .map(|variable| smallvec![variable as u8])
            .collect();
        for operand in operands {
            for (cover, size) in operand.covers.iter().zip(&operand.shape) {
                match cover {
                    Cover::Window(window) => join(&mut groups, &[window.output, window.kernel]),
                    // One variable decides by itself.
                    Cover::Progressions(_) => {}
                    Cover::Variables(variables) => {
                        let full: u64 = variables
                            .iter()
                            .map(|variable| sizes[*variable as usize])
                            .product();
                        // The last block is not full: which of its indices exist, all but the innermost decide together.
                        if full > *size && variables.len() > 1 {
                            join(&mut groups, &variables[..variables.len() - 1]);
                        }
                    }
                }
            }
        }
        if let Some(diagonal) = &work.operands.diagonal {
            join(&mut groups, diagonal);
        }
        let in_channels = &work.operands.in_channels;
        let mut groups = groups
            .into_iter()
            .map(|variables| Group::new(work, operands, variables))
            .collect::<Option<Vec<_>>>()?;
        groups.sort_by_key(|group| {
            let place = |variable: &u8| in_channels.iter().position(|channel| channel == variable);
            group
                .summed
                .iter()
                .filter_map(place)
                .min()
                .map_or(0, |place| place + 1)
        });
        let mut weights_of_channels = vec![0; sizes.len()];
        let mut weight = 1;
        for variable in in_channels.iter().rev() {
            weights_of_channels[*variable as usize] = weight;
            weight *= sizes[*variable as usize];
        }
        Some(Self {
            work,
            operands,
            groups,
            weights_of_channels,
        })
    }

    /// Whether dimensions that no group decides, of which all of the space touches one index, have it.
    pub(super) fn has_constants(&self, cell: &[Interval]) -> bool {
        let first: SmallVec<[u64; 12]> = cell.iter().map(|interval| interval.start).collect();
        self.operands.iter().enumerate().all(|(number, operand)| {
            (0..operand.covers.len()).all(|dimension| {
                let decides = |group: &Group| group.dimension[number] == Some(dimension);
                self.groups.iter().any(decides)
                    || index(operand, dimension, &self.work.grid.sizes, &first).is_some()
            })
        })
    }

    /// The constant index of a dimension that no group decides.
    pub(super) fn constant(&self, operand: usize, dimension: usize) -> u64 {
        let zeros: SmallVec<[u64; 12]> = SmallVec::from_elem(0, self.work.grid.sizes.len());
        index(self.operands[operand], dimension, &self.work.grid.sizes, &zeros).unwrap_or(0)
    }

    /// What a cell has of a group.
    pub(super) fn part(&self, group: &Group, cell: &[Interval]) -> Part {
        let sizes = &self.work.grid.sizes;
        let mut values: SmallVec<[u64; 12]> = SmallVec::from_elem(0, sizes.len());
        for variable in &group.variables {
            values[*variable as usize] = cell[*variable as usize].start;
        }
        // Touched indices and summed values of every combination that exists.
        let mut touched: Vec<([u64; 3], SmallVec<[u64; 2]>, u64)> = Vec::new();
        loop {
            let on_diagonal = self.work.operands.diagonal.is_none_or(|[left, right]| {
                !group.variables.contains(&left) || values[left as usize] == values[right as usize]
            });
            if on_diagonal && let Some(indices) = self.touched(group, &values) {
                let key = group
                    .summed
                    .iter()
                    .map(|variable| values[*variable as usize])
                    .collect();
                let channel = group
                    .summed
                    .iter()
                    .map(|variable| values[*variable as usize] * self.weights_of_channels[*variable as usize])
                    .sum();
                touched.push((indices, key, channel));
            }
            if !advance(&group.variables, &mut values, cell) {
                break;
            }
        }
        let mut keys: Vec<(&SmallVec<[u64; 2]>, u64)> =
            touched.iter().map(|(_, key, channel)| (key, *channel)).collect();
        keys.sort_unstable();
        keys.dedup();
        let indices: [Vec<u64>; 3] = std::array::from_fn(|operand| {
            let mut indices: Vec<u64> = touched.iter().map(|(indices, ..)| indices[operand]).collect();
            indices.sort_unstable();
            indices.dedup();
            indices
        });
        let place = |sorted: &[u64], index: u64| sorted.partition_point(|other| *other < index) as u32;
        let mut steps: Vec<Step> = touched
            .iter()
            .map(|(touched, key, _)| Step {
                place: std::array::from_fn(|operand| place(&indices[operand], touched[operand])),
                key: keys.partition_point(|(other, _)| *other < key) as u32,
            })
            .collect();
        steps.sort_by_key(|step| step.key);
        let channels: Vec<u64> = keys.iter().map(|(_, channel)| *channel).collect();
        let starts = (0..=channels.len())
            .map(|key| steps.partition_point(|step| (step.key as usize) < key))
            .collect();
        let in_order = std::array::from_fn(|operand| {
            (0..)
                .zip(&steps)
                .all(|(place, step)| step.place[operand] == place)
        });
        Part {
            starts,
            places: std::array::from_fn(|operand| indices[operand].len()),
            in_order,
            runs: indices.map(|indices| runs(&indices)),
            steps,
            channels,
        }
    }

    /// What the values of a group's variables add to the index of each operand's dimension, if it exists.
    fn touched(&self, group: &Group, values: &[u64]) -> Option<[u64; 3]> {
        let mut touched = [0; 3];
        for (operand, touched) in touched.iter_mut().enumerate() {
            if let Some(dimension) = group.dimension[operand] {
                *touched = index(self.operands[operand], dimension, &self.work.grid.sizes, values)?;
            }
        }
        Some(touched)
    }
}

impl Group {
    fn new(work: &ConvolutionWork, operands: [&Operand; 3], variables: SmallVec<[u8; 4]>) -> Option<Self> {
        let mut dimension = [None; 3];
        for (operand, dimension) in operands.iter().zip(&mut dimension) {
            for (d, cover) in operand.covers.iter().enumerate() {
                if variables.iter().any(|variable| cover.depends_on(*variable)) {
                    if dimension.is_some() {
                        return None;
                    }
                    *dimension = Some(d);
                }
            }
        }
        // Of a diagonal the output decides both.
        let decided = |variable: u8| {
            operands[OUTPUT].depends_on(variable)
                || work
                    .operands
                    .diagonal
                    .is_some_and(|diagonal| diagonal.contains(&variable))
        };
        let summed: SmallVec<[u8; 2]> = variables
            .iter()
            .copied()
            .filter(|variable| !decided(*variable))
            .collect();
        Some(Self {
            dimension,
            in_channels: summed
                .iter()
                .any(|variable| work.operands.in_channels.contains(variable)),
            summed,
            variables,
        })
    }

    /// Whether it is input channels, which all outputs sum over alike.
    pub(super) fn is_product(&self) -> bool {
        self.in_channels && self.dimension[OUTPUT].is_none()
    }

    /// Whether nothing is summed over.
    pub(super) fn is_output(&self) -> bool {
        self.summed.is_empty()
    }
}

/// The index of a dimension for values of the variables (of which some may be left at 0), if it exists.
fn index(operand: &Operand, dimension: usize, sizes: &[u64], values: &[u64]) -> Option<u64> {
    operand.covers[dimension].at(values, sizes, operand.shape[dimension])
}

/// Runs of sorted indices.
fn runs(indices: &[u64]) -> Vec<IndexRun> {
    let mut place = 0;
    indices
        .chunk_by(|left, right| left + 1 == *right)
        .map(|run| {
            let own = IndexRun {
                first: run[0],
                length: run.len(),
                place,
            };
            place += run.len();
            own
        })
        .collect()
}

/// Joins the groups of some variables.
fn join(groups: &mut Vec<SmallVec<[u8; 4]>>, variables: &[u8]) {
    let (joined, mut rest): (Vec<_>, Vec<_>) = std::mem::take(groups)
        .into_iter()
        .partition(|group| group.iter().any(|variable| variables.contains(variable)));
    let mut together: SmallVec<[u8; 4]> = joined.into_iter().flatten().collect();
    together.sort_unstable();
    if !together.is_empty() {
        rest.push(together);
    }
    *groups = rest;
}

/// The next combination of values within a cell; false behind the last.
fn advance(variables: &[u8], values: &mut [u64], cell: &[Interval]) -> bool {
    for variable in variables.iter().rev() {
        let (value, interval) = (&mut values[*variable as usize], cell[*variable as usize]);
        *value += 1;
        if *value < interval.end {
            return true;
        }
        *value = interval.start;
    }
    false
}
