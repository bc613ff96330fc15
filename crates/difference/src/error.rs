//! Why a difference cannot be taken apart.

/// Why a difference cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DifferenceError {
    /// One of both is no run of any images.
    #[error("{label}: a run of no images; expected one at least")]
    NoImages {
        /// The run.
        label: String,
    },
    /// One of both does not add up.
    #[error("{label}: causes sum to {causes} cycles; expected {cycles}")]
    Unsound {
        /// The run.
        label: String,
        /// Sum of its causes.
        causes: i128,
        /// Its cycles.
        cycles: u64,
    },
    /// Cycles for a common number of images are more than counters hold.
    #[error(
        "{cycles} cycles for {images} images, which batches of both runs divide, are more than can be counted; expected {most} at most"
    )]
    TooLarge {
        /// Cycles.
        cycles: i128,
        /// Images.
        images: u64,
        /// The most that can be counted.
        most: i64,
    },
    /// The batches of both have no common multiple that can be counted.
    #[error("batches of {a} and {b} images have no common multiple that can be counted")]
    Images {
        /// Images of the one.
        a: u64,
        /// Images of the other.
        b: u64,
    },
    /// There are too many layers to align.
    #[error("aligning {a} with {b} layers takes more than {most} comparisons")]
    Layers {
        /// Layers of the one that are not as in the other.
        a: usize,
        /// Layers of the other.
        b: usize,
        /// Comparisons that are made at most.
        most: usize,
    },
}
