//! How a tensor repeats along another of as many dimensions, and which kernels join the two.

use tilesim_machine::ElementType;
use tilesim_program::{
    vertex::vector::{BinaryOp, ScalarOp},
    work::VectorKernel,
};

use crate::layout::{Layout, Order};

/// Along which dimensions a tensor repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    /// None: both have the same shape.
    None,
    /// All but the channels, and perhaps the samples.
    ByChannel {
        /// Whether samples have channels of their own.
        per_sample: bool,
    },
    /// All but the channels, and perhaps the samples; the channels repeat it too, every so many.
    ByGroup {
        /// Of how many channels it has elements.
        groups: u64,
        /// Whether samples have groups of their own.
        per_sample: bool,
    },
    /// All but the samples.
    BySample,
    /// The channels alone.
    ByPosition,
    /// All: it has one element.
    All,
    /// Any others, for which there is no kernel.
    Others,
}

impl Repetition {
    /// How a tensor of `shape`, which has one element wherever it repeats, does along one that lies as `whole`.
    pub(super) fn of(whole: &Layout, shape: &[u64]) -> Self {
        let own = whole.placement.operand.shape.as_slice();
        if shape == own {
            return Self::None;
        }
        let varies = |dimension: usize| shape.get(dimension).is_some_and(|&size| size > 1);
        let repeats = |dimension: usize| own[dimension] > 1 && !varies(dimension);
        let by_position = (2..own.len()).any(varies);
        let by_channel = matches!(whole.order, Order::Channels { .. });
        match (varies(0), varies(1)) {
            (_, false) if by_position => {
                let all = !repeats(0) && !(2..own.len()).any(repeats);
                if all && by_channel {
                    Self::ByPosition
                } else {
                    Self::Others
                }
            }
            (_, true) if by_position => Self::Others,
            (per_sample, true) if shape[1] < own[1] => Self::ByGroup {
                groups: shape[1],
                per_sample,
            },
            (per_sample, true) => Self::ByChannel { per_sample },
            (true, false) => Self::BySample,
            (false, false) => Self::All,
        }
    }

    /// Whether there is a kernel for a function of both, where channels lie side by side in such blocks (PopLibs 7eac0f26,
    /// popopsCycleEstimators.cpp, which has none for other functions).
    pub(super) const fn has_kernel(self, op: BinaryOp, channel_block: u64) -> bool {
        let is_linear = matches!(op, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply);
        match self {
            Self::None => true,
            Self::ByChannel { .. } => is_linear || matches!(op, BinaryOp::Divide),
            // Blocks hold all groups or a part of them.
            Self::ByGroup { groups, .. } => {
                (is_linear || matches!(op, BinaryOp::Divide))
                    && (channel_block.is_multiple_of(groups) || groups.is_multiple_of(channel_block))
            }
            // Without blocks of channels the scalars of positions are a vector that repeats for every channel.
            Self::ByPosition => is_linear || matches!(op, BinaryOp::Divide) && channel_block == 1,
            Self::BySample => is_linear,
            Self::All => is_linear || matches!(op, BinaryOp::Divide | BinaryOp::Maximum | BinaryOp::Minimum),
            Self::Others => false,
        }
    }

    /// The kernel for a function of both; where there is none, of both in one shape.
    pub(super) const fn kernel(
        self,
        op: BinaryOp,
        element_type: ElementType,
        in_place: bool,
    ) -> VectorKernel {
        match self {
            Self::None | Self::Others => VectorKernel::Binary {
                op,
                element_type,
                in_place,
            },
            Self::ByChannel { per_sample } => VectorKernel::BroadcastChannel {
                op,
                element_type,
                in_place,
                per_sample,
            },
            Self::ByGroup { groups, per_sample } => VectorKernel::BroadcastGroups {
                op,
                element_type,
                in_place,
                groups,
                per_sample,
            },
            Self::BySample => VectorKernel::BroadcastSample {
                op,
                element_type,
                in_place,
            },
            Self::ByPosition => VectorKernel::BroadcastPosition {
                op,
                element_type,
                in_place,
            },
            Self::All => VectorKernel::BroadcastScalar {
                op: ScalarOp::Binary(op),
                element_type,
                in_place,
                value: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout;

    #[test]
    fn kernels_follow_from_the_dimensions_that_vary() {
        let whole = layout::linear_positions(&[2, 8, 3, 5], 4);
        let of = |shape: [u64; 4]| Repetition::of(&whole, &shape);
        assert_eq!(of([2, 8, 3, 5]), Repetition::None);
        assert_eq!(of([1, 8, 1, 1]), Repetition::ByChannel { per_sample: false });
        assert_eq!(of([2, 8, 1, 1]), Repetition::ByChannel { per_sample: true });
        let by_group = |per_sample| Repetition::ByGroup {
            groups: 4,
            per_sample,
        };
        assert_eq!(of([1, 4, 1, 1]), by_group(false));
        assert_eq!(of([2, 4, 1, 1]), by_group(true));
        assert_eq!(of([2, 1, 1, 1]), Repetition::BySample);
        assert_eq!(of([2, 1, 3, 5]), Repetition::ByPosition);
        assert_eq!(of([1, 1, 1, 1]), Repetition::All);
        for others in [
            [1, 8, 3, 5],
            [1, 1, 3, 5],
            [2, 1, 1, 5],
            [2, 8, 3, 1],
            [1, 1, 1, 5],
        ] {
            assert_eq!(of(others), Repetition::Others, "{others:?}");
        }
    }
}
