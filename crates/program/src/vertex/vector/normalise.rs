//! Normalisation.

use tilesim_machine::ElementType;

/// 1 / √(power − mean² + ε) for every channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InverseStandardDeviationVertex {
    /// Type of the means.
    pub mean_type: ElementType,
    /// Type of the powers (or of the variances, for the stable algorithm).
    pub power_type: ElementType,
    /// Type of the result.
    pub out_type: ElementType,
    /// Whether the variance is given, so that no mean is subtracted.
    pub stable: bool,
    /// Channels on the tile.
    pub elements: u64,
}
