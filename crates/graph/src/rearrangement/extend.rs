//! Rearrangements whose results have more elements than their operands.

use super::{
    MAX_PARTS, Progression, Rearrangement, RearrangementError, SourceIndex, construct::signed,
    refine::variable,
};

/// What lies beyond the borders of a padded tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PadMode {
    /// One value.
    Constant(f64),
    /// The elements in reverse, but for the one at the border.
    Reflect,
    /// The element at the border.
    Edge,
    /// The elements from the other border on.
    Wrap,
}

impl Rearrangement {
    /// So many elements more before and behind every dimension; fewer where negative.
    ///
    /// # Errors
    /// Where nothing is left, nothing is there to be repeated, or the result is too large.
    pub fn pad(
        shape: &[u64],
        lower: &[i64],
        upper: &[i64],
        mode: PadMode,
    ) -> Result<Self, RearrangementError> {
        let wrong = |expected| RearrangementError::Setting {
            got: lower.iter().chain(upper).copied().collect(),
            shape: shape.to_vec(),
            expected,
        };
        if lower.len() != shape.len() || upper.len() != shape.len() {
            return Err(wrong("padding before and behind every dimension"));
        }
        let mut sizes = Vec::new();
        let mut indices = Vec::new();
        for ((&size, &lower), &upper) in shape.iter().zip(lower).zip(upper) {
            let total = i128::from(size) + i128::from(lower) + i128::from(upper);
            let total = u64::try_from(total)
                .ok()
                .filter(|total| (1..=crate::limits::MAX_ELEMENTS).contains(total))
                .ok_or_else(|| wrong("padding that leaves some elements, and not too many"))?;
            let found = padded(size, lower, total, mode)
                .ok_or_else(|| wrong("padding with elements that the operand has, and not too often"))?;
            sizes.push(total);
            indices.push(found);
        }
        let fill = match mode {
            PadMode::Constant(fill) => fill,
            PadMode::Reflect | PadMode::Edge | PadMode::Wrap => 0.0,
        };
        let index = |dimension: usize, variable| {
            if [lower[dimension], upper[dimension]] == [0; 2] {
                return SourceIndex::Digits(vec![variable]);
            }
            SourceIndex::Progressions {
                variable,
                progressions: indices[dimension].clone(),
            }
        };
        Self::by_dimension(sizes, index, fill)
    }

    /// Every dimension so many times, one behind the other.
    ///
    /// # Errors
    /// Where the numbers are not one for each dimension, or not positive.
    pub fn tile(shape: &[u64], times: &[u64]) -> Result<Self, RearrangementError> {
        Self::repeat(shape, times, |times, own| vec![times, own])
    }

    /// Every element so many times, one behind the other along each dimension.
    ///
    /// # Errors
    /// As [`tile`](Self::tile).
    pub fn repeat_each(shape: &[u64], times: &[u64]) -> Result<Self, RearrangementError> {
        Self::repeat(shape, times, |times, own| vec![own, times])
    }

    /// A larger shape along whose dimensions those of one element, and those that are not there, are repeated.
    ///
    /// # Errors
    /// Where a dimension of more elements has another size.
    pub fn expand(shape: &[u64], to: &[u64]) -> Result<Self, RearrangementError> {
        let missing = to.len().checked_sub(shape.len());
        let padded: Vec<u64> = std::iter::repeat_n(1, missing.unwrap_or(0))
            .chain(shape.iter().copied())
            .collect();
        let fits = padded.iter().zip(to).all(|(own, to)| own == to || *own == 1);
        let (Some(missing), true) = (missing, fits) else {
            return Err(RearrangementError::Setting {
                got: to.iter().copied().map(signed).collect(),
                shape: shape.to_vec(),
                expected: "an expansion that keeps sizes of more than one element",
            });
        };
        let mut expanded = Self::by_dimension(
            to.to_vec(),
            |dimension, variable| {
                if padded[dimension] == to[dimension] {
                    SourceIndex::Digits(vec![variable])
                } else {
                    SourceIndex::Digits(Vec::new())
                }
            },
            0.0,
        )?;
        expanded.sources[0].drain(..missing);
        Ok(expanded)
    }

    fn repeat(
        shape: &[u64],
        times: &[u64],
        order: impl Fn(u8, u8) -> Vec<u8>,
    ) -> Result<Self, RearrangementError> {
        if shape.len() != times.len() || times.contains(&0) {
            return Err(RearrangementError::Setting {
                got: times.iter().copied().map(signed).collect(),
                shape: shape.to_vec(),
                expected: "a positive number of repetitions of every dimension",
            });
        }
        let plain = |_, variable| SourceIndex::Digits(vec![variable]);
        let mut repeated = Self::by_dimension(shape.to_vec(), plain, 0.0)?;
        for (dimension, &times) in times.iter().enumerate().filter(|(_, times)| **times > 1) {
            let (own, more) = (variable(dimension)?, variable(repeated.sizes.len())?);
            repeated.sizes.push(times);
            repeated.result[dimension] = order(more, own);
        }
        Ok(repeated)
    }
}

/// The index of a dimension of `size` that goes with every index of the padded one, of `total`; `None` where there is none, or
/// where there are too many pieces.
fn padded(size: u64, lower: i64, total: u64, mode: PadMode) -> Option<Vec<Progression>> {
    let (signed_size, signed_total) = (i128::from(size), i128::from(total));
    let mut found: Vec<Progression> = Vec::new();
    // Positions of the padded dimension, counted from the first element of the operand.
    let mut at = -i128::from(lower);
    let end = at + signed_total;
    let first = at;
    while at < end {
        let (index, until, step) = match mode {
            PadMode::Constant(_) if at < 0 => {
                at = 0;
                continue;
            }
            PadMode::Constant(_) if at >= signed_size => break,
            PadMode::Edge if at < 0 => (0, 0, 0),
            PadMode::Edge if at >= signed_size => (signed_size - 1, end, 0),
            PadMode::Constant(_) | PadMode::Edge => (at, signed_size, 1),
            PadMode::Wrap => {
                let index = at.rem_euclid(signed_size);
                (index, at - index + signed_size, 1)
            }
            PadMode::Reflect => {
                // There and back again, less the two elements at the borders.
                let period = 2 * signed_size - 2;
                let place = match period {
                    0 if at == 0 => 0,
                    0 => return None,
                    _ => at.rem_euclid(period),
                };
                if place < signed_size {
                    (place, at - place + signed_size, 1)
                } else {
                    (period - place, at - place + period, -1)
                }
            }
        };
        let until = until.min(end);
        let (index, count) = (index as u64, (until - at) as u64);
        let place = (at - first) as u64;
        found.push(Progression::run(place, count, index, step));
        if found.len() > MAX_PARTS {
            return None;
        }
        at = until;
    }
    (!found.is_empty()).then_some(found)
}
