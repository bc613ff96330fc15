//! What operators keep for others of the same graph.

use std::collections::{BTreeMap, HashMap};

use tilesim_graph::{NormKind, TensorId};
use tilesim_machine::ElementType;

use crate::layout::Value;

/// Statistics of a norm, one for each of what shares one.
#[derive(Debug, Clone)]
pub(crate) struct Statistics {
    /// Means.
    pub(super) mean: Value,
    /// Inverse standard deviations.
    pub(super) inverse_deviation: Value,
    /// Added to the variance.
    pub(super) epsilon: f64,
    /// Shape of both; it broadcasts along x.
    pub(super) shape: Vec<u64>,
}

/// Softmax of the logits, and the distribution that it should be.
#[derive(Debug, Clone)]
pub(crate) struct Distributions {
    pub(super) probabilities: Value,
    pub(super) targets: Value,
}

/// What operators keep for others, as the vendor's library hands results of the forward pass to the backward pass.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// By the operand of the norm.
    pub(super) statistics: Vec<(TensorId, NormKind, Statistics)>,
    /// By the logits.
    pub(super) distributions: BTreeMap<TensorId, Distributions>,
    /// Tensors whose rows lie apart.
    pub(super) rows: BTreeMap<TensorId, Vec<Value>>,
    /// Scalars that every tile has.
    pub(super) everywhere: BTreeMap<TensorId, Value>,
    /// Constants by channels, value and type.
    pub(super) constants: HashMap<(u64, u8, ElementType), Value>,
    /// Samples of the proxy of proxy-normalised activations, which every tile has.
    pub(super) proxy_samples: Option<Value>,
}
