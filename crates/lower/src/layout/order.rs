//! What lies innermost in a tile's memory.

/// The dimension whose elements lie side by side, in blocks; around the blocks come the other dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    /// Channels (dimension 1).
    Channels {
        /// Channels of a block.
        block: u64,
    },
    /// Samples (dimension 0; of weights, output channels).
    Samples {
        /// Samples of a block.
        block: u64,
    },
}

/// How one order becomes another on a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rearrangement {
    /// Nothing to do.
    None,
    /// Copies in runs of so many elements, which both orders keep together.
    Copy {
        /// Elements of a run.
        elements: u64,
    },
    /// Transpositions of small matrices.
    Transpose {
        /// Rows before.
        rows: u64,
        /// Columns before.
        columns: u64,
    },
}

/// Rows and columns beyond which a transposition is cut into smaller ones: the largest channel blocks of the convolution units.
const LARGEST_MATRIX: u64 = 16;

impl Order {
    /// Channels that lie side by side.
    pub(crate) const fn channel_block(self) -> u64 {
        match self {
            Self::Channels { block } => block,
            Self::Samples { .. } => 1,
        }
    }

    /// Samples that lie side by side.
    pub(crate) const fn sample_block(self) -> u64 {
        match self {
            Self::Channels { .. } => 1,
            Self::Samples { block } => block,
        }
    }

    /// How this order becomes `wanted`.
    pub(crate) fn to(self, wanted: Self) -> Rearrangement {
        match (self, wanted) {
            (Self::Channels { block: held }, Self::Channels { block: wanted })
            | (Self::Samples { block: held }, Self::Samples { block: wanted }) => {
                if held == wanted {
                    Rearrangement::None
                } else {
                    Rearrangement::Copy {
                        elements: greatest_common_divisor(held, wanted),
                    }
                }
            }
            (Self::Channels { block: columns }, Self::Samples { block: rows })
            | (Self::Samples { block: columns }, Self::Channels { block: rows }) => {
                if rows == 1 || columns == 1 {
                    Rearrangement::Copy { elements: 1 }
                } else {
                    Rearrangement::Transpose {
                        rows: rows.min(LARGEST_MATRIX),
                        columns: columns.min(LARGEST_MATRIX),
                    }
                }
            }
        }
    }
}

/// The largest number that divides both; 1 of two zeros.
pub(crate) const fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        if a == 0 { 1 } else { a }
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_keep_their_common_runs() {
        let channels = |block| Order::Channels { block };
        let samples = |block| Order::Samples { block };
        assert_eq!(channels(16).to(channels(16)), Rearrangement::None);
        assert_eq!(channels(16).to(channels(4)), Rearrangement::Copy { elements: 4 });
        assert_eq!(channels(24).to(channels(16)), Rearrangement::Copy { elements: 8 });
        assert_eq!(samples(1).to(channels(16)), Rearrangement::Copy { elements: 1 });
        assert_eq!(
            channels(16).to(samples(4)),
            Rearrangement::Transpose { rows: 4, columns: 16 }
        );
    }
}
