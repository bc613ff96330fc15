//! Why elements cannot be moved so.

/// A rearrangement that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RearrangementError {
    /// More parts than are handled.
    #[error("{got} {what}; expected at most {limit}")]
    TooMany {
        /// Parts of which kind.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// An iteration space that is empty or too large.
    #[error("an iteration space of sizes {sizes:?}; expected positive sizes, and elements as of a tensor")]
    Space {
        /// Size of each variable.
        sizes: Vec<u64>,
    },
    /// An operand of another number of dimensions.
    #[error("an operand of shape {got:?}; expected {expected} dimensions")]
    Rank {
        /// Dimensions that it must have.
        expected: usize,
        /// Its shape.
        got: Vec<u64>,
    },
    /// Digits that do not make up a dimension.
    #[error("digits of sizes {sizes:?} do not make up a dimension of {size}")]
    Digits {
        /// Size of each digit.
        sizes: Vec<u64>,
        /// Size of the dimension.
        size: u64,
    },
    /// An index beyond a dimension.
    #[error("index {index} of a dimension of {size}")]
    Index {
        /// The index.
        index: i64,
        /// Size of the dimension.
        size: u64,
    },
    /// Another number of elements.
    #[error("shape {from:?} has not as many elements as {to:?}")]
    Elements {
        /// Shape of the operand.
        from: Vec<u64>,
        /// Shape of the result.
        to: Vec<u64>,
    },
    /// A shape or list of settings that does not fit the operand.
    #[error("{got:?} for a tensor of shape {shape:?}; expected {expected}")]
    Setting {
        /// Its values.
        got: Vec<i64>,
        /// Shape of the operand.
        shape: Vec<u64>,
        /// What it must be.
        expected: &'static str,
    },
    /// A rearrangement put together by hand that is none.
    #[error("{what}")]
    Malformed {
        /// What must hold.
        what: &'static str,
    },
}
