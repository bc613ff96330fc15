//! Sizes of spatial dimensions.

/// Spatial dimensions that the planner handles at most.
pub(super) const MAX_DIMENSIONS: usize = 3;

/// Sizes per spatial dimension; entries beyond the convolution's dimensions are 1.
pub(super) type Sizes = [u64; MAX_DIMENSIONS];
