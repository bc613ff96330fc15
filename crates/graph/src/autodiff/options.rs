//! How a network is trained.

use tilesim_terms::Augmentation;

use crate::{ElementType, GraphError, LayerwiseAdaptiveRate};

/// The rule by which gradients change parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimiser {
    /// `RMSProp` with momentum and epsilon inside the root (TensorFlow 1's form). Two slots: mean square and momentum.
    RmsProp {
        /// What is kept of the mean square.
        decay: f64,
        /// What is kept of the last step.
        momentum: f64,
        /// Added to the mean square.
        epsilon: f64,
    },
    /// Stochastic gradient descent. No slot.
    Descent,
    /// Stochastic gradient descent with momentum: velocity = momentum · velocity + gradient. One slot.
    Momentum {
        /// What is kept of the last velocity.
        momentum: f64,
    },
    /// LARS, which decays weights itself. Parameters that do not decay train with momentum alone. One slot.
    LayerwiseAdaptiveRate(LayerwiseAdaptiveRate),
}

/// Which statistics a batch norm takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BatchStatistics {
    /// Those of the current batch, and gradients go through them.
    #[default]
    Current,
    /// The stored ones, which are constants: what is trained then is fine-tuned.
    Stored,
}

/// How a network is trained. The default is the set-up of Masters et al. 2021 for `EfficientNet`: `RMSProp` at a batch of 768, with
/// master weights in single precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingOptions {
    /// Share of the target that is spread evenly over all classes.
    pub label_smoothing: f64,
    /// Factor of the loss in the backward pass, taken out again before the optimiser.
    pub loss_scale: f64,
    /// The optimiser.
    pub optimiser: Optimiser,
    /// Factor of the weights in their gradient; scales and shifts of norms and of activations do not decay.
    pub weight_decay: f64,
    /// Type of parameters, accumulators and slots; a parameter is cast where the forward pass reads it if the network states
    /// another type.
    pub master_type: ElementType,
    /// Micro-batches of one weight update on one replica.
    pub accumulation: u64,
    /// Probability that an element is dropped before the last fully connected layer.
    pub dropout: f64,
    /// Probability that the last residual block is dropped; it rises from 0 linearly over the blocks.
    pub stochastic_depth: f64,
    /// What the chip does to images before the network sees them; nothing where absent.
    pub augmentation: Option<Augmentation>,
    /// Type in which images come that the chip augments.
    pub image_type: ElementType,
    /// Which statistics batch norms take.
    pub batch_statistics: BatchStatistics,
    /// What is kept of moving statistics of batch norms with each micro-batch.
    pub moving_average_decay: f64,
    /// Whether gradients of the inputs are worked out.
    pub input_gradients: bool,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            label_smoothing: 0.1,
            loss_scale: 128.0,
            optimiser: Optimiser::RmsProp {
                // 1 − 768 · 2^−14.
                decay: 0.953_125,
                momentum: 0.9,
                epsilon: 1e-3,
            },
            weight_decay: 1e-5,
            master_type: ElementType::F32,
            accumulation: 1,
            dropout: 0.2,
            stochastic_depth: 0.2,
            augmentation: None,
            image_type: ElementType::U8,
            batch_statistics: BatchStatistics::Current,
            moving_average_decay: 0.97,
            input_gradients: false,
        }
    }
}

impl TrainingOptions {
    pub(super) fn check(&self) -> Result<(), GraphError> {
        for (option, value) in [
            ("label_smoothing", self.label_smoothing),
            ("dropout", self.dropout),
            ("stochastic_depth", self.stochastic_depth),
            ("moving_average_decay", self.moving_average_decay),
        ] {
            if !(0.0..1.0).contains(&value) {
                return Err(invalid(option, &value, "at least 0 and below 1"));
            }
        }
        if !(self.loss_scale.is_finite() && self.loss_scale > 0.0) {
            return Err(invalid("loss_scale", &self.loss_scale, "positive and finite"));
        }
        if !(self.weight_decay.is_finite() && self.weight_decay >= 0.0) {
            return Err(invalid(
                "weight_decay",
                &self.weight_decay,
                "at least 0 and finite",
            ));
        }
        if self.accumulation == 0 {
            return Err(invalid("accumulation", &self.accumulation, "at least 1"));
        }
        if !matches!(self.master_type, ElementType::F16 | ElementType::F32) {
            return Err(invalid(
                "master_type",
                &format!("{:?}", self.master_type),
                "a floating-point type",
            ));
        }
        Ok(())
    }
}

fn invalid(option: &'static str, got: &impl ToString, expected: &'static str) -> GraphError {
    GraphError::Option {
        option,
        got: got.to_string(),
        expected,
    }
}
