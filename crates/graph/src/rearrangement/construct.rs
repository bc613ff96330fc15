//! The rearrangements that operators of networks are.

use super::{
    MAX_PARTS, Progression, Rearrangement, RearrangementError, SourceIndex,
    progression::progressions,
    refine::{common_digits, variable, variables},
};

/// Which indices of a dimension a slice takes: `count` from `start` on, `step` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceRange {
    /// The first.
    pub start: u64,
    /// How many.
    pub count: u64,
    /// Distance, negative where they fall.
    pub step: i64,
}

impl SliceRange {
    /// All of a dimension.
    pub const fn whole(size: u64) -> Self {
        Self {
            start: 0,
            count: size,
            step: 1,
        }
    }
}

impl Rearrangement {
    /// One operand, indexed dimension by dimension as `index` says from the variable of the dimension; a variable for each
    /// dimension of the operand, of the sizes given.
    pub(super) fn by_dimension(
        sizes: Vec<u64>,
        index: impl Fn(usize, u8) -> SourceIndex,
        fill: f64,
    ) -> Result<Self, RearrangementError> {
        let own = (0..sizes.len()).map(variable).collect::<Result<Vec<u8>, _>>()?;
        Ok(Self {
            result: own.iter().map(|variable| vec![*variable]).collect(),
            sources: vec![
                own.iter()
                    .enumerate()
                    .map(|(dimension, variable)| index(dimension, *variable))
                    .collect(),
            ],
            sizes,
            fill,
        })
    }

    /// Dimensions in another order: dimension `d` of the result is dimension `permutation[d]` of the operand.
    ///
    /// # Errors
    /// Where that is no permutation of the dimensions.
    pub fn transpose(shape: &[u64], permutation: &[usize]) -> Result<Self, RearrangementError> {
        let mut sorted = permutation.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..shape.len()) {
            return Err(RearrangementError::Setting {
                got: permutation
                    .iter()
                    .map(|&dimension| signed(dimension as u64))
                    .collect(),
                shape: shape.to_vec(),
                expected: "a permutation of the dimensions",
            });
        }
        let plain = |_, variable| SourceIndex::Digits(vec![variable]);
        let mut transposed = Self::by_dimension(shape.to_vec(), plain, 0.0)?;
        transposed.result = permutation
            .iter()
            .map(|&dimension| variable(dimension).map(|variable| vec![variable]))
            .collect::<Result<_, _>>()?;
        Ok(transposed)
    }

    /// The same elements in row-major order in another shape: one rearrangement, or two where one shape's sizes and the other's
    /// cannot be cut into common digits.
    ///
    /// # Errors
    /// Where the elements are not as many.
    pub fn reshape(from: &[u64], to: &[u64]) -> Result<Vec<Self>, RearrangementError> {
        let count = |shape: &[u64]| shape.iter().map(|&size| u128::from(size)).product::<u128>();
        if from.len().max(to.len()) > super::MAX_VARIABLES || count(from) != count(to) {
            return Err(RearrangementError::Elements {
                from: from.to_vec(),
                to: to.to_vec(),
            });
        }
        if let Some(reshape) = Self::reshape_at_once(from, to)? {
            return Ok(vec![reshape]);
        }
        // Neighbouring dimensions that are not cut alike are joined, and then cut anew.
        let joined = joined(from, to);
        let both = [
            Self::reshape_at_once(from, &joined)?,
            Self::reshape_at_once(&joined, to)?,
        ];
        Ok(both.into_iter().flatten().collect())
    }

    fn reshape_at_once(from: &[u64], to: &[u64]) -> Result<Option<Self>, RearrangementError> {
        let Some(common) = common_digits(from, to) else {
            return Ok(None);
        };
        let source = common
            .left
            .iter()
            .map(|digits| variables(digits).map(SourceIndex::Digits))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            result: common
                .right
                .iter()
                .map(|digits| variables(digits))
                .collect::<Result<_, _>>()?,
            sizes: common.sizes,
            sources: vec![source],
            fill: 0.0,
        }))
    }

    /// Some indices of every dimension.
    ///
    /// # Errors
    /// Where a dimension has not all of them.
    pub fn slice(shape: &[u64], ranges: &[SliceRange]) -> Result<Self, RearrangementError> {
        let fits = |(&size, range): (&u64, &SliceRange)| {
            let last = i128::from(range.start) + i128::from(range.step) * (i128::from(range.count) - 1);
            range.count > 0 && range.start < size && (0..i128::from(size)).contains(&last)
        };
        if shape.len() != ranges.len() || !shape.iter().zip(ranges).all(fits) {
            return Err(RearrangementError::Setting {
                got: ranges.iter().map(|range| signed(range.start)).collect(),
                shape: shape.to_vec(),
                expected: "a slice of some indices of every dimension",
            });
        }
        let sizes = ranges.iter().map(|range| range.count).collect();
        let index = |dimension: usize, variable| {
            let SliceRange { start, count, step } = ranges[dimension];
            if start == 0 && step == 1 && count == shape[dimension] {
                return SourceIndex::Digits(vec![variable]);
            }
            SourceIndex::Progressions {
                variable,
                progressions: vec![Progression::run(0, count, start, step)],
            }
        };
        Self::by_dimension(sizes, index, 0.0)
    }

    /// Operands one behind the other along a dimension; they agree in all others.
    ///
    /// # Errors
    /// Where they do not, there is none, or there are too many.
    pub fn concat(shapes: &[&[u64]], axis: usize) -> Result<Self, RearrangementError> {
        let first = shapes.first().copied().unwrap_or_default();
        let alike = |shape: &&[u64]| {
            shape.len() == first.len()
                && shape
                    .iter()
                    .zip(first)
                    .enumerate()
                    .all(|(dimension, (own, other))| dimension == axis || own == other)
        };
        let total = shapes
            .iter()
            .try_fold(0_u64, |total, shape| total.checked_add(*shape.get(axis)?));
        let fits = axis < first.len() && shapes.len() <= MAX_PARTS && shapes.iter().all(alike);
        let (true, Some(total)) = (fits, total) else {
            return Err(RearrangementError::Setting {
                got: vec![signed(axis as u64)],
                shape: first.to_vec(),
                expected: "a dimension along which operands, not too many, are put together that agree in all others",
            });
        };
        let mut sizes = first.to_vec();
        sizes[axis] = total;
        let plain = |_, variable| SourceIndex::Digits(vec![variable]);
        let mut concatenated = Self::by_dimension(sizes, plain, 0.0)?;
        let whole = concatenated.sources.remove(0);
        let mut start = 0;
        for shape in shapes {
            let mut source = whole.clone();
            source[axis] = SourceIndex::Progressions {
                variable: variable(axis)?,
                progressions: vec![Progression::run(start, shape[axis], 0, 1)],
            };
            concatenated.sources.push(source);
            start += shape[axis];
        }
        Ok(concatenated)
    }

    /// The given indices of a dimension, in their order; the other dimensions stay.
    ///
    /// Indices that repeat every element equally often, one by one or all of them, are digits of which the operand has some.
    ///
    /// # Errors
    /// Where there are none, or the dimension has not all of them.
    pub fn take(shape: &[u64], axis: usize, indices: &[u64]) -> Result<Self, RearrangementError> {
        let size = shape.get(axis).copied().unwrap_or(0);
        if indices.is_empty() || indices.iter().any(|index| *index >= size) {
            return Err(RearrangementError::Setting {
                got: vec![signed(axis as u64)],
                shape: shape.to_vec(),
                expected: "a dimension that has the indices, of which there are some",
            });
        }
        let length = indices.len() as u64;
        let times = length / size;
        if times > 0 && length.is_multiple_of(size) {
            let in_order = || indices.iter().zip(0_u64..);
            if in_order().all(|(&index, place)| index == place / times) {
                return Self::repeat_each(shape, &only(shape.len(), axis, times));
            }
            if in_order().all(|(&index, place)| index == place % size) {
                return Self::tile(shape, &only(shape.len(), axis, times));
            }
        }
        let found = progressions(indices);
        let mut sizes = shape.to_vec();
        sizes[axis] = length;
        let index = |dimension, variable| {
            if dimension == axis {
                let progressions = found.clone();
                SourceIndex::Progressions {
                    variable,
                    progressions,
                }
            } else {
                SourceIndex::Digits(vec![variable])
            }
        };
        Self::by_dimension(sizes, index, 0.0)
    }
}

/// A number for an error; as large as can be where it is larger.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number for one dimension, and 1 for the others.
fn only(rank: usize, axis: usize, times: u64) -> Vec<u64> {
    (0..rank)
        .map(|dimension| if dimension == axis { times } else { 1 })
        .collect()
}

/// The coarsest shape into whose dimensions those of both shapes can be joined: cut where both are.
fn joined(from: &[u64], to: &[u64]) -> Vec<u64> {
    let cuts = |shape: &[u64]| -> Vec<u64> {
        let mut cuts: Vec<u64> = shape
            .iter()
            .rev()
            .scan(1_u64, |inner, size| {
                *inner = inner.saturating_mul(*size);
                Some(*inner)
            })
            .collect();
        cuts.dedup();
        cuts
    };
    let (from, to) = (cuts(from), cuts(to));
    let mut shape: Vec<u64> = Vec::new();
    let mut inner = 1;
    for cut in from.into_iter().filter(|cut| to.contains(cut) && *cut > 1) {
        shape.insert(0, cut / inner);
        inner = cut;
    }
    shape
}
