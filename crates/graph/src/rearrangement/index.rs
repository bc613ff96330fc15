//! How a dimension of an operand is indexed.

use super::Progression;

/// The index of one dimension of an operand, as variables of the iteration space give it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SourceIndex {
    /// The mixed-radix number of these variables, outermost first; 0 if there are none.
    Digits(Vec<u8>),
    /// Evenly by one variable, piece by piece in the order of its values; where no progression has a value, the operand writes
    /// nothing.
    Progressions {
        /// The variable, which is a dimension of the result by itself.
        variable: u8,
        /// Which index goes with which value.
        progressions: Vec<Progression>,
    },
}

impl SourceIndex {
    /// The variables that it depends on.
    pub fn variables(&self) -> &[u8] {
        match self {
            Self::Digits(variables) => variables,
            Self::Progressions { variable, .. } => std::slice::from_ref(variable),
        }
    }

    /// The index for these values of the variables, which have these sizes.
    pub fn at(&self, values: &[u64], sizes: &[u64]) -> Option<u64> {
        match self {
            Self::Digits(variables) => Some(variables.iter().fold(0, |index, variable| {
                index * sizes[usize::from(*variable)] + values[usize::from(*variable)]
            })),
            Self::Progressions {
                variable,
                progressions,
            } => {
                let value = values[usize::from(*variable)];
                // Progressions are in the order of their values.
                let behind = progressions.partition_point(|progression| progression.first <= value);
                progressions[..behind].last()?.at(value)
            }
        }
    }
}

/// The progressions with which an operand reads a variable.
pub(super) fn progressions_of(source: &[SourceIndex], variable: u8) -> Option<&[Progression]> {
    source.iter().find_map(|index| match index {
        SourceIndex::Progressions {
            variable: own,
            progressions,
        } if *own == variable => Some(progressions.as_slice()),
        _ => None,
    })
}
