//! Steps of optimisers that other operators do not express.

/// What a step of an optimiser computes. All operands but the learning rate `[1]` have the shape of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptimiserStep {
    /// `momentum · step + rate · gradient / sqrt(mean square + epsilon)`, the step of `RMSProp` with epsilon inside the root
    /// (TensorFlow 1's `ApplyRMSProp`). Inputs: last step, gradient, mean square of the gradient, learning rate.
    RootMeanSquare {
        /// What is kept of the last step.
        momentum: f64,
        /// Added to the mean square.
        epsilon: f64,
    },
    /// The velocity of LARS. Inputs: last velocity, gradient, weights.
    LayerwiseAdaptiveRate(LayerwiseAdaptiveRate),
    /// `weights − rate · velocity`. Inputs: weights, velocity, learning rate.
    Descent,
}

/// Layer-wise adaptive rate scaling (LARS, You et al. 2017): with d = gradient + weight decay · weights, the velocity is
/// `momentum · velocity + coefficient · |weights| / (|gradient| + weight decay · |weights| + epsilon) · d`, and the factor of d
/// is 1 where the weights or the gradient are 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerwiseAdaptiveRate {
    /// What is kept of the last velocity.
    pub momentum: f64,
    /// Trust coefficient.
    pub coefficient: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Added to the divisor.
    pub epsilon: f64,
}
