//! What operators keep for others of the same graph.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tilesim_graph::{NormKind, TensorId};
use tilesim_machine::ElementType;

use crate::layout::Value;

/// Statistics of a norm, one for each of what shares one.
#[derive(Debug, Clone)]
pub(crate) struct Statistics {
    /// Means.
    pub(crate) mean: Value,
    /// Inverse standard deviations.
    pub(crate) inverse_deviation: Value,
    /// Added to the variance.
    pub(crate) epsilon: f64,
    /// Shape of both; it broadcasts along x.
    pub(crate) shape: Vec<u64>,
}

/// Softmax of the logits, and the distribution that it should be.
#[derive(Debug, Clone)]
pub(crate) struct Distributions {
    pub(crate) probabilities: Value,
    pub(crate) targets: Value,
}

/// What operators keep for others, as the vendor's library hands results of the forward pass to the backward pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedResults {
    /// By the operand of the norm.
    pub(crate) statistics: Vec<(TensorId, NormKind, Statistics)>,
    /// By the logits.
    pub(crate) distributions: BTreeMap<TensorId, Distributions>,
    /// Tensors whose rows lie apart.
    pub(crate) rows: BTreeMap<TensorId, Vec<Value>>,
    /// Scalars that every tile has.
    pub(crate) everywhere: BTreeMap<TensorId, Value>,
    /// Constants by channels, value and type.
    pub(crate) constants: FxHashMap<(u64, u8, ElementType), Value>,
    /// Samples of the proxy of proxy-normalised activations, which every tile has.
    pub(crate) proxy_samples: Option<Value>,
}
