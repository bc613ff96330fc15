//! What can be wrong with a convolution.

/// Why a convolution cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvolutionError {
    /// A list has another number of spatial dimensions than the input.
    #[error("{what} has {got} spatial dimensions; expected {expected} as the input has")]
    Rank {
        /// The list.
        what: &'static str,
        /// Dimensions of the input.
        expected: usize,
        /// Dimensions of the list.
        got: usize,
    },
    /// A size is 0.
    #[error("{what} is 0; expected at least 1")]
    Zero {
        /// The size.
        what: &'static str,
    },
    /// The kernel is larger than the input.
    #[error(
        "kernel of {kernel} does not fit a padded input of {padded_input} in spatial dimension {dimension}"
    )]
    KernelDoesNotFit {
        /// Index of the dimension.
        dimension: usize,
        /// Input size, dilated and padded.
        padded_input: i64,
        /// Kernel size, dilated.
        kernel: u64,
    },
    /// Something is too large to be counted.
    #[error("{what} is too large; expected at most {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Largest value.
        limit: u64,
    },
}
