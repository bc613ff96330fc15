//! Why a network cannot be cut.

/// A cut that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// A split names no block and no layer.
    #[error("split `{split}` is neither a block nor a layer; blocks: {}", blocks.join(", "))]
    UnknownSplit {
        /// The split.
        split: String,
        /// Names of the blocks.
        blocks: Vec<String>,
    },
    /// A split that leaves a stage without operators.
    #[error(
        "split `{split}` leaves nothing to the stage before it; expected blocks in the order of the network"
    )]
    Order {
        /// The split.
        split: String,
    },
    /// Several tensors cross a cut, or one crosses several.
    #[error("{} cross the cut at `{split}`; expected one tensor that the next stage reads, as at the start of a block", tensors.join(", "))]
    Crossing {
        /// The split.
        split: String,
        /// What crosses it.
        tensors: Vec<String>,
    },
    /// A recomputed segment that starts with nothing.
    #[error("segment `{segment}` is no block, layer or operator; blocks: {}", blocks.join(", "))]
    UnknownSegment {
        /// The segment.
        segment: String,
        /// Names of the blocks.
        blocks: Vec<String>,
    },
    /// A recomputed segment that leaves the one before it without operators.
    #[error(
        "segment `{segment}` leaves nothing to the segment before it; expected them in the order of the network"
    )]
    SegmentOrder {
        /// The segment.
        segment: String,
    },
    /// A parameter that several stages read.
    #[error("`{tensor}` is read by several stages; expected each parameter in one")]
    Shared {
        /// The parameter, or state of the optimiser.
        tensor: String,
    },
    /// A network without an input.
    #[error("the network has no input")]
    NoInput,
    /// The training graph is not of the network.
    #[error("the training graph has no tensor `{tensor}`; expected the graph that trains this network")]
    OtherNetwork {
        /// A tensor of the network.
        tensor: String,
    },
}
