//! What can be wrong with a profile.

/// A profile that does not add up, so that no result may be built from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Causes do not sum to the cycles that they explain.
    #[error("{scope}: the causes sum to {attributed} tile-cycles where {expected} passed")]
    Attribution {
        /// Which part of the run, such as `layer block2a/b`.
        scope: String,
        /// Sum of the causes, in tile-cycles.
        attributed: u64,
        /// Cycles × tiles.
        expected: u64,
    },
    /// Causes of a result do not sum to its cycles.
    #[error("{scope}: the causes sum to {causes} cycles where {cycles} passed")]
    Causes {
        /// Which part of the result, such as `layers[3]`.
        scope: String,
        /// Sum of the causes, in cycles.
        causes: u64,
        /// Cycles.
        cycles: u64,
    },
    /// A result is of a batch of no images.
    #[error("run.batch is 0; expected at least 1")]
    Batch,
    /// The layers do not sum to the run.
    #[error("the layers sum to {layers} cycles where the run took {total}")]
    Layers {
        /// Sum over the layers, in cycles.
        layers: u64,
        /// Cycles of the run.
        total: u64,
    },
    /// A machine without tiles or clock has no figures per tile or second.
    #[error("the machine states {tiles} tiles and a clock of {clock_hz} Hz; expected both to be at least 1")]
    Machine {
        /// Tiles.
        tiles: u64,
        /// Clock in hertz.
        clock_hz: u64,
    },
}
