//! Movement of data: every element of the result is one element of an operand, or a fill value.
//!
//! Transpositions, reshapes, slices, concatenations, paddings, repetitions and nearest-neighbour resizing differ only in which
//! element that is, so that one operator is all of them.

mod compose;
mod construct;
mod error;
mod extend;
mod index;
mod progression;
mod refine;
mod reverse;
mod select;

pub use construct::SliceRange;
pub use error::RearrangementError;
pub use extend::PadMode;
pub use index::SourceIndex;
pub use progression::Progression;
pub use refine::{CommonDigits, common_digits};
pub use reverse::Reversal;

use crate::{
    ShapeError,
    limits::{MAX_ELEMENTS, checked_product},
};

/// Most variables of an iteration space.
const MAX_VARIABLES: usize = 32;
/// Most operands that are put together, and most progressions of an index.
const MAX_PARTS: usize = 4096;

/// An iteration space, and how the result and every operand are indexed by its variables.
///
/// Every dimension of the result is a mixed-radix number of variables, so that each element of the result is one index of
/// the space. Each operand says which of its elements goes there, if any; no two operands write the same element. What none
/// writes is the fill value.
#[derive(Debug, Clone, PartialEq)]
pub struct Rearrangement {
    /// Size of each variable.
    pub sizes: Vec<u64>,
    /// The variables of each dimension of the result, outermost first; every variable belongs to one dimension.
    pub result: Vec<Vec<u8>>,
    /// For each operand, how each of its dimensions is indexed.
    pub sources: Vec<Vec<SourceIndex>>,
    /// What the elements hold that no operand writes.
    pub fill: f64,
}

impl Rearrangement {
    /// Shape of the result.
    pub fn shape(&self) -> Vec<u64> {
        let size = |variable: &u8| self.sizes[usize::from(*variable)];
        self.result
            .iter()
            .map(|variables| variables.iter().map(size).product())
            .collect()
    }

    /// Whether some element of the result is written by no operand.
    pub fn has_fill(&self) -> bool {
        let written: u64 = self
            .sources
            .iter()
            .map(|source| self.written(source).into_iter().product::<u64>())
            .sum();
        written < self.sizes.iter().product()
    }

    /// Whether the result is the only operand, element by element in the same shape.
    pub fn is_identity(&self) -> bool {
        let same = |(index, own): (&SourceIndex, &Vec<u8>)| match index {
            SourceIndex::Digits(variables) => self.long(variables) == self.long(own),
            // A dimension that stays whole has digits.
            SourceIndex::Progressions { .. } => false,
        };
        match self.sources.as_slice() {
            [source] => source.len() == self.result.len() && source.iter().zip(&self.result).all(same),
            _ => false,
        }
    }

    /// Whether the result has the elements of the only operand in their row-major order: a reshape.
    pub fn is_reshape(&self) -> bool {
        let [source] = self.sources.as_slice() else {
            return false;
        };
        let mut read = Vec::new();
        for index in source {
            match index {
                SourceIndex::Digits(variables) => read.extend(self.long(variables)),
                SourceIndex::Progressions { .. } => return false,
            }
        }
        let made: Vec<u8> = self.result.iter().flat_map(|own| self.long(own)).collect();
        read == made
    }

    /// The variables that have more than one value.
    fn long(&self, variables: &[u8]) -> Vec<u8> {
        let long = |variable: &&u8| self.sizes[usize::from(**variable)] > 1;
        variables.iter().filter(long).copied().collect()
    }

    /// Values of each variable at which an operand writes.
    fn written(&self, source: &[SourceIndex]) -> Vec<u64> {
        let mut written = self.sizes.clone();
        for index in source {
            if let SourceIndex::Progressions {
                variable,
                progressions,
            } = index
            {
                written[usize::from(*variable)] = progressions.iter().map(|own| own.count).sum();
            }
        }
        written
    }

    /// The element of an operand that goes to an index of the space, if there is one.
    pub fn element(&self, operand: usize, values: &[u64]) -> Option<Vec<u64>> {
        self.sources
            .get(operand)?
            .iter()
            .map(|index| index.at(values, &self.sizes))
            .collect()
    }

    /// Shape of the result, if operands of these shapes fit.
    pub(crate) fn checked_shape(&self, operands: &[&[u64]]) -> Result<Vec<u64>, ShapeError> {
        if operands.len() != self.sources.len() {
            return Err(ShapeError::OperandCount {
                expected: "as many as the rearrangement has sources",
                got: operands.len(),
            });
        }
        self.check_space()?;
        for (source, shape) in self.sources.iter().zip(operands) {
            self.check_source(source, shape)?;
        }
        self.check_apart()?;
        Ok(self.shape())
    }

    /// Every variable belongs to one dimension of the result.
    fn check_space(&self) -> Result<(), RearrangementError> {
        if self.sizes.len() > MAX_VARIABLES || self.sources.len() > MAX_PARTS {
            return Err(RearrangementError::TooMany {
                what: if self.sizes.len() > MAX_VARIABLES {
                    "variables"
                } else {
                    "operands"
                },
                got: self.sizes.len().max(self.sources.len()),
                limit: if self.sizes.len() > MAX_VARIABLES {
                    MAX_VARIABLES
                } else {
                    MAX_PARTS
                },
            });
        }
        if checked_product(&self.sizes, MAX_ELEMENTS).is_none_or(|elements| elements == 0) {
            return Err(RearrangementError::Space {
                sizes: self.sizes.clone(),
            });
        }
        let mut variables: Vec<u8> = self.result.iter().flatten().copied().collect();
        variables.sort_unstable();
        if variables.into_iter().map(usize::from).eq(0..self.sizes.len()) {
            Ok(())
        } else {
            Err(RearrangementError::Malformed {
                what: "every variable must belong to one dimension of the result",
            })
        }
    }

    /// The indices of an operand stay within its shape, and each variable is read once at most.
    fn check_source(&self, source: &[SourceIndex], shape: &[u64]) -> Result<(), RearrangementError> {
        if source.len() != shape.len() {
            return Err(RearrangementError::Rank {
                expected: source.len(),
                got: shape.to_vec(),
            });
        }
        let mut read: Vec<u8> = source.iter().flat_map(SourceIndex::variables).copied().collect();
        read.sort_unstable();
        if read.windows(2).any(|pair| pair[0] == pair[1])
            || read
                .last()
                .is_some_and(|last| usize::from(*last) >= self.sizes.len())
        {
            return Err(RearrangementError::Malformed {
                what: "an operand must read a variable of the space once at most",
            });
        }
        for (index, &size) in source.iter().zip(shape) {
            match index {
                SourceIndex::Digits(variables) => {
                    let sizes: Vec<u64> = variables
                        .iter()
                        .map(|variable| self.sizes[usize::from(*variable)])
                        .collect();
                    if sizes.iter().product::<u64>() != size {
                        return Err(RearrangementError::Digits { sizes, size });
                    }
                }
                SourceIndex::Progressions {
                    variable,
                    progressions,
                } => {
                    if !self.result.iter().any(|own| own.as_slice() == [*variable]) {
                        return Err(RearrangementError::Malformed {
                            what: "a variable with progressions must be a dimension of the result",
                        });
                    }
                    let values = self.sizes[usize::from(*variable)];
                    progression::check(progressions, values, size)?;
                }
            }
        }
        Ok(())
    }

    /// No two operands write the same element: some variable tells them apart.
    fn check_apart(&self) -> Result<(), RearrangementError> {
        let overlap = Err(RearrangementError::Malformed {
            what: "no two operands may write the same element",
        });
        if self.sources.len() < 2 {
            return Ok(());
        }
        // As in a concatenation, one variable tells all of them apart.
        let apart = (0..self.sizes.len() as u8).any(|variable| {
            let spans: Option<Vec<(u64, u64)>> = self
                .sources
                .iter()
                .map(|source| index::progressions_of(source, variable).map(progression::span))
                .collect();
            spans.is_some_and(|mut spans| {
                spans.sort_unstable();
                spans.windows(2).all(|pair| pair[0].1 <= pair[1].0)
            })
        });
        if apart { Ok(()) } else { overlap }
    }
}
