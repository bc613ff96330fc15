//! How a training step is executed.

use std::path::PathBuf;

use tilesim_graph::autodiff::BatchStatistics;

/// Largest difference that is taken, relative to the largest magnitude of a tensor.
pub(super) const TOLERANCE: f64 = 1e-4;

/// How the loss of a batch is made of the losses of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossReduction {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
}

/// How a training step is executed; what is left open is what loss and logits of the reference show.
#[derive(Debug, Clone, Default)]
pub struct GradientRequest {
    /// An ONNX file whose network has the same structure, for its weights.
    pub weights: Option<PathBuf>,
    /// Share of the target that the loss spreads evenly over all classes.
    pub label_smoothing: Option<f64>,
    /// What the loss is of the losses of the samples.
    pub loss_reduction: Option<LossReduction>,
    /// Which statistics batch norms take.
    pub batch_statistics: Option<BatchStatistics>,
    /// Largest difference that is taken, relative to the largest magnitude of a tensor; 10⁻⁴ where none is given.
    pub tolerance: Option<f64>,
    /// Of parameters that are made up; 0 where none is given.
    pub seed: Option<u64>,
    /// Bytes of memory that values may take; [`usual_memory_limit`](crate::execution::usual_memory_limit) where none is given.
    pub memory_limit: Option<u64>,
}
